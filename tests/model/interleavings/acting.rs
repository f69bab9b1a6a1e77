//! The actors' steps: start, load, decide, enter the critical section, panic, stop.

use std::sync::Arc;

use ochre_assign::domain::conversation::{self, Conversation, ConversationEvent};
use ochre_assign::domain::directory::{self, DirectoryEvent};
use ochre_assign::domain::{Actor as Doer, Commit, CommitBody, ConversationCommit};

use super::known::Known;
use super::scope::{Ask, DIRECTORY, Mutation, Scope};
use super::state::{
    Answer, Client, Decided, Doing, Effect, Entry, Held, Item, Log, Release, State, Told,
};

impl Scope {
    /// A command found no actor: one is started, and asks to be told when it may load.
    pub(super) fn start(&self, state: &mut State, actor: usize) {
        let incarnation = state.actors[actor].incarnation;
        state.actors[actor].held = Held::Nothing;
        state.actors[actor].generation = 0;
        state.actors[actor].doing = Doing::Waiting;
        let release = Release::Load { actor, incarnation };
        if self.breaks(Mutation::LoadAtOnce) || self.breaks(Mutation::SkipVersionCheckAndLoadAtOnce)
        {
            state.give(release);
        } else {
            self.answer(state, state.sequencer.generation, release);
        }
    }

    pub(super) fn look_at_order(&self, state: &mut State, actor: usize) {
        let Doing::Loading(client) = state.actors[actor].doing else {
            return;
        };
        let sequenced = if actor == DIRECTORY {
            u64::try_from(state.sequencer.directory_at).unwrap()
        } else {
            state.sequencer.versions[actor]
        };
        state.actors[actor].doing = Doing::Reading {
            client,
            generation: state.sequencer.generation,
            sequenced,
        };
    }

    pub(super) fn read_views(&self, state: &mut State, actor: usize) {
        let Doing::Reading {
            client,
            generation,
            sequenced,
        } = state.actors[actor].doing
        else {
            return;
        };
        let (held, shown) = if actor == DIRECTORY {
            let fold = state.views.directory.clone();
            let at = state.sequencer.directory_at;
            let shown = u64::try_from(state.views.applied).unwrap();
            (Held::Directory { fold, at }, shown)
        } else {
            let conversation = state.views.conversations[actor].clone();
            let version = conversation.version;
            (Held::Conversation(conversation), version)
        };
        let unchecked = [
            Mutation::LoadAtOnce,
            Mutation::LoadUnchecked,
            Mutation::SkipVersionCheckAndLoadAtOnce,
        ];
        let present = shown >= sequenced || unchecked.iter().any(|one| self.breaks(*one));
        state.actors[actor].held = held;
        state.actors[actor].generation = if present { generation } else { 0 };
        state.actors[actor].doing = Doing::Free;
        match client {
            Some(client) if present => self.decide(state, actor, client),
            Some(client) => state.tell(client, Answer::Unavailable, Log::new()),
            None => {}
        }
    }

    /// Takes a command from the mailbox.
    pub(super) fn handle(&self, state: &mut State, actor: usize, client: usize) {
        state.clients[client] = Client::Waiting;
        if state.actors[actor].generation == state.sequencer.generation {
            self.decide(state, actor, client);
        } else {
            state.actors[actor].doing = Doing::Loading(Some(client));
        }
    }

    /// Decides outside the section, on the directory at hand.
    fn decide(&self, state: &mut State, actor: usize, client: usize) {
        let decided = self.decision(state, actor, client);
        let basis = state.sequencer.order.clone();
        state.actors[actor].doing = Doing::Decided {
            client,
            decided,
            basis,
        };
    }

    fn decision(&self, state: &State, actor: usize, client: usize) -> Decided {
        match (&self.asks[client], &state.actors[actor].held) {
            (Ask::OfConversation(_, request), Held::Conversation(held)) => {
                let on = &state.sequencer.directory;
                match conversation::decide(Some(held), request, on) {
                    Ok(decision) if decision.events.is_empty() => Decided::Said(unchanged()),
                    Ok(decision) => Decided::Conversation {
                        events: Known::new(decision.events),
                        revision: on.revision(),
                    },
                    Err(rejection) => Decided::Said(format!("{rejection:?}")),
                }
            }
            (Ask::OfDirectory(request), Held::Directory { fold, .. }) => {
                match directory::decide(fold, request) {
                    Ok(events) if events.is_empty() => Decided::Said(unchanged()),
                    Ok(events) => Decided::Directory(Known::new(events)),
                    Err(rejection) => Decided::Said(format!("{rejection:?}")),
                }
            }
            (ask, held) => panic!("{ask:?} cannot be asked of {held:?}"),
        }
    }

    /// What the domain says to this client after a log, when it changes nothing.
    pub(super) fn said_after(&self, client: usize, log: &Log) -> Option<String> {
        let fold = self.fold(log);
        match &self.asks[client] {
            Ask::OfConversation(place, request) => {
                let held = &fold.conversations[*place];
                match conversation::decide(Some(held), request, &fold.directory.directory) {
                    Ok(decision) => decision.events.is_empty().then(unchanged),
                    Err(rejection) => Some(format!("{rejection:?}")),
                }
            }
            Ask::OfDirectory(request) => match directory::decide(&fold.directory, request) {
                Ok(events) => events.is_empty().then(unchanged),
                Err(rejection) => Some(format!("{rejection:?}")),
            },
        }
    }

    /// Enters the critical section with what was decided.
    pub(super) fn enter(&self, state: &mut State, actor: usize) {
        let doing = std::mem::replace(&mut state.actors[actor].doing, Doing::Free);
        let Doing::Decided {
            client,
            decided,
            basis,
        } = doing
        else {
            return;
        };
        match decided {
            Decided::Said(said) => {
                let answer = Answer::Said(said);
                let told = Told { answer, basis };
                let generation = state.actors[actor].generation;
                let release = Release::Answer { client, told };
                self.answer(state, generation, release);
            }
            _ if state.actors[actor].generation != state.sequencer.generation => {
                superseded(state, actor, client);
            }
            Decided::Directory(events) => self.propose_directory(state, client, &events),
            Decided::Conversation { events, revision } => {
                let stale = revision != state.sequencer.directory.revision();
                if stale && !self.breaks(Mutation::SkipRevisionCheck) {
                    state.seen.stale = true;
                    // Once more, inside the section: it cannot be stale again.
                    match self.decision(state, actor, client) {
                        Decided::Conversation { events, .. } => {
                            self.propose(state, actor, client, &events);
                        }
                        said => {
                            let basis = state.sequencer.order.clone();
                            state.actors[actor].doing = Doing::Decided {
                                client,
                                decided: said,
                                basis,
                            };
                        }
                    }
                } else {
                    self.propose(state, actor, client, &events);
                }
            }
        }
    }

    fn propose(
        &self,
        state: &mut State,
        actor: usize,
        client: usize,
        events: &[ConversationEvent],
    ) {
        let Held::Conversation(before) = state.actors[actor].held.clone() else {
            return;
        };
        let present = state.sequencer.versions[actor] == before.version;
        if !present && !self.breaks(Mutation::SkipVersionCheckAndLoadAtOnce) {
            return superseded(state, actor, client);
        }
        let body = ConversationCommit {
            conversation: Self::id(actor),
            version: before.version + 1,
            number: None,
            operation: None,
            events: events.to_vec(),
        };
        let id = body.conversation;
        let stamp = body.stamp(self.base.now);
        let after = Conversation::fold(Some(&before), id, &body.events, stamp).unwrap();
        let after = Known::new(after);
        let entry = self.entry(state, client, CommitBody::Conversation(body));
        let effect = Effect {
            entry,
            after: Some((actor, after.clone())),
        };
        if self.sequence(state, client, effect) {
            state.sequencer.versions[actor] = after.version;
            state.actors[actor].held = Held::Conversation(after);
        }
    }

    fn propose_directory(&self, state: &mut State, client: usize, events: &[DirectoryEvent]) {
        let Held::Directory { fold, at } = state.actors[DIRECTORY].held.clone() else {
            return;
        };
        if at != state.sequencer.directory_at && !self.breaks(Mutation::LoadUnchecked) {
            return superseded(state, DIRECTORY, client);
        }
        let mut next = fold.clone_value();
        for event in events {
            next.apply(event, self.base.now);
        }
        let events = events.to_vec();
        let entry = self.entry(state, client, CommitBody::Directory { events });
        let effect = Effect { entry, after: None };
        if self.sequence(state, client, effect) {
            let at = state.sequencer.order.len();
            state.sequencer.directory_at = at;
            state.sequencer.directory = Known::of(Arc::clone(&next.directory));
            let fold = Known::new(next);
            state.actors[DIRECTORY].held = Held::Directory { fold, at };
        }
    }

    fn entry(&self, state: &State, by: usize, body: CommitBody) -> Entry {
        let before = self.base.log.len() + state.sequencer.order.len();
        let commit = Commit {
            seq: u64::try_from(before).unwrap() + 1,
            at: self.base.now,
            actor: match &self.asks[by] {
                Ask::OfConversation(_, request) => request.caller.actor(),
                Ask::OfDirectory(_) => Doer::System,
            },
            body,
        };
        let commit = Known::new(commit);
        Entry { commit, by }
    }

    fn sequence(&self, state: &mut State, client: usize, effect: Effect) -> bool {
        let entry = effect.entry.clone();
        let mut basis = state.sequencer.order.clone();
        basis.push(entry.clone());
        let told = Told {
            answer: Answer::Done,
            basis,
        };
        let item = Item {
            effect: Some(effect),
            release: Release::Answer { client, told },
        };
        if self.breaks(Mutation::AnswerChangesAtOnce) {
            state.give(item.release.clone());
        }
        match state.push(item, self.queue_items_max) {
            Ok(()) => {
                state.sequencer.order.push(entry);
                true
            }
            Err(refused) => {
                let (item, failure) = *refused;
                state.fail(item.release, &failure);
                false
            }
        }
    }

    /// An answer that changes nothing waits for everything sequenced so far.
    fn answer(&self, state: &mut State, generation: u8, release: Release) {
        if generation != state.sequencer.generation {
            return state.fail(release, &Answer::Unavailable);
        }
        let nothing_waits = state.views.applied >= state.sequencer.order.len();
        let at_once = self.breaks(Mutation::AnswerRefusalsAtOnce);
        if (nothing_waits && state.sequencer.open) || at_once {
            return state.give(release);
        }
        let item = Item {
            effect: None,
            release,
        };
        if let Err(refused) = state.push(item, self.queue_items_max) {
            let (item, failure) = *refused;
            state.fail(item.release, &failure);
        }
    }

    /// A handler panics: the command that it had is lost, and so is the actor.
    pub(super) fn panic(&self, state: &mut State, actor: usize) {
        state.left.panics -= 1;
        let client = match &state.actors[actor].doing {
            Doing::Decided { client, .. } => Some(*client),
            Doing::Loading(client) | Doing::Reading { client, .. } => *client,
            Doing::Absent | Doing::Waiting | Doing::Free => None,
        };
        if let Some(client) = client {
            state.tell(client, Answer::Lost, Log::new());
        }
        state.actors[actor].incarnation += 1;
        absent(state, actor);
    }

    /// Only an actor whose commits the views all show may leave.
    pub(super) fn may_stop(&self, state: &State, actor: usize) -> bool {
        let one = &state.actors[actor];
        let shown = match &one.held {
            Held::Conversation(held) => state.views.conversations[actor].version == held.version,
            Held::Directory { .. } | Held::Nothing => false,
        };
        one.doing == Doing::Free && (shown || one.generation != state.sequencer.generation)
    }

    pub(super) fn stop(&self, state: &mut State, actor: usize) {
        state.left.stops -= 1;
        absent(state, actor);
    }
}

fn absent(state: &mut State, actor: usize) {
    state.actors[actor].doing = Doing::Absent;
    state.actors[actor].held = Held::Nothing;
    state.actors[actor].generation = 0;
}

/// What was decided on is not the present state: it is to be loaded again.
fn superseded(state: &mut State, actor: usize, client: usize) {
    state.seen.superseded = true;
    state.actors[actor].generation = 0;
    state.tell(client, Answer::Unavailable, Log::new());
}

fn unchanged() -> String {
    "unchanged".to_owned()
}
