//! The registry of conversations in use: started on demand, stopped when idle, started again after a
//! panic, and never two of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::dev::SendError;
use actix::{Actor, Addr};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::oneshot;

use super::conversation::{Activity, ConversationActor};
use super::messages::{Answering, Execute, Keyed, Reply, StopIfIdle};
use super::teams::Teams;
use crate::clock::Clock;
use crate::commit::{CommandFailure, Workspace};
use crate::config::ActorsConfig;
use crate::domain::ConversationId;
use crate::domain::conversation::{Command, Creation, Request, decide_creation};
use crate::domain::rotation::TeamRef;
use crate::domain::routing::Intake;
use crate::faults::ActorFaults;
use crate::metrics::Metrics;

/// A live actor, as the registry holds it.
#[derive(Debug)]
struct Slot {
    addr: Addr<ConversationActor>,
    activity: Arc<Activity>,
}

/// The live actors. A command is sent while its shard is held for reading, and an actor leaves
/// while it is held for writing: so none is sent to an actor that is about to stop.
#[derive(Debug)]
pub(super) struct Slots {
    slots: DashMap<ConversationId, Slot>,
    live: AtomicUsize,
    metrics: Arc<Metrics>,
}

/// See the module.
#[derive(Debug)]
pub struct Conversations {
    slots: Arc<Slots>,
    teams: Arc<Teams>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    limits: ActorsConfig,
    faults: ActorFaults,
}

impl Slots {
    /// Removes an actor that asks to leave, unless a command is on its way to it.
    pub(super) fn leave(&self, id: ConversationId, activity: &Arc<Activity>) -> bool {
        let left = self.slots.remove_if(&id, |_, slot| {
            Arc::ptr_eq(&slot.activity, activity)
                && slot.activity.waiting.load(Ordering::Acquire) == 0
        });
        if left.is_some() {
            self.live.fetch_sub(1, Ordering::Relaxed);
            self.metrics.conversation_stopped();
        }
        left.is_some()
    }

    /// Notes that an actor was found dead.
    fn panicked(&self, id: ConversationId) {
        tracing::error!(conversation = %id, "a conversation's actor had panicked");
        self.metrics.conversation_panicked();
    }

    /// Removes an actor that was found dead, unless it was started again since.
    fn bury(&self, id: ConversationId) {
        let dead = |_: &ConversationId, slot: &mut Slot| !slot.addr.connected();
        if self.slots.remove_if_mut(&id, dead).is_some() {
            self.panicked(id);
            self.live.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Slot {
    /// Hands a command over, or gives it back when the actor is gone.
    fn send(&self, execute: Execute) -> Result<Result<(), CommandFailure>, Box<Execute>> {
        self.activity.waiting.fetch_add(1, Ordering::AcqRel);
        let refused = match self.addr.try_send(execute) {
            Ok(()) => return Ok(Ok(())),
            Err(refused) => refused,
        };
        self.activity.waiting.fetch_sub(1, Ordering::AcqRel);
        match refused {
            SendError::Full(_) => Ok(Err(CommandFailure::Overloaded(
                "the mailbox of the conversation",
            ))),
            SendError::Closed(execute) => Err(Box::new(execute)),
        }
    }
}

impl Conversations {
    /// A registry of no conversations.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, metrics: Arc<Metrics>, limits: ActorsConfig) -> Self {
        let slots = Slots {
            slots: DashMap::new(),
            live: AtomicUsize::new(0),
            metrics: Arc::clone(&metrics),
        };
        let slots = Arc::new(slots);
        let faults = ActorFaults::default();
        let teams = Teams::new(limits.mailbox_messages_max, faults.clone());
        Self {
            slots,
            teams: Arc::new(teams),
            clock,
            metrics,
            limits,
            faults,
        }
    }

    /// The same, whose actors go wrong as planned.
    #[must_use]
    pub fn with_faults(self, faults: ActorFaults) -> Self {
        let teams = Teams::new(self.limits.mailbox_messages_max, faults.clone());
        Self {
            teams: Arc::new(teams),
            faults,
            ..self
        }
    }

    /// Carries a command out, and returns once the answer may be told.
    ///
    /// The conversation must exist in that workspace, or the command create it.
    ///
    /// # Errors
    /// [`CommandFailure`]; a refusal by the domain is an answer.
    pub async fn execute(
        &self,
        workspace: &Arc<Workspace>,
        id: ConversationId,
        request: Request,
        keyed: Option<Keyed<Reply>>,
    ) -> Result<Reply, CommandFailure> {
        let (to, answer) = oneshot::channel();
        let execute = Execute {
            request,
            answering: Answering { keyed, to },
        };
        match needed_turn(workspace, &execute.request) {
            Some(team) => self.teams.carry(workspace, team, id, execute),
            None => self.send(workspace, id, execute)?,
        }
        answer.await.unwrap_or(Err(CommandFailure::Lost))
    }

    /// Gives, and remembers, an answer that needs no conversation: there is none to ask.
    ///
    /// # Errors
    /// [`CommandFailure`].
    pub async fn refuse(
        &self,
        workspace: &Arc<Workspace>,
        reply: Reply,
        keyed: Option<Keyed<Reply>>,
    ) -> Result<Reply, CommandFailure> {
        let (to, answer) = oneshot::channel();
        let promise = Answering { keyed, to }.promise(reply);
        workspace.answer(workspace.generation(), promise);
        answer.await.unwrap_or(Err(CommandFailure::Lost))
    }

    fn send(
        &self,
        workspace: &Arc<Workspace>,
        id: ConversationId,
        execute: Execute,
    ) -> Result<(), CommandFailure> {
        let execute = match self.slots.slots.get(&id) {
            Some(slot) => match slot.send(execute) {
                Ok(sent) => return sent,
                Err(execute) => *execute,
            },
            None => execute,
        };
        match self.slots.slots.entry(id) {
            Entry::Occupied(mut slot) => match slot.get().send(execute) {
                Ok(sent) => sent,
                Err(execute) => {
                    self.slots.panicked(id);
                    self.metrics.conversation_started();
                    slot.insert(self.start(workspace, id));
                    deliver(slot.get(), *execute)
                }
            },
            Entry::Vacant(vacant) => {
                if self.slots.live.load(Ordering::Relaxed) >= self.limits.conversations_max {
                    // The sweep looks at every shard, this one too.
                    drop(vacant);
                    self.sweep();
                    return Err(CommandFailure::Overloaded(
                        "the memory of conversations in use",
                    ));
                }
                self.metrics.conversation_started();
                self.slots.live.fetch_add(1, Ordering::Relaxed);
                deliver(&vacant.insert(self.start(workspace, id)), execute)
            }
        }
    }

    fn start(&self, workspace: &Arc<Workspace>, id: ConversationId) -> Slot {
        let activity = Arc::new(Activity::default());
        activity
            .used_at
            .store(self.clock.now().as_millis(), Ordering::Relaxed);
        let actor = ConversationActor {
            id,
            workspace: Arc::clone(workspace),
            activity: Arc::clone(&activity),
            slots: Arc::clone(&self.slots),
            teams: Arc::clone(&self.teams),
            clock: Arc::clone(&self.clock),
            faults: self.faults.clone(),
            state: None,
            generation: 0,
        };
        let mailbox_messages_max = self.limits.mailbox_messages_max;
        // The capacity is set before anybody can send: until then it would be sixteen.
        let addr = ConversationActor::create(|ctx| {
            ctx.set_mailbox_capacity(mailbox_messages_max);
            actor
        });
        Slot { addr, activity }
    }

    /// Asks every conversation that nobody used for a while to leave memory, and removes those whose
    /// actor panicked.
    pub fn sweep(&self) {
        let idle_millis = i64::try_from(self.limits.idle_stop().as_millis()).unwrap_or(i64::MAX);
        let before = self.clock.now().as_millis().saturating_sub(idle_millis);
        let mut dead = Vec::new();
        for slot in &self.slots.slots {
            let activity = &slot.activity;
            let idle = activity.waiting.load(Ordering::Acquire) == 0
                && activity.used_at.load(Ordering::Relaxed) <= before;
            if !slot.addr.connected() {
                dead.push(*slot.key());
            } else if idle {
                // A full mailbox: the next sweep sees to it.
                drop(slot.addr.try_send(StopIfIdle));
            }
        }
        dead.into_iter().for_each(|id| self.slots.bury(id));
    }

    /// Whether a conversation is in memory.
    #[must_use]
    pub fn holds(&self, id: ConversationId) -> bool {
        self.slots.slots.contains_key(&id)
    }

    /// Asks a conversation to leave memory now, unless something is on its way to it.
    pub fn release(&self, id: ConversationId) {
        if let Some(slot) = self.slots.slots.get(&id) {
            // A full mailbox: then somebody needs it.
            drop(slot.addr.try_send(StopIfIdle));
        }
    }

    /// How many conversations are in memory.
    #[must_use]
    pub fn live(&self) -> usize {
        self.slots.live.load(Ordering::Relaxed)
    }
}

/// The team whose turn a creation will need, as far as can be told before it is decided. Where that
/// turns out to be wrong the command is carried on.
fn needed_turn(workspace: &Arc<Workspace>, request: &Request) -> Option<TeamRef> {
    let Command::Create(create) = &request.command else {
        return None;
    };
    let directory = workspace.directory();
    if directory.rules().items.is_empty() {
        return None;
    }
    let first_message = workspace.enter().is_first_of(&create.customer);
    let intake = Intake {
        first_message,
        rotation: None,
    };
    match decide_creation(None, request, &directory, &intake) {
        Ok(Creation::NeedsTurnOf(team)) => Some(team),
        Ok(Creation::Decided(_)) | Err(_) => None,
    }
}

/// Hands the first command to an actor that was just started.
fn deliver(slot: &Slot, execute: Execute) -> Result<(), CommandFailure> {
    slot.send(execute).unwrap_or(Err(CommandFailure::Lost))
}
