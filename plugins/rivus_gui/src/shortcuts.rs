//! What keys do.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

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

/// Keys that work the control that has the focus.
const OF_CONTROLS: [Key; 6] =
    [Key::Space, Key::ArrowLeft, Key::ArrowRight, Key::Home, Key::End, Key::Escape];

impl Action {
    /// Whether a key that is held down does it again and again.
    const fn is_repeated(self) -> bool {
        matches!(self, Self::Step | Self::Back | Self::Forward | Self::Faster | Self::Slower)
    }
}

/// What was pressed, in order; nothing while somebody types into a field.
pub(crate) fn pressed(ctx: &Context) -> Vec<Action> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let has_focus = ctx.memory(|memory| memory.focused().is_some());
    ctx.input_mut(|input| {
        let mut actions = Vec::new();
        input.events.retain(|event| {
            let &Event::Key { key, pressed: true, repeat, modifiers, .. } = event else {
                return true;
            };
            let hit = SHORTCUTS.iter().find(|Shortcut { key: known, .. }| {
                known.logical_key == key && modifiers.matches_logically(known.modifiers)
            });
            let Some(shortcut) = hit.filter(|_| !(has_focus && OF_CONTROLS.contains(&key))) else {
                return true;
            };
            if !repeat || shortcut.action.is_repeated() {
                actions.push(shortcut.action);
            }
            false
        });
        actions
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
