//! The mail catcher: what would be sent is kept in memory, and shown.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde::Serialize;

use super::newest::{Known, Newest};
use crate::clock::Clock;
use crate::notify::{Channel, Outgoing, Sent};
use crate::wire_time::rfc3339;

/// A mail that somebody would have got.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Mail {
    id: String,
    pub(super) at: String,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
    html: String,
}

impl Known for Mail {
    fn id(&self) -> &str {
        &self.id
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct MailCatcher {
    clock: Arc<dyn Clock>,
    pub(super) caught: Newest<Mail>,
}

impl MailCatcher {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let caught = Newest::default();
        Self { clock, caught }
    }
}

impl Channel for MailCatcher {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        self.caught.keep(Mail {
            id: message.id.clone(),
            at: rfc3339(self.clock.now()),
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            html: message.html.clone(),
        });
        ready(Sent::Accepted).boxed()
    }
}
