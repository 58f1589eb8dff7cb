# The step of an LTC cell for a batch: lanes are robots.

# Adds the synapses of one neuron to its numerators in v0 and denominators in v4.
#
# a0: row lengths, a1: sources, a2: synapses, all three advanced; a3: the sources' values of the
# first robot, s1: bytes of a row of robots. Needs the gate constants, and those of r^3 and r^4 in
# v24 and v28; clobbers t0, t1, fa0..fa3 and v8..v23.
.macro ADD_ROW name
    lhu t1, (a0)
    addi a0, a0, 2
    beqz t1, 2f
    slli t1, t1, 4
    add t1, t1, a2
# LLVM-MCA-BEGIN \name
1:
    lhu t0, (a1)
    flw fa0, 0(a2)
    flw fa1, 4(a2)
    mul t0, t0, s1
    flw fa2, 8(a2)
    flw fa3, 12(a2)
    vfmv.v.f v8, fa1
    add t0, t0, a3
    vle32.v v12, (t0)
    addi a1, a1, 2
    addi a2, a2, 16
    vfmacc.vf v8, fa0, v12
    vfmax.vf v8, v8, ft0
    vfmin.vf v8, v8, ft1
    vfadd.vf v12, v8, ft2
    vfsub.vf v16, v12, ft2
    vfsub.vv v8, v8, v16
    vfmv.v.f v16, ft5
    vfmv.v.f v20, ft8
    vfmacc.vf v16, ft4, v8
    vsll.vi v12, v12, 23
    vfmadd.vv v16, v8, v28
    vfmadd.vv v16, v8, v24
    vfmacc.vv v20, v16, v8
    vfmv.v.f v16, ft9
    vfmacc.vv v16, v20, v8
    vfmv.v.f v20, ft3
    vfmacc.vv v20, v16, v8
    vadd.vv v20, v20, v12
    vfadd.vf v20, v20, ft3
    vfrdiv.vf v8, v20, ft3
    vfmacc.vf v4, fa2, v8
    vfmacc.vf v0, fa3, v8
    bltu a2, t1, 1b
# LLVM-MCA-END
2:
.endm

# rivus_rvv_ltc_step_batch(a0: &LtcBatch)
.equ BATCH_UNITS, 0
.equ BATCH_LANES, 8
.equ BATCH_ORDER, 16
.equ BATCH_LEAK, 24
.equ BATCH_DRIVE, 32
.equ BATCH_RATE, 40
.equ BATCH_STATE, 48
.equ BATCH_NEXT, 56
.equ BATCH_NUM, 64
.equ BATCH_DEN, 72
.equ BATCH_UNFOLDS, 80
.equ BATCH_INPUT, 88
.equ BATCH_SENSORY, 96
.equ BATCH_RECURRENT, 120
.equ ROWS_LEN, 0
.equ ROWS_PRE, 8
.equ ROWS_SYNAPSES, 16

FUNCTION rivus_rvv_ltc_step_batch
    addi sp, sp, -96
    sd s0, 0(sp)
    sd s1, 8(sp)
    sd s2, 16(sp)
    sd s3, 24(sp)
    sd s4, 32(sp)
    sd s5, 40(sp)
    sd s6, 48(sp)
    sd s7, 56(sp)
    sd s8, 64(sp)
    sd s9, 72(sp)
    sd s10, 80(sp)
    sd s11, 88(sp)
    mv s0, a0
    LOAD_GATE_CONSTANTS
    ld s10, BATCH_LANES(s0)
    slli s1, s10, 2
    li s11, 0

    # A strip of robots: s10 left, at byte s11 of every row.
.Lrivus_batch_strip:
    vsetvli t2, s10, e32, m4, ta, ma
    sub s10, s10, t2
    vfmv.v.f v28, ft6
    vfmv.v.f v24, ft7
    ld a0, BATCH_SENSORY + ROWS_LEN(s0)
    ld a1, BATCH_SENSORY + ROWS_PRE(s0)
    ld a2, BATCH_SENSORY + ROWS_SYNAPSES(s0)
    ld a3, BATCH_INPUT(s0)
    add a3, a3, s11
    ld s5, BATCH_UNITS(s0)
    ld s6, BATCH_NUM(s0)
    ld s7, BATCH_DEN(s0)
    add s6, s6, s11
    add s7, s7, s11
    ld s9, BATCH_RATE(s0)
    ld a4, BATCH_LEAK(s0)
    ld a5, BATCH_DRIVE(s0)
.Lrivus_batch_sensory:
    flw fa0, (s9)
    flw fa1, (a4)
    flw fa2, (a5)
    addi s9, s9, 4
    addi a4, a4, 4
    addi a5, a5, 4
    fadd.s fa0, fa0, fa1
    vfmv.v.f v0, fa2
    vfmv.v.f v4, fa0
    ADD_ROW batch-sensory
    vse32.v v0, (s6)
    vse32.v v4, (s7)
    add s6, s6, s1
    add s7, s7, s1
    addi s5, s5, -1
    bnez s5, .Lrivus_batch_sensory

    ld s2, BATCH_STATE(s0)
    ld s3, BATCH_NEXT(s0)
    add s2, s2, s11
    add s3, s3, s11
    ld s4, BATCH_UNFOLDS(s0)
.Lrivus_batch_unfold:
    ld a0, BATCH_RECURRENT + ROWS_LEN(s0)
    ld a1, BATCH_RECURRENT + ROWS_PRE(s0)
    ld a2, BATCH_RECURRENT + ROWS_SYNAPSES(s0)
    mv a3, s2
    ld s5, BATCH_UNITS(s0)
    ld s6, BATCH_NUM(s0)
    ld s7, BATCH_DEN(s0)
    add s6, s6, s11
    add s7, s7, s11
    ld s8, BATCH_ORDER(s0)
    ld s9, BATCH_RATE(s0)
.Lrivus_batch_neuron:
    vle32.v v0, (s6)
    vle32.v v4, (s7)
    ADD_ROW batch
    lhu t0, (s8)
    addi s8, s8, 2
    flw fa0, (s9)
    addi s9, s9, 4
    mul t0, t0, s1
    add s6, s6, s1
    add s7, s7, s1
    add t1, t0, s2
    vle32.v v8, (t1)
    vfmacc.vf v0, fa0, v8
    vfdiv.vv v0, v0, v4
    add t1, t0, s3
    vse32.v v0, (t1)
    addi s5, s5, -1
    bnez s5, .Lrivus_batch_neuron
    mv t0, s2
    mv s2, s3
    mv s3, t0
    addi s4, s4, -1
    bnez s4, .Lrivus_batch_unfold

    # After an odd number of sub-steps the new state is in `next`.
    ld t0, BATCH_STATE(s0)
    add t0, t0, s11
    beq t0, s2, 2f
    ld s5, BATCH_UNITS(s0)
1:
    vle32.v v0, (s2)
    add s2, s2, s1
    vse32.v v0, (t0)
    add t0, t0, s1
    addi s5, s5, -1
    bnez s5, 1b
2:
    slli t2, t2, 2
    add s11, s11, t2
    bnez s10, .Lrivus_batch_strip

    ld s0, 0(sp)
    ld s1, 8(sp)
    ld s2, 16(sp)
    ld s3, 24(sp)
    ld s4, 32(sp)
    ld s5, 40(sp)
    ld s6, 48(sp)
    ld s7, 56(sp)
    ld s8, 64(sp)
    ld s9, 72(sp)
    ld s10, 80(sp)
    ld s11, 88(sp)
    addi sp, sp, 96
    ret
END rivus_rvv_ltc_step_batch
