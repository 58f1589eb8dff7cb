#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cost;
mod error;
mod network_store;
mod plugin;
mod policy;
mod store;
mod think;

pub use cost::check_cost;
pub use error::LoadError;
pub use network_store::{NetworkStore, PolicyFault, Thought};
pub use plugin::PolicyPlugin;
pub use policy::Policy;
pub use store::{PolicyRow, PolicyStore};
