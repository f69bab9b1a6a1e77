//! What every handler works with; built by the composition root.

use std::sync::Arc;

use super::guards::Guards;
use crate::actors::{Conversations, Directories};
use crate::auth::Passwords;
use crate::bulk::Bulk;
use crate::clock::Clock;
use crate::commit::Store;
use crate::config::Config;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::webhooks::Webhooks;

/// The parts of the service that handlers call.
#[derive(Debug)]
pub struct State {
    /// The workspaces, the committer, the remembered answers.
    pub store: Arc<Store>,
    /// Every command on a conversation goes through here.
    pub conversations: Arc<Conversations>,
    /// Every operation on many conversations goes through here.
    pub bulk: Bulk,
    /// Every command on people, tokens, sessions and switches goes through here.
    pub directories: Directories,
    /// Hashing of passwords, off the workers.
    pub passwords: Passwords,
    /// Dashboards.
    pub live: Arc<Live>,
    /// Who is told outside.
    pub webhooks: Arc<Webhooks>,
    /// What limits a caller, and a guesser of passwords.
    pub guards: Guards,
    /// The configuration in force.
    pub config: Arc<Config>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// What the service counts.
    pub metrics: Arc<Metrics>,
}
