//! What a beginning needs of the views, read at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::frames::Standing;
use super::super::list_fold::FOLDED_MAX;
use super::super::view::Topic;
use super::begin::{Beginning, From};
use super::log_reader::{List, Moved, events_after};
use super::{HEAD_ROWS, Hub};
use crate::bus::Bus;
use crate::domain::ConversationId;
use crate::domain::conversation::Conversation;
use crate::domain::stats::Stats;
use crate::views::{Filter, Membership, WorkspaceFold};

/// How many commits of a conversation a resume tells one by one. So many events that they would not
/// fit into a queue begin from the beginning.
const EVENTS_MAX: usize = 500;

/// A conversation that changed: whether it was a member, and what it is if it now is one.
pub(super) type Row = (ConversationId, bool, Option<Arc<Conversation>>);

/// What was read of a topic at the position.
#[derive(Debug)]
pub(super) enum Read {
    /// A list, from its beginning.
    List(Standing),
    /// What became of a list since a position.
    Resumed { total: usize, rows: Vec<Row> },
    /// A conversation, and where the log speaks of it.
    Conversation {
        conversation: Arc<Conversation>,
        told: Spoken,
        /// Its last position.
        last: Option<u64>,
    },
    /// The seven numbers.
    Counts(BTreeMap<Filter, usize>),
    /// The numbers of the workspace.
    Stats(Box<Stats>),
    /// There is nothing of the kind.
    NotFound,
}

/// Where the log speaks of a conversation.
#[derive(Debug)]
pub(super) enum Spoken {
    /// The newest of all positions.
    Newest(Vec<u64>),
    /// Every position after one.
    Since { after: u64, positions: Vec<u64> },
}

impl Hub {
    /// Reads everything that is needed at one moment; what several need alike, once.
    pub(super) fn read(&self, beginnings: &[Beginning]) -> (u64, HashMap<From, Read>) {
        let fold = self.feed.views.read();
        let mut read = HashMap::new();
        for beginning in beginnings {
            read.entry(beginning.from())
                .or_insert_with(|| self.read_one(&fold, beginning));
        }
        (fold.head, read)
    }

    fn read_one(&self, fold: &WorkspaceFold, beginning: &Beginning) -> Read {
        match beginning.topic {
            Topic::List(filter, viewer) => {
                let list = (filter, viewer);
                let moved = beginning.moved.as_deref();
                let resumed = moved.and_then(|moved| resumed(fold, list, moved, &self.feed.bus));
                resumed.unwrap_or_else(|| whole_list(fold, list))
            }
            Topic::Conversation(id) => conversation(fold, id, beginning.after),
            Topic::Counts(viewer) => Read::Counts(fold.counts(viewer)),
            Topic::Stats => {
                let contention = self.feed.views.contention();
                Read::Stats(Box::new(fold.stats(self.tools.clock.now(), contention)))
            }
        }
    }
}

fn whole_list(fold: &WorkspaceFold, (filter, viewer): List) -> Read {
    let rows = fold.indexes.rows(filter, viewer);
    let newest = rows.keys().iter().rev().take(HEAD_ROWS);
    let newest = newest.filter_map(|key| fold.rows.get(&key.id));
    Read::List(Standing {
        seq: fold.head,
        total: rows.len(),
        items: newest.map(|row| Arc::clone(&row.conversation)).collect(),
    })
}

/// What was read of the log, and what happened since. Nothing where the list is better begun again:
/// too much has changed, or the ring has lost some of it just now.
fn resumed(fold: &WorkspaceFold, list: List, moved: &Moved, bus: &Bus) -> Option<Read> {
    let mut was_in = moved.was_in.clone()?;
    for told in bus.after(moved.up_to, usize::MAX).ok()? {
        // What was neither a member before nor at the position of the reading was, if it was there at
        // all, the same at both.
        if let Some(id) = told.commit.conversation() {
            let before = told.change.as_ref()?.before.as_deref();
            let was = before.is_some_and(|one| Membership::of(one).is_in(list.0, list.1));
            was_in.entry(id).or_insert(was);
        }
    }
    let rows = was_in.into_iter().filter_map(|(id, was)| {
        let now = fold.rows.get(&id).map(|row| &row.conversation);
        let now = now.filter(|one| Membership::of(one).is_in(list.0, list.1));
        (was || now.is_some()).then(|| (id, was, now.map(Arc::clone)))
    });
    let rows: Vec<Row> = rows.collect();
    let total = fold.indexes.rows(list.0, list.1).len();
    (rows.len() <= FOLDED_MAX).then_some(Read::Resumed { total, rows })
}

fn conversation(fold: &WorkspaceFold, id: ConversationId, after: Option<u64>) -> Read {
    let Some(row) = fold.rows.get(&id) else {
        return Read::NotFound;
    };
    let positions = &row.positions;
    let missed = after.map(|after| (after, events_after(positions, after)));
    let told = match missed.filter(|(_, missed)| missed.len() <= EVENTS_MAX) {
        Some((after, missed)) => Spoken::Since {
            after,
            positions: missed.to_vec(),
        },
        None => {
            let newest = positions.len().saturating_sub(HEAD_ROWS);
            Spoken::Newest(positions.get(newest..).unwrap_or_default().to_vec())
        }
    };
    Read::Conversation {
        conversation: Arc::clone(&row.conversation),
        told,
        last: positions.last().copied(),
    }
}
