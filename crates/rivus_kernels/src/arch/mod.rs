//! One folder per instruction set; `generic` is what they have in common.

pub(crate) mod generic;
pub(crate) mod scalar;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
pub(crate) mod x86_64;

#[cfg(test)]
pub(crate) mod kernel_tests;
#[cfg(test)]
pub(crate) mod tolerance;

/// Compiles every generic kernel for one way to fuse, under the given attributes.
macro_rules! instantiate_kernels {
    ($fused:ty $(, #[$attribute:meta])*) => {
        use crate::arch::generic::{activation, affine as map, cfc, ltc};

        $(#[$attribute])*
        pub(crate) fn ltc_step(
            cell: &crate::LtcView<'_>,
            input: &[f32],
            elapsed: f32,
            state: &mut [f32],
            scratch: &mut [f32],
        ) {
            ltc::step::<$fused>(cell, input, elapsed, state, scratch);
        }

        $(#[$attribute])*
        pub(crate) fn affine(view: crate::AffineView<'_>, input: &[f32], out: &mut [f32]) {
            map::affine::<$fused>(view, input, out);
        }

        $(#[$attribute])*
        pub(crate) fn scale_offset(scale: &[f32], offset: &[f32], input: &[f32], out: &mut [f32]) {
            map::scale_offset::<$fused>(scale, offset, input, out);
        }

        $(#[$attribute])*
        pub(crate) fn cfc_gated(
            heads: crate::CfcHeads<'_>,
            gate: crate::CfcGate,
            elapsed: f32,
            out: &mut [f32],
        ) {
            // Two loops instead of a branch in one: the compiler vectorises each.
            match gate {
                crate::CfcGate::Interpolate => {
                    cfc::gated::<$fused>(heads, crate::CfcGate::Interpolate, elapsed, out);
                }
                crate::CfcGate::Add => {
                    cfc::gated::<$fused>(heads, crate::CfcGate::Add, elapsed, out);
                }
            }
        }

        $(#[$attribute])*
        pub(crate) fn cfc_pure(view: crate::CfcPureView<'_>, elapsed: f32, out: &mut [f32]) {
            cfc::pure::<$fused>(view, elapsed, out);
        }

        $(#[$attribute])*
        pub(crate) fn lstm(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
            cfc::lstm::<$fused>(gates, cell, hidden);
        }

        $(#[$attribute])*
        pub(crate) fn activate(activation: crate::Activation, values: &mut [f32]) {
            use crate::Activation::{Gelu, LecunTanh, Relu, Silu, Tanh};
            let all = values.iter_mut();
            match activation {
                LecunTanh => all.for_each(|x| *x = activation::lecun_tanh::<$fused>(*x)),
                Silu => all.for_each(|x| *x = activation::silu::<$fused>(*x)),
                Relu => all.for_each(|x| *x = activation::relu(*x)),
                Tanh => all.for_each(|x| *x = activation::tanh::<$fused>(*x)),
                Gelu => all.for_each(|x| *x = activation::gelu(*x)),
            }
        }

        $(#[$attribute])*
        pub(crate) fn elementary(function: crate::Elementary, values: &mut [f32]) {
            use crate::Elementary::{Exp, Sig2n, Sigmoid, Tanh};
            let all = values.iter_mut();
            match function {
                Sig2n => all.for_each(|x| *x = activation::sig2n::<$fused>(*x)),
                Exp => all.for_each(|x| *x = activation::exp::<$fused>(*x)),
                Sigmoid => all.for_each(|x| *x = activation::sigmoid::<$fused>(*x)),
                Tanh => all.for_each(|x| *x = activation::tanh::<$fused>(*x)),
            }
        }
    };
}
pub(crate) use instantiate_kernels;
