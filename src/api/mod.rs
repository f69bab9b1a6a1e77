//! The HTTP API.

mod state;

use actix_web::web;

pub use state::State;

/// Puts every route of the contract in place. The app data is [`State`].
pub fn configure(_routes: &mut web::ServiceConfig) {}
