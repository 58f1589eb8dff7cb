//! Cells with hand-written derivatives, sixteen episodes at a time.

mod cfc;
mod ltc;

pub(crate) use cfc::Cfc;
pub(crate) use ltc::Ltc;
use rivus_liquid::wiring::Wiring;
use rivus_liquid::{Layer, NetworkError};
use rivus_vehicle::NoiseStream;

use crate::lanes::Lanes;

/// A liquid cell that can be trained: one step of it forward, and the same step backward.
///
/// Training moves *raw* parameters; a step reads the *effective* ones made from them.
pub(crate) trait Cell {
    /// A cell of this wiring.
    fn new(wiring: &Wiring) -> Self;

    /// First raw parameters.
    fn initial(&self, random: &mut NoiseStream) -> Vec<f32>;

    /// Learning rate of each parameter as a multiple of the optimiser's.
    fn rates(&self) -> Vec<f32>;

    /// Effective parameters from raw ones.
    fn effective(&self, raw: &[f32]) -> Vec<f32>;

    /// Turns derivatives by effective parameters into derivatives by raw ones.
    fn chain(&self, effective: &[f32], grads: &mut [f32]);

    /// The layer that computes the same in flight.
    ///
    /// # Errors
    /// If a parameter is not finite.
    fn layer(&self, effective: &[f32]) -> Result<Layer, NetworkError>;

    /// Number of rows of state.
    fn state_len(&self) -> usize;

    /// Number of rows that a step leaves for its backward pass.
    fn trace_len(&self) -> usize;

    /// Advances `state` by `elapsed` and writes `output`; `trace` is for the backward pass.
    fn forward(&self, effective: &[f32], elapsed: &Lanes, step: Step<'_>);

    /// Goes back through the step that wrote `trace`.
    fn backward(&self, effective: &[f32], elapsed: &Lanes, step: StepBack<'_>);
}

/// What one step reads and writes.
pub(crate) struct Step<'a> {
    /// `[inputs]`.
    pub(crate) input: &'a [Lanes],
    /// `[state_len]`, updated.
    pub(crate) state: &'a mut [Lanes],
    /// `[outputs]`, written.
    pub(crate) output: &'a mut [Lanes],
    /// `[trace_len]`, written.
    pub(crate) trace: &'a mut [Lanes],
}

/// What one step backward reads and writes.
pub(crate) struct StepBack<'a> {
    /// `[trace_len]`, as the step left it.
    pub(crate) trace: &'a [Lanes],
    /// `[outputs]`: derivatives by the outputs.
    pub(crate) output: &'a [Lanes],
    /// `[state_len]`: derivatives by the new state in, by the old state out.
    pub(crate) state: &'a mut [Lanes],
    /// `[inputs]`: derivatives by the inputs, written.
    pub(crate) input: &'a mut [Lanes],
    /// `[parameters]`: derivatives by effective parameters, added to.
    pub(crate) parameters: &'a mut [Lanes],
}

#[cfg(test)]
mod tests {
    use rivus_liquid::wiring::WiringSpec;
    use rivus_liquid::{Network, Scratch};
    use rivus_vehicle::ROTORS;

    use super::*;
    use crate::lanes::{LANES, ZERO};

    const INPUTS: usize = 5;
    const STEPS: usize = 3;
    /// Width of the finite differences.
    const WIDTH: f32 = 0.01;
    /// Largest distance of a derivative from its finite difference, beside a thousandth of it.
    /// Single precision leaves about 1e-5 in a difference of this width.
    const TOLERANCE: f32 = 2e-4;

    /// What flows through a few steps of a cell.
    #[derive(Clone)]
    struct Run {
        parameters: Vec<f32>,
        /// `[STEPS][INPUTS]`.
        inputs: Vec<Lanes>,
        state: Vec<Lanes>,
        /// `[STEPS]`.
        elapsed: Vec<Lanes>,
        /// `[STEPS][ROTORS]`, then `[state_len]`: what outputs and last state count for.
        weights: Vec<Lanes>,
    }

    /// Derivatives of [`Run::value`], lane by lane.
    struct Gradient {
        parameters: Vec<Lanes>,
        inputs: Vec<Lanes>,
        state: Vec<Lanes>,
    }

    fn cell<C: Cell>() -> C {
        let spec =
            WiringSpec::AutoNcp { units: 11, output_size: ROTORS, sparsity_level: 0.5, seed: 3 };
        C::new(&spec.build(INPUTS).unwrap())
    }

    fn rows(count: usize, mut draw: impl FnMut() -> f32) -> Vec<Lanes> {
        (0..count).map(|_| core::array::from_fn(|_| draw())).collect()
    }

    impl Run {
        /// Parameters a little off their start, so that none is zero; elapsed time varies by step.
        fn draw<C: Cell>(cell: &C) -> Self {
            let mut random = NoiseStream::new(5, "cell", "test");
            let mut raw = cell.initial(&mut random);
            raw.iter_mut().for_each(|value| *value += 0.1 * random.normal());
            let mut even = |limit: f32| limit * (2.0 * random.uniform() - 1.0);
            Self {
                parameters: cell.effective(&raw),
                inputs: rows(STEPS * INPUTS, || even(1.0)),
                state: rows(cell.state_len(), || even(0.5)),
                elapsed: rows(STEPS, || 1.25 + even(0.75)),
                weights: rows(STEPS * ROTORS + cell.state_len(), || even(1.0)),
            }
        }

        /// Runs forward: the traces of all steps, the outputs of all steps and the last state.
        fn forward<C: Cell>(&self, cell: &C) -> (Vec<Lanes>, Vec<Lanes>) {
            let mut traces = vec![ZERO; STEPS * cell.trace_len()];
            let mut results = vec![ZERO; STEPS * ROTORS];
            let mut state = self.state.clone();
            for k in 0..STEPS {
                let step = Step {
                    input: &self.inputs[k * INPUTS..][..INPUTS],
                    state: &mut state,
                    output: &mut results[k * ROTORS..][..ROTORS],
                    trace: &mut traces[k * cell.trace_len()..][..cell.trace_len()],
                };
                cell.forward(&self.parameters, &self.elapsed[k], step);
            }
            results.extend(state);
            (traces, results)
        }

        /// The weighted sum of everything that came out, in double precision.
        fn value<C: Cell>(&self, cell: &C) -> [f64; LANES] {
            let (_, results) = self.forward(cell);
            core::array::from_fn(|lane| {
                let each = results.iter().zip(&self.weights);
                each.map(|(a, w)| f64::from(a[lane]) * f64::from(w[lane])).sum()
            })
        }

        fn gradient<C: Cell>(&self, cell: &C) -> Gradient {
            let (traces, _) = self.forward(cell);
            let mut by = Gradient {
                parameters: vec![ZERO; self.parameters.len()],
                inputs: vec![ZERO; STEPS * INPUTS],
                state: self.weights[STEPS * ROTORS..].to_vec(),
            };
            for k in (0..STEPS).rev() {
                let step = StepBack {
                    trace: &traces[k * cell.trace_len()..][..cell.trace_len()],
                    output: &self.weights[k * ROTORS..][..ROTORS],
                    state: &mut by.state,
                    input: &mut by.inputs[k * INPUTS..][..INPUTS],
                    parameters: &mut by.parameters,
                };
                cell.backward(&self.parameters, &self.elapsed[k], step);
            }
            by
        }

        /// Central difference of fourth order while `nudge` moves one number.
        fn difference<C: Cell>(&self, cell: &C, nudge: impl Fn(&mut Self, f32)) -> Lanes {
            let moved = |by: f32| {
                let mut run = self.clone();
                nudge(&mut run, by);
                run.value(cell)
            };
            let near = [moved(WIDTH), moved(-WIDTH)];
            let far = [moved(2.0 * WIDTH), moved(-2.0 * WIDTH)];
            core::array::from_fn(|lane| {
                let rise = 8.0 * (near[0][lane] - near[1][lane]) - (far[0][lane] - far[1][lane]);
                (rise / (12.0 * f64::from(WIDTH))) as f32
            })
        }
    }

    fn assert_near(what: &str, index: usize, derivative: &Lanes, difference: &Lanes) {
        for (lane, (g, d)) in derivative.iter().zip(difference).enumerate() {
            let limit = TOLERANCE + 1e-3 * d.abs();
            assert!((g - d).abs() < limit, "{what} {index}, lane {lane}: {g}, but {d}");
        }
    }

    fn derivatives_are_finite_differences<C: Cell>() {
        let cell: C = cell();
        let run = Run::draw(&cell);
        let by = run.gradient(&cell);
        let nudge = |rows: &mut Lanes, by: f32| rows.iter_mut().for_each(|x| *x += by);
        for (i, g) in by.parameters.iter().enumerate() {
            assert_near("parameter", i, g, &run.difference(&cell, |r, by| r.parameters[i] += by));
        }
        for (i, g) in by.inputs.iter().enumerate() {
            assert_near("input", i, g, &run.difference(&cell, |r, by| nudge(&mut r.inputs[i], by)));
        }
        for (i, g) in by.state.iter().enumerate() {
            assert_near("state", i, g, &run.difference(&cell, |r, by| nudge(&mut r.state[i], by)));
        }
        assert!(by.parameters.iter().all(|g| *g != ZERO), "a parameter without any effect");
    }

    fn raw_derivatives_are_finite_differences<C: Cell>() {
        let cell: C = cell();
        let raw = cell.initial(&mut NoiseStream::new(6, "cell", "test"));
        let mut slopes = vec![1.0; raw.len()];
        cell.chain(&cell.effective(&raw), &mut slopes);
        let moved = |by: f32| cell.effective(&raw.iter().map(|x| x + by).collect::<Vec<_>>());
        let (up, down) = (moved(WIDTH), moved(-WIDTH));
        for (i, slope) in slopes.iter().enumerate() {
            let difference = (up[i] - down[i]) / (2.0 * WIDTH);
            assert!((slope - difference).abs() < 1e-3, "{i}: {slope}, but {difference}");
        }
    }

    fn the_network_in_flight_computes_the_same<C: Cell>() {
        let cell: C = cell();
        let run = Run::draw(&cell);
        let network = Network::new(vec![cell.layer(&run.parameters).unwrap()]).unwrap();
        let mut scratch = Scratch::new(&network);
        let mut random = NoiseStream::new(7, "cell", "test");
        let mut rows_state = vec![ZERO; cell.state_len()];
        let mut trace = vec![ZERO; cell.trace_len()];
        let mut states = vec![vec![0.0; network.state_len()]; LANES];
        for k in 0..20 {
            let input = rows(INPUTS, || 2.0 * random.uniform() - 1.0);
            let elapsed: Lanes = core::array::from_fn(|_| 0.2 + 1.8 * random.uniform());
            let mut output = [ZERO; ROTORS];
            let (state, output_rows) = (&mut rows_state[..], &mut output[..]);
            let step = Step { input: &input, state, output: output_rows, trace: &mut trace };
            cell.forward(&run.parameters, &elapsed, step);
            for (lane, state) in states.iter_mut().enumerate() {
                let own = |rows: &[Lanes]| rows.iter().map(|row| row[lane]).collect::<Vec<_>>();
                let mut flown = [0.0; ROTORS];
                network.step(&own(&input), elapsed[lane], state, &mut flown, &mut scratch).unwrap();
                let trained = own(&output).into_iter().chain(own(&rows_state));
                for (a, b) in trained.zip(flown.iter().chain(state.iter())) {
                    assert!((a - b).abs() < 1e-5, "step {k}, lane {lane}: {a}, but {b}");
                }
            }
        }
        assert!(rows_state.iter().any(|row| row[0].abs() > 1e-2), "the state is still empty");
    }

    #[test]
    fn ltc_derivatives_are_finite_differences() {
        derivatives_are_finite_differences::<Ltc>();
    }

    #[test]
    fn cfc_derivatives_are_finite_differences() {
        derivatives_are_finite_differences::<Cfc>();
    }

    #[test]
    fn derivatives_by_raw_parameters_are_finite_differences() {
        raw_derivatives_are_finite_differences::<Ltc>();
        raw_derivatives_are_finite_differences::<Cfc>();
    }

    #[test]
    fn an_ltc_network_in_flight_computes_what_was_trained() {
        the_network_in_flight_computes_the_same::<Ltc>();
    }

    #[test]
    fn a_cfc_network_in_flight_computes_what_was_trained() {
        the_network_in_flight_computes_the_same::<Cfc>();
    }
}
