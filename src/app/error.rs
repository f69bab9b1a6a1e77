//! What can go wrong while the service is built, started or stopped.

use std::io;
use std::net::SocketAddr;

use actix_web::rt;

use crate::auth::PasswordError;
use crate::commit::OpenError;
use crate::journal::JournalError;
use crate::notify::ChannelError;
use crate::outbox::OutboxError;

/// Why the service could not be built, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The logs in it cannot be loaded.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Passwords cannot be hashed as configured.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// The address is not free, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The server could not be started, or broke.
    #[error("the server failed")]
    Server(#[from] io::Error),
    /// Email or Slack cannot be used as configured.
    #[error(transparent)]
    Channels(#[from] ChannelError),
    /// What waits to be sent cannot be read.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A task of ours ended before its time.
    #[error("a task of the server was lost")]
    Task(#[from] rt::task::JoinError),
}
