//! What is wrong with a scene, and where.

use alloc::sync::Arc;
use core::fmt;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was asked for.
    pub file: Arc<str>,
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// In characters from 1; 0 for the file as a whole.
    pub column: usize,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn whole(file: &str) -> Self {
        Self { file: file.into(), line: 0, column: 0 }
    }

    /// The place that is reached from here by reading `text`.
    pub(crate) fn after(&self, text: &str) -> Self {
        let lines = text.matches('\n').count();
        let last_line = text.rsplit('\n').next().unwrap_or(text);
        let column = if lines == 0 { self.column } else { 1 };
        Self {
            file: Arc::clone(&self.file),
            line: self.line + lines,
            column: column + last_line.chars().count(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str(&self.file)
        } else {
            write!(f, "{}:{}:{}", self.file, self.line, self.column)
        }
    }
}

/// One thing that is wrong, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError {
    /// Where.
    pub place: Place,
    /// What.
    pub message: String,
    /// The names that are known there, if it is about a name.
    pub known: Vec<String>,
    /// The known name that was probably meant.
    pub meant: Option<String>,
}

impl SceneError {
    /// An error that is not about a name.
    #[must_use]
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), known: Vec::new(), meant: None }
    }

    /// The error that `found` is none of the names of its `kind` (field, part, robot, ...).
    #[must_use]
    pub fn unknown(place: Place, kind: &str, found: &str, known: Vec<String>) -> Self {
        // A third of the letters may be wrong; more and the guess is noise.
        let meant = known
            .iter()
            .map(|name| (strsim::damerau_levenshtein(name, found), name))
            .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, name)| name.clone());
        Self { place, message: format!("unknown {kind} `{found}`"), known, meant }
    }
}

impl fmt::Display for SceneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if let Some(meant) = &self.meant {
            write!(f, ", did you mean `{meant}`?")?;
        }
        match self.known.as_slice() {
            [] => Ok(()),
            [only] => write!(f, "; expected {only}"),
            several => write!(f, "; expected one of {}", several.join(", ")),
        }
    }
}

impl core::error::Error for SceneError {}

/// Everything that is wrong with a scene, by place; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneErrors(Vec<SceneError>);

impl SceneErrors {
    /// `value`, unless there are errors.
    ///
    /// # Errors
    /// If there is any in `errors`; they are sorted by place.
    pub fn unless_any<T>(mut errors: Vec<SceneError>, value: T) -> Result<T, Self> {
        if errors.is_empty() {
            return Ok(value);
        }
        errors.sort_by(|a, b| a.place.cmp(&b.place));
        errors.dedup();
        Err(Self(errors))
    }

    /// The errors in order of their places.
    #[must_use]
    pub fn as_slice(&self) -> &[SceneError] {
        &self.0
    }
}

impl From<SceneError> for SceneErrors {
    fn from(error: SceneError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for SceneErrors {
    /// One error per line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl core::error::Error for SceneErrors {}
