//! `rivus verify vehicle`: the vehicle model against recorded reference trajectories.

use alloc::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;
#[cfg(feature = "sim")]
use rivus_sim::RapierFlight;
use rivus_vehicle::Quadrotor;
#[cfg(feature = "sim")]
use rivus_vehicle::reference::RIGID_BODY_LIMITS;
use rivus_vehicle::reference::{
    COLUMNS, MaxError, RK4_LIMITS, Row, SEMI_IMPLICIT_LIMITS, VehicleRecord, compare,
};
use serde::Deserialize;

use super::{Outcome, out};

/// Steps per second of every integrator.
const STEP_HZ: f64 = 1000.0;

/// Arguments of `rivus verify vehicle`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder with `params.json` and the trajectories it lists.
    dir: PathBuf,
    /// What moves the vehicle, at 1 kHz.
    #[arg(long, value_enum, default_value_t = Integrator::Rk4)]
    integrator: Integrator,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Integrator {
    /// Fourth-order Runge-Kutta in double precision.
    Rk4,
    /// Semi-implicit Euler in double precision.
    SemiImplicit,
    /// The simulator's rapier3d world, single precision.
    #[cfg(feature = "sim")]
    Rapier,
}

#[derive(Deserialize)]
struct Params {
    vehicles: BTreeMap<String, VehicleRecord>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    vehicle: String,
    aero: bool,
}

/// Runs every case and prints one line for each.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = args.dir.join("params.json");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let params: Params = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    ensure!(!params.cases.is_empty(), "{}: no case is listed", path.display());
    let limits = args.integrator.limits();
    let mut passed = 0;
    for case in &params.cases {
        let vehicle = params.vehicles.get(&case.vehicle).ok_or_else(|| {
            let known: Vec<&str> = params.vehicles.keys().map(String::as_str).collect();
            let (path, vehicle) = (path.display(), &case.vehicle);
            anyhow!("{path}: no vehicle `{vehicle}`; the vehicles are {}", known.join(", "))
        })?;
        let rows = read_rows(&args.dir.join(&case.file))?;
        let worst = args.integrator.fly(vehicle, case.aero, &rows);
        let is_ok = worst.within(&limits);
        passed += usize::from(is_ok);
        out(format_args!(
            "{}  {:<28} {:.1e} m  {:.1e} deg  {:.1e} rad/s",
            if is_ok { "ok  " } else { "FAIL" },
            case.file,
            worst.position_m,
            worst.attitude_deg,
            worst.rate_radps,
        ));
    }
    out(format_args!(
        "{passed} of {} cases within {} m, {} deg, {} rad/s",
        params.cases.len(),
        limits.position_m,
        limits.attitude_deg,
        limits.rate_radps,
    ));
    Ok(Outcome::pass_if(passed == params.cases.len()))
}

impl Integrator {
    fn limits(self) -> MaxError {
        match self {
            Self::Rk4 => RK4_LIMITS,
            Self::SemiImplicit => SEMI_IMPLICIT_LIMITS,
            #[cfg(feature = "sim")]
            Self::Rapier => RIGID_BODY_LIMITS,
        }
    }

    /// The largest errors over `rows`, which [`read_rows`] has checked.
    fn fly(self, vehicle: &VehicleRecord, aero: bool, rows: &[Row]) -> MaxError {
        let row_s = rows[1].t_s - rows[0].t_s;
        // A row is a few steps; the cast cannot overflow.
        let substeps = (row_s * STEP_HZ).round().max(1.0) as u32;
        let quadrotor: Quadrotor<f64> = vehicle.quadrotor(aero);
        match self {
            Self::Rk4 => compare(rows, substeps, |state, command, wind, dt_s| {
                quadrotor.step_rk4(state, command, wind, dt_s)
            }),
            Self::SemiImplicit => compare(rows, substeps, |state, command, wind, dt_s| {
                quadrotor.step_semi_implicit(state, command, wind, dt_s)
            }),
            #[cfg(feature = "sim")]
            Self::Rapier => {
                let mut flight = RapierFlight::new(vehicle.quadrotor(aero), &rows[0].state);
                compare(rows, substeps, |_, command, wind, dt_s| {
                    flight.step(command, wind, dt_s);
                    flight.state()
                })
            }
        }
    }
}

/// The rows of a trajectory: at least two, evenly spaced, every number finite.
fn read_rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    let name = path.display();
    let mut reader = csv::Reader::from_path(path).with_context(|| name.to_string())?;
    let header = reader.headers().with_context(|| name.to_string())?;
    ensure!(*header == COLUMNS[..], "{name}:1: expected the columns {}", COLUMNS.join(","));
    let mut rows = Vec::new();
    for (index, record) in reader.deserialize::<Vec<f64>>().enumerate() {
        let line = index + 2;
        let values = record.with_context(|| format!("{name}:{line}"))?;
        let Ok(values) = <[f64; COLUMNS.len()]>::try_from(values) else {
            bail!("{name}:{line}: expected {} numbers", COLUMNS.len());
        };
        ensure!(values.iter().all(|x| x.is_finite()), "{name}:{line}: expected finite numbers");
        rows.push(Row::from_columns(&values));
    }
    ensure!(rows.len() >= 2, "{name}: expected at least two rows, found {}", rows.len());
    let row_s = rows[1].t_s - rows[0].t_s;
    let is_even = |pair: &[Row]| (pair[1].t_s - pair[0].t_s - row_s).abs() < 1e-6;
    ensure!(row_s > 0.0 && rows.windows(2).all(is_even), "{name}: expected evenly spaced rows");
    Ok(rows)
}
