//! Colours that mean something, in both themes.

use egui::{Color32, Visuals};

/// The colours of one theme; the same meaning everywhere: amber is target and budget, red is fault
/// and over budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Axes x, y and z, and what goes along them.
    pub axes: [Color32; 3],
    /// Lines that have no axis, in the order in which they are used.
    pub lines: [Color32; 6],
    /// Target and budget.
    pub amber: Color32,
    /// Fault, dead, over budget.
    pub red: Color32,
    /// As it should be.
    pub green: Color32,
    /// Wind, and negative where sign matters.
    pub blue: Color32,
    /// What is there but not looked at.
    pub faint: Color32,
    /// Behind drawings.
    pub canvas: Color32,
    /// Drawn lines and text of custom views.
    pub ink: Color32,
}

impl Palette {
    /// On dark ground.
    pub const DARK: Self = Self {
        axes: [
            Color32::from_rgb(236, 88, 80),
            Color32::from_rgb(98, 200, 104),
            Color32::from_rgb(96, 148, 255),
        ],
        lines: [
            Color32::from_rgb(244, 150, 78),
            Color32::from_rgb(86, 186, 222),
            Color32::from_rgb(188, 132, 236),
            Color32::from_rgb(158, 206, 96),
            Color32::from_rgb(240, 124, 170),
            Color32::from_rgb(222, 200, 92),
        ],
        amber: Color32::from_rgb(246, 186, 60),
        red: Color32::from_rgb(240, 82, 76),
        green: Color32::from_rgb(104, 204, 112),
        blue: Color32::from_rgb(92, 170, 250),
        faint: Color32::from_rgb(82, 88, 100),
        canvas: Color32::from_rgb(17, 19, 24),
        ink: Color32::from_rgb(208, 212, 220),
    };

    /// On light ground.
    pub const LIGHT: Self = Self {
        axes: [
            Color32::from_rgb(200, 42, 38),
            Color32::from_rgb(30, 136, 48),
            Color32::from_rgb(34, 86, 214),
        ],
        lines: [
            Color32::from_rgb(206, 96, 16),
            Color32::from_rgb(8, 122, 164),
            Color32::from_rgb(128, 62, 188),
            Color32::from_rgb(86, 132, 16),
            Color32::from_rgb(192, 44, 110),
            Color32::from_rgb(146, 118, 0),
        ],
        amber: Color32::from_rgb(190, 122, 0),
        red: Color32::from_rgb(206, 40, 36),
        green: Color32::from_rgb(34, 140, 52),
        blue: Color32::from_rgb(22, 104, 204),
        faint: Color32::from_rgb(178, 184, 194),
        canvas: Color32::from_rgb(246, 247, 249),
        ink: Color32::from_rgb(44, 48, 56),
    };

    /// The colours that fit what egui draws with.
    #[must_use]
    pub const fn of(visuals: &Visuals) -> Self {
        if visuals.dark_mode { Self::DARK } else { Self::LIGHT }
    }
}
