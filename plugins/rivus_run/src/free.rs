//! As fast as the machine allows.

use core::sync::atomic::{AtomicBool, Ordering};

use bevy_app::App;
use rivus_app::{AppError, AppExt, OverrunResponse, TickConfig};

use crate::clock::{monotonic_ns, process_cpu_ns};

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunReport {
    /// Base ticks that ran.
    pub ticks: u64,
    /// Time of the robot that they cover, s.
    pub simulated_s: f64,
    /// Time that passed meanwhile, s.
    pub wall_s: f64,
    /// CPU time of all threads of the process meanwhile, s.
    pub cpu_s: f64,
    /// Whether the run reached its end; `false` if it was told to stop before, or aborted.
    pub is_complete: bool,
}

impl RunReport {
    /// Seconds of the robot per second of CPU time of the process.
    #[must_use]
    pub fn realtime_factor(&self) -> f64 {
        self.simulated_s / self.cpu_s
    }

    /// Seconds of the robot per second on the wall.
    #[must_use]
    pub fn realtime_factor_wall(&self) -> f64 {
        self.simulated_s / self.wall_s
    }
}

/// Ticks `app` until `seconds` of the robot's time have passed, until `stop` is set, or until an
/// overrun is answered by [`OnOverrun::Abort`](rivus_app::OnOverrun::Abort).
///
/// The number of ticks is `seconds` times the base rate, rounded to the nearest; nothing runs if
/// `seconds` is not above zero. Building the ticks is not counted in the times.
///
/// # Errors
/// If the ticks cannot be built, or a tick cannot begin.
pub fn run_free(app: &mut App, seconds: f64, stop: &AtomicBool) -> Result<RunReport, AppError> {
    app.build_ticks()?;
    let base_hz = app.world().resource::<TickConfig>().base_hz;
    let planned = planned_ticks(seconds, base_hz);
    let (wall_start_ns, cpu_start_ns) = (monotonic_ns(), process_cpu_ns());
    let mut ticks = 0;
    let mut running = app.ticks()?;
    while ticks < planned && !stop.load(Ordering::Relaxed) {
        running.tick()?;
        ticks += 1;
        if is_aborted(running.app()) {
            break;
        }
    }
    drop(running);
    Ok(RunReport {
        ticks,
        simulated_s: ticks as f64 / f64::from(base_hz),
        wall_s: passed_s(wall_start_ns, monotonic_ns()),
        cpu_s: passed_s(cpu_start_ns, process_cpu_ns()),
        is_complete: ticks == planned && !is_aborted(app),
    })
}

/// Base ticks in `seconds`, rounded to the nearest.
pub(crate) fn planned_ticks(seconds: f64, base_hz: u32) -> u64 {
    // The cast saturates: no time is no ticks, and no limit is 2^64 - 1 of them.
    (seconds * f64::from(base_hz)).round() as u64
}

/// Seconds from `start_ns` to `end_ns`; none if the end is before the start.
pub(crate) const fn passed_s(start_ns: u64, end_ns: u64) -> f64 {
    end_ns.saturating_sub(start_ns) as f64 / 1e9
}

/// Whether an overrun is answered by stopping.
pub(crate) fn is_aborted(app: &App) -> bool {
    app.world().resource::<OverrunResponse>().is_abort()
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use bevy_ecs::prelude::*;
    use rivus_app::{OnOverrun, Rate, Stage, Tick, Timings};

    use super::*;
    use crate::RunPlugin;

    #[derive(Resource)]
    struct StopAt {
        tick: u64,
        flag: Arc<AtomicBool>,
    }

    fn stop_then(tick: Res<Tick>, at: Res<StopAt>) {
        if tick.index == at.tick {
            at.flag.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_run_covers_the_time_it_was_given_and_measures_it() {
        let mut app = App::empty();
        app.add_plugins(RunPlugin);
        let report = run_free(&mut app, 0.25, &AtomicBool::new(false)).unwrap();
        assert_eq!((report.ticks, report.simulated_s), (250, 0.25));
        assert!(report.is_complete && report.wall_s > 0.0 && report.cpu_s > 0.0);
        assert!(report.realtime_factor() > 0.0 && report.realtime_factor_wall() > 0.0);
        assert_eq!(app.world().resource::<Timings>().tick.histogram.count(), 250);
    }

    #[test]
    fn a_run_stops_when_told_and_says_so() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut app = App::empty();
        app.insert_resource(StopAt { tick: 4, flag: Arc::clone(&flag) })
            .add_systems(Stage::Control.at(Rate::STAGE), stop_then);
        let report = run_free(&mut app, 1.0, &flag).unwrap();
        assert_eq!((report.ticks, report.is_complete), (5, false));
    }

    #[test]
    fn an_overrun_that_aborts_ends_the_run() {
        let mut config = TickConfig::default();
        config.on_overrun = OnOverrun::Abort;
        let mut app = App::empty();
        app.insert_resource(config).add_systems(
            Stage::Policy.at(Rate::STAGE),
            |tick: Res<Tick>, mut response: ResMut<OverrunResponse>| {
                if tick.index == 6 {
                    response.inject();
                }
            },
        );
        let report = run_free(&mut app, 1.0, &AtomicBool::new(false)).unwrap();
        assert_eq!((report.ticks, report.is_complete), (8, false));
    }

    #[test]
    fn no_time_is_no_ticks() {
        for seconds in [0.0, -1.0, f64::NAN] {
            let report = run_free(&mut App::empty(), seconds, &AtomicBool::new(false)).unwrap();
            assert_eq!(report.ticks, 0);
        }
    }
}
