//! A turn: what happened since the last one is worked out, folded, written once, and sent.

use std::sync::Arc;
use std::time::Instant;

use super::super::frames::{self, Written};
use super::super::latency::Latency;
use super::super::peer::{Frame, Offered};
use super::super::view::View;
use super::log_reader::List;
use super::{Hub, Waits, Wanted, Watchers};
use crate::domain::{Commit, CommitBody, ConversationCommit};
use crate::metrics::ResyncReason;
use crate::views::{Change, Filter, Membership, Told};
use crate::wire::entries;

/// How many commits are taken from the bus at a time.
const CHUNK: usize = 1024;

/// The lists that look the same to everybody.
const SHARED: [Filter; 5] = [
    Filter::AiQueue,
    Filter::All,
    Filter::Unassigned,
    Filter::AiHandled,
    Filter::Closed,
];

impl Hub {
    /// Tells everybody of what happened, and begins what was asked for.
    pub(in super::super) fn turn(&mut self) {
        let mut written = Written::new(self.feed.views.directory());
        self.since = self.feed.bus.durable_since(self.position);
        self.note_room();
        // What becomes durable from here on wakes the hub again.
        let head = self.feed.bus.head();
        self.advance(head, &mut written);
        self.show_changes();
        self.begin(&mut written);
        self.since = None;
    }

    /// Notes who has taken all that waited. It is asked before this turn puts more into their queues:
    /// else a view that waits for room would wait for as long as there is something to tell.
    fn note_room(&mut self) {
        self.caught_up.clear();
        for wanted in &mut self.wanted {
            let member = self.members.get(&wanted.session);
            let takes = member.is_some_and(|member| member.peer.waits_since().is_none());
            if takes {
                self.caught_up.insert(wanted.session);
                if wanted.waits == Waits::ForRoom {
                    wanted.waits = Waits::No;
                }
            }
        }
    }

    /// Works out the commits up to a position, and sends what they did. False when the bus no longer
    /// has them: then every view begins again.
    pub(super) fn advance(&mut self, up_to: u64, written: &mut Written) -> bool {
        let mut folded = 0_usize;
        while self.position < up_to {
            let Ok(told) = self.feed.bus.after(self.position, CHUNK) else {
                self.overrun(written);
                return false;
            };
            let told: Vec<_> = told
                .into_iter()
                .take_while(|told| told.commit.seq <= up_to)
                .collect();
            if told.is_empty() {
                break;
            }
            folded = folded.saturating_add(told.len());
            for one in told {
                self.take_in(&one, written);
            }
        }
        if folded > 0 {
            self.tools.metrics.live().folded(folded);
        }
        if std::mem::take(&mut self.rights_are_old) {
            self.check_rights();
        }
        for list in std::mem::take(&mut self.dirty) {
            self.flush(list, written);
        }
        true
    }

    /// The ring has overrun the hub: it does not know what happened to the views, and says so to
    /// whoever watches them. Of the people it tells by how they are.
    fn overrun(&mut self, written: &mut Written) {
        tracing::warn!(workspace = %self.feed.workspace, "the live hub was overrun, every view begins again");
        self.position = self.feed.views.applied();
        *written = Written::new(self.feed.views.directory());
        self.dirty.clear();
        self.counts_are_old = true;
        self.tell_of_people();
        self.check_rights();
        let lists = self.lists.iter();
        let lists = lists.map(|((filter, _), topic)| (View::List(*filter), &topic.watched));
        let conversations = self.conversations.iter();
        let conversations =
            conversations.map(|(id, topic)| (View::Conversation(*id), &topic.watched));
        let all: Vec<_> = lists
            .chain(conversations)
            .flat_map(|(view, watched)| watched.by.keys().map(move |session| (*session, view)))
            .collect();
        for (session, view) in all {
            self.drop_view(session, view, ResyncReason::TooFar);
        }
    }

    fn take_in(&mut self, told: &Arc<Told>, written: &mut Written) {
        let Told { commit, change } = &**told;
        match (&commit.body, change) {
            (CommitBody::Conversation(body), Some(change)) => {
                self.conversation_changed(change);
                self.tell_events(commit, body, change, written);
                self.tell_people(commit, change, written);
            }
            (CommitBody::Directory { .. }, _) => {
                // The names that are written from here on are the new ones.
                *written = Written::new(self.feed.views.directory());
                self.tell_of_people();
            }
            (
                CommitBody::Conversation(_)
                | CommitBody::Operation { .. }
                | CommitBody::Epoch { .. },
                _,
            ) => {}
        }
        self.position = commit.seq;
    }

    fn conversation_changed(&mut self, change: &Change) {
        let is = Membership::of(&change.after);
        let was = change
            .before
            .as_deref()
            .map(Membership::of)
            .unwrap_or_default();
        for filter in SHARED {
            let (was_in, is_in) = (was.is_in(filter, None), is.is_in(filter, None));
            self.list_changed((filter, None), (was_in, is_in), change);
        }
        let mine = [was.mine, is.mine.filter(|_| was.mine != is.mine)];
        for user in mine.into_iter().flatten() {
            let (was_in, is_in) = (was.mine == Some(user), is.mine == Some(user));
            self.list_changed((Filter::Mine, Some(user)), (was_in, is_in), change);
        }
        // Nobody is ever mentioned no longer.
        for user in is.mentions.iter() {
            let was_in = was.mentions.contains(user);
            self.list_changed((Filter::Mentions, Some(*user)), (was_in, true), change);
        }
        self.counts_are_old |= was != is;
    }

    fn list_changed(&mut self, list: List, (was_in, is_in): (bool, bool), change: &Change) {
        if !was_in && !is_in {
            return;
        }
        let Some(topic) = self.lists.get_mut(&list) else {
            return;
        };
        topic.fold.apply(was_in, is_in, &change.after);
        if topic.fold.is_too_much() {
            self.begin_again(list);
        } else if !std::mem::replace(&mut topic.is_dirty, true) {
            self.dirty.push(list);
        }
    }

    /// More of a list has changed than a frame may tell: whoever watches it gets it anew, which takes
    /// one frame however much it is.
    fn begin_again(&mut self, list: List) {
        let Some(topic) = self.lists.remove(&list) else {
            return;
        };
        let view = View::List(list.0);
        for (session, peer) in topic.watched.by {
            // Nothing that waits of it will be of use.
            peer.forget(view);
            self.wanted.push(Wanted::new(session, view, None));
        }
    }

    fn flush(&mut self, list: List, written: &mut Written) {
        let Some(topic) = self.lists.get_mut(&list) else {
            return;
        };
        topic.is_dirty = false;
        let Some(change) = topic.fold.flush(self.position) else {
            return;
        };
        if self.tools.faults.drops_frame() {
            return;
        }
        let view = View::List(list.0);
        let text = frames::change(view, &change, written);
        let frame = self.measured(view, text);
        let failed = self
            .lists
            .get(&list)
            .map(|topic| offer_all(&topic.watched.by, &frame, self.tools.clock.instant()));
        self.settle(view, failed.unwrap_or_default());
    }

    /// Every entry of a commit, none folded, to those who have the conversation open.
    fn tell_events(
        &mut self,
        commit: &Commit,
        body: &ConversationCommit,
        change: &Change,
        written: &mut Written,
    ) {
        let Some(topic) = self.conversations.get_mut(&body.conversation) else {
            return;
        };
        let prev = std::mem::replace(&mut topic.spoken, commit.seq);
        let view = View::Conversation(body.conversation);
        let directory = Arc::clone(written.directory());
        for entry in entries(commit, body, &change.after, &directory) {
            let span = (prev, commit.seq);
            let text = frames::event(view, span, &entry, &change.after, written);
            let frame = self.measured(view, text);
            let now = self.tools.clock.instant();
            let topic = self.conversations.get(&body.conversation);
            let failed = topic.map(|topic| offer_all(&topic.watched.by, &frame, now));
            self.settle(view, failed.unwrap_or_default());
        }
    }

    /// Takes the view from those who had no room for a frame of it.
    pub(super) fn settle(&mut self, view: View, full: Vec<u64>) {
        for session in full {
            self.drop_view(session, view, ResyncReason::Slow);
        }
    }

    fn measured(&self, view: View, text: String) -> Arc<Frame> {
        let latency = self
            .since
            .map(|since| Latency::since(since, &self.tools.clock, &self.tools.metrics));
        Arc::new(Frame {
            view: Some(view),
            text: text.into(),
            _latency: latency,
        })
    }
}

/// Puts a frame into many queues, and names those that had no room.
pub(super) fn offer_all(watchers: &Watchers, frame: &Arc<Frame>, now: Instant) -> Vec<u64> {
    let offered = watchers
        .values()
        .map(|peer| (peer.id, peer.offer(frame, now)));
    offered
        .filter(|(_, offered)| *offered == Offered::Full)
        .map(|(session, _)| session)
        .collect()
}
