//! The marked loops of an assembly file.

use core::fmt;

/// Number of registers that an instruction works on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lmul(f64);

/// A loop between `# LLVM-MCA-BEGIN name` and `# LLVM-MCA-END`.
#[derive(Debug, PartialEq)]
pub(crate) struct Region {
    /// Its name.
    pub(crate) name: String,
    /// Registers per instruction on 32-bit values.
    pub(crate) lmul: Lmul,
    /// Whether the loop has set that itself.
    has_set: bool,
    lines: Vec<String>,
}

/// Finds the loops in a text whose macros have been expanded.
///
/// # Errors
/// If there is none, one does not end, or it is not known which vectors it works on.
pub(crate) fn regions(text: &str) -> Result<Vec<Region>, String> {
    let mut found = Vec::new();
    let mut open: Option<Region> = None;
    let mut lmul = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("# LLVM-MCA-BEGIN") {
            let name = name.trim().to_owned();
            let lmul = lmul.ok_or_else(|| format!("no vsetvli before the loop {name}"))?;
            open = Some(Region { name, lmul, has_set: false, lines: Vec::new() });
        } else if line == "# LLVM-MCA-END" {
            found.extend(open.take());
        } else {
            lmul = vector_type(line).or(lmul);
            if let Some(region) = &mut open {
                // What was set before is of no interest to a loop that sets it first.
                if let (false, Some(set)) = (region.has_set, vector_type(line)) {
                    (region.lmul, region.has_set) = (set, true);
                }
                region.lines.push(line.to_owned());
            }
        }
    }
    match open {
        Some(region) => Err(format!("the loop {} does not end", region.name)),
        None if found.is_empty() => Err("no loop is marked".to_owned()),
        None => Ok(found),
    }
}

/// The multiplier that a `vsetvli` sets for 32-bit values.
fn vector_type(line: &str) -> Option<Lmul> {
    let operands = line.strip_prefix("vsetvli").or_else(|| line.strip_prefix("vsetivli"))?;
    let words: Vec<&str> = operands.split(',').map(str::trim).collect();
    let element_bits: f64 = words.iter().find_map(|word| word.strip_prefix('e')?.parse().ok())?;
    let lmul: f64 = words.iter().find_map(|word| match word.strip_prefix("mf") {
        Some(part) => part.parse().ok().map(|part: f64| 1.0 / part),
        None => word.strip_prefix('m')?.parse().ok(),
    })?;
    Some(Lmul(lmul * 32.0 / element_bits))
}

impl Region {
    /// 32-bit values that one iteration works on.
    pub(crate) fn lanes(&self, vlen: u32) -> f64 {
        f64::from(vlen) / 32.0 * self.lmul.0
    }

    /// What `llvm-mca` reads: what was set before the loop, then the loop.
    pub(crate) fn to_input(&self) -> String {
        let setting = format!("# LLVM-MCA-RISCV-LMUL {}\n# LLVM-MCA-RISCV-SEW E32\n", self.lmul);
        setting + &self.lines.join("\n") + "\n"
    }
}

impl fmt::Display for Lmul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1.0 { write!(f, "MF{}", 1.0 / self.0) } else { write!(f, "M{}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\tvsetvli\tt1, zero, e32, m4, ta, ma
# LLVM-MCA-BEGIN gates
.Ltmp0:
\tvle32.v\tv4, (a1)
# A comment.
# LLVM-MCA-END
\tret
";

    #[test]
    fn a_loop_has_the_vectors_that_were_set_before_it() {
        let found = regions(TEXT).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].lanes(256)), ("gates", 32.0));
        let input = found[0].to_input();
        assert!(input.starts_with("# LLVM-MCA-RISCV-LMUL M4\n"), "{input}");
        assert!(input.contains("vle32.v") && !input.contains("ret"), "{input}");
    }

    #[test]
    fn a_loop_that_sets_its_vectors_has_those() {
        let own = "lhu t0, (a0)\nvsetvli x0, t0, e32, m2, tu, ma\nvsetvli x0, t1, e32, m1, tu, ma";
        let found = regions(&TEXT.replace("\tvle32.v\tv4, (a1)", own)).unwrap();
        assert_eq!(found[0].lmul, Lmul(2.0));
    }

    #[test]
    fn narrow_elements_and_fractions_are_converted() {
        assert_eq!(vector_type("vsetvli t0, a0, e16, m2, ta, ma"), Some(Lmul(4.0)));
        assert_eq!(vector_type("vsetivli zero, 4, e32, mf2, ta, ma"), Some(Lmul(0.5)));
        assert_eq!(Lmul(0.5).to_string(), "MF2");
        assert_eq!(vector_type("vle32.v v4, (a1)"), None);
    }

    #[test]
    fn marks_that_cannot_be_read_are_refused() {
        assert!(regions("ret").is_err());
        assert!(regions(TEXT.trim_end_matches("# LLVM-MCA-END\n\tret\n")).is_err());
        assert!(regions("# LLVM-MCA-BEGIN a\n# LLVM-MCA-END").is_err());
    }
}
