//! The work of one tick, the same for all: three functions that are never inlined.

/// Writes eight readings.
#[inline(never)]
pub fn sense(tick: u32, readings: &mut [f32; 8]) {
    for (channel, reading) in (0_u16..).zip(readings) {
        // Exact: both are below 2^24.
        *reading = (tick % 1024) as f32 * 0.001 + f32::from(channel);
    }
}

/// Maps eight readings to four actions.
#[inline(never)]
pub fn policy(readings: &[f32; 8], actions: &mut [f32; 4]) {
    for (place, action) in actions.iter_mut().enumerate() {
        *action = 0.5 * readings[place] - 0.25 * readings[place + 4];
    }
}

/// Folds four actions into a state.
#[inline(never)]
pub fn act(actions: &[f32; 4], state: &mut f32) {
    for action in actions {
        *state = 0.9 * *state + action;
    }
}
