//! Following a workspace's log from a position: from the ring while it reaches back, else from the log.

use std::sync::Arc;

use tokio::sync::watch;

use super::Outbox;
use super::past::Past;
use crate::bus::Bus;
use crate::domain::WorkspaceId;
use crate::journal::{Journal, JournalError, Seq, commits_after};
use crate::views::{Told, Views};

/// A workspace as a consumer sees it: what became durable, and the consumer's own outbox.
#[derive(Debug, Clone)]
pub struct Source {
    /// Which.
    pub workspace: WorkspaceId,
    /// What became durable lately; it only wakes.
    pub bus: Arc<Bus>,
    /// Its views.
    pub views: Arc<Views>,
    /// Its log, for reading.
    pub journal: Arc<dyn Journal>,
    /// The consumer's outbox.
    pub outbox: Arc<dyn Outbox>,
}

/// Reads what became durable after a position, each commit once, in order and without a gap, and what
/// it did to its conversation. It never shows what is not durable and in the views.
#[derive(Debug)]
pub struct Tail {
    source: Source,
    after: Seq,
    heads: watch::Receiver<u64>,
    past: Past,
}

impl Tail {
    /// Follows the log after a position: that of the outbox's cursor, or 0 if it has none.
    #[must_use]
    pub fn new(source: Source, after: Seq) -> Self {
        let heads = source.bus.watch();
        let past = Past::default();
        Self {
            source,
            after,
            heads,
            past,
        }
    }

    /// The position up to which it has read.
    #[must_use]
    pub const fn after(&self) -> Seq {
        self.after
    }

    /// The workspace whose log it is.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Goes back to a position that was read before: what was made of it is not durable.
    pub fn rewind(&mut self, after: Seq) {
        self.after = after.min(self.after);
        self.past.forget();
    }

    /// The next commits, at most so many; none at the end of the log. Blocks when they are not in the ring.
    ///
    /// # Errors
    /// When the log cannot be read. Nothing is passed over: the next call reads the same.
    pub fn next(&mut self, limit: usize) -> Result<Vec<Arc<Told>>, JournalError> {
        // What comes from now on is another change.
        self.heads.mark_unchanged();
        let told = match self.source.bus.after(self.after, limit) {
            Ok(told) => {
                self.past.forget();
                told
            }
            Err(_overrun) => self.read_the_log(limit)?,
        };
        self.after = told.last().map_or(self.after, |last| last.commit.seq);
        Ok(told)
    }

    /// Ends when there may be more than the last [`Tail::next`] saw; never, when the workspace is gone.
    pub async fn changed(&mut self) {
        if self.heads.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn read_the_log(&mut self, limit: usize) -> Result<Vec<Arc<Told>>, JournalError> {
        let Source {
            workspace,
            journal,
            views,
            ..
        } = &self.source;
        // What the journal has and the views do not have yet may be about to be told.
        let applied = views.applied();
        let limit = limit.min(usize::try_from(applied.saturating_sub(self.after)).unwrap_or(limit));
        let commits = commits_after(&**journal, *workspace, self.after, limit)?;
        let mut told = Vec::with_capacity(commits.len());
        for commit in commits {
            match self.past.told((&**journal, views, *workspace), commit) {
                Ok(one) => told.push(Arc::new(one)),
                Err(error) => {
                    self.past.forget();
                    return Err(error);
                }
            }
        }
        Ok(told)
    }
}
