//! The steps: of the team's actor, of the section that it enters, and of the committer.

use ochre_assign::domain::conversation::{
    AssignedBy, Command, ConversationEvent, Creation, Request, decide_creation,
};
use ochre_assign::domain::directory::DirectoryFold;
use ochre_assign::domain::rotation::Rotation;
use ochre_assign::domain::routing::Intake;
use ochre_assign::domain::{
    Actor as Doer, Caller, Commit, CommitBody, ConversationCommit, ConversationId, Timestamp,
};

use super::scope::{Mutation, Scope, TEAM};
use super::state::{Client, Doing, Log, State};
use crate::interleavings::Known;
use crate::world::plain_creation;

impl Scope {
    /// A creation found no actor: one is started, and waits for what was sequenced before it.
    pub(super) fn start(&self, state: &mut State) {
        state.actor.generation = 0;
        state.actor.doing = if self.breaks(&[Mutation::LoadUnchecked]) {
            look_at_order(state)
        } else {
            Doing::Waiting {
                until: state.order.len(),
                generation: state.generation,
            }
        };
    }

    pub(super) fn read_views(&self, state: &mut State, generation: u8, turn: u64) {
        let shown = self.fold(&state.durable[..state.applied]).rotation.clone();
        let present = shown.turn() == turn || self.breaks(&[Mutation::LoadUnchecked]);
        state.actor.generation = if present { generation } else { 0 };
        state.actor.rotation = Known::new(shown);
        state.actor.doing = Doing::Free;
    }

    /// Takes a creation from the mailbox and decides it on the directory at hand.
    pub(super) fn handle(&self, state: &mut State, client: usize) {
        state.clients[client] = Client::Asked;
        let events = self.decide(state, client);
        let revision = state.directory.revision();
        state.actor.doing = Doing::Decided {
            client,
            events: Known::new(events),
            revision,
        };
    }

    fn decide(&self, state: &mut State, client: usize) -> Vec<ConversationEvent> {
        let mut rotation = state.actor.rotation.clone_value();
        self.follow(state, &mut rotation);
        let mut create = plain_creation();
        create.subject = TEAM.to_string().into();
        // Each is of another customer, so that all are the first.
        let customer = std::sync::Arc::make_mut(&mut create.customer);
        customer.email = format!("{client}@b.test");
        let request = Request {
            caller: Caller::System,
            expected_versions: None,
            command: Command::Create(create),
        };
        let intake = Intake {
            first_message: true,
            rotation: Some((TEAM, &rotation)),
        };
        let decided = decide_creation(None, &request, &state.directory, &intake).unwrap();
        let Creation::Decided(decision) = decided else {
            panic!("another team was asked");
        };
        if self.breaks(&[Mutation::SpendAhead]) {
            take(&mut rotation, &decision.events);
        }
        state.actor.rotation = Known::new(rotation);
        decision.events
    }

    fn follow(&self, state: &State, rotation: &mut Rotation) {
        let directory = &state.directory;
        if self.breaks(&[Mutation::NeverFollow]) && !rotation.is_empty() {
            return;
        }
        rotation.follow(directory.revision(), || directory.members(TEAM));
    }

    /// Enters the critical section with what was decided.
    pub(super) fn enter(&self, state: &mut State) {
        let doing = std::mem::replace(&mut state.actor.doing, Doing::Free);
        let Doing::Decided {
            client,
            events,
            revision,
        } = doing
        else {
            return;
        };
        let keeps = self.breaks(&[Mutation::KeepRotation]);
        if state.actor.generation != state.generation && !keeps {
            return superseded(state, client);
        }
        let stale = revision != state.directory.revision();
        let events = if stale && !self.breaks(&[Mutation::SkipRevisionCheck]) {
            state.seen.stale = true;
            self.decide(state, client)
        } else {
            events.clone_value()
        };
        let turn = events.iter().find_map(ConversationEvent::turn);
        let compared = !self.breaks(&[
            Mutation::KeepRotation,
            Mutation::LoadUnchecked,
            Mutation::SpendAhead,
        ]);
        if compared && turn.is_some_and(|(_, turn, _)| turn != state.turn + 1) {
            return superseded(state, client);
        }
        if self.is_full(state) {
            state.seen.refused = true;
            state.clients[client] = Client::Failed;
            return;
        }
        if !self.breaks(&[Mutation::SpendAhead]) {
            let mut rotation = state.actor.rotation.clone_value();
            take(&mut rotation, &events);
            state.actor.rotation = Known::new(rotation);
        }
        state.turn = turn.map_or(state.turn, |(_, turn, _)| turn);
        let id = u128::try_from(client).unwrap() + 1;
        let created = state.order.iter().filter(|one| creates(one)).count();
        let body = ConversationCommit {
            conversation: ConversationId::from_u128(id),
            version: 1,
            number: Some(u64::try_from(created).unwrap() + 1),
            operation: None,
            events,
        };
        state.clients[client] = Client::Sequenced(state.order.len());
        self.push(state, CommitBody::Conversation(body));
    }

    pub(super) fn is_full(&self, state: &State) -> bool {
        state.order.len() - state.durable.len() >= self.queue_items_max
    }

    fn push(&self, state: &mut State, body: CommitBody) {
        let before = self.base.len() + state.order.len();
        let commit = Commit {
            seq: u64::try_from(before).unwrap() + 1,
            at: Timestamp::from_millis(1_000_000),
            actor: Doer::System,
            body,
        };
        state.order.push(Known::new(commit));
    }

    /// A change of the directory gets its position, and is in force from there on.
    pub(super) fn change(&self, state: &mut State, index: usize) {
        state.changed[index] = true;
        let event = self.changes[index].clone();
        let mut fold = DirectoryFold {
            directory: std::sync::Arc::new(state.directory.clone_value()),
            ..DirectoryFold::default()
        };
        fold.apply(&event, Timestamp::from_millis(1_000_000));
        state.directory = Known::of(fold.directory);
        let events = vec![event];
        self.push(state, CommitBody::Directory { events });
    }

    /// The views show what is durable, and then the answers are given.
    pub(super) fn apply(&self, state: &mut State) {
        state.applied = state.durable.len();
        for client in &mut state.clients {
            if let Client::Sequenced(place) = *client
                && place < state.applied
            {
                *client = Client::Done(place);
            }
        }
    }

    /// The append fails: what was on its way is void, and everything is rebuilt from the views.
    pub(super) fn fail_append(&self, state: &mut State) {
        state.left.failures -= 1;
        state.seen.void |= state.order[state.durable.len()..].iter().any(creates);
        for client in &mut state.clients {
            if matches!(client, Client::Sequenced(_)) {
                *client = Client::Failed;
            }
        }
        self.rebuild(state);
    }

    /// The process is killed and started again. What the disk was taking is there, or not.
    pub(super) fn kill(&self, state: &mut State, written: bool) {
        state.left.kills -= 1;
        if written {
            state.durable.clone_from(&state.order);
        }
        for client in &mut state.clients {
            if matches!(client, Client::Asked | Client::Sequenced(_)) {
                *client = Client::Lost;
            }
        }
        state.actor.doing = Doing::Absent;
        self.rebuild(state);
    }

    pub(super) fn panic(state: &mut State) {
        state.left.panics -= 1;
        if let Doing::Decided { client, .. } = state.actor.doing {
            state.clients[client] = Client::Lost;
        }
        state.actor.doing = Doing::Absent;
    }

    fn rebuild(&self, state: &mut State) {
        let fold = self.fold(&state.durable);
        state.applied = state.durable.len();
        state.order.clone_from(&state.durable);
        state.directory = Known::of(std::sync::Arc::clone(&fold.directory));
        state.turn = fold.rotation.turn();
        state.generation += 1;
    }
}

pub(super) fn look_at_order(state: &State) -> Doing {
    Doing::Reading {
        generation: state.generation,
        turn: state.turn,
    }
}

fn take(rotation: &mut Rotation, events: &[ConversationEvent]) {
    if let Some((.., user)) = events.iter().find_map(ConversationEvent::turn) {
        rotation.take(user);
    }
}

fn superseded(state: &mut State, client: usize) {
    state.seen.superseded = true;
    state.actor.generation = 0;
    state.clients[client] = Client::Failed;
}

fn creates(commit: &Known<Commit>) -> bool {
    matches!(commit.body, CommitBody::Conversation(_))
}

/// Whose turns a log has, in their order.
pub(super) fn picks(log: &Log) -> Vec<u128> {
    let bodies = log.iter().filter_map(|commit| match &commit.body {
        CommitBody::Conversation(body) => Some(body),
        CommitBody::Directory { .. } | CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {
            None
        }
    });
    let assigned = bodies
        .flat_map(|body| &body.events)
        .filter_map(|event| match event {
            ConversationEvent::Assigned {
                assignee,
                by: AssignedBy::RoundRobin { .. },
                ..
            } => Some(assignee.as_u128()),
            _ => None,
        });
    assigned.collect()
}
