//! The liquid time-constant cell (Hasani 2021), semi-implicit.

use alloc::vec::Vec;

use crate::error::{WIDTH_MAX, check_count, check_len, check_not_negative, check_tensor};
use crate::mapping::ChannelMap;
use crate::synapses::{FoldedSynapses, Synapses};
use crate::{Mapping, NetworkError, Synapse};

/// The effective parameters of an LTC cell: positive ones are positive, whatever constraint
/// training used.
///
/// Neurons `0..motors` are the motor neurons: their (mapped) values are the output.
/// One step integrates cm dv/dt = gleak (vleak - v) + sum over synapses of g (erev - v).
#[derive(Clone, Debug, PartialEq)]
pub struct LtcParams {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of neurons.
    pub units: usize,
    /// Number of motor neurons, the first of all.
    pub motors: usize,
    /// Synapses from inputs to neurons, in any order.
    pub sensory: Vec<Synapse>,
    /// Synapses between neurons, in any order.
    pub synapses: Vec<Synapse>,
    /// Leak conductance of each neuron, not negative.
    pub gleak: Vec<f64>,
    /// Leak potential of each neuron.
    pub vleak: Vec<f64>,
    /// Capacitance of each neuron, not negative.
    pub cm: Vec<f64>,
    /// Map in front of the sensory synapses.
    pub input_mapping: Mapping,
    /// Map behind the motor neurons.
    pub output_mapping: Mapping,
    /// Sub-steps of one step (Python `ncps`: 6).
    pub unfolds: u32,
    /// Added to every denominator (Python `ncps`: 1e-8).
    pub epsilon: f64,
}

/// An LTC cell with its parameters folded; also what a policy file holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LtcCell {
    pub(crate) motors: usize,
    pub(crate) sensory: Synapses,
    pub(crate) recurrent: Synapses,
    pub(crate) leak: Vec<f32>,
    pub(crate) leak_drive: Vec<f32>,
    pub(crate) capacitance: Vec<f32>,
    pub(crate) input_map: ChannelMap,
    pub(crate) output_map: ChannelMap,
    pub(crate) unfolds: u32,
    pub(crate) epsilon: f32,
}

/// More sub-steps than this are a damaged file, not a model.
const UNFOLDS_MAX: usize = 1000;

impl LtcCell {
    /// Computes in double what the kernel needs, rounding each value once.
    pub(crate) fn new(params: &LtcParams) -> Result<Self, NetworkError> {
        let LtcParams { units, inputs, motors, gleak, vleak, cm, .. } = params;
        check_len("gleak", gleak.len(), *units)?;
        check_len("vleak", vleak.len(), *units)?;
        check_len("cm", cm.len(), *units)?;
        if let Some(index) = gleak.iter().position(|&gleak| gleak < 0.0) {
            return Err(NetworkError::Negative { what: "gleak".into(), index });
        }
        let sensory = FoldedSynapses::fold("sensory", &params.sensory, *inputs, *units)?;
        let recurrent = FoldedSynapses::fold("recurrent", &params.synapses, *units, *units)?;
        let leaks = gleak.iter().zip(vleak);
        let unfolds = f64::from(params.unfolds);
        let cell = Self {
            motors: *motors,
            sensory: sensory.into_synapses("sensory", *inputs, *units)?,
            recurrent: recurrent.into_synapses("recurrent", *units, *units)?,
            leak: gleak.iter().map(|gleak| (gleak + params.epsilon) as f32).collect(),
            leak_drive: leaks.map(|(gleak, vleak)| (gleak * vleak) as f32).collect(),
            capacitance: cm.iter().map(|cm| (cm * unfolds) as f32).collect(),
            input_map: ChannelMap::new("input", &params.input_mapping, *inputs)?,
            output_map: ChannelMap::new("output", &params.output_mapping, *motors)?,
            unfolds: params.unfolds,
            epsilon: params.epsilon as f32,
        };
        cell.checked()
    }

    /// Checks everything but the synapses, which are checked when they are made.
    pub(crate) fn checked(mut self) -> Result<Self, NetworkError> {
        let units = self.units();
        check_count("units", units, 1, WIDTH_MAX)?;
        check_count("inputs", self.inputs(), 1, WIDTH_MAX)?;
        check_count("motors", self.motors, 1, units)?;
        // 32 bits fit a usize on every target this runs on.
        check_count("unfolds", self.unfolds as usize, 1, UNFOLDS_MAX)?;
        check_tensor("epsilon", &[self.epsilon], 1)?;
        check_not_negative("epsilon", &[self.epsilon])?;
        check_tensor("leak", &self.leak, units)?;
        check_tensor("leak_drive", &self.leak_drive, units)?;
        check_tensor("capacitance", &self.capacitance, units)?;
        check_not_negative("capacitance", &self.capacitance)?;
        check_len("output_w", self.output_map.width(), self.motors)?;
        if let Some(neuron) = self.leak.iter().position(|&leak| leak <= 0.0) {
            return Err(NetworkError::NoLeak { what: "leak".into(), neuron });
        }
        // Adding +0 turns -0 into +0, which the kernels' sums must not start from.
        self.leak_drive.iter_mut().for_each(|drive| *drive += 0.0);
        Ok(self)
    }

    pub(crate) fn inputs(&self) -> usize {
        self.input_map.width()
    }

    pub(crate) fn units(&self) -> usize {
        self.leak.len()
    }

    /// The cell with integer weights.
    pub(crate) fn quantized(&self) -> Result<Self, NetworkError> {
        Ok(Self {
            sensory: self.sensory.quantized("sensory")?,
            recurrent: self.recurrent.quantized("recurrent")?,
            input_map: self.input_map.quantized(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn params() -> LtcParams {
        LtcParams {
            inputs: 1,
            units: 2,
            motors: 1,
            sensory: vec![Synapse { pre: 0, post: 1, sigma: 3.0, mu: 0.1, w: 0.5, erev: 1.0 }],
            synapses: vec![Synapse { pre: 1, post: 0, sigma: 4.0, mu: 0.2, w: 0.7, erev: -1.0 }],
            gleak: vec![0.1, 0.2],
            vleak: vec![0.0, -0.1],
            cm: vec![0.5, 0.4],
            input_mapping: Mapping::None,
            output_mapping: Mapping::None,
            unfolds: 6,
            epsilon: 1e-8,
        }
    }

    #[test]
    fn a_negative_zero_drive_becomes_positive() {
        let mut params = params();
        params.vleak[0] = -0.0;
        let cell = LtcCell::new(&params).unwrap();
        assert!(cell.leak_drive[0].is_sign_positive());
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let refused = |change: fn(&mut LtcParams)| {
            let mut params = params();
            change(&mut params);
            LtcCell::new(&params).unwrap_err()
        };
        let negative = |what: &str| NetworkError::Negative { what: what.into(), index: 0 };
        assert_eq!(refused(|p| p.cm[0] = -1.0), negative("capacitance"));
        assert_eq!(refused(|p| p.gleak[0] = -1.0), negative("gleak"));
        assert!(matches!(refused(|p| p.motors = 3), NetworkError::Count { .. }));
        assert!(matches!(refused(|p| p.unfolds = 0), NetworkError::Count { .. }));
        assert!(matches!(refused(|p| p.vleak[1] = f64::NAN), NetworkError::NotFinite { .. }));
        assert!(matches!(refused(|p| p.cm.truncate(1)), NetworkError::Shape { .. }));
        let leakless = refused(|p| {
            p.gleak[1] = 0.0;
            p.epsilon = 0.0;
        });
        assert!(matches!(leakless, NetworkError::NoLeak { neuron: 1, .. }));
    }
}
