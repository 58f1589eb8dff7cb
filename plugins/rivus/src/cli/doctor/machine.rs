//! Processor, operating system and clock.

use std::fs;

use rivus_kernels::Backend;
use rivus_run::{clock_resolution_ns, monotonic_ns};
use serde::Serialize;

/// Readings of the clock in a row, and how often.
const READS: u64 = 1000;
const ROUNDS: usize = 50;

/// What does not depend on how threads are scheduled.
#[derive(Serialize)]
pub(super) struct Machine {
    pub(super) processor: String,
    /// Processors that this process may run on.
    pub(super) cpus: usize,
    /// Release and build of the operating system's kernel.
    pub(super) system: String,
    /// The vector kernel that policies run on.
    pub(super) kernel: &'static str,
    /// All that this processor can run.
    pub(super) kernels_available: Vec<&'static str>,
    pub(super) kernels_unavailable: Vec<&'static str>,
    pub(super) clock: Clock,
}

#[derive(Serialize)]
pub(super) struct Clock {
    /// Where the operating system takes the time from.
    pub(super) source: String,
    pub(super) resolution_ns: u64,
    /// Time that one reading takes: the best of many rounds.
    pub(super) read_ns: f64,
}

impl Machine {
    /// Asks the operating system; what it does not tell is `unknown`.
    pub(super) fn examine(cpus: usize) -> anyhow::Result<Self> {
        let names = |is_available: bool| {
            let backends = Backend::ALL.into_iter();
            let backends = backends.filter(|backend| backend.is_available() == is_available);
            backends.map(Backend::name).collect()
        };
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let system = ["ostype", "osrelease", "version"].map(|name| {
            let text = fs::read_to_string(format!("/proc/sys/kernel/{name}"));
            text.unwrap_or_default().trim().to_owned()
        });
        let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        let source = fs::read_to_string(source).unwrap_or_default();
        Ok(Self {
            processor: or_unknown(processor(&info)),
            cpus,
            system: or_unknown(system.join(" ").trim()),
            kernel: rivus::choose_kernels()?.backend().name(),
            kernels_available: names(true),
            kernels_unavailable: names(false),
            clock: Clock {
                source: or_unknown(source.trim()),
                resolution_ns: clock_resolution_ns(),
                read_ns: read_cost_ns(),
            },
        })
    }
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }
}

/// The name of the processor in `/proc/cpuinfo`: x86 calls it model name, RISC-V uarch or isa.
fn processor(info: &str) -> &str {
    let value = |key: &str| {
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
    };
    ["model name", "Model", "uarch", "isa"].into_iter().find_map(value).unwrap_or_default()
}

fn read_cost_ns() -> f64 {
    let round_ns = || {
        let start_ns = monotonic_ns();
        for _ in 1..READS {
            core::hint::black_box(monotonic_ns());
        }
        monotonic_ns() - start_ns
    };
    let best_ns = (0..ROUNDS).map(|_| round_ns()).min().unwrap_or_default();
    best_ns as f64 / READS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_found_by_whatever_its_name_is_called() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: A 9000 @ 2 GHz\n"), "A 9000 @ 2 GHz");
        assert_eq!(processor("hart\t: 1\nisa\t: rv64gcv\nuarch\t: x,y\n"), "x,y");
        assert_eq!(processor("processor : 0\n"), "");
    }
}
