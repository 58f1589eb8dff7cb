//! `rivus policy quantize`: weights of 8 bits, and what they change.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use rivus_liquid::{Policy, PolicyInfo, Provenance, Scratch};

use super::stimulus::Stimulus;
use super::{Outcome, check_out, out, read, write};

/// Steps over which both networks are compared.
const STEPS: usize = 2000;

/// Arguments of `rivus policy quantize`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A policy file with single-precision weights.
    file: PathBuf,
    /// Where the policy with weights of 8 bits goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// How far outputs are from those of the network before.
#[derive(Clone, Copy, Default)]
struct Deviation {
    max: f64,
    squares: f64,
    count: usize,
    /// Largest output of the network before.
    magnitude: f64,
}

impl Deviation {
    fn add(&mut self, float: f32, rounded: f32) {
        let error = f64::from(rounded) - f64::from(float);
        self.max = self.max.max(error.abs());
        self.squares += error * error;
        self.count += 1;
        self.magnitude = self.magnitude.max(f64::from(float.abs()));
    }

    fn rms(&self) -> f64 {
        (self.squares / self.count as f64).sqrt()
    }

    fn print(&self, name: &str) {
        let (max, rms, magnitude) = (self.max, self.rms(), self.magnitude);
        out(format_args!("  {name:<24} {max:>11.6} {rms:>11.6} {magnitude:>11.6}"));
    }
}

/// Writes the policy and prints how its answers differ.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    check_out(&args.out, Some(&args.file))?;
    let (policy, bytes) = read(&args.file)?;
    let quantized = rounded(&policy, &args.file)?;
    // Before the file is written, so that a failure leaves nothing.
    let (deviations, all) = compare(&policy, &quantized)?;
    write(&quantized, &args.out)?;
    out(format_args!("{}: {bytes} bytes", args.file.display()));
    out(format_args!("deviation over {STEPS} random steps, in the unit of the channel"));
    out(format_args!("  {:<24} {:>11} {:>11} {:>11}", "output", "max", "RMS", "of at most"));
    for (channel, deviation) in policy.info().outputs.iter().zip(&deviations) {
        deviation.print(&channel.name);
    }
    all.print("all, before scaling");
    Ok(Outcome::Pass)
}

/// The policy of `file` with weights of 8 bits.
pub(super) fn rounded(policy: &Policy, file: &Path) -> anyhow::Result<Policy> {
    ensure!(
        !policy.network().is_quantized(),
        "{}: has weights of 8 bits already, expected single precision",
        file.display()
    );
    Ok(Policy::new(policy.network().quantized()?, described(policy))?)
}

/// What the new file says of itself.
fn described(policy: &Policy) -> PolicyInfo {
    let info = policy.info();
    let Provenance { task, command, .. } = &info.provenance;
    let provenance = Provenance {
        task: format!("{task}, weights of 8 bits"),
        command: command.as_ref().map(|command| format!("{command}; rivus policy quantize")),
        ..info.provenance.clone()
    };
    PolicyInfo { provenance, ..info.clone() }
}

/// Steps both from zeros with the same inputs, each with a state of its own: the deviation of each
/// output in the unit of its channel, and of all as the networks give them.
fn compare(float: &Policy, quantized: &Policy) -> anyhow::Result<(Vec<Deviation>, Deviation)> {
    let network = float.network();
    let stimulus = Stimulus::new(STEPS, 1, network.inputs());
    let elapsed = float.elapsed_for(1.0 / float.info().rate.max_hz);
    let mut answers = [(); 2].map(|()| vec![0.0; network.outputs()]);
    let mut physical = answers.clone();
    let mut states = [(); 2].map(|()| vec![0.0; network.state_len()]);
    let mut scratches = [float, quantized].map(|policy| Scratch::new(policy.network()));
    let mut deviations = vec![Deviation::default(); network.outputs()];
    let mut all = Deviation::default();
    for inputs in stimulus.steps() {
        for (i, policy) in [float, quantized].into_iter().enumerate() {
            let (answer, scratch) = (&mut answers[i], &mut scratches[i]);
            policy.network().step(inputs, elapsed, &mut states[i], answer, scratch)?;
            policy.decode(answer, &mut physical[i]);
        }
        let [float, rounded] = &answers;
        for (&float, &rounded) in float.iter().zip(rounded) {
            all.add(float, rounded);
        }
        let [float, rounded] = &physical;
        for (deviation, (&float, &rounded)) in deviations.iter_mut().zip(float.iter().zip(rounded))
        {
            deviation.add(float, rounded);
        }
    }
    Ok((deviations, all))
}
