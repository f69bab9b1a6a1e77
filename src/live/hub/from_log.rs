//! What those who begin a view wait for of the log: who is read for next, and what was found.
//!
//! A need belongs to the view that waits for it, and so does what is found: with the view both are
//! gone. Sessions are served in turn, so that none holds up the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::super::peer::SessionId;
use super::log_reader::{Answer, Finding, Found, Lane, LogReader, Need, State};
use super::{Hub, Waits};
use crate::domain::conversation::Conversation;
use crate::domain::{Commit, ConversationId};
use crate::metrics::ResyncReason;

/// Why a view cannot be begun now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Later {
    /// This must be read first.
    Needs(Need),
    /// It cannot be, from there.
    Never(ResyncReason),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct FromLog {
    /// Where something is being read.
    reading: BTreeSet<Lane>,
    /// Who was served last.
    served: BTreeMap<Lane, SessionId>,
}

/// Something to be read, on a thread that may wait; the answers go to [`Hub::found`].
#[derive(Debug)]
pub(in super::super) struct Reading {
    lane: Lane,
    reader: LogReader,
    needs: Vec<Need>,
}

/// What came of it.
#[derive(Debug)]
pub(in super::super) struct Answers {
    lane: Lane,
    answers: Vec<Answer>,
}

impl Reading {
    /// Reads; it may wait for a disk.
    pub(in super::super) fn read(self) -> Answers {
        let (lane, answers) = (self.lane, self.reader.read(self.needs));
        Answers { lane, answers }
    }

    /// The answers if it cannot be carried out.
    pub(in super::super) fn lost(&self) -> Answers {
        let lost = |need: &Need| (need.clone(), Err(ResyncReason::TooFar));
        Answers {
            lane: self.lane,
            answers: self.needs.iter().map(lost).collect(),
        }
    }
}

impl Hub {
    /// What is to be read now, if anything. In each lane one reading goes on at a time.
    pub(in super::super) fn take_needs(&mut self) -> Option<Reading> {
        let lanes = Lane::ALL.into_iter();
        let mut idle = lanes.filter(|lane| !self.log.reading.contains(lane));
        let (lane, needs, served) = idle.find_map(|lane| {
            let (needs, served) = self.needs(lane)?;
            Some((lane, needs, served))
        })?;
        self.log.reading.insert(lane);
        self.log.served.insert(lane, served);
        let reader = LogReader::new(self.feed.clone());
        Some(Reading {
            lane,
            reader,
            needs,
        })
    }

    /// What is read next: a need of each session that waits, beginning after the session that was
    /// served last, then another one of each, as many as are read at a time. And the last session of
    /// the first round.
    fn needs(&self, lane: Lane) -> Option<(Vec<Need>, SessionId)> {
        let mut waiting: BTreeMap<SessionId, Vec<&Need>> = BTreeMap::new();
        for wanted in &self.wanted {
            if let Waits::ForLog(need) = &wanted.waits
                && need.lane() == lane
            {
                waiting.entry(wanted.session).or_default().push(need);
            }
        }
        let last = self.log.served.get(&lane).copied().unwrap_or_default();
        let after = waiting.range((Bound::Excluded(last), Bound::Unbounded));
        let in_turn: Vec<_> = after.chain(waiting.range(..=last)).collect();
        let most = waiting.values().map(Vec::len).max().unwrap_or_default();
        let rounds = (0..most).flat_map(|round| {
            let of_round = in_turn.iter();
            of_round
                .filter_map(move |(session, needs)| Some((round, **session, *needs.get(round)?)))
        });
        let mut served = None;
        let mut needs: BTreeSet<&Need> = BTreeSet::new();
        for (round, session, need) in rounds {
            if needs.len() >= lane.at_once() && !needs.contains(need) {
                break;
            }
            needs.insert(need);
            if round == 0 {
                served = Some(session);
            }
        }
        Some((needs.into_iter().cloned().collect(), served?))
    }

    /// Takes in what was read: whoever waited for it begins in the next turn.
    pub(in super::super) fn found(&mut self, Answers { lane, answers }: Answers) {
        self.log.reading.remove(&lane);
        let found: HashMap<Need, Result<Arc<Finding>, ResyncReason>> = answers
            .into_iter()
            .map(|(need, found)| {
                let finding = |found| {
                    let need = need.clone();
                    Arc::new(Finding { need, found })
                };
                let finding = found.map(finding);
                (need, finding)
            })
            .collect();
        let mut lost = Vec::new();
        self.wanted.retain_mut(|wanted| {
            let Waits::ForLog(need) = &wanted.waits else {
                return true;
            };
            match found.get(need) {
                Some(Ok(finding)) => {
                    wanted.found = Some(Arc::clone(finding));
                    wanted.waits = Waits::No;
                }
                Some(Err(reason)) => {
                    lost.push((wanted.session, wanted.view, *reason));
                    return false;
                }
                None => {}
            }
            true
        });
        for (session, view, reason) in lost {
            self.drop_view(session, view, reason);
        }
    }

    /// Single commits, as they were read or from the ring.
    pub(super) fn commits(
        &self,
        positions: &[u64],
        found: Option<&Finding>,
    ) -> Result<Vec<Commit>, Later> {
        let found = match found.map(|finding| &finding.found) {
            Some(Found::Commits(commits)) => commits.as_slice(),
            Some(Found::Moved(_) | Found::States(_)) | None => &[],
        };
        let found: HashMap<u64, &Commit> = found.iter().map(|one| (one.seq, one)).collect();
        let commits: Option<Vec<Commit>> = positions
            .iter()
            .map(|seq| match found.get(seq) {
                Some(commit) => Some((*commit).clone()),
                None => self.feed.bus.at(*seq).map(|told| told.commit.clone()),
            })
            .collect();
        commits.ok_or_else(|| {
            let missing = positions.iter().copied();
            let missing = missing.filter(|seq| self.feed.bus.at(*seq).is_none());
            Later::Needs(Need::Commits(missing.collect()))
        })
    }

    /// Commits of a conversation after a position, each with the conversation after it.
    pub(super) fn states(
        &self,
        (present, after): (&Arc<Conversation>, u64),
        positions: &[u64],
        found: Option<&Finding>,
    ) -> Result<Vec<(Commit, Arc<Conversation>)>, Later> {
        let found = match found.map(|finding| &finding.found) {
            Some(Found::States(states)) => states.as_slice(),
            Some(Found::Moved(_) | Found::Commits(_)) | None => &[],
        };
        let found: HashMap<u64, &State> = found.iter().map(|one| (one.0.seq, one)).collect();
        let states: Option<Vec<_>> = positions
            .iter()
            .map(|seq| {
                if let Some((commit, state)) = found.get(seq) {
                    let state = state.as_ref().unwrap_or(present);
                    return Some((commit.clone(), Arc::clone(state)));
                }
                let told = self.feed.bus.at(*seq)?;
                let change = told.change.as_ref()?;
                Some((told.commit.clone(), Arc::clone(&change.after)))
            })
            .collect();
        states.ok_or_else(|| {
            let conversation: ConversationId = present.facts.id;
            let up_to = positions.last().copied().unwrap_or(after);
            Later::Needs(Need::States {
                conversation,
                after,
                up_to,
            })
        })
    }
}
