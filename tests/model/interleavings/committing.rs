//! The committer's steps: take, append, apply, tell; and after a failure shut, rebuild, fail, recover.

use ochre_assign::domain::CommitBody;

use super::known::Known;
use super::scope::{Mutation, Scope};
use super::state::{
    Answer, Client, Committer, Doing, Effect, Held, Item, Log, Release, State, Views,
};

impl Scope {
    /// The next step of the committer, when nothing goes wrong in it.
    pub(super) fn commit(&self, state: &mut State) {
        state.committer = match std::mem::replace(&mut state.committer, Committer::Idle) {
            Committer::Idle => Committer::Took(std::mem::take(&mut state.queue)),
            Committer::Took(items) if effects(&items).next().is_none() => Committer::Applied(items),
            Committer::Took(items) => {
                state.durable.extend(entries(&items));
                Committer::Appended(items)
            }
            Committer::Appended(items) => {
                if !self.breaks(Mutation::ApplyBeforeAppend) {
                    self.apply(state, &items);
                }
                Committer::Applied(items)
            }
            Committer::Applied(items) => {
                for item in items {
                    state.give(item.release);
                }
                Committer::Idle
            }
            Committer::Failed(mut items) => {
                state.sequencer.open = false;
                items.append(&mut state.queue);
                Committer::Shut(items)
            }
            Committer::Shut(items) => {
                self.rebuild(state);
                Committer::Voided(items)
            }
            Committer::Voided(items) => {
                if !self.breaks(Mutation::ForgetWaiting) {
                    fail(state, items);
                }
                Committer::Down
            }
            Committer::Down => {
                let in_doubt = std::mem::take(&mut state.in_doubt);
                if self.breaks(Mutation::KeepInDoubt) {
                    state.durable.extend(in_doubt);
                }
                Committer::Recovered
            }
            Committer::Recovered => {
                state.views = self.views_of(&state.durable);
                Committer::CaughtUp
            }
            Committer::CaughtUp => {
                self.rebuild(state);
                Committer::Rebuilt
            }
            Committer::Rebuilt => {
                state.sequencer.open = true;
                Committer::Idle
            }
        };
        // Broken on purpose: what the disk is about to take is shown already.
        if self.breaks(Mutation::ApplyBeforeAppend)
            && let Committer::Took(items) = state.committer.clone()
        {
            self.apply(state, &items);
        }
    }

    /// The append fails, before or after all of it was written.
    pub(super) fn fail_append(&self, state: &mut State, written: bool) {
        let Committer::Took(items) = std::mem::replace(&mut state.committer, Committer::Idle)
        else {
            return;
        };
        state.left.failures -= 1;
        if written {
            state.in_doubt = entries(&items).collect();
        }
        state.committer = Committer::Failed(items);
    }

    fn apply(&self, state: &mut State, items: &[Item]) {
        for Effect { entry, after } in effects(items) {
            if let CommitBody::Directory { events } = &entry.commit.body {
                let mut fold = state.views.directory.clone_value();
                for event in events {
                    fold.apply(event, entry.commit.at);
                }
                state.views.directory = Known::new(fold);
            }
            if let Some((place, after)) = after {
                state.views.conversations[*place] = after.clone();
            }
            state.views.applied += 1;
        }
    }

    /// Everything but the views is thrown away, and made again from them.
    fn rebuild(&self, state: &mut State) {
        let State {
            sequencer,
            views,
            durable,
            ..
        } = state;
        if !self.breaks(Mutation::KeepOrder) {
            sequencer.order = durable[..views.applied.min(durable.len())].to_vec();
            let versions = views.conversations.iter().map(|one| one.version);
            sequencer.versions = versions.collect();
        }
        if !self.breaks(Mutation::KeepDirectory) {
            sequencer.directory = Known::of(views.directory.directory.clone());
        }
        sequencer.directory_at = views.applied;
        if !self.breaks(Mutation::KeepGeneration) {
            sequencer.generation += 1;
        }
    }

    pub(super) fn views_of(&self, log: &Log) -> Views {
        let fold = self.fold(log);
        Views {
            applied: log.len(),
            conversations: fold.conversations.clone(),
            directory: fold.directory.clone(),
        }
    }

    /// The process is killed and started again. What the disk was taking, or had in doubt, is there
    /// as a whole or not at all.
    pub(super) fn kill(&self, state: &mut State, written: bool) {
        state.left.kills -= 1;
        state.seen.killed = true;
        if written {
            let on_its_way = match &state.committer {
                Committer::Took(items) => entries(items).collect(),
                _ => std::mem::take(&mut state.in_doubt),
            };
            state.durable.extend(on_its_way);
        }
        state.in_doubt.clear();
        state.queue.clear();
        state.committer = Committer::Idle;
        state.views = self.views_of(&state.durable);
        self.rebuild(state);
        state.sequencer.order.clone_from(&state.durable);
        state.sequencer.open = true;
        for actor in &mut state.actors {
            actor.doing = Doing::Absent;
            actor.held = Held::Nothing;
            actor.generation = 0;
        }
        for client in &mut state.clients {
            if *client == Client::Waiting {
                *client = Client::Told(super::state::Told {
                    answer: Answer::Lost,
                    basis: Log::new(),
                });
            }
        }
    }
}

fn fail(state: &mut State, items: Vec<Item>) {
    for Item { release, .. } in items {
        state.fail(release, &Answer::Unavailable);
    }
}

pub(super) fn effects(items: &[Item]) -> impl Iterator<Item = &Effect> {
    items.iter().filter_map(|item| item.effect.as_ref())
}

fn entries(items: &[Item]) -> impl Iterator<Item = super::state::Entry> {
    effects(items).map(|effect| effect.entry.clone())
}

/// Whether an item only lets an actor load.
pub(super) const fn is_load(item: &Item) -> bool {
    matches!(item.release, Release::Load { .. })
}
