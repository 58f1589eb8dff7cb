//! Colours and light of the scene, in both themes.

use bytemuck::{Pod, Zeroable};
use egui::Color32;

use crate::Palette;

/// Colours and light as the shaders take them; the layout is that of `Look` in `shader.wgsl`.
///
/// Colours of sky, ground and lines are sRGB, those of light are linear.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(super) struct ShaderLook {
    sky_top: [f32; 4],
    horizon: [f32; 4],
    ground: [f32; 4],
    /// Lines every metre and finer ones.
    thin: [f32; 4],
    /// Lines every five metres.
    strong: [f32; 4],
    axis_x: [f32; 4],
    axis_y: [f32; 4],
    shadow: [f32; 4],
    /// Direction to the main light.
    key_direction: [f32; 4],
    key: [f32; 4],
    /// Direction to the light that opens the shadows.
    fill_direction: [f32; 4],
    fill: [f32; 4],
    /// Light from all around above and below.
    above: [f32; 4],
    below: [f32; 4],
}

/// What one theme looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// The disc of a fast propeller.
    pub disc: Color32,
    /// What stands in the way.
    pub obstacle: Color32,
    /// Trails, by number of the robot.
    pub trail: [Color32; 4],
    shader: ShaderLook,
}

impl Look {
    /// The look of the dark or the light theme, lit from `key_direction`.
    pub(super) fn of(is_dark: bool) -> &'static Self {
        if is_dark { &DARK } else { &LIGHT }
    }

    /// As the shaders take it, lit from this direction (length one).
    pub(super) const fn lit_from(&self, key_direction: [f32; 3]) -> ShaderLook {
        let [x, y, z] = key_direction;
        ShaderLook { key_direction: [x, y, z, 0.0], ..self.shader }
    }
}

const DARK: Look = Look {
    disc: Color32::from_rgb(190, 204, 224),
    obstacle: Color32::from_rgb(126, 134, 150),
    trail: [
        Color32::from_rgb(92, 190, 226),
        Color32::from_rgb(188, 132, 236),
        Color32::from_rgb(158, 206, 96),
        Color32::from_rgb(240, 124, 170),
    ],
    shader: ShaderLook {
        sky_top: srgb(15, 17, 22, 1.0),
        horizon: srgb(44, 50, 61, 1.0),
        ground: srgb(30, 33, 40, 1.0),
        thin: srgb(150, 162, 182, 0.20),
        strong: srgb(172, 184, 204, 0.42),
        axis_x: color(Palette::DARK.axes[0], 0.85),
        axis_y: color(Palette::DARK.axes[1], 0.85),
        shadow: srgb(4, 5, 8, 1.0),
        key_direction: [0.0, 0.0, 1.0, 0.0],
        key: [1.24, 1.19, 1.10, 0.0],
        fill_direction: [-0.62, -0.55, 0.56, 0.0],
        fill: [0.24, 0.31, 0.44, 0.0],
        above: [0.17, 0.19, 0.23, 0.0],
        below: [0.06, 0.06, 0.07, 0.0],
    },
};

const LIGHT: Look = Look {
    disc: Color32::from_rgb(70, 84, 106),
    obstacle: Color32::from_rgb(150, 160, 176),
    trail: [
        Color32::from_rgb(8, 122, 164),
        Color32::from_rgb(128, 62, 188),
        Color32::from_rgb(86, 132, 16),
        Color32::from_rgb(192, 44, 110),
    ],
    shader: ShaderLook {
        sky_top: srgb(206, 218, 233, 1.0),
        horizon: srgb(243, 246, 250, 1.0),
        ground: srgb(226, 230, 236, 1.0),
        thin: srgb(92, 106, 128, 0.22),
        strong: srgb(72, 86, 110, 0.42),
        axis_x: color(Palette::LIGHT.axes[0], 0.80),
        axis_y: color(Palette::LIGHT.axes[1], 0.80),
        shadow: srgb(52, 60, 76, 1.0),
        key_direction: [0.0, 0.0, 1.0, 0.0],
        key: [1.16, 1.13, 1.08, 0.0],
        fill_direction: [-0.62, -0.55, 0.56, 0.0],
        fill: [0.22, 0.25, 0.30, 0.0],
        above: [0.26, 0.28, 0.32, 0.0],
        below: [0.16, 0.16, 0.17, 0.0],
    },
};

const fn srgb(red: u8, green: u8, blue: u8, opacity: f32) -> [f32; 4] {
    [red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0, opacity]
}

const fn color(color: Color32, opacity: f32) -> [f32; 4] {
    srgb(color.r(), color.g(), color.b(), opacity)
}
