//! A gamepad: sticks move the target of the robot that is looked at.

use gilrs::{Axis, Button, EventType, Gamepad as Pad, Gilrs};
use nalgebra::Vector3;

use crate::Session;
use crate::shortcuts::Action;

/// How fast a stick at its end moves the target, m/s.
const SPEED_MPS: f32 = 1.5;

/// What a stick at rest may say.
const DEAD_ZONE: f32 = 0.12;

/// Buttons and what they do.
const BUTTONS: [(Button, Action); 5] = [
    (Button::Start, Action::PlayPause),
    (Button::Select, Action::Reset),
    (Button::South, Action::Step),
    (Button::North, Action::Lee),
    (Button::East, Action::SlowPolicy),
];

/// The same for people.
pub(crate) const HELP: [(&str, &str); 7] = [
    ("left stick", "move the target east and north"),
    ("right stick", "move it up and down"),
    ("Start", "pause or go on"),
    ("Select", "reset"),
    ("A, cross", "run one tick"),
    ("Y, triangle", "switch between policy and Lee"),
    ("B, circle", "make the policy miss its budget"),
];

/// The gamepads of this machine.
pub(crate) struct Gamepad {
    gilrs: Gilrs,
}

impl Gamepad {
    /// `None` if the system lets nobody look for them.
    pub(crate) fn new() -> Option<Self> {
        Gilrs::new().ok().map(|gilrs| Self { gilrs })
    }

    /// Moves the target for `elapsed_s` seconds of sticks; returns what was pressed.
    pub(crate) fn poll(&mut self, session: &mut Session, elapsed_s: f32) -> Vec<Action> {
        let mut pressed = Vec::new();
        while let Some(event) = self.gilrs.next_event() {
            if let EventType::ButtonPressed(button, _) = event.event {
                let known = BUTTONS.iter().filter(|(known, _)| *known == button);
                pressed.extend(known.map(|(_, action)| *action));
            }
        }
        let held = self.gilrs.gamepads().map(|(_, pad)| sticks(&pad)).sum::<Vector3<f32>>();
        let target_m = session.robot().map(|robot| robot.target_m);
        if let Some(target_m) = target_m.filter(|_| held != Vector3::zeros()) {
            session.set_target(target_m + held * SPEED_MPS * elapsed_s);
        }
        pressed
    }
}

/// Where the sticks point to: east, north, up.
fn sticks(pad: &Pad<'_>) -> Vector3<f32> {
    [Axis::LeftStickX, Axis::LeftStickY, Axis::RightStickY]
        .map(|axis| deflection(pad.value(axis)))
        .into()
}

/// What is beyond the dead zone, from 0 at its edge to 1 at the end; nothing if it is not a number.
fn deflection(value: f32) -> f32 {
    let beyond = (value.abs() - DEAD_ZONE) / (1.0 - DEAD_ZONE);
    if beyond > 0.0 { value.signum() * beyond.min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stick_at_rest_moves_nothing_and_one_at_its_end_all_the_way() {
        let values = [0.1, -0.12, f32::NAN, 1.0, -1.0, 2.0].map(deflection);
        assert_eq!(values, [0.0, 0.0, 0.0, 1.0, -1.0, 1.0]);
        assert!(deflection(0.13) < 0.02);
    }
}
