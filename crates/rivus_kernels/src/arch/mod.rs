//! One folder per instruction set; `generic` is what they have in common.

#[cfg(all(feature = "std", target_arch = "aarch64"))]
pub(crate) mod aarch64;
pub(crate) mod generic;
pub(crate) mod isa;
#[cfg(target_arch = "riscv64")]
pub(crate) mod riscv64;
pub(crate) mod scalar;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
pub(crate) mod x86_64;

#[cfg(test)]
pub(crate) mod kernel_tests;
#[cfg(test)]
pub(crate) mod test_cell;
#[cfg(test)]
pub(crate) mod tolerance;

/// Compiles every generic kernel for an instruction set: portable code, or code for the features
/// that a third argument names.
macro_rules! instantiate_kernels {
    ($isa:ty, $new:expr $(, $features:literal)?) => {
        crate::arch::instantiate_kernels! {
            @list ($isa, $new $(, $features)?)
            elementwise::activate(activation: crate::Activation, values: &mut [f32]);
            elementwise::elementary(function: crate::Elementary, values: &mut [f32]);
            elementwise::cfc_gated(
                heads: crate::CfcHeads<'_>, gate: crate::CfcGate, elapsed: f32, out: &mut [f32]
            );
            elementwise::cfc_pure(
                view: crate::CfcPureView<'_>, ff1: &[f32], elapsed: f32, out: &mut [f32]
            );
            elementwise::cfc_pure_batch(
                view: crate::CfcPureView<'_>, lanes: usize, ff1: &[f32], elapsed: f32,
                out: &mut [f32]
            );
            elementwise::lstm(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]);
            elementwise::scale_offset(
                scale: &[f32], offset: &[f32], x: &[f32], out: &mut [f32]
            );
            elementwise::scale_offset_batch(
                scale: &[f32], offset: &[f32], lanes: usize, x: &[f32], out: &mut [f32]
            );
            affine::affine(map: &crate::AffineView<'_>, x: [&[f32]; 2], out: &mut [f32]);
            affine::affine_batch(
                map: &crate::AffineView<'_>, lanes: usize, x: [&[f32]; 2], out: &mut [f32]
            );
            affine_int8::affine_int8(
                map: &crate::AffineInt8View<'_>, x: [&[f32]; 2], out: &mut [f32],
                scratch: &mut [f32]
            );
            affine_int8::affine_int8_batch(
                map: &crate::AffineInt8View<'_>, lanes: usize, x: [&[f32]; 2], out: &mut [f32],
                scratch: &mut [f32]
            );
            ltc::ltc_step(
                cell: &crate::LtcView<'_>, input: &[f32], elapsed: f32, state: &mut [f32],
                scratch: &mut [f32]
            );
            ltc_batch::ltc_step_batch(
                cell: &crate::LtcView<'_>, lanes: usize, input: &[f32], elapsed: f32,
                state: &mut [f32], scratch: &mut [f32]
            );
        }
    };
    (
        @list ($isa:ty, $new:expr)
        $($module:ident::$kernel:ident($($name:ident: $type:ty),*);)*
    ) => {
        $(
            pub(crate) fn $kernel($($name: $type),*) {
                crate::arch::generic::$module::$kernel::<$isa>($new, $($name),*);
            }
        )*
    };
    (
        @list ($isa:ty, $new:expr, $features:literal)
        $($module:ident::$kernel:ident($($name:ident: $type:ty),*);)*
    ) => {
        $(
            #[target_feature(enable = $features)]
            pub(crate) fn $kernel($($name: $type),*) {
                crate::arch::generic::$module::$kernel::<$isa>($new, $($name),*);
            }
        )*
    };
}
pub(crate) use instantiate_kernels;
