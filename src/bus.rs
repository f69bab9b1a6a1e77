//! What became durable, in order, for whoever tells of it: a ring of the newest commits, which each
//! reader reads at its own pace from a cursor of its own.
//!
//! The committer never waits for a reader, and nothing is dropped silently: a reader that the ring
//! has overrun is told so, and goes back to the log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::domain::conversation::Conversation;
use crate::views::Told;

/// How much the ring of one workspace keeps.
#[derive(Debug, Clone, Copy)]
pub struct BusLimits {
    /// Commits.
    pub commits_max: usize,
    /// About how many bytes they may take.
    pub bytes_max: usize,
}

/// The ring no longer has what the reader asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ring begins after position {first}")]
pub struct Overrun {
    /// The first position that it has.
    pub first: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Bus {
    ring: Mutex<Ring>,
    head: watch::Sender<u64>,
    limits: BusLimits,
}

#[derive(Debug)]
struct Ring {
    told: VecDeque<Arc<Told>>,
    bytes: usize,
    /// The last position of each batch that was put in, and when.
    batches: VecDeque<(u64, Instant)>,
    /// The last position put in.
    head: u64,
}

impl Bus {
    /// An empty ring after a position.
    #[must_use]
    pub fn new(head: u64, limits: BusLimits) -> Self {
        let ring = Ring {
            told: VecDeque::new(),
            bytes: 0,
            batches: VecDeque::new(),
            head,
        };
        Self {
            ring: Mutex::new(ring),
            head: watch::Sender::new(head),
            limits,
        }
    }

    /// Puts the next commits in, which are durable now, and the oldest out; nobody is woken yet.
    pub fn put(&self, told: Vec<Told>, now: Instant) {
        let mut ring = self.ring.lock();
        if let Some(last) = told.last() {
            ring.batches.push_back((last.commit.seq, now));
        }
        for one in told {
            ring.head = one.commit.seq;
            ring.bytes = ring.bytes.saturating_add(weight(&one));
            ring.told.push_back(Arc::new(one));
            while ring.told.len() > self.limits.commits_max || ring.bytes > self.limits.bytes_max {
                let Some(oldest) = ring.told.pop_front() else {
                    break;
                };
                ring.bytes = ring.bytes.saturating_sub(weight(&oldest));
            }
        }
        let first = ring.first();
        while ring.batches.front().is_some_and(|(last, _)| *last < first) {
            ring.batches.pop_front();
        }
    }

    /// Puts commits from the log before those that the ring has, as many as there is room for.
    /// They must end where the ring begins; otherwise nothing is done.
    pub fn put_before(&self, past: &[Arc<Told>]) {
        let mut ring = self.ring.lock();
        for one in past.iter().rev() {
            let weight = weight(one);
            let fits = ring.told.len() < self.limits.commits_max
                && ring.bytes.saturating_add(weight) <= self.limits.bytes_max;
            if !fits || one.commit.seq.saturating_add(1) != ring.first() {
                return;
            }
            ring.bytes = ring.bytes.saturating_add(weight);
            ring.told.push_front(Arc::clone(one));
        }
    }

    /// Wakes the readers.
    pub fn wake(&self) {
        let head = self.ring.lock().head;
        self.head.send_replace(head);
    }

    /// The commits after a position, in order, at most so many.
    ///
    /// # Errors
    /// When the ring no longer has the first of them.
    pub fn after(&self, seq: u64, limit: usize) -> Result<Vec<Arc<Told>>, Overrun> {
        let ring = self.ring.lock();
        if seq >= ring.head {
            return Ok(Vec::new());
        }
        let first = ring.first();
        let skipped = seq.saturating_add(1).checked_sub(first);
        let skipped = skipped.ok_or(Overrun { first })?;
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let told = ring.told.iter().skip(skipped).take(limit);
        Ok(told.map(Arc::clone).collect())
    }

    /// When the commit after a position became durable, if it has and the ring still knows.
    #[must_use]
    pub fn durable_since(&self, seq: u64) -> Option<Instant> {
        let ring = self.ring.lock();
        let batch = ring.batches.partition_point(|(last, _)| *last <= seq);
        ring.batches.get(batch).map(|(_, at)| *at)
    }

    /// One commit, if the ring has it.
    #[must_use]
    pub fn at(&self, seq: u64) -> Option<Arc<Told>> {
        let ring = self.ring.lock();
        let place = seq.checked_sub(ring.first())?;
        let told = ring.told.get(usize::try_from(place).ok()?);
        told.map(Arc::clone)
    }

    /// The first position that the ring has, or would have next.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.ring.lock().first()
    }

    /// The last position put in.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.ring.lock().head
    }

    /// Tells when there is more; its value is the last position.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }
}

impl Ring {
    fn first(&self) -> u64 {
        let first = self.told.front().map(|told| told.commit.seq);
        first.unwrap_or_else(|| self.head.saturating_add(1))
    }
}

/// About how many bytes one takes: the commit, and the state after it, which it alone may keep.
fn weight(told: &Told) -> usize {
    let state = told
        .change
        .as_ref()
        .map_or(0, |_| size_of::<Conversation>());
    told.commit.weight().saturating_add(state)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::domain::{Actor, Commit, CommitBody, EpochId, Timestamp};

    fn told(seq: u64) -> Told {
        let epoch = EpochId::from_u128(1);
        Told {
            commit: Commit {
                seq,
                at: Timestamp::EPOCH,
                actor: Actor::System,
                body: CommitBody::Epoch { epoch },
            },
            change: None,
        }
    }

    fn put(bus: &Bus, told: Vec<Told>) {
        let clock = ManualClock::starting_at(Timestamp::EPOCH);
        bus.put(told, clock.instant());
    }

    fn past(last: u64) -> Vec<Arc<Told>> {
        (1..=last).map(|seq| Arc::new(told(seq))).collect()
    }

    fn bus(head: u64, commits_max: usize) -> Bus {
        let bytes_max = usize::MAX;
        Bus::new(
            head,
            BusLimits {
                commits_max,
                bytes_max,
            },
        )
    }

    fn seqs(bus: &Bus, after: u64) -> Result<Vec<u64>, Overrun> {
        let told = bus.after(after, 100)?;
        Ok(told.iter().map(|told| told.commit.seq).collect())
    }

    #[test]
    fn a_reader_gets_what_is_after_its_cursor() {
        let bus = bus(4, 10);
        put(&bus, (5..8).map(told).collect());
        assert_eq!(seqs(&bus, 4), Ok(vec![5, 6, 7]));
        assert_eq!(seqs(&bus, 6), Ok(vec![7]));
        assert_eq!(seqs(&bus, 7), Ok(vec![]));
        assert_eq!((bus.first(), bus.head()), (5, 7));
        assert_eq!(bus.after(4, 2).map(|told| told.len()), Ok(2));
        let at = |seq| bus.at(seq).map(|told| told.commit.seq);
        assert_eq!([4, 5, 7, 8].map(at), [None, Some(5), Some(7), None]);
    }

    #[test]
    fn a_reader_that_was_overrun_is_told_so() {
        let bus = bus(0, 3);
        assert_eq!(seqs(&bus, 0), Ok(vec![]));
        put(&bus, (1..6).map(told).collect());
        assert_eq!(seqs(&bus, 1), Err(Overrun { first: 3 }));
        assert_eq!(seqs(&bus, 2), Ok(vec![3, 4, 5]));
    }

    #[test]
    fn a_ring_after_a_start_has_nothing_from_before_it() {
        let bus = bus(9, 3);
        assert_eq!(seqs(&bus, 8), Err(Overrun { first: 10 }));
    }

    #[test]
    fn the_log_fills_in_what_came_before() {
        let bus = bus(9, 4);
        put(&bus, vec![told(10)]);
        bus.put_before(&past(8));
        assert_eq!(
            seqs(&bus, 9),
            Ok(vec![10]),
            "what does not fit on is left out"
        );
        bus.put_before(&past(9));
        assert_eq!(seqs(&bus, 6), Ok(vec![7, 8, 9, 10]));
        assert_eq!(seqs(&bus, 5), Err(Overrun { first: 7 }));
        put(&bus, vec![told(11)]);
        assert_eq!(seqs(&bus, 7), Ok(vec![8, 9, 10, 11]));
    }

    #[test]
    fn large_commits_leave_sooner() {
        let bytes_max = told(1).commit.weight() * 2;
        let limits = BusLimits {
            commits_max: 100,
            bytes_max,
        };
        let bus = Bus::new(0, limits);
        put(&bus, (1..=5).map(told).collect());
        assert_eq!(bus.first(), 4);
    }

    #[test]
    fn it_knows_since_when_a_commit_is_durable() {
        let bus = bus(0, 3);
        let clock = ManualClock::starting_at(Timestamp::EPOCH);
        let first = clock.instant();
        bus.put((1..=2).map(told).collect(), first);
        clock.advance(Duration::from_secs(1));
        let second = clock.instant();
        bus.put((3..=4).map(told).collect(), second);
        let since = [0, 1, 2, 3, 4].map(|seq| bus.durable_since(seq));
        assert_eq!(
            since,
            [Some(first), Some(first), Some(second), Some(second), None]
        );
        bus.put((5..=7).map(told).collect(), second);
        assert_eq!(
            bus.durable_since(0),
            Some(second),
            "the oldest that it knows"
        );
    }

    #[test]
    fn readers_are_woken_with_the_last_position() {
        let bus = bus(0, 10);
        let mut watch = bus.watch();
        put(&bus, (1..=2).map(told).collect());
        assert!(!watch.has_changed().unwrap());
        bus.wake();
        assert!(watch.has_changed().unwrap());
        assert_eq!(*watch.borrow_and_update(), 2);
    }
}
