//! The HTTP API: the route table, and one file for each thing that has routes.
#![expect(
    unused_qualifications,
    reason = "the attribute that documents a route writes them"
)]

mod ai;
mod answers;
mod assignees;
mod assignment;
mod autopilot;
mod body;
mod bulk;
mod call;
mod conditions;
mod conversations;
mod deliveries;
mod directory;
mod edge;
mod error;
mod events;
mod guards;
mod history;
mod input;
mod live;
mod me;
mod messages;
mod methods;
mod notification_preferences;
mod notifications;
mod openapi;
mod openapi_common;
#[cfg(test)]
mod openapi_tests;
mod operations;
#[cfg(test)]
mod operations_tests;
mod origin;
mod paging;
#[cfg(test)]
mod people_tests;
mod profile_fields;
mod rate;
mod rights;
mod rules;
mod run;
mod session;
#[cfg(test)]
mod session_tests;
mod simulate;
mod simulated_facts;
mod state;
mod stats;
mod strict;
mod teams;
#[cfg(test)]
mod testing;
mod tokens;
#[cfg(test)]
mod tokens_tests;
mod undelivered;
mod unread;
mod users;
mod webhooks;

use actix_web::web;

use crate::dashboard;
use crate::wire;

pub use edge::edge;
pub use error::{Code, Problem};
pub use guards::Guards;
pub use openapi::document as openapi_document;
pub use state::State;

/// Puts every route of the contract in place. The app data is [`State`], and [`edge()`] wraps the app.
pub fn configure(routes: &mut web::ServiceConfig) {
    // Patterns are tried in this order, so what is asked for most comes first.
    routes
        .configure(assignment::routes)
        .configure(conversations::routes)
        .configure(messages::routes)
        .configure(history::routes)
        .configure(bulk::routes)
        .configure(events::routes)
        .configure(live::routes)
        .configure(session::routes)
        .configure(me::routes)
        .configure(notifications::routes)
        .configure(notification_preferences::routes)
        .configure(undelivered::routes)
        .configure(users::routes)
        .configure(assignees::routes)
        .configure(tokens::routes)
        .configure(ai::routes)
        .configure(autopilot::routes)
        .configure(rules::routes)
        .configure(simulate::routes)
        .configure(teams::routes)
        .configure(stats::routes)
        .configure(webhooks::routes)
        .configure(deliveries::routes)
        .configure(operations::routes)
        .configure(openapi::routes)
        .configure(dashboard::routes);
}
