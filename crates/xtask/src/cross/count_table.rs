//! The table of instruction counts, as printed and as committed.

use core::fmt;

/// A run of the vector kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Bits of a vector register.
    pub(crate) vlen: u32,
    /// Robots in the batch.
    pub(crate) robots: u32,
}

/// Instructions per gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Of the call that steps the cell, with all that it does.
    pub(crate) cell: f64,
    /// Of the whole step, which for one robot also copies inputs, state and outputs.
    pub(crate) step: f64,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Count {
    /// Which run.
    pub(crate) key: Key,
    /// Instructions per gate.
    pub(crate) cost: Cost,
}

/// All counts of one measurement.
#[derive(Debug)]
pub(crate) struct Table {
    /// The scalar kernels, for one robot.
    pub(crate) scalar: Cost,
    /// The vector kernels.
    pub(crate) counts: Vec<Count>,
}

/// More instructions than committed are a regression above this ratio.
const TOLERANCE: f64 = 1.005;

/// What the kernels promise: robots, vector length, most instructions of the cell per gate.
const PROMISED: [(u32, u32, f64); 6] =
    [(1, 128, 7.0), (1, 256, 4.0), (1, 512, 3.6), (64, 128, 4.3), (64, 256, 2.2), (64, 512, 1.1)];

const HEADER: &str = "\
# RISC-V instructions per gate of an LTC cell of 32 neurons (AutoNCP 32:4) with 29 inputs, counted
# by QEMU. `cargo xtask riscv count` fails when there are more; after a change that is meant,
# `cargo xtask riscv count --update` writes this file.
# robots VLEN cell step
";

impl Table {
    /// The committed form.
    pub(crate) fn to_file(&self) -> String {
        let rows = self.counts.iter().map(|count| {
            let Key { vlen, robots } = count.key;
            format!("{robots} {vlen} {:.4} {:.4}\n", count.cost.cell, count.cost.step)
        });
        HEADER.to_owned() + &rows.collect::<String>()
    }

    /// Where the counts exceed the committed ones or what is promised.
    pub(crate) fn complaints(&self, committed: &str) -> Vec<String> {
        let committed: Vec<Count> = committed.lines().filter_map(parse).collect();
        let mut complaints = Vec::new();
        for Count { key, cost } in &self.counts {
            let Key { vlen, robots } = key;
            let of = format!("{robots} robots at VLEN {vlen}: {cost} instructions per gate");
            match committed.iter().find(|count| count.key == *key) {
                None => complaints.push(format!("{of}, none committed; {UPDATE}")),
                Some(count) if cost.exceeds(&count.cost) => {
                    complaints.push(format!("{of}, committed {}; {UPDATE}", count.cost));
                }
                Some(_) => {}
            }
            if let Some(most) = promised(*key)
                && cost.cell > most
            {
                complaints.push(format!("{of}, promised {most}"));
            }
        }
        complaints
    }
}

impl Cost {
    fn exceeds(&self, committed: &Self) -> bool {
        self.cell > committed.cell * TOLERANCE || self.step > committed.step * TOLERANCE
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4} (whole step {:.4})", self.cell, self.step)
    }
}

const UPDATE: &str = "if this is meant: cargo xtask riscv count --update";

fn promised(key: Key) -> Option<f64> {
    let row = PROMISED.iter().find(|(robots, vlen, _)| (*robots, *vlen) == (key.robots, key.vlen));
    row.map(|(.., most)| *most)
}

fn parse(line: &str) -> Option<Count> {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [robots, vlen, cell, step] => Some(Count {
            key: Key { vlen: vlen.parse().ok()?, robots: robots.parse().ok()? },
            cost: Cost { cell: cell.parse().ok()?, step: step.parse().ok()? },
        }),
        _ => None,
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "RISC-V instructions per gate, LTC AutoNCP(32, 4) with 29 inputs")?;
        writeln!(f, "robots  VLEN    cell  promised  whole step  scalar cell / this")?;
        let scalar = self.scalar;
        let (cell, step) = (scalar.cell, scalar.step);
        write!(f, "     1   off  {cell:>6.3}         -  {step:>10.3}  {:>18.1}", 1.0)?;
        for Count { key: Key { vlen, robots }, cost: Cost { cell, step } } in &self.counts {
            let most = promised(Key { vlen: *vlen, robots: *robots });
            let most = most.map_or_else(|| "-".to_owned(), |most| format!("{most:.1}"));
            let ratio = scalar.cell / cell;
            write!(f, "\n{robots:>6}  {vlen:>4}  {cell:>6.3}  {most:>8}")?;
            write!(f, "  {step:>10.3}  {ratio:>18.1}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { vlen: 128, robots: 1 };

    fn table(cell: f64) -> Table {
        let scalar = Cost { cell: 45.0, step: 46.0 };
        let cost = Cost { cell, step: cell + 0.5 };
        Table { scalar, counts: vec![Count { key: KEY, cost }] }
    }

    #[test]
    fn what_is_written_is_read() {
        let file = table(6.5).to_file();
        let counts: Vec<Count> = file.lines().filter_map(parse).collect();
        assert_eq!(counts, [Count { key: KEY, cost: Cost { cell: 6.5, step: 7.0 } }]);
        assert!(table(6.5).complaints(&file).is_empty());
    }

    #[test]
    fn more_instructions_than_committed_are_refused_fewer_are_not() {
        let file = table(6.0).to_file();
        assert_eq!(table(6.029).complaints(&file).len(), 0);
        assert_eq!(table(6.04).complaints(&file).len(), 1);
        assert_eq!(table(5.0).complaints(&file).len(), 0);
    }

    #[test]
    fn a_count_above_the_promise_is_refused_even_when_committed() {
        let complaints = table(7.01).complaints(&table(7.01).to_file());
        assert!(complaints[0].ends_with("promised 7"), "{complaints:?}");
    }

    #[test]
    fn a_count_that_is_not_committed_is_refused() {
        assert_eq!(table(6.0).complaints("# nothing").len(), 1);
    }

    #[test]
    fn the_ratio_to_scalar_is_shown() {
        assert!(table(4.5).to_string().ends_with("10.0"));
    }
}
