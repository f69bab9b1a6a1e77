//! A workspace on the round of a dispatcher: how far its log was read, and what is under way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;

use super::dispatcher::{Carried, Courier};
use super::{Due, Key, OutboxError, Source, Tail};
use crate::clock::{Clock, SystemClock};
use crate::domain::{Timestamp, WorkspaceId};
use crate::journal::{JournalError, Seq};

/// After so many commits that led to nothing the cursor is written all the same.
const CURSOR_EVERY_COMMITS: u64 = 4096;

/// See the module.
pub(super) struct Station {
    source: Source,
    tail: Tail,
    /// The cursor as it was last written.
    written: Seq,
    /// The lanes of what is under way, by its key.
    under_way: BTreeMap<Key, u128>,
    /// Whether something may be due that was not seen.
    has_news: bool,
    /// When the earliest becomes due that was seen.
    next_at: Option<Timestamp>,
    paused_until: Option<Instant>,
}

/// Something was done, and what came of it is durable.
pub(super) struct Landed {
    pub(super) workspace: WorkspaceId,
    key: Key,
}

impl Station {
    pub(super) fn open(source: Source) -> Result<Self, OutboxError> {
        let cursor = source.outbox.cursor()?.unwrap_or(0);
        Ok(Self {
            tail: Tail::new(source.clone(), cursor),
            source,
            written: cursor,
            under_way: BTreeMap::new(),
            has_news: true,
            next_at: None,
            paused_until: None,
        })
    }

    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    pub(super) const fn look(&mut self) {
        self.has_news = true;
    }

    pub(super) async fn changed(&mut self) {
        self.tail.changed().await;
    }

    /// Leaves the store alone for a while: of real time, which nobody moves.
    pub(super) fn pause(&mut self, pause: Duration) {
        self.paused_until = SystemClock.instant().checked_add(pause);
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused_until
            .is_some_and(|until| SystemClock.instant() < until)
    }

    /// Reads the next commits and keeps what they lead to; says whether there may be more.
    pub(super) async fn read<C: Courier>(
        &mut self,
        courier: &mut C,
        limit: usize,
    ) -> Result<bool, OutboxError> {
        let before = self.tail.after();
        let told = self.tail.next(limit)?;
        if told.is_empty() {
            return Ok(false);
        }
        let kept = match courier.read(&self.source, &told) {
            Ok(changes) => self.keep(changes).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            self.tail.rewind(before);
            return Err(error);
        }
        Ok(told.len() >= limit)
    }

    /// Writes what commits led to, and the cursor. Commits that led to nothing may be read again after
    /// a crash, so the cursor alone is written only now and then.
    async fn keep(&mut self, mut changes: super::Changes) -> Result<(), OutboxError> {
        let read = self.tail.after();
        let is_far = read.saturating_sub(self.written) >= CURSOR_EVERY_COMMITS;
        if changes.is_empty() && !is_far {
            return Ok(());
        }
        changes.cursor = Some(read);
        self.source.outbox.write(changes).await?;
        self.written = read;
        self.has_news = true;
        Ok(())
    }

    /// What is to begin now, which counts as under way from here on.
    pub(super) fn due(
        &mut self,
        now: Timestamp,
        mut free: usize,
        per_lane_max: usize,
    ) -> Result<Vec<Due>, OutboxError> {
        let is_time = self.next_at.is_some_and(|at| at <= now);
        if !self.has_news && !is_time {
            return Ok(Vec::new());
        }
        let mut begun = Vec::new();
        let mut next_at: Option<Timestamp> = None;
        let (mut from, end) = Due::all();
        while let Some((first, _)) = self.source.outbox.range(&from, &end, 1)?.pop() {
            let lane = Due::lane_of(&first).ok_or_else(torn)?;
            let (lane_from, lane_to) = Due::lane(lane);
            let rows = per_lane_max.saturating_add(1);
            let rows = self.source.outbox.range(&lane_from, &lane_to, rows)?;
            let mut of_lane = self.under_way.values().filter(|one| **one == lane).count();
            for (key, value) in rows {
                if self.under_way.contains_key(&key) {
                    continue;
                }
                let due = Due::read(&key, value).ok_or_else(torn)?;
                if due.at > now {
                    next_at = Some(next_at.map_or(due.at, |at| at.min(due.at)));
                    break;
                }
                // What ends makes room, and is followed by another look.
                if of_lane >= per_lane_max || free == 0 {
                    break;
                }
                of_lane = of_lane.saturating_add(1);
                free = free.saturating_sub(1);
                self.under_way.insert(key, lane);
                begun.push(due);
            }
            from = lane_to;
        }
        self.has_news = false;
        self.next_at = next_at;
        Ok(begun)
    }

    /// Does something, and ends when what came of it is durable.
    pub(super) fn fly(
        &self,
        due: Due,
        carried: LocalBoxFuture<'static, Carried>,
        pause: Duration,
    ) -> impl Future<Output = Landed> + use<> {
        let (source, key) = (self.source.clone(), due.key());
        async move {
            let workspace = source.workspace;
            let mut changes = match carried.await {
                Ok(mut changes) => {
                    // Before whatever may put it there again.
                    changes.rows.insert(0, (key.clone(), None));
                    changes
                }
                Err(error) => {
                    tracing::warn!(%workspace, %error, "what is due has to wait");
                    tokio::time::sleep(pause).await;
                    return Landed { workspace, key };
                }
            };
            loop {
                match source.outbox.write(changes.clone()).await {
                    Ok(()) => return Landed { workspace, key },
                    Err(OutboxError::Journal(error)) => {
                        // No later attempt could be written either: it must not be done for ever.
                        tracing::error!(%workspace, %error, "what came of it cannot be kept");
                        changes.rows.truncate(1);
                    }
                    Err(OutboxError::Overloaded | OutboxError::Unavailable(_)) => {}
                }
                tokio::time::sleep(pause).await;
            }
        }
    }

    pub(super) fn land(&mut self, landed: &Landed) {
        self.under_way.remove(&landed.key);
    }
}

fn torn() -> OutboxError {
    let reason = "a row of an outbox is torn".to_owned();
    OutboxError::Journal(JournalError::Damaged { reason })
}
