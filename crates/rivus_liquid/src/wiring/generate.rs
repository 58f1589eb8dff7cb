//! The rules by which synapses are drawn.

use alloc::vec;
use alloc::vec::Vec;

use super::mt19937::RandomState;
use super::pcg64::Generator;
use super::{MATRIX_MAX, Matrix, Wiring, WiringError};

/// The sizes of a wiring of one layer.
#[derive(Clone, Copy)]
pub(super) struct Size {
    inputs: usize,
    units: usize,
    outputs: usize,
}

impl Size {
    pub(super) fn new(
        inputs: usize,
        units: usize,
        output_dim: Option<usize>,
    ) -> Result<Self, WiringError> {
        let outputs = output_dim.unwrap_or(units);
        at_least_one("the number of inputs", inputs)?;
        at_least_one("units", units)?;
        at_least_one("output_dim", outputs)?;
        at_most("output_dim", outputs, units, "units")?;
        Ok(Self { inputs, units, outputs })
    }

    fn matrices(self) -> Result<(Matrix, Matrix), WiringError> {
        let inner = Matrix::new("the wiring", self.units, self.units)?;
        let sensory = Matrix::new("the sensory wiring", self.inputs, self.units)?;
        Ok((inner, sensory))
    }

    fn wiring(self, layers: Vec<Vec<usize>>, inner: &Matrix, sensory: &Matrix) -> Wiring {
        Wiring {
            units: self.units,
            inputs: self.inputs,
            outputs: self.outputs,
            layers,
            synapses: inner.synapses(),
            sensory: sensory.synapses(),
        }
    }

    fn one_layer(self) -> Vec<Vec<usize>> {
        vec![(0..self.units).collect()]
    }
}

/// Every pair, in the order of sources and then destinations.
pub(super) fn fully_connected(
    size: Size,
    seed: u64,
    self_connections: bool,
) -> Result<Wiring, WiringError> {
    let (mut inner, mut sensory) = size.matrices()?;
    let mut rng = Generator::new(seed);
    for pre in 0..size.units {
        for post in 0..size.units {
            if pre != post || self_connections {
                inner.set(pre, post, rng.mostly_positive_sign());
            }
        }
    }
    for pre in 0..size.inputs {
        for post in 0..size.units {
            sensory.set(pre, post, rng.mostly_positive_sign());
        }
    }
    Ok(size.wiring(size.one_layer(), &inner, &sensory))
}

/// A share of all pairs.
pub(super) fn random(size: Size, sparsity_level: f64, seed: u64) -> Result<Wiring, WiringError> {
    if !(0.0..1.0).contains(&sparsity_level) {
        let range = "at least 0 and less than 1";
        return Err(WiringError::Sparsity { sparsity_level, range });
    }
    let (mut inner, mut sensory) = size.matrices()?;
    let mut rng = Generator::new(seed);
    let share = |pairs: usize| {
        // Halves go to the even neighbour, as in NumPy; at most 2^24 pairs, so the double is exact.
        libm::rint(pairs as f64 * (1.0 - sparsity_level)) as usize
    };
    let pairs = size.units * size.units;
    for index in rng.distinct(pairs, share(pairs)) {
        let (pre, post) = inner.pair(index);
        inner.set(pre, post, rng.mostly_positive_sign());
    }
    let pairs = size.inputs * size.units;
    for index in rng.distinct(pairs, share(pairs)) {
        let (pre, post) = sensory.pair(index);
        // The reference draws the polarity of a sensory synapse twice and keeps the second.
        rng.mostly_positive_sign();
        sensory.set(pre, post, rng.mostly_positive_sign());
    }
    Ok(size.wiring(size.one_layer(), &inner, &sensory))
}

/// The numbers of a neural circuit policy.
///
/// Neuron ids: motor neurons first, then command, then inter neurons.
pub(super) struct Circuit {
    pub(super) inter_neurons: usize,
    pub(super) command_neurons: usize,
    pub(super) motor_neurons: usize,
    pub(super) sensory_fanout: usize,
    pub(super) inter_fanout: usize,
    pub(super) recurrent_command_synapses: usize,
    pub(super) motor_fanin: usize,
}

impl Circuit {
    /// The numbers that follow from a size: 40 % of what is not motor is command.
    pub(super) fn auto(
        units: usize,
        output_size: usize,
        sparsity_level: f64,
    ) -> Result<Self, WiringError> {
        if output_size >= units.saturating_sub(2) {
            return Err(WiringError::NoRoom { units, output_size });
        }
        if !(0.1..=1.0).contains(&sparsity_level) {
            let range = "between 0.1 and 1.0";
            return Err(WiringError::Sparsity { sparsity_level, range });
        }
        // In doubles and cut off, like the reference: 5 (1 - 0.8) gives 0 because 1 - 0.8 < 0.2.
        let density = 1.0 - sparsity_level;
        let rest = units - output_size;
        let command_neurons = ((0.4 * rest as f64) as usize).max(1);
        let inter_neurons = rest - command_neurons;
        let part = |count: usize| ((count as f64 * density) as usize).max(1);
        Ok(Self {
            inter_neurons,
            command_neurons,
            motor_neurons: output_size,
            sensory_fanout: part(inter_neurons),
            inter_fanout: part(command_neurons),
            recurrent_command_synapses: ((command_neurons as f64 * density * 2.0) as usize).max(1),
            motor_fanin: part(command_neurons),
        })
    }

    /// Draws all synapses; the order of the draws is part of the result.
    pub(super) fn build(&self, inputs: usize, seed: u32) -> Result<Wiring, WiringError> {
        let size = self.check(inputs)?;
        let (mut inner, mut sensory) = size.matrices()?;
        let mut rng = RandomState::new(seed);
        let motor = 0..self.motor_neurons;
        let command = motor.end..motor.end + self.command_neurons;
        let inter = command.end..command.end + self.inter_neurons;

        self.connect_inputs(inputs, inter.start, &mut sensory, &mut rng);
        self.connect_inter(inter.start, command.start, &mut inner, &mut rng);
        for _ in 0..self.recurrent_command_synapses {
            let pre = command.start + rng.below(self.command_neurons);
            let post = command.start + rng.below(self.command_neurons);
            inner.set(pre, post, rng.sign());
        }
        self.connect_motor(command.start, &mut inner, &mut rng);

        let layers = vec![inter.collect(), command.collect(), motor.collect()];
        Ok(size.wiring(layers, &inner, &sensory))
    }

    fn check(&self, inputs: usize) -> Result<Size, WiringError> {
        let (inter, command) = (self.inter_neurons, self.command_neurons);
        at_least_one("the number of inputs", inputs)?;
        at_least_one("inter_neurons", inter)?;
        at_least_one("command_neurons", command)?;
        at_least_one("motor_neurons", self.motor_neurons)?;
        at_most("motor_fanin", self.motor_fanin, command, "command neurons")?;
        at_most("sensory_fanout", self.sensory_fanout, inter, "inter neurons")?;
        at_most("inter_fanout", self.inter_fanout, command, "command neurons")?;
        let recurrent = self.recurrent_command_synapses;
        at_most("recurrent_command_synapses", recurrent, MATRIX_MAX, "draws allowed")?;
        let units = inter.saturating_add(command).saturating_add(self.motor_neurons);
        Ok(Size { inputs, units, outputs: self.motor_neurons })
    }

    /// Each input to some inter neurons; inter neurons that were missed to some inputs.
    fn connect_inputs(
        &self,
        inputs: usize,
        first_inter: usize,
        sensory: &mut Matrix,
        rng: &mut RandomState,
    ) {
        let mut is_reached = vec![false; self.inter_neurons];
        for pre in 0..inputs {
            for inter in rng.distinct(self.inter_neurons, self.sensory_fanout) {
                is_reached[inter] = true;
                sensory.set(pre, first_inter + inter, rng.sign());
            }
        }
        let fanin = (inputs * self.sensory_fanout / self.inter_neurons).clamp(1, inputs);
        for inter in missed(&is_reached) {
            for pre in rng.distinct(inputs, fanin) {
                sensory.set(pre, first_inter + inter, rng.sign());
            }
        }
    }

    /// Each inter neuron to some command neurons; command neurons that were missed to some of
    /// the inter neurons.
    fn connect_inter(
        &self,
        first_inter: usize,
        first_command: usize,
        inner: &mut Matrix,
        rng: &mut RandomState,
    ) {
        let mut is_reached = vec![false; self.command_neurons];
        for inter in 0..self.inter_neurons {
            for command in rng.distinct(self.command_neurons, self.inter_fanout) {
                is_reached[command] = true;
                inner.set(first_inter + inter, first_command + command, rng.sign());
            }
        }
        // At most the number of inter neurons, because the fan-out is at most that of command ones.
        let fanin = (self.inter_neurons * self.inter_fanout / self.command_neurons)
            .clamp(1, self.command_neurons);
        for command in missed(&is_reached) {
            for inter in rng.distinct(self.inter_neurons, fanin) {
                inner.set(first_inter + inter, first_command + command, rng.sign());
            }
        }
    }

    /// Some command neurons to each motor neuron; command neurons that were missed to some of
    /// the motor neurons.
    fn connect_motor(&self, first_command: usize, inner: &mut Matrix, rng: &mut RandomState) {
        let mut is_used = vec![false; self.command_neurons];
        for motor in 0..self.motor_neurons {
            for command in rng.distinct(self.command_neurons, self.motor_fanin) {
                is_used[command] = true;
                inner.set(first_command + command, motor, rng.sign());
            }
        }
        let fanout = (self.motor_neurons * self.motor_fanin / self.command_neurons)
            .clamp(1, self.motor_neurons);
        for command in missed(&is_used) {
            for motor in rng.distinct(self.motor_neurons, fanout) {
                inner.set(first_command + command, motor, rng.sign());
            }
        }
    }
}

fn missed(flags: &[bool]) -> impl Iterator<Item = usize> + '_ {
    flags.iter().enumerate().filter(|(_, flag)| !**flag).map(|(index, _)| index)
}

const fn at_least_one(what: &'static str, count: usize) -> Result<(), WiringError> {
    if count == 0 { Err(WiringError::Zero { what }) } else { Ok(()) }
}

const fn at_most(
    what: &'static str,
    asked: usize,
    available: usize,
    of: &'static str,
) -> Result<(), WiringError> {
    if asked <= available {
        Ok(())
    } else {
        Err(WiringError::TooMany { what, asked, available, of })
    }
}
