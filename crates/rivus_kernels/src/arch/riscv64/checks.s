# What the wrappers ask of index lists before they trust them.

# rivus_rvv_max_u16(a0: *const u16, a1: len) -> largest value, 0 of none
FUNCTION rivus_rvv_max_u16
    vsetvli t0, x0, e16, m8, ta, ma
    vmv.v.i v0, 0
    beqz a1, 2f
1:
    vsetvli t0, a1, e16, m8, tu, ma
    vle16.v v8, (a0)
    sub a1, a1, t0
    slli t0, t0, 1
    add a0, a0, t0
    vmaxu.vv v0, v0, v8
    bnez a1, 1b
2:
    vsetvli t0, x0, e16, m8, ta, ma
    vredmaxu.vs v0, v0, v0
    vmv.x.s a0, v0
    slli a0, a0, 48
    srli a0, a0, 48
    ret
END rivus_rvv_max_u16

# rivus_rvv_extent(a0: *const u16, a1: len) -> (sum, sum of the values rounded up to 16)
FUNCTION rivus_rvv_extent
    vsetvli t0, x0, e32, m4, ta, ma
    vmv.v.i v0, 0
    vmv.v.i v4, 0
    beqz a1, 2f
1:
    vsetvli t0, a1, e32, m4, tu, ma
    vle16.v v8, (a0)
    vzext.vf2 v12, v8
    vadd.vv v0, v0, v12
    vadd.vi v12, v12, 15
    vand.vi v12, v12, -16
    vadd.vv v4, v4, v12
    sub a1, a1, t0
    slli t0, t0, 1
    add a0, a0, t0
    bnez a1, 1b
2:
    vsetvli t0, x0, e32, m4, ta, ma
    vmv.s.x v8, x0
    vredsum.vs v12, v0, v8
    vredsum.vs v16, v4, v8
    vmv.x.s a0, v12
    vmv.x.s a1, v16
    ret
END rivus_rvv_extent
