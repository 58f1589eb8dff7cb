//! A picture of a flight without a window.

use nalgebra::Vector3;

use crate::view3d::{Camera, CameraMode, Picture, PictureError, Scene3d, Studio, arm_length_m};
use crate::{Driver, History, Loader, News, Speed, Wanted};

/// How long the trail is, s.
const TRAIL_S: f64 = 6.0;

/// Samples per pixel.
const SAMPLES: u32 = 4;

/// Which picture is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// What is flown.
    pub wanted: Wanted,
    /// Seconds from the beginning of the flight.
    pub at_s: f64,
    /// Width and height, pixels.
    pub size_px: [u32; 2],
    /// Where the eye is.
    pub camera: CameraMode,
    /// Dark or light.
    pub is_dark: bool,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShotError {
    /// The flight cannot begin or go on.
    #[error("{0}")]
    Flight(String),
    /// Nothing flies in the scene.
    #[error("there is nothing to be seen: no tick ran before {0} s")]
    Nothing(f64),
    /// It cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// Flies until the moment that is wanted and draws it.
///
/// # Errors
/// If the flight cannot be flown or nothing can draw it.
pub fn take(loader: impl Loader, shot: &Shot) -> Result<Picture, ShotError> {
    // First, so that nobody waits for a flight that cannot be drawn.
    let mut studio = Studio::new()?;
    let mut driver = Driver::inline(loader);
    driver.give(crate::Order::Load(shot.wanted.clone()));
    driver.give(crate::Order::Speed(Speed::Times(1.0)));
    let mut info = None;
    let mut history = History::default();
    let mut is_over = false;
    while !is_over {
        driver.advance(0.05);
        for news in driver.channels().news() {
            match news {
                News::Loaded(loaded) => info = Some(loaded),
                News::Refused(reason) | News::Stopped(reason) => {
                    return Err(ShotError::Flight(reason));
                }
            }
        }
        driver.channels().snapshots(|snapshot| {
            // The picture shows the last snapshot that is not later than wanted.
            if snapshot.time_s() <= shot.at_s + 1e-6 {
                history.push(snapshot);
            } else {
                is_over = true;
            }
        });
    }
    let (Some(info), Some(now)) = (info, history.newest()) else {
        return Err(ShotError::Nothing(shot.at_s));
    };
    let seen = history.between(now.time_s() - TRAIL_S..f64::INFINITY);
    let mut trail: Vec<Vec<Vector3<f32>>> = vec![Vec::new(); now.robots.len()];
    for snapshot in seen.step_by(2) {
        for (trail, robot) in trail.iter_mut().zip(&snapshot.robots) {
            trail.push(robot.position_m);
        }
    }
    let scene = Scene3d { trail: &trail, is_dark: shot.is_dark, ..Scene3d::new(&info, now) };
    let arm_m = info.robots.first().map_or(0.1, arm_length_m);
    let mut camera = Camera::new(arm_m);
    camera.set_mode(shot.camera);
    if let Some(robot) = now.robots.first() {
        camera.focus_on(robot.position_m, arm_m);
        camera.track(robot.position_m, &robot.world_from_body);
    }
    Ok(studio.draw(&scene, &camera, shot.size_px, SAMPLES)?)
}
