//! What a workspace has to send: follows its log, keeps letters, sends those whose time has come.

mod returned;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use super::channel::{Channels, Sent};
use super::intake::Intake;
use super::letter::{Letter, LetterId, Medium, Told};
use super::pending::Pending;
use super::render::{self, Stationery};
use super::service::NotifyParts;
use super::undelivered::Kept;
use crate::domain::directory::{Directory, UserStatus};
use crate::domain::notifications::NotificationKind;
use crate::domain::{Timestamp, UserId};
use crate::journal::Seq;
use crate::outbox::{Changes, OutboxError, Source, Tail};
use crate::views::WorkspaceFold;

/// How many commits are taken in at a time.
const COMMITS: usize = 256;

/// How many commits that led to nothing may be read again after a start.
const COMMITS_UNWRITTEN: u64 = 4096;

/// How often is looked whether something is due.
const TICK: Duration = Duration::from_millis(100);

/// How long to wait when the store does not work.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a sender has to begin again from what is durable.
#[derive(Debug, thiserror::Error)]
enum SenderError {
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(transparent)]
    Journal(#[from] crate::journal::JournalError),
    #[error("a letter cannot be written out")]
    Letter(#[from] serde_json::Error),
    #[error("reading was cut off")]
    Lost(#[from] tokio::task::JoinError),
}

/// See the module.
pub(super) struct Sender {
    source: Source,
    parts: NotifyParts,
    channels: Channels,
    /// None while it is being read, or after that failed.
    tail: Option<Tail>,
    pending: Pending,
    undelivered: Kept,
    flights: FuturesUnordered<BoxFuture<'static, (LetterId, Sent)>>,
    /// Under way, or come back and not yet written down.
    under_way: HashSet<LetterId>,
    come_back: VecDeque<(LetterId, Sent)>,
    /// Until when a channel asked everybody to wait.
    waiting: [Timestamp; Medium::ALL.len()],
    /// Whether there may be more in the log than was taken in.
    has_more: bool,
    /// The position that the outbox has.
    written: Seq,
    /// Whether memory is what the outbox has.
    is_loaded: bool,
}

impl Sender {
    pub(super) fn new(source: Source, channels: Channels, parts: NotifyParts) -> Self {
        Self {
            source,
            parts,
            channels,
            tail: None,
            pending: Pending::default(),
            undelivered: Kept::default(),
            flights: FuturesUnordered::new(),
            under_way: HashSet::new(),
            come_back: VecDeque::new(),
            waiting: [Timestamp::EPOCH; Medium::ALL.len()],
            has_more: false,
            written: 0,
            is_loaded: false,
        }
    }

    /// Works until told to stop; then what is under way may come back.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow_and_update() {
            if let Err(error) = self.turn().await {
                tracing::warn!(workspace = %self.source.workspace, %error, "notifications wait");
                self.is_loaded = false;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            self.wait(&mut stop).await;
        }
        let come_back = async {
            while let Some(back) = self.flights.next().await {
                self.come_back.push_back(back);
            }
        };
        // What does not come back in time is sent again, under the same id, after the next start.
        tokio::time::timeout(self.parts.config.timeout(), come_back)
            .await
            .ok();
        if let Err(error) = self.end().await {
            tracing::warn!(%error, "what was sent could not be written down");
        }
    }

    async fn end(&mut self) -> Result<(), SenderError> {
        self.write_down().await?;
        match self.tail.as_ref().map(Tail::after) {
            Some(after) if after > self.written => self.write(Changes::default(), after).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn wait(&mut self, stop: &mut watch::Receiver<bool>) {
        let any_under_way = !self.flights.is_empty();
        let any = self.pending.len() > 0 || any_under_way;
        let has_room = self.has_room();
        tokio::select! {
            // When nobody can say it any more it is time, too.
            stopped = stop.changed() => if stopped.is_err() { std::future::pending::<()>().await },
            () = changed(&mut self.tail), if has_room => {}
            () = std::future::ready(()), if self.has_more => {}
            Some(back) = self.flights.next(), if any_under_way => self.come_back.push_back(back),
            () = tokio::time::sleep(TICK), if any => {}
        }
    }

    async fn turn(&mut self) -> Result<(), SenderError> {
        if !self.is_loaded {
            self.load().await?;
        }
        self.write_down().await?;
        // A stretch at a time, so that a log that grows all the time keeps nobody from being told.
        self.has_more = self.has_room() && self.take_in().await?;
        self.send_what_is_due().await
    }

    fn has_room(&self) -> bool {
        self.pending.len() < self.parts.config.waiting_max
    }

    async fn load(&mut self) -> Result<(), SenderError> {
        let outbox = Arc::clone(&self.source.outbox);
        let read = move || -> Result<(Seq, Pending, Kept), OutboxError> {
            let cursor = outbox.cursor()?.unwrap_or_default();
            Ok((cursor, Pending::load(&*outbox)?, Kept::load(&*outbox)?))
        };
        let (cursor, pending, kept) = tokio::task::spawn_blocking(read).await??;
        self.tail = Some(Tail::new(self.source.clone(), cursor));
        (self.pending, self.undelivered) = (pending, kept);
        (self.written, self.is_loaded) = (cursor, true);
        Ok(())
    }

    /// Takes the next commits in; whether there were any.
    async fn take_in(&mut self) -> Result<bool, SenderError> {
        let Some(mut tail) = self.tail.take() else {
            return Ok(false);
        };
        let read = move || {
            let told = tail.next(COMMITS);
            (tail, told)
        };
        let (tail, told) = tokio::task::spawn_blocking(read).await?;
        let after = tail.after();
        self.tail = Some(tail);
        let told = told?;
        if told.is_empty() {
            return Ok(false);
        }
        let mut changes = Changes::default();
        let directory = self.source.views.directory();
        let intake = Intake {
            workspace: self.source.workspace,
            directory: &directory,
            channels: &self.channels,
            config: &self.parts.config,
            now: self.parts.clock.now(),
        };
        for one in &told {
            intake.take(one, &mut self.pending, &mut changes)?;
        }
        // Commits that led to nothing are not worth a write each: a few may be looked at again.
        if !changes.is_empty() || after.saturating_sub(self.written) >= COMMITS_UNWRITTEN {
            self.write(changes, after).await?;
        }
        Ok(true)
    }

    /// Writes how far the log was read together with what came of it.
    async fn write(&mut self, mut changes: Changes, cursor: Seq) -> Result<(), SenderError> {
        changes.cursor = Some(cursor);
        self.source.outbox.write(changes).await?;
        self.written = cursor;
        Ok(())
    }

    async fn send_what_is_due(&mut self) -> Result<(), SenderError> {
        let now = self.parts.clock.now();
        let mut changes = Changes::default();
        let mut gone = Vec::new();
        let directory = self.source.views.directory();
        for letter in self.pending.due(now) {
            if self.flights.len() >= self.parts.config.sending_max {
                break;
            }
            let until = self.waiting.get(letter.medium.index());
            let must_wait = until.is_some_and(|until| *until > now);
            if must_wait || self.under_way.contains(&letter.id) {
                continue;
            }
            let Some(channel) = self.channels.get(letter.medium) else {
                // The channel is no longer configured; it may be again.
                if letter
                    .due
                    .saturating_add(self.parts.config.outdated_after())
                    < now
                {
                    gone.push(letter.id);
                }
                continue;
            };
            let outgoing = {
                let fold = self.source.views.read();
                self.written(letter, &fold, &directory)
            };
            let Some(outgoing) = outgoing else {
                gone.push(letter.id);
                continue;
            };
            let (id, channel) = (letter.id, Arc::clone(channel));
            self.under_way.insert(id);
            self.flights
                .push(async move { (id, channel.send(&outgoing).await) }.boxed());
        }
        for id in gone {
            self.pending.remove(id, &mut changes);
        }
        if !changes.is_empty() {
            self.source.outbox.write(changes).await?;
        }
        Ok(())
    }

    /// The letter as it is sent; nothing when there is nothing left to tell, or nobody to tell it to.
    fn written(
        &self,
        letter: &Letter,
        fold: &WorkspaceFold,
        directory: &Directory,
    ) -> Option<super::Outgoing> {
        let user = directory.user(letter.user)?;
        let to = match letter.medium {
            Medium::Email => user.email.to_string(),
            Medium::Slack => user.slack_user_id.as_ref()?.to_string(),
        };
        let is_wanted = |told: &&Told| {
            let preference = user.notifications.of(told.kind);
            letter.medium.is_wanted(preference) && still_holds(told, letter, fold)
        };
        let told: Vec<&Told> = letter.told.iter().filter(is_wanted).collect();
        if told.is_empty() || letter.is_sent || user.status != UserStatus::Active {
            return None;
        }
        let stationery = Stationery {
            workspace: directory.name(),
            public_url: &self.parts.public_url,
        };
        Some(render::outgoing(letter, &told, to, &stationery))
    }
}

/// "Assigned to you" is not told to whoever has it no longer, nor twice when they have it again.
fn still_holds(told: &Told, letter: &Letter, fold: &WorkspaceFold) -> bool {
    if told.kind != NotificationKind::Assignment {
        return true;
    }
    let Some(row) = fold.rows.get(&told.conversation) else {
        return false;
    };
    let owner: Option<UserId> = row.conversation.assignee;
    let last = row.conversation.last_assignment.as_ref();
    let is_last = last.is_none_or(|last| last.version == told.version);
    owner == Some(letter.user) && is_last
}

async fn changed(tail: &mut Option<Tail>) {
    match tail {
        Some(tail) => tail.changed().await,
        None => std::future::pending().await,
    }
}
