//! The one place that orders a workspace: a short critical section, entered by a plain call.
//!
//! Whoever decides, decides first on state of their own, then enters the [`Section`] and proposes.
//! The section checks that what they decided on still holds, gives the commit its position, time
//! and number, queues it, and returns. There is no await between decide and apply.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

use super::answer::CommandFailure;
use super::order::Order;
use super::proposal::{DirectoryProposal, NotSequenced, Promise, Proposal};
use super::queue::{CommitQueue, Effect, Item};
use crate::bus::{Bus, BusLimits};
use crate::clock::Clock;
use crate::domain::conversation::{Conversation, ConversationEvent, Customer, FoldError};
use crate::domain::directory::Directory;
use crate::domain::{Actor, Commit, CommitBody, ConversationCommit, Timestamp, WorkspaceId};
use crate::views::{Applied, ApplyError, Views};

/// A workspace as the process holds it: its order, and its views.
#[derive(Debug)]
pub struct Workspace {
    id: WorkspaceId,
    sequencer: Sequencer,
    views: Arc<Views>,
    bus: Arc<Bus>,
}

#[derive(Debug)]
struct Sequencer {
    order: Mutex<Order>,
    /// The directory as of the last sequenced position, ahead of the durable one in the views.
    directory: ArcSwap<Directory>,
    /// Raised when an append failed: whatever was decided before is void.
    generation: AtomicU64,
    queue: Arc<CommitQueue>,
    clock: Arc<dyn Clock>,
}

/// Exclusive access to a workspace's order.
pub struct Section<'a> {
    workspace: &'a Arc<Workspace>,
    order: MutexGuard<'a, Order>,
}

impl std::fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Section")
            .field("workspace", &self.workspace.id)
            .finish_non_exhaustive()
    }
}

impl Workspace {
    pub(super) fn new(
        id: WorkspaceId,
        views: Views,
        bus: BusLimits,
        queue: Arc<CommitQueue>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let bus = Bus::new(views.applied(), bus);
        let order = Order::of(&views.read());
        let directory = ArcSwap::new(views.directory());
        let order = Mutex::new(order);
        let generation = AtomicU64::new(1);
        Self {
            id,
            sequencer: Sequencer {
                order,
                directory,
                generation,
                queue,
                clock,
            },
            views: Arc::new(views),
            bus: Arc::new(bus),
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> WorkspaceId {
        self.id
    }

    /// Its views: durable, for every read.
    #[must_use]
    pub const fn views(&self) -> &Arc<Views> {
        &self.views
    }

    /// What became durable, for whoever tells of it.
    #[must_use]
    pub const fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// Takes durable commits into the views, and puts them on the bus.
    ///
    /// # Errors
    /// When one does not fit; then the log is damaged.
    pub(super) fn apply(&self, batch: Vec<Applied>) -> Result<(), ApplyError> {
        let clock = &self.sequencer.clock;
        self.views
            .apply(batch, |told| self.bus.put(told, clock.instant()))
    }

    /// Why an actor that has no present state cannot decide just now: the store is down, and what was
    /// on its way is void, or else it will be loaded with the next command.
    #[must_use]
    pub fn reloading(&self, what: &'static str) -> CommandFailure {
        match self.sequencer.queue.down() {
            Some(reason) => CommandFailure::Unavailable(reason),
            None => CommandFailure::Reloading(what),
        }
    }

    /// The directory as of the last sequenced position: for decisions, never for reads.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.sequencer.directory.load_full()
    }

    /// The time, for what is counted beside the log.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.sequencer.clock.now()
    }

    /// The generation that state must belong to so that it can be decided on.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.sequencer.generation.load(Ordering::Acquire)
    }

    /// What the order says at this moment, together with the generation in which it does.
    pub(super) fn ordered<T>(&self, read: impl FnOnce(&Order) -> T) -> (u64, T) {
        let order = self.sequencer.order.lock();
        (self.generation(), read(&order))
    }

    /// Enters the critical section.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> Section<'_> {
        Section {
            workspace: self,
            order: self.sequencer.order.lock(),
        }
    }

    /// Gives an answer that changes nothing once everything sequenced so far is durable and in the
    /// views: a refusal, too, may only tell of what is on stable storage.
    pub fn answer(self: &Arc<Self>, generation: u64, promise: Promise) {
        let section = self.enter();
        if self.generation() != generation {
            drop(section);
            promise.fail(CommandFailure::Unavailable(
                "an earlier change could not be stored".to_owned(),
            ));
            return;
        }
        let nothing_waits = self.views.applied() >= section.order.head;
        if nothing_waits && promise.remember.is_none() && self.sequencer.queue.down().is_none() {
            drop(section);
            promise.give();
        } else if let Err(refused) = section.push(None, promise) {
            drop(section);
            let (promise, failure) = *refused;
            promise.fail(failure);
        }
    }

    /// Throws away whatever was sequenced and never became durable, and starts a new generation.
    pub(super) fn rebuild(&self) {
        let mut order = self.sequencer.order.lock();
        *order = Order::of(&self.views.read());
        self.sequencer.directory.store(self.views.directory());
        self.sequencer.generation.fetch_add(1, Ordering::AcqRel);
    }
}

impl Section<'_> {
    /// The directory, which cannot change while the section is held.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.workspace.directory()
    }

    /// Whether no conversation of this customer is sequenced yet.
    #[must_use]
    pub fn is_first_of(&self, customer: &Customer) -> bool {
        !self.order.customers.contains(&customer.key())
    }

    /// Orders a conversation's events, and returns its state after them.
    ///
    /// `promise` is asked for the answer once the state and the time of the commit are known.
    ///
    /// # Errors
    /// [`NotSequenced`]; then nothing happened and `promise` was not called, or what it promised
    /// comes back in the failure.
    pub fn propose(
        &mut self,
        proposal: Proposal<'_>,
        promise: impl FnOnce(&Arc<Conversation>, Timestamp) -> Promise,
    ) -> Result<Arc<Conversation>, NotSequenced> {
        let (version, number) = self.check(&proposal)?;
        let Proposal {
            conversation,
            before,
            actor,
            operation,
            events,
            ..
        } = proposal;
        let body = ConversationCommit {
            conversation,
            version,
            number,
            operation,
            events,
        };
        let at = self.next_time();
        let after = Conversation::fold(before, conversation, &body.events, body.stamp(at))
            .map(Arc::new)
            .map_err(|error| unfoldable(&error))?;
        let turn = body.events.iter().find_map(ConversationEvent::turn);
        let commit = Commit {
            seq: self.next_seq(),
            at,
            actor,
            body: CommitBody::Conversation(body),
        };
        let weight = commit.weight();
        let effect = Effect {
            commit,
            after: Some(Arc::clone(&after)),
            weight,
        };
        self.queue(effect, promise(&after, at))
            .map_err(NotSequenced::Failed)?;
        self.order.versions.insert(conversation, version);
        if let Some(number) = number {
            let turn = turn.map(|(team, turn, _)| (team, turn));
            self.order.created(number, &after, turn);
        }
        Ok(after)
    }

    /// Orders directory events and returns their position; the directory that `then` makes of them
    /// is in force from here on.
    ///
    /// # Errors
    /// As for [`Section::propose`].
    pub fn propose_directory(
        &mut self,
        proposal: DirectoryProposal,
        then: impl FnOnce(Timestamp) -> (Arc<Directory>, Promise),
    ) -> Result<u64, NotSequenced> {
        if proposal.generation != self.workspace.generation()
            || proposal.at != self.order.directory_at
        {
            return Err(NotSequenced::Superseded);
        }
        let (seq, at) = (self.next_seq(), self.next_time());
        let commit = Commit {
            seq,
            at,
            actor: proposal.actor,
            body: CommitBody::Directory {
                events: proposal.events,
            },
        };
        let (directory, promise) = then(at);
        let weight = commit.weight();
        let effect = Effect {
            commit,
            after: None,
            weight,
        };
        self.queue(effect, promise).map_err(NotSequenced::Failed)?;
        self.order.directory_at = seq;
        self.workspace.sequencer.directory.store(directory);
        Ok(seq)
    }

    /// Orders what is about no single conversation and changes no directory: a start of the server, the
    /// beginning or the end of an operation.
    ///
    /// # Errors
    /// When it could not be queued; what was promised has got the failure.
    pub fn record(
        &mut self,
        actor: Actor,
        body: CommitBody,
        promise: Promise,
    ) -> Result<(), CommandFailure> {
        let (seq, at) = (self.next_seq(), self.next_time());
        let commit = Commit {
            seq,
            at,
            actor,
            body,
        };
        let weight = commit.weight();
        let effect = Effect {
            commit,
            after: None,
            weight,
        };
        self.queue(effect, promise)
    }

    fn check(&self, proposal: &Proposal<'_>) -> Result<(u64, Option<u64>), NotSequenced> {
        if proposal.generation != self.workspace.generation() {
            return Err(NotSequenced::Superseded);
        }
        if proposal.revision != self.directory().revision() {
            return Err(NotSequenced::Stale);
        }
        let sequenced = self.order.version(proposal.conversation);
        let before = proposal
            .before
            .map_or(0, |conversation| conversation.version);
        if sequenced != before {
            return Err(NotSequenced::Superseded);
        }
        let created = match proposal.events.first() {
            Some(ConversationEvent::Created(created)) if proposal.before.is_none() => created,
            Some(_) | None => return Ok((before.saturating_add(1), None)),
        };
        let number = self.order.admit(created, &proposal.events)?;
        Ok((1, Some(number)))
    }

    /// Positions are dense; this one is taken only when its commit is queued.
    fn next_seq(&self) -> u64 {
        self.order.head.saturating_add(1)
    }

    /// Time along the log never goes back, whatever the clock does.
    fn next_time(&self) -> Timestamp {
        self.workspace.sequencer.clock.now().max(self.order.at)
    }

    fn queue(&mut self, effect: Effect, promise: Promise) -> Result<(), CommandFailure> {
        let (seq, at) = (effect.commit.seq, effect.commit.at);
        self.push(Some(effect), promise).map_err(|refused| {
            let (promise, failure) = *refused;
            promise.fail(failure.clone());
            failure
        })?;
        self.order.head = seq;
        self.order.at = at;
        Ok(())
    }

    fn push(
        &self,
        effect: Option<Effect>,
        promise: Promise,
    ) -> Result<(), Box<(Promise, CommandFailure)>> {
        let Promise { remember, release } = promise;
        let item = Item {
            workspace: Arc::clone(self.workspace),
            effect,
            remember,
            rows: Vec::new(),
            release,
        };
        self.workspace
            .sequencer
            .queue
            .push(item)
            .map_err(|refused| {
                let (
                    Item {
                        remember, release, ..
                    },
                    failure,
                ) = *refused;
                Box::new((Promise { remember, release }, failure))
            })
    }
}

fn unfoldable(error: &FoldError) -> NotSequenced {
    debug_assert!(false, "what was decided must fold: {error}");
    NotSequenced::Failed(CommandFailure::Lost)
}
