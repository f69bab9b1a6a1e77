//! What a beginning needs of the views, read at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::frames::Standing;
use super::super::list_fold::FOLDED_MAX;
use super::super::view::Topic;
use super::begin::Beginning;
use super::missed::Since;
use super::{HEAD_ROWS, Hub};
use crate::bus::Bus;
use crate::domain::conversation::Conversation;
use crate::domain::{CommitBody, ConversationId, UserId};
use crate::views::{Filter, WorkspaceFold};

/// What was read of a topic at the position.
#[derive(Debug)]
pub(super) enum Read {
    /// A list, from its beginning.
    List(Standing),
    /// A list, and what became of the conversations that changed since a position.
    Resumed {
        total: usize,
        now: HashMap<ConversationId, Arc<Conversation>>,
    },
    /// A conversation, and where the log speaks of it.
    Conversation {
        conversation: Arc<Conversation>,
        positions: Vec<u64>,
    },
    Counts(BTreeMap<Filter, usize>),
    NotFound,
}

impl Hub {
    /// Reads everything that is needed at one moment.
    pub(super) fn read(&self, beginnings: &[Beginning]) -> (u64, Vec<Read>) {
        let fold = self.feed.views.read();
        let read = beginnings.iter().map(|beginning| {
            let since = beginning.since.as_deref();
            match beginning.topic {
                Topic::List(filter, viewer) => {
                    read_list(&fold, (filter, viewer), since, &self.feed.bus)
                }
                Topic::Conversation(id) => match fold.rows.get(&id) {
                    None => Read::NotFound,
                    Some(row) => Read::Conversation {
                        conversation: Arc::clone(&row.conversation),
                        positions: row.positions.clone(),
                    },
                },
                Topic::Counts(viewer) => Read::Counts(fold.counts(viewer)),
            }
        });
        let read = read.collect();
        (fold.head, read)
    }
}

fn read_list(
    fold: &WorkspaceFold,
    (filter, viewer): (Filter, Option<UserId>),
    since: Option<&Since>,
    bus: &Bus,
) -> Read {
    let rows = fold.indexes.rows(filter, viewer);
    let total = rows.len();
    let row = |id: &ConversationId| {
        fold.rows
            .get(id)
            .map(|row| (*id, Arc::clone(&row.conversation)))
    };
    if let Some(since) = since {
        let mut touched: Vec<ConversationId> = since.missed.keys().copied().collect();
        let late = bus.after(since.read_up_to, usize::MAX).unwrap_or_default();
        touched.extend(late.iter().filter_map(|told| match &told.commit.body {
            CommitBody::Conversation(body) => Some(body.conversation),
            CommitBody::Directory { .. } | CommitBody::Epoch { .. } => None,
        }));
        touched.sort_unstable();
        touched.dedup();
        if touched.len() <= FOLDED_MAX {
            let now = touched.iter().filter_map(row).collect();
            return Read::Resumed { total, now };
        }
    }
    let newest = rows.keys().iter().rev().take(HEAD_ROWS);
    Read::List(Standing {
        seq: fold.head,
        total,
        items: newest
            .filter_map(|key| row(&key.id))
            .map(|(_, conversation)| conversation)
            .collect(),
    })
}
