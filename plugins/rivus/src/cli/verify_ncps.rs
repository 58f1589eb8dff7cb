//! `rivus verify ncps`: cells and wirings against recordings of Python `ncps`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rivus_liquid::verify::{Case, CaseReport, WiringsReport, verify_wirings};

use super::{Outcome, out};

/// Files that make a folder a case.
const CASE_FILE: &str = "case.json";
const WIRINGS_FILE: &str = "wirings.json";

/// Runs every case in `dirs` and prints one line for each.
pub(super) fn run(dirs: &[PathBuf]) -> anyhow::Result<Outcome> {
    let mut cases = Vec::new();
    let mut wirings = WiringsReport::default();
    for dir in dirs {
        ensure!(dir.is_dir(), "{}: not a folder", dir.display());
        if dir.join(CASE_FILE).is_file() {
            cases.push(dir.clone());
            continue;
        }
        cases.extend(cases_in(dir)?);
        if dir.join(WIRINGS_FILE).is_file() {
            add(&mut wirings, check_wirings(&dir.join(WIRINGS_FILE))?);
        }
    }
    ensure!(
        !cases.is_empty() || wirings.total > 0,
        "no case found: expected folders with a {CASE_FILE}, or a folder of such folders"
    );
    let mut passed = 0;
    for dir in &cases {
        match run_case(dir) {
            Ok(report) => {
                passed += usize::from(report.passed());
                print_case(&report);
            }
            // A case that cannot be run must not hide the others.
            Err(error) => out(format_args!("FAIL  {}: {error:#}", dir.display())),
        }
    }
    for failure in &wirings.failures {
        out(format_args!("FAIL  {failure}"));
    }
    let (n, w) = (cases.len(), wirings.total);
    out(format_args!("{passed} of {n} cases, {} of {w} wirings", wirings.passed));
    Ok(Outcome::pass_if(passed == n && wirings.passed == w))
}

/// The case folders in `dir`, in alphabetical order.
fn cases_in(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| dir.display().to_string())?.path();
        if path.join(CASE_FILE).is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn check_wirings(path: &Path) -> anyhow::Result<WiringsReport> {
    let text = read_text(path)?;
    verify_wirings(&text).with_context(|| path.display().to_string())
}

fn add(total: &mut WiringsReport, more: WiringsReport) {
    total.passed += more.passed;
    total.total += more.total;
    total.failures.extend(more.failures);
}

fn run_case(dir: &Path) -> anyhow::Result<CaseReport> {
    let case = Case::parse(&read_text(&dir.join(CASE_FILE))?)?;
    let mut texts = Vec::new();
    for name in case.wiring_files() {
        texts.push((name.to_owned(), read_text(&dir.join(name))?));
    }
    let wirings: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let model = read(&dir.join("model.safetensors"))?;
    let io = read(&dir.join("io.safetensors"))?;
    Ok(case.run(&model, &io, &wirings)?)
}

fn print_case(report: &CaseReport) {
    let worst = &report.worst;
    out(format_args!(
        "{}  {:<32} {:>4} steps  largest deviation {:.2e} (limit {:.2e}) in {} at step {}",
        if report.passed() { "ok  " } else { "FAIL" },
        report.name,
        report.steps,
        worst.error(),
        worst.limit(),
        worst.signal,
        worst.step,
    ));
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
