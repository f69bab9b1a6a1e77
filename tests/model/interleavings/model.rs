//! The model: where it begins, and which steps may come next.

use stateright::{Model, Property};

use super::known::Known;
use super::scope::{DIRECTORY, Scope};
use super::state::{Actor, Client, Committer, Doing, Held, Log, Seen, Sequencer, State};

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Start(usize),
    LookAtOrder(usize),
    ReadViews(usize),
    Handle { actor: usize, client: usize },
    Enter(usize),
    Panic(usize),
    Stop(usize),
    Commit,
    FailAppend { written: bool },
    Kill { written: bool },
}

impl Model for Scope {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let views = self.views_of(&Log::new());
        let actor = Actor {
            doing: Doing::Absent,
            held: Held::Nothing,
            generation: 0,
            incarnation: 0,
        };
        vec![State {
            durable: Log::new(),
            in_doubt: Log::new(),
            sequencer: Sequencer {
                order: Log::new(),
                versions: views.conversations.iter().map(|one| one.version).collect(),
                directory: Known::of(views.directory.directory.clone()),
                directory_at: 0,
                generation: 1,
                open: true,
            },
            views,
            queue: Vec::new(),
            committer: Committer::Idle,
            actors: vec![actor; DIRECTORY + 1],
            clients: vec![Client::Asking; self.asks.len()],
            left: self.budget,
            seen: Seen::default(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for actor in 0..state.actors.len() {
            self.steps_of(state, actor, steps);
        }
        if state.committer != Committer::Idle || !state.queue.is_empty() {
            steps.push(Step::Commit);
        }
        if let Committer::Took(items) = &state.committer
            && state.left.failures > 0
            && super::committing::effects(items).next().is_some()
        {
            steps.push(Step::FailAppend { written: false });
            steps.push(Step::FailAppend { written: true });
        }
        if state.left.kills > 0 {
            steps.push(Step::Kill { written: false });
            if matches!(state.committer, Committer::Took(_)) || !state.in_doubt.is_empty() {
                steps.push(Step::Kill { written: true });
            }
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Start(actor) => self.start(&mut state, actor),
            Step::LookAtOrder(actor) => self.look_at_order(&mut state, actor),
            Step::ReadViews(actor) => self.read_views(&mut state, actor),
            Step::Handle { actor, client } => self.handle(&mut state, actor, client),
            Step::Enter(actor) => self.enter(&mut state, actor),
            Step::Panic(actor) => self.panic(&mut state, actor),
            Step::Stop(actor) => self.stop(&mut state, actor),
            Step::Commit => self.commit(&mut state),
            Step::FailAppend { written } => self.fail_append(&mut state, written),
            Step::Kill { written } => self.kill(&mut state, written),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        super::properties::all(self)
    }
}

impl Scope {
    fn steps_of(&self, state: &State, actor: usize, steps: &mut Vec<Step>) {
        let asking = |client: &usize| {
            state.clients[*client] == Client::Asking && self.asks[*client].actor() == actor
        };
        let mut asking = (0..self.asks.len()).filter(asking).peekable();
        let awaited = asking.peek().is_some();
        match &state.actors[actor].doing {
            Doing::Absent if awaited => steps.push(Step::Start(actor)),
            Doing::Absent | Doing::Waiting => {}
            Doing::Loading(_) => steps.push(Step::LookAtOrder(actor)),
            Doing::Reading { .. } => steps.push(Step::ReadViews(actor)),
            Doing::Free => steps.extend(asking.map(|client| Step::Handle { actor, client })),
            Doing::Decided { .. } => steps.push(Step::Enter(actor)),
        }
        // Whether an actor nobody asks any more stops or panics makes no difference.
        let decided = matches!(state.actors[actor].doing, Doing::Decided { .. });
        if state.left.panics > 0
            && state.actors[actor].doing != Doing::Absent
            && (awaited || decided)
        {
            steps.push(Step::Panic(actor));
        }
        if state.left.stops > 0 && awaited && self.may_stop(state, actor) {
            steps.push(Step::Stop(actor));
        }
    }
}
