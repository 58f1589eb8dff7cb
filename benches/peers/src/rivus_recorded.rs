//! The three functions as systems of Rivus, with everything recorded to a file.

use anyhow::Result;

use crate::measure::Samples;

/// One run; `None` as long as nothing here records.
pub fn run() -> Result<Option<Samples>> {
    Ok(None)
}
