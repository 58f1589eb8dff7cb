//! Waiting for programs that show what they do.

use core::time::Duration;
use std::time::Instant;

use crate::error::TaskError;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Lets a program do something.
#[expect(clippy::disallowed_methods, reason = "a person would look at it meanwhile")]
pub(crate) fn rest(time: Duration) {
    std::thread::sleep(time);
}

/// Waits for `patience` at most until `look` finds something.
#[expect(clippy::disallowed_methods, reason = "what never comes is a failure")]
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>, TaskError>,
) -> Result<T, TaskError> {
    let from = Instant::now();
    while from.elapsed() < patience {
        if let Some(found) = look()? {
            return Ok(found);
        }
        rest(LOOK);
    }
    Err(TaskError::Wrong(format!("waited for {what} for {} s", patience.as_secs())))
}
