//! Running recorded arithmetic on lanes, forward and backward.

use rivus_kernels::{Elementary, Kernels, vectorized};

use crate::lanes::{Lanes, ZERO, add, add_product, add_scaled, map, zip};

/// One operation; numbers are positions of its operands in the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    /// Given by the caller.
    Input,
    /// The same in every lane.
    Constant(f32),
    /// a + b.
    Add(u32, u32),
    /// a - b.
    Sub(u32, u32),
    /// a b.
    Mul(u32, u32),
    /// a k.
    Scale(u32, f32),
    /// a + k.
    Offset(u32, f32),
    /// 1 / a.
    Reciprocal(u32),
    /// Square root.
    Sqrt(u32),
    /// e to the power a.
    Exp(u32),
    /// a within limits.
    Clamp {
        /// Operand.
        of: u32,
        /// Lower limit.
        low: f32,
        /// Upper limit.
        high: f32,
    },
}

/// A list of operations in the order of evaluation, the inputs first.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    ops: Vec<Op>,
    inputs: usize,
    outputs: Vec<usize>,
    kernels: Kernels,
}

impl Op {
    fn operands(self) -> [Option<u32>; 2] {
        match self {
            Self::Input | Self::Constant(_) => [None, None],
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) => [Some(a), Some(b)],
            Self::Scale(a, _)
            | Self::Offset(a, _)
            | Self::Reciprocal(a)
            | Self::Sqrt(a)
            | Self::Exp(a)
            | Self::Clamp { of: a, .. } => [Some(a), None],
        }
    }

    /// The operation with its operands at their new positions.
    fn moved(self, to: &[u32]) -> Self {
        let at = |index: u32| to[index as usize];
        match self {
            Self::Input | Self::Constant(_) => self,
            Self::Add(a, b) => Self::Add(at(a), at(b)),
            Self::Sub(a, b) => Self::Sub(at(a), at(b)),
            Self::Mul(a, b) => Self::Mul(at(a), at(b)),
            Self::Scale(a, k) => Self::Scale(at(a), k),
            Self::Offset(a, k) => Self::Offset(at(a), k),
            Self::Reciprocal(a) => Self::Reciprocal(at(a)),
            Self::Sqrt(a) => Self::Sqrt(at(a)),
            Self::Exp(a) => Self::Exp(at(a)),
            Self::Clamp { of, low, high } => Self::Clamp { of: at(of), low, high },
        }
    }
}

impl Program {
    /// The part of `ops` that `outputs` depend on; every input stays.
    pub(crate) fn new(ops: &[Op], outputs: &[u32]) -> Self {
        let mut needed: Vec<bool> = ops.iter().map(|&op| op == Op::Input).collect();
        for &output in outputs {
            needed[output as usize] = true;
        }
        for (index, op) in ops.iter().enumerate().rev() {
            if needed[index] {
                op.operands().iter().flatten().for_each(|&a| needed[a as usize] = true);
            }
        }
        let mut to = vec![0; ops.len()];
        let mut kept = Vec::new();
        for (index, op) in ops.iter().enumerate().filter(|&(index, _)| needed[index]) {
            to[index] = kept.len() as u32;
            kept.push(op.moved(&to));
        }
        Self {
            inputs: kept.iter().take_while(|&&op| op == Op::Input).count(),
            ops: kept,
            outputs: outputs.iter().map(|&output| to[output as usize] as usize).collect(),
            kernels: Kernels::detect(),
        }
    }

    /// Number of rows that [`Program::forward`] and [`Program::backward`] work on.
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    /// Where each output is.
    pub(crate) fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// Computes every row of `values` from the inputs, which are the first rows.
    pub(crate) fn forward(&self, values: &mut [Lanes]) {
        vectorized(
            #[inline(always)]
            || self.run(values),
        );
    }

    /// Adds to every row of `grads` what it owes to later rows, so that the first rows become the
    /// derivatives with respect to the inputs.
    ///
    /// `values` are those of the forward pass; `grads` holds the derivatives with respect to the
    /// outputs, and zero elsewhere.
    pub(crate) fn backward(&self, values: &[Lanes], grads: &mut [Lanes]) {
        vectorized(
            #[inline(always)]
            || self.run_back(values, grads),
        );
    }

    #[inline(always)]
    fn run(&self, values: &mut [Lanes]) {
        for (index, op) in self.ops.iter().enumerate().skip(self.inputs) {
            let (done, rest) = values.split_at_mut(index);
            let at = |a: u32| &done[a as usize];
            rest[0] = match *op {
                Op::Input => continue,
                Op::Constant(k) => [k; _],
                Op::Add(a, b) => zip(at(a), at(b), |a, b| a + b),
                Op::Sub(a, b) => zip(at(a), at(b), |a, b| a - b),
                Op::Mul(a, b) => zip(at(a), at(b), |a, b| a * b),
                Op::Scale(a, k) => map(at(a), |a| a * k),
                Op::Offset(a, k) => map(at(a), |a| a + k),
                Op::Reciprocal(a) => map(at(a), |a| 1.0 / a),
                Op::Sqrt(a) => map(at(a), f32::sqrt),
                Op::Exp(a) => {
                    let mut row = *at(a);
                    self.kernels.elementary(Elementary::Exp, &mut row);
                    row
                }
                Op::Clamp { of, low, high } => map(at(of), |a| a.max(low).min(high)),
            };
        }
    }

    #[inline(always)]
    fn run_back(&self, values: &[Lanes], grads: &mut [Lanes]) {
        for (index, op) in self.ops.iter().enumerate().skip(self.inputs).rev() {
            let (before, rest) = grads.split_at_mut(index);
            let g = &rest[0];
            let value = &values[index];
            let at = |a: u32| &values[a as usize];
            match *op {
                Op::Input | Op::Constant(_) => {}
                Op::Add(a, b) => {
                    add(&mut before[a as usize], g);
                    add(&mut before[b as usize], g);
                }
                Op::Sub(a, b) => {
                    add(&mut before[a as usize], g);
                    add_scaled(&mut before[b as usize], -1.0, g);
                }
                Op::Mul(a, b) => {
                    add_product(&mut before[a as usize], g, at(b));
                    add_product(&mut before[b as usize], g, at(a));
                }
                Op::Scale(a, k) => add_scaled(&mut before[a as usize], k, g),
                Op::Offset(a, _) => add(&mut before[a as usize], g),
                Op::Reciprocal(a) => {
                    let slope = map(value, |value| -value * value);
                    add_product(&mut before[a as usize], g, &slope);
                }
                Op::Sqrt(a) => {
                    let slope = map(value, |value| 0.5 / value);
                    add_product(&mut before[a as usize], g, &slope);
                }
                Op::Exp(a) => add_product(&mut before[a as usize], g, value),
                Op::Clamp { of, low, high } => {
                    let inside = |a: f32| if a >= low && a <= high { 1.0 } else { 0.0 };
                    add_product(&mut before[of as usize], g, &map(at(of), inside));
                }
            }
        }
    }

    /// Derivatives with respect to the inputs, given those with respect to each output.
    pub(crate) fn pull_back(&self, values: &[Lanes], outputs: &[Lanes], grads: &mut [Lanes]) {
        grads.fill(ZERO);
        for (&index, g) in self.outputs.iter().zip(outputs) {
            add(&mut grads[index], g);
        }
        self.backward(values, grads);
    }
}

#[cfg(test)]
mod tests {
    use rivus_math::Real;

    use super::*;
    use crate::graph::{Graph, Var};
    use crate::lanes::LANES;

    /// Every operation once, operands used twice: f, and its derivatives by x and y.
    fn everything<'g>(x: Var<'g>, y: Var<'g>) -> Var<'g> {
        let k = Var::from_f64;
        let quotient = (x * k(3.0) - y) / (y * y + k(2.0));
        (quotient + x * y).exp() + (x * x + k(0.5)).sqrt() - x.clamp(k(-0.5), k(0.5)) * y
    }

    fn everything_with_derivatives(x: f64, y: f64) -> (f64, [f64; 2]) {
        let (over, under) = (3.0 * x - y, y * y + 2.0);
        let exp = rivus_math::ops::f64::exp(over / under + x * y);
        let root = (x * x + 0.5).sqrt();
        let inside = if x.abs() <= 0.5 { 1.0 } else { 0.0 };
        let by_x = exp * (3.0 / under + y) + x / root - inside * y;
        let by_y = exp * (-1.0 / under - 2.0 * y * over / (under * under) + x);
        let clamped = x.clamp(-0.5, 0.5);
        (exp + root - clamped * y, [by_x, by_y - clamped])
    }

    #[test]
    fn every_operation_has_the_derivative_of_calculus() {
        let graph = Graph::default();
        let [x, y] = graph.inputs();
        let program = graph.finish(&[everything(x, y), x]);
        let mut values = vec![ZERO; program.len()];
        values[0] = core::array::from_fn(|lane| 0.13 * lane as f32 - 1.0);
        values[1] = core::array::from_fn(|lane| 0.8 - 0.09 * lane as f32);
        program.forward(&mut values);
        let mut grads = vec![[f32::NAN; LANES]; program.len()];
        program.pull_back(&values, &[[2.0; LANES], [10.0; LANES]], &mut grads);
        for lane in 0..LANES {
            let at = [0, 1].map(|input| f64::from(values[input][lane]));
            let (value, [by_x, by_y]) = everything_with_derivatives(at[0], at[1]);
            let pairs = [
                (values[program.outputs()[0]][lane], value),
                (grads[0][lane], 2.0 * by_x + 10.0),
                (grads[1][lane], 2.0 * by_y),
            ];
            for (computed, expected) in pairs {
                let error = (f64::from(computed) - expected).abs();
                assert!(error < 1e-5 * (1.0 + expected.abs()), "{at:?}: {computed}, {expected}");
            }
        }
    }
}
