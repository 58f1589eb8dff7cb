//! A picture of a flight without a window.

use alloc::sync::Arc;

use crate::view3d::{Camera, CameraMode, Picture, PictureError, Scene3d, Studio, first_distance_m};
use crate::{Driver, History, Loader, News, Speed, Wanted};

/// A moment this close to a snapshot is that of the snapshot, s.
const SLACK_S: f64 = 1e-6;

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
    /// The recording is shorter.
    #[error("the recording ends at {end_s:.2} s, before {at_s} s")]
    Over {
        /// The moment that is wanted, s.
        at_s: f64,
        /// The last one, s.
        end_s: f64,
    },
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
                News::Recorded(recorded) => {
                    info = Some(Arc::new(recorded.info));
                    history = recorded.history;
                    let end_s = history.span_s().1;
                    if shot.at_s > end_s + SLACK_S {
                        return Err(ShotError::Over { at_s: shot.at_s, end_s });
                    }
                    is_over = true;
                }
                News::Refused(reason) | News::Stopped(reason) => {
                    return Err(ShotError::Flight(reason));
                }
            }
        }
        driver.channels().snapshots(|snapshot| {
            // The picture shows the last snapshot that is not later than wanted.
            if snapshot.time_s() <= shot.at_s + SLACK_S {
                history.push(snapshot);
            } else {
                is_over = true;
            }
        });
    }
    let (Some(info), Some(now)) = (info, history.at(shot.at_s + SLACK_S)) else {
        return Err(ShotError::Nothing(shot.at_s));
    };
    let mut trail = Vec::new();
    history.trails(now.time_s(), &mut trail);
    let scene = Scene3d { trail: &trail, is_dark: shot.is_dark, ..Scene3d::new(&info, now) };
    let mut camera = Camera::default();
    camera.set_mode(shot.camera);
    if let Some((about, robot)) = info.robots.first().zip(now.robots.first()) {
        camera.look_at(robot.position_m, first_distance_m(&info, about));
        camera.track(robot.position_m, &robot.world_from_body);
    }
    Ok(studio.draw(&scene, &camera, shot.size_px, SAMPLES)?)
}
