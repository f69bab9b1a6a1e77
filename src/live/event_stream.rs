//! The log as an event stream: the same commits as pages of events, each as soon as it is durable.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use super::Seat;
use crate::auth::{Principal, still_holds};
use crate::clock::Clock;
use crate::domain::{Commit, CommitBody, Timestamp};
use crate::journal::{Journal, JournalError, commits_after};
use crate::metrics::Metrics;
use crate::views::{AccessIndex, Views};
use crate::wire::{EventBody, WireTime, entries};

/// How many commits are read at a time.
const PAGE: usize = 200;

/// How often a comment is sent when there is nothing else, so that proxies keep the connection, and
/// the rights of whoever reads are checked.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where a stream begins, and for whom.
#[derive(Debug)]
pub struct StreamFrom {
    /// Who reads.
    pub principal: Principal,
    /// The last position that they have.
    pub after: u64,
    /// The log.
    pub journal: Arc<dyn Journal>,
    /// Who may still read.
    pub access: Arc<AccessIndex>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Tells when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// About how many bytes may wait for the client.
    pub bytes_max: usize,
    /// Its room among the sockets.
    pub seat: Seat,
}

/// One position of the log, as the event feed has it.
#[must_use]
pub(crate) fn event(commit: &Commit, views: &Views) -> EventBody {
    let (seq, at) = (commit.seq, WireTime(commit.at));
    let about = |kind| EventBody {
        seq,
        at,
        kind: Some(kind),
        conversation_id: None,
        entries: None,
    };
    match &commit.body {
        CommitBody::Directory { .. } => about("directory"),
        CommitBody::Operation { .. } => about("operation"),
        CommitBody::Epoch { .. } => about("epoch"),
        CommitBody::Conversation(body) => {
            let id = body.conversation;
            let conversation = views
                .read()
                .rows
                .get(&id)
                .map(|row| Arc::clone(&row.conversation));
            let directory = views.directory();
            let entries = conversation.map(|one| entries(commit, body, &one, &directory));
            EventBody {
                seq,
                at,
                kind: None,
                conversation_id: Some(id),
                entries,
            }
        }
    }
}

/// A reader, and what it still has to say.
struct Reader {
    from: StreamFrom,
    heads: watch::Receiver<u64>,
    ready: VecDeque<Bytes>,
    _counted: Counted,
}

/// Counts an open stream until it is dropped.
struct Counted(Arc<Metrics>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.live().event_streams(-1);
    }
}

/// The stream. It ends when the reader loses the right to read, when the server stops, and when the
/// log cannot be read.
pub fn event_stream(from: StreamFrom) -> impl Stream<Item = Result<Bytes, JournalError>> {
    from.metrics.live().event_streams(1);
    let reader = Reader {
        heads: from.principal.workspace.bus().watch(),
        _counted: Counted(Arc::clone(&from.metrics)),
        ready: VecDeque::from([Bytes::from_static(b": the log of the workspace\n\n")]),
        from,
    };
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.next().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(reader))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, JournalError> {
        loop {
            if *self.from.stopping.borrow() || !self.may_read() {
                return Ok(None);
            }
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            // Marked as seen before the log is read, so that nothing in between is missed.
            self.heads.borrow_and_update();
            let applied = self.from.principal.workspace.views().applied();
            if self.from.after < applied {
                self.read(applied).await?;
            } else {
                tokio::select! {
                    changed = self.heads.changed() => if changed.is_err() {
                        return Ok(None);
                    },
                    _ = self.from.stopping.wait_for(|stopping| *stopping) => return Ok(None),
                    () = rt::time::sleep(KEEP_ALIVE) => {
                        self.ready.push_back(Bytes::from_static(b":\n\n"));
                    }
                }
            }
        }
    }

    fn may_read(&self) -> bool {
        let StreamFrom {
            principal,
            access,
            clock,
            ..
        } = &self.from;
        let now: Timestamp = clock.now();
        let directory = principal.workspace.views().directory();
        still_holds(access, &directory, now, principal.credential)
    }

    /// The next page, in the order of the log. It is an error when there is none though the views are
    /// further: asking again at once would not help.
    async fn read(&mut self, applied: u64) -> Result<(), JournalError> {
        let workspace = self.from.principal.workspace.id();
        let journal = Arc::clone(&self.from.journal);
        let after = self.from.after;
        let read =
            rt::task::spawn_blocking(move || commits_after(&*journal, workspace, after, PAGE));
        let lost = |_| JournalError::Unavailable {
            reason: "the log could not be read".to_owned(),
        };
        let commits = read.await.map_err(lost)??;
        let views = self.from.principal.workspace.views();
        let mut bytes = 0_usize;
        for commit in commits.iter().filter(|commit| commit.seq <= applied) {
            let body = serde_json::to_string(&event(commit, views)).unwrap_or_default();
            let text = format!("id: {}\ndata: {body}\n\n", commit.seq);
            bytes = bytes.saturating_add(text.len());
            self.ready.push_back(Bytes::from(text));
            self.from.after = commit.seq;
            if bytes >= self.from.bytes_max {
                // The rest is read again once the client has taken this.
                break;
            }
        }
        if self.from.after == after {
            let reason = "the log ends before what the views have of it".to_owned();
            return Err(JournalError::Unavailable { reason });
        }
        Ok(())
    }
}
