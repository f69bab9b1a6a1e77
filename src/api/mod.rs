//! The HTTP API: the route table, and one file for each thing that has routes.
#![expect(
    unused_qualifications,
    reason = "the attribute that documents a route writes them"
)]

mod answers;
mod assignment;
mod call;
mod conversations;
mod edge;
mod error;
mod events;
mod guards;
mod history;
mod input;
mod messages;
mod origin;
mod paging;
mod rate;
mod rights;
mod run;
mod state;
mod wire;

use actix_web::web;

pub use edge::edge;
pub use error::{Code, Problem};
pub use guards::Guards;
pub use state::State;

/// Puts every route of the contract in place. The app data is [`State`], and [`edge`] wraps the app.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes
        .configure(conversations::routes)
        .configure(assignment::routes)
        .configure(messages::routes)
        .configure(history::routes)
        .configure(events::routes);
}
