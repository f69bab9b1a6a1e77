//! What holds in every state, what each search must come across, and that nobody waits for ever.

use ochre_assign::domain::invariants::Invariant;
use stateright::Property;

use super::committing::{effects, is_load};
use super::scope::Scope;
use super::state::{Answer, Client, Committer, State, Told};

pub(crate) const ONE_OWNER: &str = "ONE_OWNER";
pub(crate) const ONE_ORDER: &str = "ONE_ORDER";
pub(crate) const ELIGIBLE_AT_COMMIT: &str = "ELIGIBLE_AT_COMMIT";
pub(crate) const FENCE: &str = "FENCE";
pub(crate) const FOLDABLE: &str = "FOLDABLE";
pub(crate) const DURABLE_BEFORE_TOLD: &str = "DURABLE_BEFORE_TOLD";
pub(crate) const SAID_OF_THE_ORDER: &str = "an answer is what the order before it says";
pub(crate) const NOTHING_LOST: &str = "NOTHING_LOST";
pub(crate) const VIEW_IS_FOLD: &str = "VIEW_IS_FOLD";
pub(crate) const NOT_DONE: &str = "a command that was not carried out is not in the log";
pub(crate) const ANSWERED: &str = "everybody is answered";

/// What a search comes across, by a name.
pub(crate) mod sights {
    pub(crate) const CONFLICT: &str = "a refusal";
    pub(crate) const STALE: &str = "a decision on an old directory";
    pub(crate) const SUPERSEDED: &str = "a decision on an old state";
    pub(crate) const IN_DOUBT: &str = "an append that failed after it was written";
    pub(crate) const HEALED: &str = "a commit after a failure";
    pub(crate) const SHARED: &str = "commits that share a flush";
    pub(crate) const WAITED: &str = "an actor that waits for the one before it";
    pub(crate) const OVERLOADED: &str = "a full queue";
    pub(crate) const LOST: &str = "a lost answer";
    pub(crate) const SURVIVED: &str = "a commit that was never answered, after a kill";
}

pub(crate) fn all(scope: &Scope) -> Vec<Property<Scope>> {
    let mut all = vec![
        Property::always(ONE_OWNER, |scope, state| {
            holds(scope, state, Invariant::OneOwner)
        }),
        Property::always(ONE_ORDER, |scope, state| {
            holds(scope, state, Invariant::OneOrder)
        }),
        Property::always(ELIGIBLE_AT_COMMIT, |scope, state| {
            holds(scope, state, Invariant::EligibleAtCommit)
        }),
        Property::always(FENCE, |scope, state| holds(scope, state, Invariant::Fence)),
        Property::always(FOLDABLE, |scope, state| {
            holds(scope, state, Invariant::Foldable)
        }),
        Property::always(DURABLE_BEFORE_TOLD, durable_before_told),
        Property::always(SAID_OF_THE_ORDER, said_of_the_order),
        Property::always(NOTHING_LOST, nothing_lost),
        Property::always(VIEW_IS_FOLD, view_is_fold),
        Property::always(NOT_DONE, not_done),
        Property::eventually(ANSWERED, |_, state: &State| {
            let told = |client: &Client| matches!(client, Client::Told(_));
            state.clients.iter().all(told)
        }),
    ];
    for (name, sight) in scope.sights() {
        all.push(Property::sometimes(name, sight));
    }
    all
}

type Sight = fn(&Scope, &State) -> bool;

impl Scope {
    /// What there is to come across, as far as this scope permits it.
    fn sights(&self) -> Vec<(&'static str, Sight)> {
        let (budget, bounded) = (self.budget, self.queue_items_max < usize::MAX);
        let mut sights: Vec<(_, Sight)> = vec![
            (sights::CONFLICT, |_, state| {
                told(state).any(|(_, told)| matches!(told.answer, Answer::Said(_)))
            }),
            (sights::STALE, |_, state| state.seen.stale),
            (
                sights::SHARED,
                |_, state| matches!(&state.committer, Committer::Appended(items) if effects(items).count() > 1),
            ),
        ];
        if budget.failures > 0 {
            sights.push((sights::SUPERSEDED, |_, state| state.seen.superseded));
            sights.push((sights::IN_DOUBT, |_, state| !state.in_doubt.is_empty()));
            sights.push((sights::HEALED, |scope, state| {
                state.left.failures < scope.budget.failures
                    && told(state).any(|(_, told)| told.answer == Answer::Done)
                    && state.committer == Committer::Idle
                    && state.sequencer.generation > 1
            }));
        }
        if budget.panics > 0 {
            sights.push((sights::WAITED, |_, state| state.queue.iter().any(is_load)));
            sights.push((sights::LOST, |_, state| {
                told(state).any(|(_, told)| told.answer == Answer::Lost)
            }));
        }
        if budget.kills > 0 {
            sights.push((sights::SURVIVED, |_, state| {
                told(state).any(|(client, told)| {
                    told.answer == Answer::Lost && state.durable.iter().any(|one| one.by == client)
                })
            }));
        }
        if bounded {
            sights.push((sights::OVERLOADED, |_, state| {
                told(state).any(|(_, told)| told.answer == Answer::Overloaded)
            }));
        }
        sights
    }
}

fn told(state: &State) -> impl Iterator<Item = (usize, &Told)> {
    let clients = state.clients.iter().enumerate();
    clients.filter_map(|(client, one)| match one {
        Client::Told(told) => Some((client, told)),
        Client::Asking | Client::Waiting => None,
    })
}

fn holds(scope: &Scope, state: &State, invariant: Invariant) -> bool {
    scope.verdict(&state.durable) != Some(invariant)
}

/// Whatever an answer speaks of is on stable storage, and in the views.
fn durable_before_told(_: &Scope, state: &State) -> bool {
    told(state).all(|(_, told)| {
        told.basis.len() <= state.views.applied && state.durable.starts_with(&told.basis)
    })
}

/// A refusal is what the domain says after the commits that it speaks of, not after older ones.
fn said_of_the_order(scope: &Scope, state: &State) -> bool {
    told(state).all(|(client, told)| match &told.answer {
        Answer::Said(said) => {
            scope.said_after(client, &told.basis).as_deref() == Some(said.as_str())
        }
        Answer::Done | Answer::Unavailable | Answer::Overloaded | Answer::Lost => true,
    })
}

/// What was acknowledged stays, at its position.
fn nothing_lost(_: &Scope, state: &State) -> bool {
    told(state).all(|(client, told)| {
        let Some(last) = told.basis.last().filter(|_| told.answer == Answer::Done) else {
            return told.answer != Answer::Done;
        };
        last.by == client && state.durable.get(told.basis.len() - 1) == Some(last)
    })
}

fn view_is_fold(scope: &Scope, state: &State) -> bool {
    let Some(log) = state.durable.get(..state.views.applied) else {
        return false;
    };
    let fold = scope.fold(log);
    fold.conversations == state.views.conversations && fold.directory == state.views.directory
}

/// "Not available" and "overloaded" mean that nothing happened. A kill in between may bring to light
/// what was written before it was refused: its outcome was unknown.
fn not_done(_: &Scope, state: &State) -> bool {
    state.seen.killed
        || told(state).all(|(client, told)| {
            let times = state.durable.iter().filter(|one| one.by == client).count();
            match told.answer {
                Answer::Done => times == 1,
                Answer::Said(_) | Answer::Unavailable | Answer::Overloaded => times == 0,
                Answer::Lost => times <= 1,
            }
        })
}
