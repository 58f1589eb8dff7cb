//! The optimiser.

/// Decay of the mean gradient, as in the paper.
const BETA1: f32 = 0.9;
/// Decay of the mean squared gradient; faster than the paper's 0.999, for runs of few steps.
const BETA2: f32 = 0.98;
/// Keeps the step finite where no gradient has been seen; as in the paper.
const EPSILON: f32 = 1e-8;

/// Adam (Kingma and Ba 2015) on a gradient whose length is limited to 1.
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Learning rate of each parameter as a multiple of the step's.
    rates: Vec<f32>,
    /// `BETA1` and `BETA2` to the power of the steps made.
    powers: (f32, f32),
}

impl Adam {
    pub(crate) fn new(rates: Vec<f32>) -> Self {
        let zero = vec![0.0; rates.len()];
        Self { mean: zero.clone(), square: zero, rates, powers: (1.0, 1.0) }
    }

    /// Moves `parameters` against `grads`, which are scaled down to length 1 if longer.
    pub(crate) fn step(&mut self, rate: f32, grads: &mut [f32], parameters: &mut [f32]) {
        let norm = rivus_math::ops::sqrt(grads.iter().map(|g| g * g).sum());
        if norm > 1.0 {
            grads.iter_mut().for_each(|g| *g /= norm);
        }
        self.powers = (self.powers.0 * BETA1, self.powers.1 * BETA2);
        let (scale1, scale2) = (1.0 - self.powers.0, 1.0 - self.powers.1);
        let moments = self.mean.iter_mut().zip(&mut self.square);
        let each = moments.zip(&self.rates).zip(grads.iter().zip(parameters));
        for (((mean, square), own), (&g, parameter)) in each {
            *mean = BETA1 * *mean + (1.0 - BETA1) * g;
            *square = BETA2 * *square + (1.0 - BETA2) * g * g;
            let size = rivus_math::ops::sqrt(*square / scale2) + EPSILON;
            *parameter -= rate * own * (*mean / scale1) / size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_bowl_is_found() {
        let mut adam = Adam::new(vec![1.0, 2.0]);
        let mut x = [3.0, -2.0];
        for step in 0..400 {
            let mut grads = [2.0 * (x[0] - 1.0), 8.0 * (x[1] + 0.5)];
            adam.step(0.05 * (1.0 - step as f32 / 400.0), &mut grads, &mut x);
        }
        assert!((x[0] - 1.0).abs() < 1e-3 && (x[1] + 0.5).abs() < 1e-3, "{x:?}");
    }

    #[test]
    fn a_first_step_is_as_long_as_the_rate_whatever_the_gradient() {
        let mut adam = Adam::new(vec![1.0, 20.0]);
        let mut x = [0.0, 0.0];
        adam.step(0.01, &mut [1e3, -1e3], &mut x);
        assert!((x[0] + 0.01).abs() < 1e-6 && (x[1] - 0.2).abs() < 1e-5, "{x:?}");
    }
}
