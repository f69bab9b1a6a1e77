//! How far operations are, to the sessions of whoever asked for them.

use std::sync::Arc;

use crate::bulk::{Progress, Watcher};
use crate::commit::Workspace;
use crate::domain::UserId;
use crate::live::Live;

/// See the module.
#[derive(Debug)]
pub(super) struct ToSessions(pub(super) Arc<Live>);

impl Watcher for ToSessions {
    fn progress(&self, workspace: &Arc<Workspace>, to: UserId, progress: &Progress) {
        self.0.tell_progress(
            (workspace.id(), to),
            (progress.operation, progress.idempotency_key.as_deref()),
            (progress.done, progress.total),
        );
    }
}
