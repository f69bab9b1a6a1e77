//! The composition root: builds every part, owns the server, and stops both in the right order.
//!
//! Nothing else builds components. The journal, the clock and the listener come from outside, so
//! that tests own them.

mod additions;
mod endpoints;
mod error;
mod journals;
mod listener;
mod progress;
mod requests;
mod service;

pub use additions::{Additions, Routes};
pub use error::AppError;
pub use journals::{open_existing_folder, open_folder, open_journal};
pub use listener::bind;
pub use service::{App, Parts, RunningApp};

#[cfg(test)]
mod tests;
