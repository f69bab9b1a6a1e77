//! The hub against a naive model: whatever happens, and whoever comes and goes, each dashboard holds
//! what its filter's definition says.

mod client;
mod ground;
mod model;
mod scenes;
