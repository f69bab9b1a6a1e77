//! Pages of a list: newest activity first, a row that nobody touches exactly once.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::filter::{Filter, Membership};
use super::fold::WorkspaceFold;
use super::indexes::{RowKey, Rows};
use crate::domain::UserId;
use crate::domain::conversation::Conversation;

/// Which page of which list.
#[derive(Debug, Clone, Copy)]
pub struct ListQuery {
    /// The list.
    pub filter: Filter,
    /// Whose `mine` and `mentions`.
    pub viewer: Option<UserId>,
    /// Only conversations of this assignee.
    pub assignee: Option<UserId>,
    /// The last row of the page before.
    pub after: Option<RowKey>,
    /// How many rows at most.
    pub limit: usize,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its rows.
    pub items: Vec<Arc<Conversation>>,
    /// The last row, when more follow.
    pub next: Option<RowKey>,
    /// How many rows the whole list has.
    pub total: usize,
    /// The position of the log that it reflects.
    pub seq: u64,
}

impl WorkspaceFold {
    /// A page of a list.
    ///
    /// Since a row's place depends only on its last activity and its id, and activity only moves a
    /// row to the front, a page after a given row never repeats a row and never skips one that
    /// nobody touched.
    #[must_use]
    pub fn list(&self, query: &ListQuery) -> Page {
        let (items, next, total) = match query.assignee {
            None => self.page(self.indexes.rows(query.filter, query.viewer), query, |_| {
                true
            }),
            Some(assignee) => {
                let wanted = |conversation: &Conversation| {
                    Membership::of(conversation).is_in(query.filter, query.viewer)
                };
                self.page(self.indexes.owned_by(assignee), query, wanted)
            }
        };
        Page {
            items,
            next,
            total,
            seq: self.head,
        }
    }

    fn page(
        &self,
        rows: &Rows,
        query: &ListQuery,
        wanted: impl Fn(&Conversation) -> bool,
    ) -> (Vec<Arc<Conversation>>, Option<RowKey>, usize) {
        let conversation = |key: &RowKey| self.rows.get(&key.id).map(|row| &row.conversation);
        let is_wanted = |key: &&RowKey| conversation(key).is_some_and(|one| wanted(one));
        let total = match query.assignee {
            None => rows.len(),
            Some(_) => rows.keys().iter().filter(is_wanted).count(),
        };
        let end = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let places = rows.keys().range((Bound::Unbounded, end)).rev();
        let mut keys = places.filter(is_wanted);
        let page: Vec<RowKey> = keys.by_ref().take(query.limit).copied().collect();
        let next = page.last().copied().filter(|_| keys.next().is_some());
        (
            page.iter()
                .filter_map(|key| conversation(key).map(Arc::clone))
                .collect(),
            next,
            total,
        )
    }

    /// How many conversations each list has, as this person sees it.
    #[must_use]
    pub fn counts(&self, viewer: Option<UserId>) -> BTreeMap<Filter, usize> {
        Filter::ALL
            .into_iter()
            .map(|filter| (filter, self.indexes.rows(filter, viewer).len()))
            .collect()
    }

    /// How many open conversations a person owns.
    #[must_use]
    pub fn open_count(&self, user: UserId) -> usize {
        self.indexes.rows(Filter::Mine, Some(user)).len()
    }
}
