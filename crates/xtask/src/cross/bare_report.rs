//! What a firmware says about itself, and the table of it.

use core::fmt;

/// One line that the firmware prints: the run on one backend.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) backend: String,
    pub(crate) hash: String,
    /// Mean instructions of a step.
    pub(crate) instructions: u64,
    /// Bytes of stack that were used, those of the run's buffers included.
    pub(crate) stack: u64,
}

/// Bytes of a firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Instructions.
    pub(crate) code: u64,
    /// Constants, the policy among them.
    pub(crate) constants: u64,
    /// Statics that are not constant.
    pub(crate) variables: u64,
}

/// One network on one processor and backend.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) network: &'static str,
    pub(crate) target: &'static str,
    pub(crate) processor: &'static str,
    pub(crate) sizes: Sizes,
    pub(crate) report: Report,
    /// Whether the hash is that of this machine.
    pub(crate) is_equal: bool,
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// Reads the firmware's output.
    ///
    /// # Errors
    /// If it is not one line or more of reports, and nothing else.
    pub(crate) fn parse_all(output: &str) -> Result<Vec<Self>, String> {
        let reports: Option<Vec<Self>> = output.lines().map(Self::parse).collect();
        match reports {
            Some(reports) if !reports.is_empty() => Ok(reports),
            _ => Err(format!("not what the firmware should print: {output:?}")),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [
                "backend",
                backend,
                "vlen",
                _,
                "hash",
                hash,
                "instructions",
                instructions,
                "stack",
                stack,
            ] => Some(Self {
                backend: backend.to_owned(),
                hash: hash.to_owned(),
                instructions: instructions.parse().ok()?,
                stack: stack.parse().ok()?,
            }),
            _ => None,
        }
    }
}

impl Sizes {
    /// Reads what `llvm-size -A` prints.
    ///
    /// # Errors
    /// If a section is not listed.
    pub(crate) fn parse(output: &str) -> Result<Self, String> {
        let section = |name: &str| {
            let line = output.lines().find(|line| line.split_whitespace().next() == Some(name));
            let bytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            bytes.ok_or_else(|| format!("no size of {name}: {output}"))
        };
        Ok(Self {
            code: section(".text")?,
            constants: section(".rodata")?,
            variables: section(".data")? + section(".bss")?,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:16} {:29} {:9} {:7} {:>7} {:>9} {:>9} {:>6} {:>17}  hash",
            "network",
            "target",
            "processor",
            "backend",
            "code",
            "constants",
            "variables",
            "stack",
            "instructions/step",
        )?;
        for Row { network, target, processor, sizes, report, is_equal } in &self.rows {
            let Sizes { code, constants, variables } = sizes;
            let Report { backend, hash, instructions, stack } = report;
            let verdict = if *is_equal { "equal" } else { "DIFFERENT" };
            writeln!(
                f,
                "{network:16} {target:29} {processor:9} {backend:7} {code:7} {constants:9} \
                 {variables:9} {stack:6} {instructions:17}  {hash} {verdict}",
            )?;
        }
        write!(f, "bytes; the stack holds the buffers of the run too")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "backend rvv vlen 128 hash 1f instructions 9422 stack 3832";

    #[test]
    fn reports_are_read_and_nothing_else() {
        let report = Report {
            backend: "rvv".to_owned(),
            hash: "1f".to_owned(),
            instructions: 9422,
            stack: 3832,
        };
        assert_eq!(Report::parse_all(LINE).unwrap(), [report]);
        assert!(Report::parse_all("").is_err());
        assert!(Report::parse_all(&format!("{LINE}\ntrap 2 at 80000000")).is_err());
        assert!(Report::parse_all(&LINE.replace("3832", "overflow")).is_err());
    }

    #[test]
    fn sizes_are_read_by_section() {
        let output = "a  :\nsection  size  addr\n.text  100  0\n.rodata  20  1\n.data  4  2\n.bss  8  3\nTotal  132\n";
        let sizes = Sizes { code: 100, constants: 20, variables: 12 };
        assert_eq!(Sizes::parse(output).unwrap(), sizes);
        assert!(Sizes::parse("a  :\n.text  100  0\n").is_err());
    }
}
