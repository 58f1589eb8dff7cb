# Operations that treat every value alike. Registers come in groups of two: v2..v8 hold the addends
# of exp and v10..v14 those of tanh.

# ft0..ft11, fa1, fa3 and fa4; v2..v14. Clobbers t0 and fa7.
.macro LOAD_EXP_CONSTANTS
    lla t0, rivus_rvv_exp_constants
    flw ft0, 0(t0)
    flw ft1, 4(t0)
    flw ft2, 8(t0)
    flw ft3, 12(t0)
    flw ft4, 16(t0)
    flw ft5, 20(t0)
    flw ft6, 24(t0)
    flw ft7, 28(t0)
    flw ft8, 44(t0)
    flw ft9, 48(t0)
    flw ft10, 64(t0)
    flw ft11, 68(t0)
    vsetvli t1, x0, e32, m2, ta, ma
    flw fa7, 32(t0)
    vfmv.v.f v2, fa7
    flw fa7, 36(t0)
    vfmv.v.f v4, fa7
    flw fa7, 40(t0)
    vfmv.v.f v6, fa7
    vfmv.v.f v8, ft11
.endm

.macro LOAD_TANH_CONSTANTS
    LOAD_EXP_CONSTANTS
    flw fa7, 52(t0)
    vfmv.v.f v10, fa7
    flw fa7, 56(t0)
    vfmv.v.f v12, fa7
    flw fa7, 60(t0)
    vfmv.v.f v14, fa7
    flw fa1, 72(t0)
    flw fa3, 76(t0)
    flw fa4, 80(t0)
.endm

# x = e^x; t, n and q are overwritten.
.macro EXP x, t, n, q
    vfmax.vf \x, \x, ft0
    vfmin.vf \x, \x, ft1
    vfmv.v.f \t, ft3
    vfmacc.vf \t, ft2, \x
    vfsub.vf \n, \t, ft3
    vfmacc.vf \x, ft4, \n
    vfmacc.vf \x, ft5, \n
    vfmv.v.f \q, ft7
    vfmacc.vf \q, ft6, \x
    vfmadd.vv \q, \x, v2
    vfmadd.vv \q, \x, v4
    vfmadd.vv \q, \x, v6
    vfmadd.vv \q, \x, v8
    vfmadd.vv \q, \x, v8
    vsll.vi \t, \t, 23
    vadd.vv \x, \q, \t
.endm

# x = 1 / (1 + e^-x)
.macro SIGMOID x, t, n, q
    vfneg.v \x, \x
    EXP \x, \t, \n, \q
    vfadd.vf \x, \x, ft11
    vfrdiv.vf \x, \x, ft11
.endm

# x = tanh(x); v0 and v18..v29 are overwritten.
.macro TANH x
    vfabs.v v18, \x
    vfmul.vv v22, v18, v18
    vfmv.v.f v20, ft9
    vfmacc.vf v20, ft8, v22
    vfmadd.vv v20, v22, v10
    vfmadd.vv v20, v22, v12
    vfmadd.vv v20, v22, v14
    vfmul.vv v20, v20, v22
    vfmadd.vv v20, v18, v18
    vfmul.vf v22, v18, fa1
    EXP v22, v24, v26, v28
    vfadd.vf v22, v22, ft11
    vfrdiv.vf v22, v22, fa1
    vfrsub.vf v22, v22, ft11
    vmfge.vf v0, v18, ft10
    vmerge.vvm v20, v20, v22, v0
    vfsgnj.vv \x, v20, \x
.endm

# The loops below work through a1 values from a0 on; every other array is as long.

# Next values: t0 of them, in v16.
.macro NEXT_VALUES
1:
    vsetvli t0, a1, e32, m2, ta, ma
    vle32.v v16, (a0)
.endm

.macro STORE_VALUES
    vse32.v v16, (a0)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    bnez a1, 1b
.endm

FUNCTION rivus_rvv_sig2n
    LOAD_GATE_CONSTANTS
    vsetvli t1, x0, e32, m2, ta, ma
    vfmv.v.f v2, ft6
    vfmv.v.f v4, ft7
    vfmv.v.f v6, ft8
    vfmv.v.f v8, ft9
    vfmv.v.f v10, ft3
    NEXT_VALUES
    SIG2N v16, v18, v20, v2, v4, v6, v8, v10
    STORE_VALUES
    ret
END rivus_rvv_sig2n

FUNCTION rivus_rvv_exp
    LOAD_EXP_CONSTANTS
    NEXT_VALUES
    EXP v16, v18, v20, v22
    STORE_VALUES
    ret
END rivus_rvv_exp

FUNCTION rivus_rvv_sigmoid
    LOAD_EXP_CONSTANTS
    NEXT_VALUES
    SIGMOID v16, v18, v20, v22
    STORE_VALUES
    ret
END rivus_rvv_sigmoid

FUNCTION rivus_rvv_silu
    LOAD_EXP_CONSTANTS
    NEXT_VALUES
    vmv.v.v v24, v16
    SIGMOID v16, v18, v20, v22
    vfmul.vv v16, v24, v16
    STORE_VALUES
    ret
END rivus_rvv_silu

FUNCTION rivus_rvv_relu
    fmv.w.x ft0, x0
    NEXT_VALUES
    vfmax.vf v16, v16, ft0
    STORE_VALUES
    ret
END rivus_rvv_relu

FUNCTION rivus_rvv_tanh
    LOAD_TANH_CONSTANTS
# LLVM-MCA-BEGIN tanh
    NEXT_VALUES
    TANH v16
    STORE_VALUES
# LLVM-MCA-END
    ret
END rivus_rvv_tanh

FUNCTION rivus_rvv_lecun_tanh
    LOAD_TANH_CONSTANTS
    NEXT_VALUES
    vfmul.vf v16, v16, fa4
    TANH v16
    vfmul.vf v16, v16, fa3
    STORE_VALUES
    ret
END rivus_rvv_lecun_tanh

# rivus_rvv_cfc_gated(a0: out, a1: len, a2: ff1, a3: ff2, a4: time_a, a5: time_b, a6: 1 to
# interpolate or 0 to add, fa0: elapsed)
FUNCTION rivus_rvv_cfc_gated
    LOAD_TANH_CONSTANTS
# LLVM-MCA-BEGIN cfc-gated
1:
    vsetvli t0, a1, e32, m2, ta, ma
    vle32.v v30, (a2)
    TANH v30
    vle32.v v16, (a3)
    TANH v16
    vle32.v v20, (a4)
    vle32.v v18, (a5)
    vfmacc.vf v18, fa0, v20
    SIGMOID v18, v20, v22, v24
    beqz a6, 2f
    vfrsub.vf v20, v18, ft11
    vfmul.vv v30, v30, v20
2:
    vfmacc.vv v30, v18, v16
    vse32.v v30, (a0)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    add a2, a2, t0
    add a3, a3, t0
    add a4, a4, t0
    add a5, a5, t0
    bnez a1, 1b
# LLVM-MCA-END
    ret
END rivus_rvv_cfc_gated

# out = amplitude - amplitude e^(-elapsed (|w_tau| + |ff1|)) ff1, of the rate in v16, ff1 in v24 and
# the amplitude in v26.
.macro DECAY
    vfmul.vf v16, v16, fa0
    EXP v16, v18, v20, v22
    vfmul.vv v16, v26, v16
    # -(amplitude decay) ff1 + amplitude
    vfnmsac.vv v26, v16, v24
    vse32.v v26, (a0)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    add a2, a2, t0
.endm

# rivus_rvv_cfc_pure(a0: out, a1: len, a2: ff1, a3: w_tau, a4: amplitude, fa0: -elapsed)
FUNCTION rivus_rvv_cfc_pure
    LOAD_EXP_CONSTANTS
1:
    vsetvli t0, a1, e32, m2, ta, ma
    vle32.v v24, (a2)
    vle32.v v16, (a3)
    vle32.v v26, (a4)
    vfabs.v v18, v24
    vfabs.v v16, v16
    vfadd.vv v16, v16, v18
    DECAY
    add a3, a3, t0
    add a4, a4, t0
    bnez a1, 1b
    ret
END rivus_rvv_cfc_pure

# rivus_rvv_cfc_pure_row(a0: out, a1: len, a2: ff1, fa0: -elapsed, fa1: |w_tau|, fa2: amplitude)
FUNCTION rivus_rvv_cfc_pure_row
    LOAD_EXP_CONSTANTS
1:
    vsetvli t0, a1, e32, m2, ta, ma
    vle32.v v24, (a2)
    vfmv.v.f v26, fa2
    vfabs.v v16, v24
    vfadd.vf v16, v16, fa1
    DECAY
    bnez a1, 1b
    ret
END rivus_rvv_cfc_pure_row

# rivus_rvv_lstm(a0: memory, a1: len, a2: hidden, a3: candidates, a4: input gates, a5: forget gates,
# a6: output gates)
FUNCTION rivus_rvv_lstm
    LOAD_TANH_CONSTANTS
1:
    vsetvli t0, a1, e32, m2, ta, ma
    vle32.v v16, (a3)
    TANH v16
    vle32.v v18, (a4)
    SIGMOID v18, v20, v22, v24
    vfmul.vv v16, v16, v18
    vle32.v v18, (a5)
    vfadd.vf v18, v18, ft11
    SIGMOID v18, v20, v22, v24
    vle32.v v30, (a0)
    vfmadd.vv v30, v18, v16
    vse32.v v30, (a0)
    TANH v30
    vle32.v v18, (a6)
    SIGMOID v18, v20, v22, v24
    vfmul.vv v30, v30, v18
    vse32.v v30, (a2)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    add a2, a2, t0
    add a3, a3, t0
    add a4, a4, t0
    add a5, a5, t0
    add a6, a6, t0
    bnez a1, 1b
    ret
END rivus_rvv_lstm

# rivus_rvv_scale_offset(a0: out, a1: len, a2: x, a3: scale, a4: offset)
FUNCTION rivus_rvv_scale_offset
1:
    vsetvli t0, a1, e32, m4, ta, ma
    vle32.v v0, (a2)
    vle32.v v4, (a3)
    vle32.v v8, (a4)
    vfmacc.vv v8, v0, v4
    vse32.v v8, (a0)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    add a2, a2, t0
    add a3, a3, t0
    add a4, a4, t0
    bnez a1, 1b
    ret
END rivus_rvv_scale_offset

# rivus_rvv_scale_offset_row(a0: out, a1: len, a2: x, fa0: scale, fa1: offset)
FUNCTION rivus_rvv_scale_offset_row
1:
    vsetvli t0, a1, e32, m4, ta, ma
    vle32.v v0, (a2)
    vfmv.v.f v4, fa1
    vfmacc.vf v4, fa0, v0
    vse32.v v4, (a0)
    sub a1, a1, t0
    slli t0, t0, 2
    add a0, a0, t0
    add a2, a2, t0
    bnez a1, 1b
    ret
END rivus_rvv_scale_offset_row
