//! Times of many short chunks of steps, and of pure multiply-adds.

use core::hint::black_box;

use rivus_liquid::StepFault;
use rivus_run::monotonic_ns;

use super::super::stimulus::Stimulus;
use super::subject::Subject;

/// How long a chunk lasts at least: long enough for the clock, short enough to find moments in
/// which nobody else had the core.
const CHUNK_NS: u64 = 20_000;

/// Part of the time for multiply-adds. They come after the steps and not between them: pure
/// multiply-adds of 512 bits lower the clock of some cores for almost a millisecond.
const PEAK_PART: f64 = 0.125;

/// What was measured of one subject.
#[derive(Default)]
pub(super) struct Times {
    /// ns per step of one robot, one value per chunk.
    chunks: Vec<f64>,
    /// Steps in a chunk, 0 before the first measurement.
    steps: usize,
    /// Rounds of multiply-adds in a chunk.
    rounds: u32,
    /// The most multiply-adds per ns, if the kernel has any.
    peak: Option<f64>,
}

impl Times {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Measures for about `seconds`.
    pub(super) fn measure(
        &mut self,
        subject: &mut Subject,
        stimulus: &Stimulus,
        seconds: f64,
    ) -> Result<(), StepFault> {
        if self.steps == 0 {
            self.calibrate(subject, stimulus)?;
        }
        let mut start_ns = monotonic_ns();
        let end_ns = start_ns + (seconds * 1e9) as u64;
        let peak_ns = end_ns - (seconds * PEAK_PART * 1e9) as u64;
        let steps = self.steps * subject.robots();
        loop {
            for inputs in stimulus.steps().cycle().take(self.steps) {
                subject.step(black_box(inputs))?;
            }
            let now_ns = monotonic_ns();
            self.chunks.push((now_ns - start_ns) as f64 / steps as f64);
            if now_ns >= peak_ns {
                break;
            }
            start_ns = now_ns;
        }
        loop {
            self.measure_peak(subject);
            if monotonic_ns() >= end_ns {
                return Ok(());
            }
        }
    }

    fn measure_peak(&mut self, subject: &Subject) {
        let start_ns = monotonic_ns();
        let Some(count) = subject.kernels().fma_peak(self.rounds) else { return };
        let elapsed_ns = (monotonic_ns() - start_ns).max(1);
        let rate = count as f64 / elapsed_ns as f64;
        self.peak = Some(self.peak.map_or(rate, |peak| peak.max(rate)));
    }

    /// Finds how many steps and rounds last as long as a chunk.
    fn calibrate(&mut self, subject: &mut Subject, stimulus: &Stimulus) -> Result<(), StepFault> {
        self.steps = 1;
        loop {
            let start_ns = monotonic_ns();
            for inputs in stimulus.steps().cycle().take(self.steps) {
                subject.step(inputs)?;
            }
            if monotonic_ns() - start_ns >= CHUNK_NS {
                break;
            }
            self.steps *= 2;
        }
        self.rounds = 1;
        loop {
            let start_ns = monotonic_ns();
            if subject.kernels().fma_peak(self.rounds).is_none()
                || monotonic_ns() - start_ns >= CHUNK_NS
            {
                return Ok(());
            }
            self.rounds *= 2;
        }
    }

    /// The shortest chunk, the median and the 99th percentile; ns per step of one robot.
    pub(super) fn best_p50_p99(&mut self) -> [f64; 3] {
        self.chunks.sort_unstable_by(f64::total_cmp);
        let last = self.chunks.len().saturating_sub(1);
        [0, last / 2, last * 99 / 100]
            .map(|index| self.chunks.get(index).copied().unwrap_or(f64::NAN))
    }

    /// Number of chunks.
    pub(super) fn count(&self) -> usize {
        self.chunks.len()
    }

    /// The most fused multiply-adds per ns that the core did.
    pub(super) fn peak_per_ns(&self) -> Option<f64> {
        self.peak
    }
}
