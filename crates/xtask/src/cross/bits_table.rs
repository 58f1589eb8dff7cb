//! The table of hashes: networks across, backends and processors down.

use core::fmt;

/// Networks and the hashes of their flights through the injected values.
pub(crate) type Hashes = Vec<(String, String)>;

/// What came of running one backend on one processor.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran.
    Passed(Hashes),
    /// It ran, and found something wrong itself, such as hashes other than the pinned ones.
    Failed(Hashes, String),
    /// It did not run, and this is why.
    NotRun(String),
}

/// One backend on one processor.
#[derive(Debug)]
pub(crate) struct Row {
    /// Processor and backend.
    pub(crate) name: String,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// All rows; the first is what the others are compared with.
#[derive(Debug)]
pub(crate) struct Table {
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// Reads lines `network hash`.
///
/// # Errors
/// If there is none, or a line is anything else.
pub(crate) fn parse(output: &str) -> Result<Hashes, String> {
    let hashes: Option<Hashes> = output
        .lines()
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [network, hash] => Some((network.to_owned(), hash.to_owned())),
            _ => None,
        })
        .collect();
    match hashes {
        Some(hashes) if !hashes.is_empty() => Ok(hashes),
        _ => Err(format!("not a list of networks and hashes: {output:?}")),
    }
}

impl Table {
    /// Whether the first row ran, and all that ran have its networks and hashes and no complaint.
    /// Rows that did not run say nothing.
    pub(crate) fn is_equal(&self) -> bool {
        let Some(reference) = self.reference() else {
            return false;
        };
        self.rows.iter().all(|row| match &row.outcome {
            Outcome::Passed(hashes) => hashes == reference,
            Outcome::Failed(..) => false,
            Outcome::NotRun(_) => true,
        })
    }

    fn reference(&self) -> Option<&Hashes> {
        match &self.rows.first()?.outcome {
            Outcome::Passed(hashes) | Outcome::Failed(hashes, _) => Some(hashes),
            Outcome::NotRun(_) => None,
        }
    }
}

/// The network of a line: `name/batch64` is another run of `name`.
fn network(line: &str) -> &str {
    line.split('/').next().unwrap_or(line)
}

/// What a row says about the runs of one network.
fn cell(name: &str, hashes: &Hashes, reference: &Hashes) -> String {
    let runs = |hashes: &Hashes| -> Hashes {
        hashes.iter().filter(|(run, _)| network(run) == name).cloned().collect()
    };
    let (runs, expected) = (runs(hashes), runs(reference));
    if runs == expected {
        return "equal".to_owned();
    }
    let differing = runs.iter().find(|run| !expected.contains(run));
    differing.map_or_else(
        || "absent".to_owned(),
        |(run, hash)| {
            // The column names the network already.
            format!("{} {hash}", run[name.len()..].trim_start_matches('/')).trim_start().to_owned()
        },
    )
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nothing = Hashes::new();
        let reference = self.reference().unwrap_or(&nothing);
        let mut networks: Vec<&str> = reference.iter().map(|(run, _)| network(run)).collect();
        networks.dedup();
        let name_width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        write!(f, "{:name_width$}", "")?;
        for name in &networks {
            write!(f, "  {name:16}")?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            write!(f, "\n{:name_width$}", row.name)?;
            let (hashes, complaint) = match &row.outcome {
                Outcome::Passed(hashes) => (hashes, ""),
                Outcome::Failed(hashes, complaint) => (hashes, complaint.as_str()),
                Outcome::NotRun(why) => {
                    write!(f, "  not run: {why}")?;
                    continue;
                }
            };
            for name in &networks {
                // The first row is what the others are equal to.
                let compared = if index == 0 { &nothing } else { reference };
                write!(f, "  {:16}", cell(name, hashes, compared))?;
            }
            write!(f, "  {complaint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(name: &str, output: &str) -> Row {
        Row { name: name.to_owned(), outcome: Outcome::Passed(parse(output).unwrap()) }
    }

    fn not_run(name: &str) -> Row {
        Row { name: name.to_owned(), outcome: Outcome::NotRun("not available: no AVX".to_owned()) }
    }

    #[test]
    fn output_is_networks_with_hashes_and_nothing_else() {
        let expected = [("ltc".to_owned(), "1f".to_owned()), ("cfc".to_owned(), "2f".to_owned())];
        assert_eq!(parse("ltc 1f\ncfc 2f\n").unwrap(), expected);
        assert!(parse("").is_err());
        assert!(parse("ltc 1f\nthread panicked at ...").is_err());
    }

    #[test]
    fn equal_hashes_are_equal() {
        let rows = vec![passed("scalar", "ltc 1f\ncfc 2f"), passed("rvv", "ltc 1f\ncfc 2f")];
        let table = Table { rows };
        assert!(table.is_equal());
        let text = table.to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words, ["ltc", "cfc", "scalar", "1f", "2f", "rvv", "equal", "equal"]);
    }

    #[test]
    fn a_difference_and_a_network_too_few_or_too_many_are_seen() {
        for other in ["ltc 1f\ncfc 3f", "ltc 1f", "ltc 1f\ncfc 2f\nlstm 3f"] {
            let rows = vec![passed("scalar", "ltc 1f\ncfc 2f"), passed("rvv", other)];
            assert!(!Table { rows }.is_equal(), "{other}");
        }
    }

    #[test]
    fn a_differing_hash_is_shown_with_its_batch() {
        let rows = vec![passed("scalar", "ltc 1f\nltc/batch5 2f"), passed("rvv", "ltc 3f")];
        assert!(Table { rows }.to_string().trim_end().ends_with("  3f"));
        let rows =
            vec![passed("scalar", "ltc 1f\nltc/batch5 2f"), passed("rvv", "ltc 1f\nltc/batch5 3f")];
        assert!(Table { rows }.to_string().trim_end().ends_with("  batch5 3f"));
    }

    #[test]
    fn what_did_not_run_is_neither_equal_nor_different() {
        let table = Table { rows: vec![passed("scalar", "ltc 1f"), not_run("avx512")] };
        assert!(table.is_equal());
        assert!(table.to_string().ends_with("avx512  not run: not available: no AVX"));
        assert!(!Table { rows: vec![not_run("scalar"), passed("rvv", "ltc 1f")] }.is_equal());
    }

    #[test]
    fn a_complaint_is_a_difference() {
        let failed = Outcome::Failed(parse("ltc 1f").unwrap(), "not the pinned hash".to_owned());
        let rows = vec![Row { name: "scalar".to_owned(), outcome: failed }];
        assert!(!Table { rows }.is_equal());
    }
}
