//! The part of time that the plots show.

use core::ops::RangeInclusive;

/// Seconds that are shown until the user chooses others.
const DEFAULT_S: f64 = 10.0;

/// The shown time, the same for all plots.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    /// How many seconds are shown while following.
    pub(super) length_s: f64,
    /// What the user has panned or zoomed to; `None` while following.
    held: Option<(f64, f64)>,
}

impl Default for Window {
    fn default() -> Self {
        Self { length_s: DEFAULT_S, held: None }
    }
}

impl Window {
    /// Whether it moves with the newest moment.
    pub(super) const fn is_following(&self) -> bool {
        self.held.is_none()
    }

    /// Moves with the newest moment from now on.
    pub(super) const fn follow(&mut self) {
        self.held = None;
    }

    /// Stays where the user has put it.
    pub(super) fn hold(&mut self, range_s: RangeInclusive<f64>) {
        if range_s.end() > range_s.start() && (range_s.end() - range_s.start()).is_finite() {
            self.held = Some(range_s.into_inner());
        }
    }

    /// What is shown, in seconds, when the newest moment is `newest_s` and one looks back to
    /// `cursor_s`; that moment is in it for as long as it follows.
    pub(super) fn range_s(&self, newest_s: f64, cursor_s: Option<f64>) -> RangeInclusive<f64> {
        if let Some((start_s, end_s)) = self.held {
            return start_s..=end_s;
        }
        let mut start_s = (newest_s - self.length_s).max(0.0);
        if let Some(cursor_s) = cursor_s {
            start_s = start_s.min(cursor_s - 0.1 * self.length_s).max(0.0);
        }
        start_s..=start_s + self.length_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_until_the_user_holds_it() {
        let mut window = Window::default();
        assert_eq!(window.range_s(3.0, None), 0.0..=10.0);
        assert_eq!(window.range_s(42.0, None), 32.0..=42.0);
        window.hold(5.0..=8.0);
        assert!(!window.is_following());
        assert_eq!(window.range_s(60.0, Some(1.0)), 5.0..=8.0);
        window.follow();
        assert_eq!(window.range_s(60.0, None), 50.0..=60.0);
    }

    #[test]
    fn looking_back_brings_that_moment_into_view() {
        let window = Window::default();
        assert_eq!(window.range_s(42.0, Some(40.0)), 32.0..=42.0);
        assert_eq!(window.range_s(42.0, Some(21.0)), 20.0..=30.0);
        assert_eq!(window.range_s(42.0, Some(0.2)), 0.0..=10.0);
    }

    #[test]
    fn an_empty_range_is_not_held() {
        let mut window = Window::default();
        window.hold(5.0..=5.0);
        window.hold(f64::NEG_INFINITY..=f64::INFINITY);
        assert!(window.is_following());
    }
}
