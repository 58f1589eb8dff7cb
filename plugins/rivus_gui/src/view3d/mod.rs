//! The robots in their world, drawn in three dimensions.
//!
//! [`Renderer`] draws a [`Scene3d`] as a [`Camera`] sees it into a texture of its own. [`Viewport`]
//! shows that texture in a window, with labels on top and the mouse at work; [`Studio`] needs no
//! window.

mod camera;
mod drawing;
mod look;
mod mesh;
mod overlay;
mod parts;
#[cfg(not(target_arch = "wasm32"))]
mod picture;
mod pipelines;
mod renderer;
mod scene;
mod viewport;

pub use camera::{
    Camera, CameraMode, DISTANCE_RANGE_M, FIELD_OF_VIEW_RAD, Projected, Ray, ViewAxes,
    follow_distance_m,
};
#[cfg(not(target_arch = "wasm32"))]
pub use picture::{Picture, PictureError, Studio, render_picture};
pub use renderer::Renderer;
pub use scene::{
    Arrow, Scene3d, Screen, WIND_SHOWN_MPS, arm_length_m, first_distance_m, propeller_radius_m,
    robot_radius_m, target_ball_radius_m, target_radius_m, wind_arrow,
};
pub use viewport::{Viewport, ViewportResponse};
