//! A scene file as a tree of values by name, so that one file can extend another.

use crate::{Located, Place, SceneError};

/// What a value in a scene is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Taken as a whole: a file that extends another replaces it.
    Whole,
    /// `(name: value, ...)` with these names, merged field by field.
    Fields(&'static [(&'static str, Self)]),
    /// `{"key": value, ...}`, merged key by key.
    Map(&'static Self),
}

/// A value of a scene.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Of [`Shape::Whole`].
    Whole(Located),
    /// Of the other shapes.
    Branch(Branch),
}

/// Values by name.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Where it begins, in the last file that has a word in it.
    pub(crate) place: Place,
    /// In the order in which they first appear.
    pub(crate) children: Vec<Child>,
}

/// A value and its name.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    /// As written, without quotes, and where.
    pub(crate) name: Located,
    /// What stands there.
    pub(crate) node: Node,
}

impl Node {
    /// Reads `value`, which shall have `shape`; if it has another one, it stays whole.
    ///
    /// Adds what is wrong to `errors`.
    pub(crate) fn read(value: Located, shape: Shape, errors: &mut Vec<SceneError>) -> Self {
        let pairs = match shape {
            Shape::Whole => return Self::Whole(value),
            Shape::Fields(_) => value.fields(),
            Shape::Map(_) => value.entries(),
        };
        let pairs = match pairs {
            Ok(pairs) => pairs,
            Err(error) => {
                errors.push(error);
                return Self::Whole(value);
            }
        };
        let mut children: Vec<Child> = Vec::new();
        for (name, value) in pairs {
            if children.iter().any(|child| child.name.text() == name.text()) {
                let message = format!("`{}` is there twice", name.text());
                errors.push(SceneError::new(name.place().clone(), message));
                continue;
            }
            match child_shape(shape, &name) {
                Ok(shape) => {
                    let node = Self::read(value, shape, errors);
                    children.push(Child { name, node });
                }
                Err(error) => errors.push(error),
            }
        }
        Self::Branch(Branch { place: value.place().clone(), children })
    }

    /// This value, changed by what `over` says.
    pub(crate) fn merged(self, over: Self) -> Self {
        match (self, over) {
            (Self::Branch(mut base), Self::Branch(over)) => {
                for child in over.children {
                    base.put(child);
                }
                base.place = over.place;
                Self::Branch(base)
            }
            (_, over) => over,
        }
    }
}

impl Branch {
    /// The value called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name.text() == name).map(|child| &child.node)
    }

    /// The value called `name`, if it is a branch.
    pub(crate) fn branch(&self, name: &str) -> Option<&Self> {
        match self.get(name)? {
            Node::Branch(branch) => Some(branch),
            Node::Whole(_) => None,
        }
    }

    /// The value called `name`, if it is taken as a whole.
    pub(crate) fn whole(&self, name: &str) -> Option<&Located> {
        match self.get(name)? {
            Node::Whole(located) => Some(located),
            Node::Branch(_) => None,
        }
    }

    fn put(&mut self, child: Child) {
        let old = self.children.iter_mut().find(|old| old.name.text() == child.name.text());
        match old {
            Some(old) => {
                old.node = old.node.clone().merged(child.node);
                old.name = child.name;
            }
            None => self.children.push(child),
        }
    }
}

/// The shape of the child `name` of a value of `shape`.
fn child_shape(shape: Shape, name: &Located) -> Result<Shape, SceneError> {
    match shape {
        Shape::Whole => Ok(Shape::Whole),
        Shape::Map(shape) => Ok(*shape),
        Shape::Fields(fields) => match fields.iter().find(|(known, _)| *known == name.text()) {
            Some((_, shape)) => Ok(*shape),
            None => {
                let known = fields.iter().map(|(known, _)| (*known).to_owned()).collect();
                let place = name.place().clone();
                Err(SceneError::unknown(place, "field", name.text(), known))
            }
        },
    }
}
