//! A wiring on the command line.

use core::fmt;
use core::str::FromStr;

use rivus_liquid::wiring::WiringSpec;

/// How a wiring is written.
pub(super) const GRAMMAR: &str = "\
autoncp:UNITS:OUTPUTS[:SPARSITY], \
ncp:INTER:COMMAND:MOTOR:SENSORY_FANOUT:INTER_FANOUT:RECURRENT:MOTOR_FANIN, \
fully:UNITS:OUTPUTS or random:UNITS:OUTPUTS:SPARSITY";

/// Sparsity of an `autoncp` that gives none: that of Python's class.
const SPARSITY: f64 = 0.5;

/// A wiring whose seed is still to be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WiringArg {
    text: String,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    AutoNcp { units: usize, outputs: usize, sparsity: f64 },
    Ncp([usize; 7]),
    Fully { units: usize, outputs: usize },
    Random { units: usize, outputs: usize, sparsity: f64 },
}

impl WiringArg {
    /// The wiring as Python's class of this name draws it for `seed`; its own default if `None`.
    pub(super) fn spec(&self, seed: Option<u32>) -> WiringSpec {
        let seed_or = |default: u32| seed.unwrap_or(default);
        match self.shape {
            Shape::AutoNcp { units, outputs, sparsity } => WiringSpec::AutoNcp {
                units,
                output_size: outputs,
                sparsity_level: sparsity,
                seed: seed_or(22222),
            },
            Shape::Ncp([inter, command, motor, sensory_fanout, inter_fanout, recurrent, fanin]) => {
                WiringSpec::Ncp {
                    inter_neurons: inter,
                    command_neurons: command,
                    motor_neurons: motor,
                    sensory_fanout,
                    inter_fanout,
                    recurrent_command_synapses: recurrent,
                    motor_fanin: fanin,
                    seed: seed_or(22222),
                }
            }
            Shape::Fully { units, outputs } => WiringSpec::FullyConnected {
                units,
                output_dim: Some(outputs),
                erev_init_seed: seed_or(1111).into(),
                self_connections: true,
            },
            Shape::Random { units, outputs, sparsity } => WiringSpec::Random {
                units,
                output_dim: Some(outputs),
                sparsity_level: sparsity,
                random_seed: seed_or(1111).into(),
            },
        }
    }

    /// Number of outputs that were asked for.
    pub(super) fn outputs(&self) -> usize {
        match self.shape {
            Shape::AutoNcp { outputs, .. }
            | Shape::Fully { outputs, .. }
            | Shape::Random { outputs, .. } => outputs,
            Shape::Ncp([_, _, motor, ..]) => motor,
        }
    }
}

impl fmt::Display for WiringArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for WiringArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut fields = text.split(':');
        let class = fields.next().unwrap_or_default();
        let fields: Vec<&str> = fields.collect();
        let expected = |what: &str| format!("`{text}`: {what}; expected {GRAMMAR}");
        let count = |field: &&str| {
            field
                .parse::<usize>()
                .map_err(|_not_a_number| expected(&format!("`{field}` is not a number")))
        };
        let real = |field: &str| {
            field
                .parse::<f64>()
                .map_err(|_not_a_number| expected(&format!("`{field}` is not a number")))
        };
        let shape = match (class, fields.as_slice()) {
            ("autoncp", [units, outputs]) => Shape::AutoNcp {
                units: count(units)?,
                outputs: count(outputs)?,
                sparsity: SPARSITY,
            },
            ("autoncp", [units, outputs, sparsity]) => Shape::AutoNcp {
                units: count(units)?,
                outputs: count(outputs)?,
                sparsity: real(sparsity)?,
            },
            ("ncp", fields) if fields.len() == 7 => {
                let mut numbers = [0; 7];
                for (number, field) in numbers.iter_mut().zip(fields) {
                    *number = count(field)?;
                }
                Shape::Ncp(numbers)
            }
            ("fully", [units, outputs]) => {
                Shape::Fully { units: count(units)?, outputs: count(outputs)? }
            }
            ("random", [units, outputs, sparsity]) => Shape::Random {
                units: count(units)?,
                outputs: count(outputs)?,
                sparsity: real(sparsity)?,
            },
            ("autoncp" | "ncp" | "fully" | "random", fields) => {
                return Err(expected(&format!("{} numbers do not fit `{class}`", fields.len())));
            }
            _ => return Err(expected(&format!("no wiring is called `{class}`"))),
        };
        Ok(Self { text: text.to_owned(), shape })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wirings_are_read_with_the_defaults_of_python() {
        let spec = "autoncp:32:4".parse::<WiringArg>().unwrap().spec(None);
        let expected =
            WiringSpec::AutoNcp { units: 32, output_size: 4, sparsity_level: 0.5, seed: 22222 };
        assert_eq!(spec, expected);
        let wiring: WiringArg = "ncp:12:8:4:6:4:8:4".parse().unwrap();
        assert_eq!(wiring.spec(Some(3)).build(2).unwrap().units, 24);
        assert_eq!(wiring.to_string(), "ncp:12:8:4:6:4:8:4");
        assert_eq!("fully:8:2".parse::<WiringArg>().unwrap().spec(None).build(3).unwrap().units, 8);
        let random = "random:9:2:0.5".parse::<WiringArg>().unwrap().spec(None).build(3).unwrap();
        assert_eq!(random.outputs, 2);
    }

    #[test]
    fn what_is_not_a_wiring_is_refused_with_what_was_expected() {
        for text in
            ["", "autoncp", "autoncp:32", "autoncp:x:4", "ncp:1:2", "full:3:1", "random:9:2"]
        {
            let error = text.parse::<WiringArg>().unwrap_err();
            assert!(error.contains("autoncp:UNITS:OUTPUTS"), "{error}");
        }
    }
}
