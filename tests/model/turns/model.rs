//! The model: where it begins, which steps may come next, and what holds in every state.

use ochre_assign::domain::invariants::Invariant;
use ochre_assign::domain::rotation::Rotation;
use stateright::{Model, Property};

use super::acting::{look_at_order, picks};
use super::scope::{NEWCOMER, Scope};
use super::state::{Actor, Client, Doing, Log, Seen, State};
use crate::interleavings::Known;

pub(crate) const FAIR: &str = "FAIR";
pub(crate) const TURN_IS_THE_ASSIGNMENT: &str = "TURN_IS_THE_ASSIGNMENT";
pub(crate) const ELIGIBLE_AT_COMMIT: &str = "ELIGIBLE_AT_COMMIT";
pub(crate) const ONE_ORDER: &str = "ONE_ORDER";
pub(crate) const DURABLE_BEFORE_TOLD: &str = "DURABLE_BEFORE_TOLD";
pub(crate) const ANSWERED: &str = "everybody is answered";

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Start,
    LookAtOrder,
    ReadViews { generation: u8, turn: u64 },
    Handle(usize),
    Enter,
    Change(usize),
    Append,
    Apply,
    FailAppend,
    Panic,
    Kill { written: bool },
}

impl Model for Scope {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let fold = self.fold(&[]);
        vec![State {
            durable: Log::new(),
            applied: 0,
            order: Log::new(),
            directory: Known::of(fold.directory.clone()),
            turn: 0,
            generation: 1,
            actor: Actor {
                doing: Doing::Absent,
                rotation: Known::new(Rotation::default()),
                generation: 0,
            },
            clients: vec![Client::Asking; self.creations],
            changed: vec![false; self.changes.len()],
            left: self.budget,
            seen: Seen::default(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        let mut asking = (0..self.creations).filter(|one| state.clients[*one] == Client::Asking);
        // Creations are alike, so they are taken in one order.
        let next = asking.next();
        match &state.actor.doing {
            Doing::Absent => steps.extend(next.map(|_| Step::Start)),
            Doing::Waiting { until, generation } => {
                if state.applied >= *until || state.generation != *generation {
                    steps.push(Step::LookAtOrder);
                }
            }
            Doing::Reading { generation, turn } => {
                let (generation, turn) = (*generation, *turn);
                steps.push(Step::ReadViews { generation, turn });
            }
            Doing::Free => steps.extend(next.map(|client| self.handle_or_load(state, client))),
            Doing::Decided { .. } => steps.push(Step::Enter),
        }
        if !self.is_full(state) {
            let changes = state.changed.iter().enumerate();
            let open = changes.filter(|(_, changed)| !**changed);
            steps.extend(open.map(|(index, _)| Step::Change(index)));
        }
        let queued = state.order.len() > state.durable.len();
        if state.applied < state.durable.len() {
            steps.push(Step::Apply);
        } else if queued {
            steps.push(Step::Append);
            if state.left.failures > 0 {
                steps.push(Step::FailAppend);
            }
        }
        if state.left.panics > 0 && !matches!(state.actor.doing, Doing::Absent) && next.is_some() {
            steps.push(Step::Panic);
        }
        if state.left.kills > 0 {
            steps.push(Step::Kill { written: false });
            if queued {
                steps.push(Step::Kill { written: true });
            }
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Start => self.start(&mut state),
            Step::LookAtOrder => state.actor.doing = look_at_order(&state),
            Step::ReadViews { generation, turn } => self.read_views(&mut state, generation, turn),
            Step::Handle(client) => self.handle(&mut state, client),
            Step::Enter => self.enter(&mut state),
            Step::Change(index) => self.change(&mut state, index),
            Step::Append => state.durable.clone_from(&state.order),
            Step::Apply => self.apply(&mut state),
            Step::FailAppend => self.fail_append(&mut state),
            Step::Panic => Self::panic(&mut state),
            Step::Kill { written } => self.kill(&mut state, written),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(FAIR, |scope: &Self, state: &State| {
                scope.holds(state, Invariant::Fair)
            }),
            Property::always(TURN_IS_THE_ASSIGNMENT, |scope: &Self, state: &State| {
                scope.holds(state, Invariant::TurnIsTheAssignment)
            }),
            Property::always(ELIGIBLE_AT_COMMIT, |scope: &Self, state: &State| {
                scope.holds(state, Invariant::EligibleAtCommit)
            }),
            Property::always(ONE_ORDER, |scope: &Self, state: &State| {
                scope.holds(state, Invariant::OneOrder) && scope.holds(state, Invariant::Foldable)
            }),
            Property::always(DURABLE_BEFORE_TOLD, |_, state: &State| {
                state.clients.iter().all(|client| match client {
                    Client::Done(place) => *place < state.durable.len(),
                    _ => true,
                })
            }),
            Property::eventually(ANSWERED, |_, state: &State| {
                state
                    .clients
                    .iter()
                    .all(|client| matches!(client, Client::Done(_) | Client::Failed | Client::Lost))
            }),
            Property::sometimes("a decision on an old directory", |_, state: &State| {
                state.seen.stale
            }),
            Property::sometimes("a full queue", |_, state: &State| state.seen.refused),
        ];
        if self.budget.failures > 0 {
            all.push(Property::sometimes(
                "a turn that is void",
                |_, state: &State| state.seen.void,
            ));
            all.push(Property::sometimes(
                "a decision on an old rotation",
                |_, state: &State| state.seen.superseded,
            ));
        }
        if self.joins() {
            all.push(Property::sometimes(
                "a newcomer's turn",
                |_, state: &State| picks(&state.durable).contains(&NEWCOMER.as_u128()),
            ));
        }
        all
    }
}

impl Scope {
    fn handle_or_load(&self, state: &State, client: usize) -> Step {
        let kept = self.breaks(&[super::scope::Mutation::KeepRotation]);
        let present = state.actor.generation == state.generation;
        if present || (kept && state.actor.generation > 0) {
            Step::Handle(client)
        } else {
            Step::LookAtOrder
        }
    }

    fn holds(&self, state: &State, invariant: Invariant) -> bool {
        self.verdict(&state.durable) != Some(invariant)
    }

    fn joins(&self) -> bool {
        use ochre_assign::domain::directory::DirectoryEvent;
        let adds = |event: &DirectoryEvent| matches!(event, DirectoryEvent::TeamMembersChanged { added, .. } if !added.is_empty());
        self.creations > 3 && self.changes.iter().any(adds)
    }
}
