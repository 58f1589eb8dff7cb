//! Typed values out of a branch of the tree.

use serde::de::DeserializeOwned;

use crate::tree::{Branch, Node};
use crate::{Place, SceneError};

/// Reads the values of one branch and collects what is wrong with them.
pub(crate) struct Section<'a> {
    /// For messages, such as "rates"; empty for the scene itself.
    name: &'a str,
    branch: Option<&'a Branch>,
    /// It is there but has another shape, which is an error already.
    is_broken: bool,
    /// Where a value that is missing would have to be.
    place: &'a Place,
    errors: &'a mut Vec<SceneError>,
}

impl<'a> Section<'a> {
    /// The section of all values in `branch`, called `name` in messages.
    pub(crate) const fn new(
        name: &'a str,
        branch: &'a Branch,
        errors: &'a mut Vec<SceneError>,
    ) -> Self {
        Self { name, branch: Some(branch), is_broken: false, place: &branch.place, errors }
    }

    /// The section `name` of this one; absent, it is as if it were empty.
    pub(crate) fn section<'b>(&'b mut self, name: &'b str) -> Section<'b> {
        let node = self.branch.and_then(|branch| branch.get(name));
        let (branch, is_broken) = match node {
            Some(Node::Branch(branch)) => (Some(branch), false),
            Some(Node::Whole(_)) => (None, true),
            None => (None, self.is_broken),
        };
        let place = branch.map_or(self.place, |branch| &branch.place);
        Section { name, branch, is_broken, place, errors: self.errors }
    }

    /// A value that may be left out; `None` in a scene takes back what the scene extends.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.placed(name).map(|(value, _)| value)
    }

    /// A value that may be left out, and where it stands.
    pub(crate) fn placed<T: DeserializeOwned>(&mut self, name: &str) -> Option<(T, &'a Place)> {
        let (value, place) = self.parsed::<Option<T>>(name)?;
        value.zip(Some(place))
    }

    /// A value that must be there; `None` if it is not, or wrong, which is then an error.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let is_missing = self.branch.is_none_or(|branch| branch.get(name).is_none());
        if is_missing && !self.is_broken {
            let within =
                if self.name.is_empty() { String::new() } else { format!(" in `{}`", self.name) };
            self.error_at(self.place, format!("missing field `{name}`{within}"));
        }
        self.parsed(name).map(|(value, _)| value)
    }

    fn parsed<T: DeserializeOwned>(&mut self, name: &str) -> Option<(T, &'a Place)> {
        let located = self.branch?.whole(name)?;
        match located.parse() {
            Ok(value) => Some((value, located.place())),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// Adds an error.
    pub(crate) fn error_at(&mut self, place: &Place, message: impl Into<String>) {
        self.errors.push(SceneError::new(place.clone(), message));
    }
}
