//! Recording arithmetic: a model written over [`Real`] becomes a list of operations.

use core::cell::RefCell;
use core::ops::{Add, Div, Mul, Neg, Sub};

use rivus_math::Real;

use crate::program::{Op, Program};

/// The operations recorded so far.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    ops: RefCell<Vec<Op>>,
}

/// A number of a model that is being recorded: a constant, or the result of an operation.
///
/// Constants are folded, and an operation that was recorded before is not recorded again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Var<'g> {
    /// The same in every lane, known while recording.
    Constant(f64),
    /// Node `index` of `graph`.
    Node {
        /// Where it was recorded.
        graph: &'g Graph,
        /// Position in the list of operations.
        index: u32,
    },
}

impl Graph {
    /// The next `N` inputs; all inputs come before the first operation.
    pub(crate) fn inputs<const N: usize>(&self) -> [Var<'_>; N] {
        core::array::from_fn(|_| {
            let mut ops = self.ops.borrow_mut();
            ops.push(Op::Input);
            // A model has far fewer than 2^32 operations.
            Var::Node { graph: self, index: ops.len() as u32 - 1 }
        })
    }

    /// What computes `outputs` and nothing else.
    pub(crate) fn finish(&self, outputs: &[Var<'_>]) -> Program {
        let outputs: Vec<u32> = outputs
            .iter()
            .map(|output| match *output {
                Var::Constant(value) => self.index_of(Op::Constant(value as f32)),
                Var::Node { index, .. } => index,
            })
            .collect();
        Program::new(&self.ops.borrow(), &outputs)
    }

    fn record(&self, op: Op) -> Var<'_> {
        Var::Node { graph: self, index: self.index_of(op) }
    }

    fn index_of(&self, op: Op) -> u32 {
        let mut ops = self.ops.borrow_mut();
        let known = ops.iter().position(|&known| known == op && op != Op::Input);
        known.unwrap_or_else(|| {
            ops.push(op);
            ops.len() - 1
        }) as u32
    }
}

impl Add for Var<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => Self::Constant(a + b),
            (Self::Constant(k), node) | (node, Self::Constant(k)) if k == 0.0 => node,
            (Self::Constant(k), Self::Node { graph, index })
            | (Self::Node { graph, index }, Self::Constant(k)) => {
                graph.record(Op::Offset(index, k as f32))
            }
            (Self::Node { graph, index: a }, Self::Node { index: b, .. }) => {
                graph.record(Op::Add(a, b))
            }
        }
    }
}

impl Sub for Var<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        match (self, other) {
            (Self::Node { graph, index: a }, Self::Node { index: b, .. }) => {
                graph.record(Op::Sub(a, b))
            }
            _ => self + -other,
        }
    }
}

impl Mul for Var<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => Self::Constant(a * b),
            (Self::Constant(k), _) | (_, Self::Constant(k)) if k == 0.0 => Self::Constant(0.0),
            (Self::Constant(k), node) | (node, Self::Constant(k)) if k == 1.0 => node,
            (Self::Constant(k), Self::Node { graph, index })
            | (Self::Node { graph, index }, Self::Constant(k)) => {
                graph.record(Op::Scale(index, k as f32))
            }
            (Self::Node { graph, index: a }, Self::Node { index: b, .. }) => {
                graph.record(Op::Mul(a, b))
            }
        }
    }
}

impl Div for Var<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        match (self, other) {
            (_, Self::Constant(k)) => self * Self::Constant(1.0 / k),
            (Self::Constant(k), Self::Node { graph, index }) => {
                Self::Constant(k) * graph.record(Op::Reciprocal(index))
            }
            (Self::Node { .. }, Self::Node { .. }) => self * (Self::Constant(1.0) / other),
        }
    }
}

impl Neg for Var<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self * Self::Constant(-1.0)
    }
}

impl Real for Var<'_> {
    fn from_f64(value: f64) -> Self {
        Self::Constant(value)
    }

    fn sqrt(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(value.sqrt()),
            Self::Node { graph, index } => graph.record(Op::Sqrt(index)),
        }
    }

    fn exp(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(rivus_math::ops::f64::exp(value)),
            Self::Node { graph, index } => graph.record(Op::Exp(index)),
        }
    }

    /// # Panics
    /// If a limit is not a constant: no model needs that.
    fn clamp(self, low: Self, high: Self) -> Self {
        match (self, low, high) {
            (Self::Constant(value), Self::Constant(low), Self::Constant(high)) => {
                Self::Constant(value.max(low).min(high))
            }
            (Self::Node { graph, index }, Self::Constant(low), Self::Constant(high)) => {
                graph.record(Op::Clamp { of: index, low: low as f32, high: high as f32 })
            }
            _ => panic!("the limits of a recorded clamp must be constants"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{LANES, ZERO};

    fn constant(value: f64) -> Var<'static> {
        Var::Constant(value)
    }

    fn is_constant(var: Var<'_>, expected: f64) -> bool {
        matches!(var, Var::Constant(value) if value == expected)
    }

    #[test]
    fn arithmetic_on_constants_is_done_while_recording() {
        let (two, three) = (constant(2.0), constant(3.0));
        assert!(is_constant(two + three, 5.0));
        assert!(is_constant(two - three, -1.0));
        assert!(is_constant(two * three, 6.0));
        assert!(is_constant(three / two, 1.5));
        assert!(is_constant(-two, -2.0));
        assert!(is_constant(constant(9.0).sqrt(), 3.0));
        assert!(is_constant(constant(0.0).exp(), 1.0));
        assert!(is_constant(constant(9.0).clamp(two, three), 3.0));
        assert!(is_constant(constant(-9.0).clamp(two, three), 2.0));
    }

    #[test]
    fn neutral_constants_record_nothing() {
        let graph = Graph::default();
        let [x] = graph.inputs();
        let (zero, one) = (constant(0.0), constant(1.0));
        for same in [x + zero, zero + x, x - zero, x * one, one * x, x / one] {
            assert!(matches!(same, Var::Node { index: 0, .. }), "{same:?}");
        }
        assert!(is_constant(x * zero, 0.0) && is_constant(zero * x, 0.0));
        assert_eq!(*graph.ops.borrow(), [Op::Input]);
    }

    #[test]
    fn a_repeated_operation_is_recorded_once() {
        let graph = Graph::default();
        let [x, y] = graph.inputs();
        let _sums = (x * y + x * y, x * y);
        let recorded = [Op::Input, Op::Input, Op::Mul(0, 1), Op::Add(2, 2)];
        assert_eq!(*graph.ops.borrow(), recorded);
    }

    #[test]
    fn a_constant_output_is_the_same_in_every_lane() {
        let graph = Graph::default();
        let [x] = graph.inputs();
        let program = graph.finish(&[constant(0.25), x]);
        let mut values = vec![ZERO; program.len()];
        program.forward(&mut values);
        assert_eq!(values[program.outputs()[0]], [0.25; LANES]);
    }

    #[test]
    fn what_no_output_needs_is_left_out() {
        let graph = Graph::default();
        let [x, y] = graph.inputs();
        let _unused = (x.exp(), y.sqrt());
        let program = graph.finish(&[x + y]);
        assert_eq!((program.len(), program.outputs()), (3, &[2][..]));
    }

    #[test]
    #[should_panic(expected = "must be constants")]
    fn a_limit_that_is_not_constant_is_refused() {
        let graph = Graph::default();
        let [x, y] = graph.inputs();
        let _clamped = x.clamp(y, constant(1.0));
    }
}
