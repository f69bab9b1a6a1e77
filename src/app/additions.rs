//! What a program that runs the service may add to it. A server that people work with adds nothing.

use std::fmt;
use std::sync::Arc;

use actix_web::web;

use crate::notify::Channel;

/// Further addresses, beside those of the API and the dashboard.
pub trait Routes: Send + Sync + fmt::Debug {
    /// Puts them in place; called once for each worker.
    fn configure(&self, routes: &mut web::ServiceConfig);
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    /// How mail is sent, in place of what is configured.
    pub email: Option<Arc<dyn Channel>>,
    /// Further addresses.
    pub routes: Option<Arc<dyn Routes>>,
}
