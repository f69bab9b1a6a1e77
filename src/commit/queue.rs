//! The one queue to the disk, over all workspaces: bounded, in order, closed while the store is down.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::answer::{CommandFailure, Release};
use super::idempotency::Remember;
use super::sequencer::Workspace;
use crate::domain::Commit;
use crate::domain::conversation::Conversation;
use crate::journal::SideKey;

/// A row of the side table to write, or to remove.
pub(super) type SideRow = (SideKey, Option<Bytes>);

/// A commit that has its position, or an answer that waits for one.
#[derive(Debug)]
pub(super) struct Item {
    /// Whose log.
    pub(super) workspace: Arc<Workspace>,
    /// What is to become durable; nothing for a mere answer.
    pub(super) effect: Option<Effect>,
    /// An answer to be remembered in the same append.
    pub(super) remember: Option<Remember>,
    /// Rows of an outbox.
    pub(super) rows: Vec<SideRow>,
    /// The answer itself.
    pub(super) release: Option<Release>,
}

/// A commit and what it leads to.
#[derive(Debug)]
pub(super) struct Effect {
    /// The commit.
    pub(super) commit: Commit,
    /// The conversation after it, if it is about one.
    pub(super) after: Option<Arc<Conversation>>,
    /// About how many bytes it will take.
    pub(super) weight: usize,
}

/// How much may wait, and how much is taken at a time.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Commits and answers that may wait.
    pub items_max: usize,
    /// Bytes that may wait.
    pub bytes_max: usize,
    /// Commits and answers in one append.
    pub batch_items_max: usize,
    /// Bytes in one append.
    pub batch_bytes_max: usize,
    /// See [`Gathering`].
    pub gathering: Gathering,
}

/// When an append waits for company.
///
/// Each costs a flush, whatever it holds, so under load fewer and larger ones leave more of the
/// machine to the commands; `PostgreSQL` has it as `commit_delay` and `commit_siblings`.
#[derive(Debug, Clone, Copy)]
pub struct Gathering {
    /// Only after an append that held so many commits and answers.
    pub from_items: usize,
    /// And for so long at most; it ends when there are more than last time.
    pub patience: Duration,
}

#[derive(Debug)]
enum Gate {
    /// Items are taken in.
    Open,
    /// The store is down, for this reason.
    Down(String),
    /// The process stops.
    Stopped,
}

#[derive(Debug)]
struct State {
    items: std::collections::VecDeque<Item>,
    bytes: usize,
    gate: Gate,
    /// How many items end the committer's wait.
    awaited: usize,
    /// How many items the last batch had.
    last_batch: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct CommitQueue {
    state: Mutex<State>,
    filled: Condvar,
    limits: QueueLimits,
}

/// What the committer finds when it looks.
pub(super) enum Taken {
    /// Work, in order.
    Batch(Vec<Item>),
    /// Nothing came for a while.
    Nothing,
    /// Nothing more will come.
    Stopped,
}

impl CommitQueue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        let state = State {
            items: std::collections::VecDeque::new(),
            bytes: 0,
            gate: Gate::Open,
            awaited: 1,
            last_batch: 0,
        };
        Self {
            state: Mutex::new(state),
            filled: Condvar::new(),
            limits,
        }
    }

    /// Puts an item at the end, or gives it back with the reason why not.
    pub(super) fn push(&self, item: Item) -> Result<(), Box<(Item, CommandFailure)>> {
        self.push_up_to(item, (self.limits.items_max, self.limits.bytes_max))
    }

    /// The same for what can wait better than a command: half of the room is kept for those.
    pub(super) fn push_beside(&self, item: Item) -> Result<(), Box<(Item, CommandFailure)>> {
        let QueueLimits {
            items_max,
            bytes_max,
            ..
        } = self.limits;
        self.push_up_to(item, (items_max.div_ceil(2), bytes_max.div_ceil(2)))
    }

    fn push_up_to(
        &self,
        item: Item,
        (items_max, bytes_max): (usize, usize),
    ) -> Result<(), Box<(Item, CommandFailure)>> {
        let mut state = self.state.lock();
        let weight = weight(&item);
        let full = state.items.len() >= items_max || state.bytes.saturating_add(weight) > bytes_max;
        let failure = match &state.gate {
            Gate::Open if full => CommandFailure::Overloaded("the queue of commits"),
            Gate::Open => {
                state.bytes = state.bytes.saturating_add(weight);
                state.items.push_back(item);
                let awaited = state.items.len() >= state.awaited;
                drop(state);
                if awaited {
                    self.filled.notify_one();
                }
                return Ok(());
            }
            Gate::Down(reason) => CommandFailure::Unavailable(reason.clone()),
            Gate::Stopped => CommandFailure::Unavailable("the server stops".to_owned()),
        };
        Err(Box::new((item, failure)))
    }

    /// The next batch; waits up to `patience` for one.
    pub(super) fn take(&self, patience: Duration) -> Taken {
        let mut state = self.state.lock();
        while state.items.is_empty() {
            if matches!(state.gate, Gate::Stopped) {
                return Taken::Stopped;
            }
            if self.filled.wait_for(&mut state, patience).timed_out() && state.items.is_empty() {
                return Taken::Nothing;
            }
        }
        self.gather(&mut state);
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        while let Some(item) = state.items.front() {
            let weight = weight(item);
            let full = batch.len() >= self.limits.batch_items_max
                || bytes.saturating_add(weight) > self.limits.batch_bytes_max;
            if full && !batch.is_empty() {
                break;
            }
            bytes = bytes.saturating_add(weight);
            batch.extend(state.items.pop_front());
        }
        state.bytes = state.bytes.saturating_sub(bytes);
        state.last_batch = batch.len();
        Taken::Batch(batch)
    }

    /// Lets more items come, if the last batch says that more are coming.
    fn gather(&self, state: &mut MutexGuard<'_, State>) {
        let Gathering {
            from_items,
            patience,
        } = self.limits.gathering;
        let more_than_last = state.last_batch.saturating_add(1);
        let is_open = matches!(state.gate, Gate::Open);
        if !is_open || state.last_batch < from_items || state.items.len() >= more_than_last {
            return;
        }
        state.awaited = more_than_last;
        // Only a push that reaches that number, or the end, wakes it up before the time.
        self.filled.wait_for(state, patience);
        state.awaited = 1;
    }

    /// Refuses everything from now on, and hands out what was waiting.
    pub(super) fn shut(&self, reason: &str) -> Vec<Item> {
        let mut state = self.state.lock();
        if !matches!(state.gate, Gate::Stopped) {
            state.gate = Gate::Down(reason.to_owned());
        }
        state.bytes = 0;
        state.items.drain(..).collect()
    }

    /// Takes items in again after the store recovered.
    pub(super) fn reopen(&self) {
        let mut state = self.state.lock();
        if matches!(state.gate, Gate::Down(_)) {
            state.gate = Gate::Open;
        }
    }

    /// Refuses everything from now on; what waits is still carried out.
    pub(super) fn stop(&self) {
        self.state.lock().gate = Gate::Stopped;
        self.filled.notify_all();
    }

    /// Why nothing is taken in, if so.
    pub(super) fn down(&self) -> Option<String> {
        match &self.state.lock().gate {
            Gate::Open => None,
            Gate::Down(reason) => Some(reason.clone()),
            Gate::Stopped => Some("the server stops".to_owned()),
        }
    }

    /// Whether the process stops; waits up to `pause` for it.
    pub(super) fn stopped_within(&self, pause: Duration) -> bool {
        let mut state = self.state.lock();
        if !matches!(state.gate, Gate::Stopped) {
            self.filled.wait_for(&mut state, pause);
        }
        matches!(state.gate, Gate::Stopped)
    }

    /// How many items and bytes wait.
    pub(super) fn depth(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.items.len(), state.bytes)
    }
}

fn weight(item: &Item) -> usize {
    let effect = item.effect.as_ref().map_or(0, |effect| effect.weight);
    let remember = item.remember.as_ref().map_or(0, Remember::weight);
    let rows = item.rows.iter().map(|(key, value)| {
        let value = value.as_ref().map_or(0, Bytes::len);
        key.0.len().saturating_add(value)
    });
    rows.fold(effect, usize::saturating_add)
        .saturating_add(remember)
        .saturating_add(64)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::bus::BusLimits;
    use crate::clock::ManualClock;
    use crate::domain::{Timestamp, WorkspaceId};
    use crate::views::{AccessIndex, Views, WorkspaceFold};

    /// Far longer than any test runs: who waits this long was not woken up.
    const FOREVER: Duration = Duration::from_secs(3600);

    struct Ground {
        queue: Arc<CommitQueue>,
        workspace: Arc<Workspace>,
    }

    impl Ground {
        fn gathering(from_items: usize, patience: Duration) -> Self {
            let queue = Arc::new(CommitQueue::new(QueueLimits {
                items_max: 100,
                bytes_max: 1_000_000,
                batch_items_max: 50,
                batch_bytes_max: 1_000_000,
                gathering: Gathering {
                    from_items,
                    patience,
                },
            }));
            let id = WorkspaceId::from_u128(1);
            let access = Arc::new(AccessIndex::default());
            let views = Views::new(id, WorkspaceFold::default(), access);
            let clock = Arc::new(ManualClock::starting_at(Timestamp::EPOCH));
            let bus = BusLimits {
                commits_max: 10,
                bytes_max: 10_000,
            };
            let workspace = Arc::new(Workspace::new(id, views, bus, Arc::clone(&queue), clock));
            Self { queue, workspace }
        }

        fn push(&self, count: usize) {
            for _ in 0..count {
                let item = Item {
                    workspace: Arc::clone(&self.workspace),
                    effect: None,
                    remember: None,
                    rows: Vec::new(),
                    release: None,
                };
                assert!(self.queue.push(item).is_ok());
            }
        }

        fn take(&self) -> usize {
            match self.queue.take(FOREVER) {
                Taken::Batch(items) => items.len(),
                Taken::Nothing | Taken::Stopped => 0,
            }
        }

        fn awaited(&self) -> usize {
            self.queue.state.lock().awaited
        }
    }

    #[test]
    fn a_small_batch_makes_the_next_wait_for_nobody() {
        let ground = Ground::gathering(4, FOREVER);
        for _ in 0..3 {
            ground.push(3);
            assert_eq!(ground.take(), 3);
        }
    }

    #[test]
    fn a_large_batch_makes_the_next_wait_until_there_are_more() {
        let ground = Ground::gathering(4, FOREVER);
        ground.push(4);
        assert_eq!(ground.take(), 4);
        ground.push(1);
        thread::scope(|scope| {
            let taken = scope.spawn(|| ground.take());
            while ground.awaited() != 5 {
                thread::yield_now();
            }
            ground.push(3);
            assert!(!taken.is_finished(), "four are not more than the last four");
            ground.push(1);
            assert_eq!(taken.join().unwrap(), 5);
        });
    }

    #[test]
    fn a_wait_for_more_ends_with_its_time() {
        let ground = Ground::gathering(1, Duration::from_micros(1));
        ground.push(2);
        assert_eq!(ground.take(), 2);
        ground.push(1);
        assert_eq!(ground.take(), 1);
    }

    #[test]
    fn a_wait_for_more_ends_with_the_queue() {
        let ground = Ground::gathering(1, FOREVER);
        ground.push(2);
        assert_eq!(ground.take(), 2);
        ground.push(1);
        thread::scope(|scope| {
            let taken = scope.spawn(|| ground.take());
            while ground.awaited() != 3 {
                thread::yield_now();
            }
            ground.queue.stop();
            assert_eq!(taken.join().unwrap(), 1);
        });
    }

    #[test]
    fn who_cannot_decide_is_told_of_the_store_that_is_down() {
        let ground = Ground::gathering(1, FOREVER);
        let told = || ground.workspace.reloading("the directory");
        assert_eq!(told(), CommandFailure::Reloading("the directory"));
        ground.queue.shut("the disk is full");
        let down = CommandFailure::Unavailable("the disk is full".to_owned());
        assert_eq!(told(), down);
        ground.queue.reopen();
        assert_eq!(told(), CommandFailure::Reloading("the directory"));
    }
}
