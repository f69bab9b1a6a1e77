//! What was read of the log for those who begin a view, and what is still to be read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::log_reader::{Answer, Found, List, LogReader, Moved, Need, State};
use super::{Hub, Waits};
use crate::domain::conversation::Conversation;
use crate::domain::{Commit, ConversationId};
use crate::metrics::ResyncReason;

/// How many things are read at a time; the rest wait for the next time.
const READS_AT_ONCE: usize = 16;

/// How many findings are kept for those who could not use them yet.
const KEPT_MAX: usize = 4096;

/// Why a view cannot be begun now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Later {
    /// The log is read for it.
    Reading,
    /// It cannot be, from there.
    Never(ResyncReason),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct FromLog {
    moved: HashMap<(List, u64), Arc<Moved>>,
    commits: HashMap<u64, Commit>,
    states: HashMap<u64, State>,
    failed: HashMap<Need, ResyncReason>,
    /// To be read, in the order in which it was asked for.
    needs: Vec<Need>,
    /// What is being read.
    reading: HashSet<Need>,
}

impl FromLog {
    /// What became of a list after a position.
    pub(super) fn moved(&mut self, list: List, after: u64) -> Result<Arc<Moved>, Later> {
        match self.moved.get(&(list, after)) {
            Some(moved) => Ok(Arc::clone(moved)),
            None => Err(self.want(Need::Moved { list, after })),
        }
    }

    /// Asks for something to be read, unless it could not be.
    fn want(&mut self, need: Need) -> Later {
        if let Some(reason) = self.failed.get(&need) {
            return Later::Never(*reason);
        }
        if !self.reading.contains(&need) && !self.needs.contains(&need) {
            self.needs.push(need);
        }
        Later::Reading
    }

    /// Throws away what nobody waits for, and with too much of it everything.
    pub(super) fn tidy(&mut self, somebody_waits: bool) {
        let kept = self.moved.len() + self.commits.len() + self.states.len() + self.failed.len();
        if !somebody_waits || kept > KEPT_MAX {
            self.moved.clear();
            self.commits.clear();
            self.states.clear();
            self.failed.clear();
        }
    }
}

impl Hub {
    /// What is to be read now, if anything; the answers go to [`Hub::found`].
    pub(in super::super) fn take_needs(&mut self) -> Option<(LogReader, Vec<Need>)> {
        let log = &mut self.log;
        if !log.reading.is_empty() || log.needs.is_empty() {
            return None;
        }
        let some = log.needs.len().min(READS_AT_ONCE);
        let needs: Vec<Need> = log.needs.drain(..some).collect();
        log.reading = needs.iter().cloned().collect();
        Some((LogReader::new(self.feed.clone()), needs))
    }

    /// Takes in what was read.
    pub(in super::super) fn found(&mut self, answers: Vec<Answer>) {
        let log = &mut self.log;
        log.reading.clear();
        for (need, found) in answers {
            match (found, need) {
                (Ok(Found::Moved(moved)), Need::Moved { list, after }) => {
                    log.moved.insert((list, after), moved);
                }
                (Ok(Found::Commits(commits)), Need::Commits(positions))
                    if commits.len() == positions.len() =>
                {
                    log.commits
                        .extend(commits.into_iter().map(|one| (one.seq, one)));
                }
                (Ok(Found::States(states)), _) => {
                    log.states
                        .extend(states.into_iter().map(|one| (one.0.seq, one)));
                }
                (Err(reason), need) => drop(log.failed.insert(need, reason)),
                // The log has not what the views say: it is damaged.
                (Ok(_), need) => drop(log.failed.insert(need, ResyncReason::TooFar)),
            }
        }
        for wanted in &mut self.wanted {
            if wanted.waits == Waits::ForLog {
                wanted.waits = Waits::No;
            }
        }
    }

    /// Single commits, from the ring or as they were read.
    pub(super) fn commits(&mut self, positions: &[u64]) -> Result<Vec<Commit>, Later> {
        let commits: BTreeMap<u64, Commit> = positions
            .iter()
            .filter_map(|seq| {
                let in_the_ring = || self.feed.bus.at(*seq).map(|told| told.commit.clone());
                let commit = self.log.commits.get(seq).cloned().or_else(in_the_ring);
                Some((*seq, commit?))
            })
            .collect();
        let missing = positions.iter().filter(|seq| !commits.contains_key(seq));
        let missing: Vec<u64> = missing.copied().collect();
        if missing.is_empty() {
            Ok(commits.into_values().collect())
        } else {
            Err(self.log.want(Need::Commits(missing)))
        }
    }

    /// Commits of a conversation after a position, each with the conversation after it.
    pub(super) fn states(
        &mut self,
        (conversation, after): (ConversationId, u64),
        positions: &[u64],
        present: &Arc<Conversation>,
    ) -> Result<Vec<(Commit, Arc<Conversation>)>, Later> {
        let states: Option<Vec<_>> = positions
            .iter()
            .map(|seq| {
                if let Some((commit, state)) = self.log.states.get(seq) {
                    let state = state.as_ref().unwrap_or(present);
                    return Some((commit.clone(), Arc::clone(state)));
                }
                let told = self.feed.bus.at(*seq)?;
                let change = told.change.as_ref()?;
                Some((told.commit.clone(), Arc::clone(&change.after)))
            })
            .collect();
        states.ok_or_else(|| {
            let up_to = positions.last().copied().unwrap_or(after);
            self.log.want(Need::States {
                conversation,
                after,
                up_to,
            })
        })
    }
}
