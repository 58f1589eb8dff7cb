//! RON text that remembers where it stands.

use alloc::borrow::Cow;
use core::fmt;

use ron::error::{Error, Position, SpannedError};
use ron::extensions::Extensions;
use ron::value::RawValue;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};

use crate::{Place, SceneError, join_path};

/// A value in a scene file, not parsed yet: its RON text and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    place: Place,
    text: String,
}

impl Located {
    /// Text that is a file of its own, or comes from somewhere else that `file` names.
    #[must_use]
    pub fn new(file: &str, text: impl Into<String>) -> Self {
        Self { place: Place { file: file.into(), line: 1, column: 1 }, text: text.into() }
    }

    /// Where the value begins.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The value as it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value as a `T`; a value for an `Option` needs no `Some(...)`.
    ///
    /// # Errors
    /// The first thing that keeps it from being a `T`, at its place.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, SceneError> {
        options().from_str(&self.text).map_err(|error| self.explain(&error))
    }

    /// The value of the field `name`, if this is a struct that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Self> {
        let fields = self.fields().ok()?;
        fields.into_iter().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// What the path `target`, written in this value, is called from outside.
    #[must_use]
    pub fn resolve(&self, target: &str) -> String {
        join_path(&self.place.file, target)
    }

    /// Checks that the text is RON.
    pub(crate) fn check_syntax(&self) -> Result<(), SceneError> {
        match RawValue::from_ron(&self.text) {
            Ok(_) => Ok(()),
            // Attributes are the only thing that a file may have and a raw value may not.
            Err(error) if error.to_string().contains("RawValue") => {
                let message = "a scene takes no `#![...]` attributes";
                Err(SceneError::new(self.place.clone(), message))
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// Names and values of the struct `(name: value, ...)`, as written.
    pub(crate) fn fields(&self) -> Result<Vec<(Self, Self)>, SceneError> {
        self.pairs(|de| de.deserialize_struct("", &[], Fields))
    }

    /// Keys and values of the map `{"key": value, ...}`, keys without their quotes.
    pub(crate) fn entries(&self) -> Result<Vec<(Self, Self)>, SceneError> {
        let mut entries = self.pairs(|de| de.deserialize_map(Entries))?;
        for (key, _) in &mut entries {
            key.text = key.parse::<String>()?;
        }
        Ok(entries)
    }

    /// The values of the list `[value, ...]`.
    ///
    /// # Errors
    /// If this is no list.
    pub fn items(&self) -> Result<Vec<Self>, SceneError> {
        let items: Vec<&RawValue> =
            options().from_str(&self.text).map_err(|error| self.explain(&error))?;
        Ok(items.into_iter().map(|item| self.part(item.get_ron())).collect())
    }

    fn pairs<'a>(
        &'a self,
        read: impl FnOnce(&mut ron::Deserializer<'a>) -> Result<Vec<(&'a str, &'a str)>, Error>,
    ) -> Result<Vec<(Self, Self)>, SceneError> {
        let mut de = ron::Deserializer::from_str_with_options(&self.text, &options())
            .map_err(|error| self.explain(&error))?;
        let pairs = read(&mut de).map_err(|error| self.explain(&de.span_error(error)))?;
        Ok(pairs.into_iter().map(|(key, value)| (self.part(key), self.part(value))).collect())
    }

    /// `text`, a slice of this value's text, with its place.
    fn part(&self, text: &str) -> Self {
        let offset = text.as_ptr().addr() - self.text.as_ptr().addr();
        let start = offset + blank_len(text);
        Self {
            place: self.place.after(&self.text[..start]),
            text: text[blank_len(text)..].trim_end().to_owned(),
        }
    }

    /// What the parser says, in the words of a scene's author and with a place in the file.
    fn explain(&self, error: &SpannedError) -> SceneError {
        let start = offset_of(&self.text, error.span.start);
        // The parser's span may begin before the blanks that precede what it is about.
        let start = start + blank_len(&self.text[start..]);
        let place = self.place.after(&self.text[..start]);
        let names = |known: &[&str]| known.iter().map(|&name| name.to_owned()).collect();
        match &error.code {
            Error::NoSuchStructField { expected, found, .. } => {
                SceneError::unknown(place, "field", found, names(expected))
            }
            Error::NoSuchEnumVariant { expected, found, .. } => {
                SceneError::unknown(place, "choice", found, names(expected))
            }
            Error::MissingStructField { field, .. } => {
                SceneError::new(place, format!("missing field `{field}`"))
            }
            Error::DuplicateStructField { field, .. } => {
                SceneError::new(place, format!("the field `{field}` is there twice"))
            }
            Error::Message(message) => SceneError::new(place, message.clone()),
            Error::IntegerOutOfBounds => {
                let message =
                    "this number does not fit: it is too large, or negative where it must not be";
                SceneError::new(place, message)
            }
            Error::InvalidValueForType { expected, found } => {
                let expected = expected.replace("nonzero u32", "whole number above zero");
                let found = found.replace("the unsigned integer ", "");
                SceneError::new(place, format!("expected {expected} but found {found}"))
            }
            Error::Eof => SceneError::new(place, "unexpected end of the text"),
            code => SceneError::new(place, decapitalised(&code.to_string())),
        }
    }
}

/// How scenes are read.
fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// The byte at which the parser's line and column are.
fn offset_of(text: &str, position: Position) -> usize {
    let before: usize = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum();
    let line = &text[before..];
    let column = line.char_indices().nth(position.col - 1).map_or(line.len(), |(at, _)| at);
    before + column
}

/// Length of the blanks and comments at the beginning of `text`.
fn blank_len(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else {
            return text.len() - rest.len();
        }
    }
}

fn decapitalised(sentence: &str) -> Cow<'_, str> {
    let mut letters = sentence.chars();
    letters.next().map_or(Cow::Borrowed(sentence), |first| {
        Cow::Owned(first.to_lowercase().chain(letters).collect())
    })
}

/// Collects a struct's fields; its keys are identifiers.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(&'de str, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields in parentheses")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<&'de str, &'de RawValue>()? {
            pairs.push((name, value.get_ron()));
        }
        Ok(pairs)
    }
}

/// Collects a map's entries; its keys are quoted.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(&'de str, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names and values in braces")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            pairs.push((name.get_ron(), value.get_ron()));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_where_they_stand() {
        let text = "(\n  // A comment: with (noise).\n  a: 1, /* b */ b: [ 2,\n 3 ],\n)";
        let fields = Located::new("x.ron", text).fields().unwrap();
        let named: Vec<_> = fields.iter().map(|(k, v)| (k.text(), v.text())).collect();
        assert_eq!(named, [("a", "1"), ("b", "[ 2,\n 3 ]")]);
        assert_eq!(fields[1].0.place().to_string(), "x.ron:3:17");
        assert_eq!(fields[1].1.place().to_string(), "x.ron:3:20");
        let items = fields[1].1.items().unwrap();
        assert_eq!(items[1].place().to_string(), "x.ron:4:2");
        assert_eq!(items[1].text(), "3");
    }

    #[test]
    fn errors_of_a_value_are_at_their_place_in_the_file() {
        let text = "(\n  a: (1.0,\n // why\n   true)\n)";
        let file = Located::new("x.ron", text);
        let error = file.field("a").unwrap().parse::<(f64, f64)>().unwrap_err();
        assert_eq!(error.to_string(), "x.ron:4:4: expected float");
    }

    #[test]
    fn map_keys_lose_their_quotes() {
        let map = Located::new("x.ron", "{\n \"one\": (), \"two\": (a: 1) }");
        let entries = map.entries().unwrap();
        assert_eq!(entries[1].0.text(), "two");
        assert_eq!(entries[1].0.place().to_string(), "x.ron:2:13");
        assert!(entries[0].1.fields().unwrap().is_empty());
    }
}
