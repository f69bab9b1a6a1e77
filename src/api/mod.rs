//! The HTTP API.

mod call;
mod error;
mod origin;
mod state;

use actix_web::web;

pub use error::{Code, Problem};
pub use state::State;

/// Puts every route of the contract in place. The app data is [`State`].
pub fn configure(_routes: &mut web::ServiceConfig) {}
