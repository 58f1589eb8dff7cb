# Constants and macros that the other files share. The results are those of generic/activation.rs,
# bit for bit.

.option push
.option arch, +m, +f, +v

.section .rodata.rivus_rvv, "a", @progbits
.p2align 2
rivus_rvv_gate_constants:
    .float -125.0, 125.0, 12582912.0, 1.0
    # 2^r, from r^6 down to r.
    .float 1.559468e-4, 1.3406645e-3, 9.617693e-3, 5.5503104e-2, 2.4022652e-1, 6.9314724e-1
    # Largest rate of an LTC cell; an open gate as an integer.
    .float 1.0e30, 4096.0

rivus_rvv_exp_constants:
    .float -87.0, 88.0, 1.44269504, 12582912.0
    .float -0.69314575, -1.4286068e-6
    # (e^r - 1 - r) / r^2, from r^4 down.
    .float 1.3814613e-3, 8.36871e-3, 4.166839e-2, 1.6666521e-1, 4.9999994e-1
    # (tanh(x) / x - 1) / x^2, from x^8 down.
    .float -5.704988e-3, 2.0639088e-2, -5.3739715e-2, 1.3331442e-1, -3.333328e-1
    .float 0.625, 1.0, 2.0, 1.7159, 0.666

.text
.p2align 2

.macro FUNCTION name
    .globl \name
    .hidden \name
    .type \name, @function
\name:
.endm

.macro END name
    .size \name, . - \name
.endm

# ft0..ft11 for SIG2N; clobbers t0.
.macro LOAD_GATE_CONSTANTS
    lla t0, rivus_rvv_gate_constants
    flw ft0, 0(t0)
    flw ft1, 4(t0)
    flw ft2, 8(t0)
    flw ft3, 12(t0)
    flw ft4, 16(t0)
    flw ft5, 20(t0)
    flw ft6, 24(t0)
    flw ft7, 28(t0)
    flw ft8, 32(t0)
    flw ft9, 36(t0)
    flw ft10, 40(t0)
    flw ft11, 44(t0)
.endm

# y = 1 / (1 + 2^y). The addends of Horner's rule from r^3 on are in vector registers c3, c2, c1
# and c0 = 1; t and p are overwritten.
.macro SIG2N y, t, p, c4, c3, c2, c1, c0
    vfmax.vf \y, \y, ft0
    vfmin.vf \y, \y, ft1
    vfadd.vf \t, \y, ft2
    vfsub.vf \p, \t, ft2
    vfsub.vv \y, \y, \p
    vfmv.v.f \p, ft5
    vfmacc.vf \p, ft4, \y
    vfmadd.vv \p, \y, \c4
    vfmadd.vv \p, \y, \c3
    vfmadd.vv \p, \y, \c2
    vfmadd.vv \p, \y, \c1
    vfmadd.vv \p, \y, \c0
    vsll.vi \t, \t, 23
    vadd.vv \p, \p, \t
    vfadd.vf \p, \p, ft3
    vfrdiv.vf \y, \p, ft3
.endm
