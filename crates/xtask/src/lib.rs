#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod arithmetic;
pub mod layers;
pub mod layout;
pub mod listing;
pub mod purity;
pub mod size;
mod tokens;
mod tree;
mod violation;
pub mod wording;

pub use tree::{Dependency, DependencyUse, Package, RustSource, SourceFile, Tree, TreeError};
pub use violation::Violation;
