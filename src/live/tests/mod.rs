//! The hub against a naive model: whatever happens, and whoever comes and goes, each dashboard holds
//! what its filter's definition says. Then single scenes.

mod client;
mod closing;
mod crowded;
mod from_the_log;
mod ground;
mod model;
mod positions;
mod scenes;
mod told;
