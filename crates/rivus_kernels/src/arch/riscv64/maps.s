# Linear maps.

# Adds the weighted inputs from a2 to t1 to the sums in v0: one row of weights at a3 for each, t2
# bytes apart. Clobbers fa0..fa3, t0, t3 and v8..v31.
.macro ADD_INPUTS name
    sub t0, t1, a2
    li t3, 16
    bltu t0, t3, 2f
    addi t0, t1, -16
# LLVM-MCA-BEGIN \name
1:
    flw fa0, 0(a2)
    vle32.v v8, (a3)
    add a3, a3, t2
    flw fa1, 4(a2)
    vle32.v v16, (a3)
    add a3, a3, t2
    flw fa2, 8(a2)
    vle32.v v24, (a3)
    add a3, a3, t2
    vfmacc.vf v0, fa0, v8
    flw fa3, 12(a2)
    vle32.v v8, (a3)
    add a3, a3, t2
    vfmacc.vf v0, fa1, v16
    addi a2, a2, 16
    vfmacc.vf v0, fa2, v24
    vfmacc.vf v0, fa3, v8
    bgeu t0, a2, 1b
# LLVM-MCA-END
2:
    bgeu a2, t1, 4f
3:
    flw fa0, 0(a2)
    vle32.v v8, (a3)
    addi a2, a2, 4
    add a3, a3, t2
    vfmacc.vf v0, fa0, v8
    bltu a2, t1, 3b
4:
.endm

.macro AFFINE lmul
5:
    vsetvli t5, a1, e32, \lmul, ta, ma
    vle32.v v0, (a4)
    mv a2, t4
    mv a3, t6
    mv t1, a5
    ADD_INPUTS affine-\lmul
    mv a2, a6
    mv t1, a7
    ADD_INPUTS affine-second-\lmul
    vse32.v v0, (a0)
    sub a1, a1, t5
    slli t5, t5, 2
    add a0, a0, t5
    add a4, a4, t5
    add t6, t6, t5
    bnez a1, 5b
    ret
.endm

# rivus_rvv_affine(a0: out, a1: padded outputs, a2: x0, a3: weight, a4: bias, a5: behind x0, a6: x1,
# a7: behind it)
FUNCTION rivus_rvv_affine
    slli t2, a1, 2
    mv t4, a2
    mv t6, a3
    # The shortest registers that hold the outputs, or else the longest.
    vsetvli t1, x0, e32, m1, ta, ma
    bgeu t1, a1, .Lrivus_affine_m1
    slli t1, t1, 1
    bgeu t1, a1, .Lrivus_affine_m2
    slli t1, t1, 1
    bgeu t1, a1, .Lrivus_affine_m4
    AFFINE m8
.Lrivus_affine_m1:
    AFFINE m1
.Lrivus_affine_m2:
    AFFINE m2
.Lrivus_affine_m4:
    AFFINE m4
END rivus_rvv_affine

# Adds the weighted rows of inputs from a2 to t1 to the sums of four outputs in v0, v4, v8 and v12:
# a row of weights at a3 for each, t2 bytes apart; rows of robots are t3 bytes apart.
.macro ADD_ROWS name
    bgeu a2, t1, 2f
# LLVM-MCA-BEGIN \name
1:
    flw fa0, 0(a3)
    vle32.v v16, (a2)
    flw fa1, 4(a3)
    add a2, a2, t3
    flw fa2, 8(a3)
    vfmacc.vf v0, fa0, v16
    flw fa3, 12(a3)
    vfmacc.vf v4, fa1, v16
    add a3, a3, t2
    vfmacc.vf v8, fa2, v16
    vfmacc.vf v12, fa3, v16
    bltu a2, t1, 1b
# LLVM-MCA-END
2:
.endm

# rivus_rvv_affine_batch(a0: &AffineBatch): four outputs at a time, for all robots
.equ MAP_OUT, 0
.equ MAP_LANES, 8
.equ MAP_X0, 16
.equ MAP_X0_END, 24
.equ MAP_X1, 32
.equ MAP_X1_END, 40
.equ MAP_WEIGHT, 48
.equ MAP_WIDTH, 56
.equ MAP_BIAS, 64
.equ MAP_OUTPUTS, 72

FUNCTION rivus_rvv_affine_batch
    ld a7, MAP_OUTPUTS(a0)
    ld a1, MAP_OUT(a0)
    ld a4, MAP_BIAS(a0)
    ld a5, MAP_WEIGHT(a0)
    ld t2, MAP_WIDTH(a0)
    slli t2, t2, 2
    ld t3, MAP_LANES(a0)
    slli t3, t3, 2
    # Four outputs from a1, a4 and a5 on; a7 are left.
.Lrivus_affine_outputs:
    ld t5, MAP_LANES(a0)
    li t6, 0
.Lrivus_affine_robots:
    vsetvli t4, t5, e32, m4, ta, ma
    flw fa0, 0(a4)
    flw fa1, 4(a4)
    flw fa2, 8(a4)
    flw fa3, 12(a4)
    vfmv.v.f v0, fa0
    vfmv.v.f v4, fa1
    vfmv.v.f v8, fa2
    vfmv.v.f v12, fa3
    mv a3, a5
    ld a2, MAP_X0(a0)
    ld t1, MAP_X0_END(a0)
    add a2, a2, t6
    ADD_ROWS affine-batch
    ld a2, MAP_X1(a0)
    ld t1, MAP_X1_END(a0)
    add a2, a2, t6
    ADD_ROWS affine-batch-second
    add t0, a1, t6
    vse32.v v0, (t0)
    li t1, 1
    beq a7, t1, 4f
    add t0, t0, t3
    vse32.v v4, (t0)
    li t1, 2
    beq a7, t1, 4f
    add t0, t0, t3
    vse32.v v8, (t0)
    li t1, 3
    beq a7, t1, 4f
    add t0, t0, t3
    vse32.v v12, (t0)
4:
    sub t5, t5, t4
    slli t4, t4, 2
    add t6, t6, t4
    bnez t5, .Lrivus_affine_robots
    addi a4, a4, 16
    addi a5, a5, 16
    slli t0, t3, 2
    add a1, a1, t0
    addi a7, a7, -4
    bgtz a7, .Lrivus_affine_outputs
    ret
END rivus_rvv_affine_batch
