# The step of an LTC cell for one robot: lanes are neurons.

# Writes the gate of every synapse: one loop without gaps or dependencies.
#
# a0: pre, a1: a, a2: b, a3: gates, a4: behind the last gate, a5: the sources' values.
# Needs the gate constants; clobbers a0..a3, a6, t0..t3 and the vector registers.
FUNCTION rivus_rvv_gates
    beq a3, a4, 3f
    vsetvli t1, x0, e32, m4, ta, ma
    vfmv.v.f v12, ft6
    vfmv.v.f v16, ft7
    vfmv.v.f v20, ft8
    vfmv.v.f v24, ft9
    vfmv.v.f v28, ft3
    slli t2, t1, 1
    slli t3, t1, 2
    # Up to a6 there are enough values for a whole vector.
    sub a6, a4, t3
    bltu a6, a3, 2f
# LLVM-MCA-BEGIN gates
1:
    vle16.v v8, (a0)
    # Indices to byte offsets, two in each 32-bit lane: none has a bit to carry over.
    vsll.vi v8, v8, 2
    vluxei16.v v0, (a5), v8
    vle32.v v4, (a1)
    vle32.v v8, (a2)
    vfmadd.vv v0, v4, v8
    SIG2N v0, v4, v8, v12, v16, v20, v24, v28
    vse32.v v0, (a3)
    add a0, a0, t2
    add a1, a1, t3
    add a2, a2, t3
    add a3, a3, t3
    bleu a3, a6, 1b
# LLVM-MCA-END
2:
    bgeu a3, a4, 3f
    sub t0, a4, a3
    srli t0, t0, 2
    vsetvli x0, t0, e32, m4, ta, ma
    j 1b
3:
    ret
END rivus_rvv_gates

# Adds the slots from a0 to a1 to the sums in v0 and v8, of which all lanes fit in \lmul.
.macro SUM_SLOTS lmul, w_erev
# LLVM-MCA-BEGIN slots-\lmul
1:
    lhu t0, (a0)
    addi a0, a0, 2
    vsetvli x0, t0, e32, \lmul, tu, ma
    slli t0, t0, 2
    vle32.v v16, (a2)
    vle32.v v24, (a3)
    vle32.v \w_erev, (a4)
    add a2, a2, t0
    addi t0, t0, 63
    andi t0, t0, -64
    add a3, a3, t0
    add a4, a4, t0
    vfmacc.vv v8, v24, v16
    vfmacc.vv v0, \w_erev, v16
    bne a0, a1, 1b
# LLVM-MCA-END
    j 9f
.endm

# The same where no slot has more than 16 lanes, so that conductances are 64 bytes apart: two slots
# in each turn.
.macro SUM_NARROW_SLOTS lmul, w_erev, gate_1, w_1, w_erev_1
    addi t3, a1, -2
    bgeu a0, t3, 2f
# LLVM-MCA-BEGIN narrow-slots-\lmul
1:
    lhu t0, 0(a0)
    lhu t4, 2(a0)
    addi a0, a0, 4
    vsetvli x0, t0, e32, \lmul, tu, ma
    slli t0, t0, 2
    vle32.v v16, (a2)
    vle32.v v24, (a3)
    vle32.v \w_erev, (a4)
    add a2, a2, t0
    addi a3, a3, 64
    addi a4, a4, 64
    vfmacc.vv v8, v24, v16
    vfmacc.vv v0, \w_erev, v16
    vsetvli x0, t4, e32, \lmul, tu, ma
    slli t4, t4, 2
    vle32.v \gate_1, (a2)
    vle32.v \w_1, (a3)
    vle32.v \w_erev_1, (a4)
    add a2, a2, t4
    addi a3, a3, 64
    addi a4, a4, 64
    vfmacc.vv v8, \w_1, \gate_1
    vfmacc.vv v0, \w_erev_1, \gate_1
    bltu a0, t3, 1b
# LLVM-MCA-END
    beq a0, a1, 9f
2:
    lhu t0, (a0)
    vsetvli x0, t0, e32, \lmul, tu, ma
    vle32.v v16, (a2)
    vle32.v v24, (a3)
    vle32.v \w_erev, (a4)
    vfmacc.vv v8, v24, v16
    vfmacc.vv v0, \w_erev, v16
    j 9f
.endm

# Adds their synapses to the sums of the neurons from lane t5 on, as many as fit in the registers;
# returns their number in a0, and their numerators and denominators in v0 and v8, with vl and vtype
# set for them.
#
# a0: slot lengths, a1: behind their last, a2: gates, a3: w, a4: w_erev, a5: numerators, a6:
# denominators, a7: number of neurons from t5 on, t5: lane; a2..a6 are those of lane t5. No slot is
# longer than the first.
# Clobbers a0..a6, t0..t4, t6 and the vector registers.
FUNCTION rivus_rvv_sum_slots
    vsetvli t1, x0, e32, m4, ta, ma
    bnez t5, 7f
    bltu t1, a7, 1f
    vsetvli x0, a7, e32, m4, ta, ma
    j 2f
1:
    slli t2, t1, 1
    bltu t2, a7, 7f
    vsetvli x0, a7, e32, m8, ta, ma
2:
    vle32.v v0, (a5)
    vle32.v v8, (a6)
    beq a0, a1, 8f
    # The shortest registers that hold the first slot.
    lhu t0, (a0)
    bltu t1, t0, 7f
    mv a5, t1
    srli t1, t1, 2
    li t2, 16
    bltu t2, t0, .Lrivus_wide_slots
    bgeu t1, t0, .Lrivus_narrow_m1
    slli t1, t1, 1
    bgeu t1, t0, .Lrivus_narrow_m2
    SUM_NARROW_SLOTS m4, v28, v20, v24, v28
.Lrivus_narrow_m1:
    SUM_NARROW_SLOTS m1, v25, v17, v26, v27
.Lrivus_narrow_m2:
    SUM_NARROW_SLOTS m2, v26, v18, v28, v30
.Lrivus_wide_slots:
    bgeu t1, t0, .Lrivus_wide_m1
    slli t1, t1, 1
    bgeu t1, t0, .Lrivus_wide_m2
    SUM_SLOTS m4, v28
.Lrivus_wide_m1:
    SUM_SLOTS m1, v25
.Lrivus_wide_m2:
    SUM_SLOTS m2, v26
9:
    bltu a5, a7, 1f
    vsetvli x0, a7, e32, m4, ta, ma
    mv a0, a7
    ret
1:
    vsetvli x0, a7, e32, m8, ta, ma
8:
    mv a0, a7
    ret
7:
    # More neurons than fit: every slot has its own number of lanes left here.
    vsetvli t1, x0, e32, m8, ta, ma
    mv t6, a7
    bltu a7, t1, 1f
    mv t6, t1
1:
    vsetvli x0, t6, e32, m8, ta, ma
    vle32.v v0, (a5)
    vle32.v v8, (a6)
    beq a0, a1, 4f
2:
    lhu t0, (a0)
    addi a0, a0, 2
    sub t1, t0, t5
    blez t1, 4f
    bleu t1, t6, 3f
    mv t1, t6
3:
    vsetvli x0, t1, e32, m8, tu, ma
    slli t0, t0, 2
    vle32.v v16, (a2)
    vle32.v v24, (a3)
    add a2, a2, t0
    addi t0, t0, 63
    vfmacc.vv v8, v24, v16
    vle32.v v24, (a4)
    andi t0, t0, -64
    add a3, a3, t0
    add a4, a4, t0
    vfmacc.vv v0, v24, v16
    bne a0, a1, 2b
4:
    vsetvli x0, t6, e32, m8, ta, ma
    mv a0, t6
    ret
END rivus_rvv_sum_slots

# rivus_rvv_ltc_step(a0: &LtcStep, fa0: elapsed)
.equ STEP_UNITS, 0
.equ STEP_ORDER, 8
.equ STEP_STATE, 16
.equ STEP_LEAK, 24
.equ STEP_DRIVE, 32
.equ STEP_CAPACITANCE, 40
.equ STEP_CURRENT, 48
.equ STEP_NEXT, 56
.equ STEP_RATE, 64
.equ STEP_NUM, 72
.equ STEP_DEN, 80
.equ STEP_GATES, 88
.equ STEP_UNFOLDS, 96
.equ STEP_INPUT, 104
.equ STEP_FIRST_LANE, 112
.equ STEP_SENSORY, 120
.equ STEP_RECURRENT, 184
.equ SYNAPSES_PRE, 0
.equ SYNAPSES_A, 8
.equ SYNAPSES_B, 16
.equ SYNAPSES_GATES_END, 24
.equ SYNAPSES_W, 32
.equ SYNAPSES_W_EREV, 40
.equ SYNAPSES_SLOTS, 48
.equ SYNAPSES_SLOTS_END, 56

FUNCTION rivus_rvv_ltc_step
    addi sp, sp, -80
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    sd s2, 24(sp)
    sd s3, 32(sp)
    sd s4, 40(sp)
    sd s5, 48(sp)
    sd s6, 56(sp)
    sd s7, 64(sp)
    mv s0, a0
    LOAD_GATE_CONSTANTS

    # Lane order, rates and the sums without synapses.
    ld a0, STEP_UNITS(s0)
    ld a1, STEP_ORDER(s0)
    ld a2, STEP_STATE(s0)
    ld a3, STEP_CURRENT(s0)
    ld a4, STEP_CAPACITANCE(s0)
    ld a5, STEP_RATE(s0)
    ld a6, STEP_LEAK(s0)
    ld a7, STEP_DEN(s0)
    ld t2, STEP_DRIVE(s0)
    ld t3, STEP_NUM(s0)
1:
    vsetvli t1, a0, e32, m4, ta, ma
    vle16.v v4, (a1)
    vsll.vi v4, v4, 2
    vluxei16.v v0, (a2), v4
    vle32.v v8, (a4)
    vfdiv.vf v8, v8, fa0
    vse32.v v0, (a3)
    vle32.v v12, (a6)
    vle32.v v16, (t2)
    vfmin.vf v8, v8, ft10
    vfadd.vv v12, v8, v12
    vse32.v v16, (t3)
    vse32.v v8, (a5)
    vse32.v v12, (a7)
    sub a0, a0, t1
    slli t1, t1, 1
    add a1, a1, t1
    slli t1, t1, 1
    add a3, a3, t1
    add a4, a4, t1
    add a5, a5, t1
    add a6, a6, t1
    add a7, a7, t1
    add t2, t2, t1
    add t3, t3, t1
    bnez a0, 1b

    # Sensory synapses, added to the sums that every sub-step starts from.
    ld a0, STEP_SENSORY + SYNAPSES_PRE(s0)
    ld a1, STEP_SENSORY + SYNAPSES_A(s0)
    ld a2, STEP_SENSORY + SYNAPSES_B(s0)
    ld a3, STEP_GATES(s0)
    ld a4, STEP_SENSORY + SYNAPSES_GATES_END(s0)
    ld a5, STEP_INPUT(s0)
    call rivus_rvv_gates
    ld a0, STEP_SENSORY + SYNAPSES_SLOTS(s0)
    ld a1, STEP_SENSORY + SYNAPSES_SLOTS_END(s0)
    beq a0, a1, 3f
    lhu s7, 0(a0)
    ld s5, STEP_NUM(s0)
    ld s6, STEP_DEN(s0)
    ld t0, STEP_FIRST_LANE(s0)
    slli t0, t0, 2
    add s5, s5, t0
    add s6, s6, t0
    li t5, 0
    beqz s7, 3f
2:
    ld a0, STEP_SENSORY + SYNAPSES_SLOTS(s0)
    ld a1, STEP_SENSORY + SYNAPSES_SLOTS_END(s0)
    ld a2, STEP_GATES(s0)
    ld a3, STEP_SENSORY + SYNAPSES_W(s0)
    ld a4, STEP_SENSORY + SYNAPSES_W_EREV(s0)
    mv a5, s5
    mv a6, s6
    slli t0, t5, 2
    add a2, a2, t0
    add a3, a3, t0
    add a4, a4, t0
    mv a7, s7
    call rivus_rvv_sum_slots
    vse32.v v0, (s5)
    vse32.v v8, (s6)
    slli t0, a0, 2
    add s5, s5, t0
    add s6, s6, t0
    add t5, t5, a0
    sub s7, s7, a0
    bnez s7, 2b
3:
    ld s1, STEP_CURRENT(s0)
    ld s2, STEP_NEXT(s0)
    ld s3, STEP_UNFOLDS(s0)

    # s4: byte offset of the lane, s5: neurons left.
4:
    ld a0, STEP_RECURRENT + SYNAPSES_PRE(s0)
    ld a1, STEP_RECURRENT + SYNAPSES_A(s0)
    ld a2, STEP_RECURRENT + SYNAPSES_B(s0)
    ld a3, STEP_GATES(s0)
    ld a4, STEP_RECURRENT + SYNAPSES_GATES_END(s0)
    mv a5, s1
    call rivus_rvv_gates
    li s4, 0
    ld s5, STEP_UNITS(s0)
5:
    ld a0, STEP_RECURRENT + SYNAPSES_SLOTS(s0)
    ld a1, STEP_RECURRENT + SYNAPSES_SLOTS_END(s0)
    ld a2, STEP_GATES(s0)
    ld a3, STEP_RECURRENT + SYNAPSES_W(s0)
    ld a4, STEP_RECURRENT + SYNAPSES_W_EREV(s0)
    ld a5, STEP_NUM(s0)
    ld a6, STEP_DEN(s0)
    srli t5, s4, 2
    add a2, a2, s4
    add a3, a3, s4
    add a4, a4, s4
    add a5, a5, s4
    add a6, a6, s4
    mv a7, s5
    call rivus_rvv_sum_slots
    ld t0, STEP_RATE(s0)
    add t0, t0, s4
    vle32.v v16, (t0)
    add t1, s1, s4
    vle32.v v24, (t1)
    vfmacc.vv v0, v16, v24
    vfdiv.vv v0, v0, v8
    add t2, s2, s4
    vse32.v v0, (t2)
    sub s5, s5, a0
    slli a0, a0, 2
    add s4, s4, a0
    bnez s5, 5b
    mv t0, s1
    mv s1, s2
    mv s2, t0
    addi s3, s3, -1
    bnez s3, 4b

    # Back to the order of the state.
    ld a0, STEP_UNITS(s0)
    ld a1, STEP_ORDER(s0)
    ld a2, STEP_STATE(s0)
9:
    vsetvli t1, a0, e32, m4, ta, ma
    vle16.v v4, (a1)
    vsll.vi v4, v4, 2
    vle32.v v0, (s1)
    vsuxei16.v v0, (a2), v4
    sub a0, a0, t1
    slli t1, t1, 1
    add a1, a1, t1
    slli t1, t1, 1
    add s1, s1, t1
    bnez a0, 9b

    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    ld s2, 24(sp)
    ld s3, 32(sp)
    ld s4, 40(sp)
    ld s5, 48(sp)
    ld s6, 56(sp)
    ld s7, 64(sp)
    addi sp, sp, 80
    ret
END rivus_rvv_ltc_step
