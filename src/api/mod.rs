//! The HTTP API.

mod answers;
mod call;
mod error;
mod origin;
mod run;
mod state;
mod wire;

use actix_web::web;

pub use error::{Code, Problem};
pub use state::State;

/// Puts every route of the contract in place. The app data is [`State`].
pub fn configure(_routes: &mut web::ServiceConfig) {}
