//! What keys do.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stop or go on.
    PlayPause,
    /// Run one tick.
    Step,
    /// Back to the beginning.
    Reset,
    /// The next scene of the list.
    NextScene,
    /// Look back one second.
    Back,
    /// Look one second later.
    Forward,
    /// To the oldest moment.
    First,
    /// To the newest moment.
    Live,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
    /// Kill or mend this motor.
    Motor(usize),
    /// Let Lee or the policy fly.
    Lee,
    /// Make the policy miss its budget.
    SlowPolicy,
    /// This camera: 0 follow, 1 orbit, 2 chase, 3 top.
    Camera(usize),
    /// Dark or light.
    Theme,
    /// Show or hide the help sheet.
    Help,
    /// Close what lies on top.
    Close,
    /// Close the window.
    Quit,
}

/// A key and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// The key.
    pub key: KeyboardShortcut,
    /// What it asks for.
    pub action: Action,
    /// The same for people.
    pub text: &'static str,
}

const fn on(key: Key, action: Action, text: &'static str) -> Shortcut {
    Shortcut { key: KeyboardShortcut::new(Modifiers::NONE, key), action, text }
}

/// All of them, in the order of the help sheet.
pub const SHORTCUTS: [Shortcut; 25] = [
    on(Key::Space, Action::PlayPause, "pause or go on"),
    on(Key::Period, Action::Step, "run one tick"),
    on(Key::R, Action::Reset, "reset: world, networks, faults"),
    on(Key::N, Action::NextScene, "fly the next scene of the list"),
    on(Key::ArrowLeft, Action::Back, "look back one second"),
    on(Key::ArrowRight, Action::Forward, "look one second later"),
    on(Key::Home, Action::First, "to the oldest moment kept"),
    on(Key::End, Action::Live, "back to live"),
    on(Key::Plus, Action::Faster, "twice as fast"),
    on(Key::Minus, Action::Slower, "half as fast"),
    on(Key::Num1, Action::Motor(0), "kill or mend motor 1"),
    on(Key::Num2, Action::Motor(1), "kill or mend motor 2"),
    on(Key::Num3, Action::Motor(2), "kill or mend motor 3"),
    on(Key::Num4, Action::Motor(3), "kill or mend motor 4"),
    on(Key::L, Action::Lee, "switch between policy and Lee"),
    on(Key::B, Action::SlowPolicy, "make the policy miss its budget"),
    on(Key::F, Action::Camera(0), "camera follows"),
    on(Key::O, Action::Camera(1), "camera orbits"),
    on(Key::C, Action::Camera(2), "camera chases"),
    on(Key::T, Action::Camera(3), "camera looks down"),
    on(Key::D, Action::Theme, "dark or light"),
    on(Key::F1, Action::Help, "this sheet"),
    on(Key::Equals, Action::Faster, "twice as fast (without Shift)"),
    on(Key::Escape, Action::Close, "close a message or this sheet"),
    Shortcut {
        key: KeyboardShortcut::new(Modifiers::COMMAND, Key::Q),
        action: Action::Quit,
        text: "close the window",
    },
];

/// What was pressed, unless somebody types into a field.
pub(crate) fn pressed(ctx: &Context) -> Option<Action> {
    if ctx.egui_wants_keyboard_input() {
        return None;
    }
    ctx.input_mut(|input| {
        let hit = SHORTCUTS.iter().find(|shortcut| input.consume_shortcut(&shortcut.key));
        hit.map(|shortcut| shortcut.action)
    })
}

/// The key of an action, for tooltips.
#[must_use]
pub(crate) fn key_of(ctx: &Context, action: Action) -> String {
    let known = SHORTCUTS.iter().find(|shortcut| shortcut.action == action);
    known.map_or_else(String::new, |shortcut| ctx.format_shortcut(&shortcut.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shortcuts_clash() {
        for (place, shortcut) in SHORTCUTS.iter().enumerate() {
            let clash = SHORTCUTS[..place].iter().find(|other| other.key == shortcut.key);
            assert!(clash.is_none(), "{shortcut:?} and {clash:?}");
        }
    }
}
