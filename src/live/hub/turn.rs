//! A turn: what happened since the last one is worked out, folded, written once, and sent.

use std::sync::Arc;
use std::time::Instant;

use super::super::frames::{self, Written};
use super::super::latency::Latency;
use super::super::peer::{Frame, Offered, SessionId};
use super::super::view::View;
use super::{Hub, Waits, Wanted, Watchers};
use crate::domain::directory::{DirectoryEvent, UserStatus};
use crate::domain::{Commit, CommitBody, ConversationCommit, UserId};
use crate::metrics::{Closed, ResyncReason};
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
        self.advance(None, &mut written);
        self.show_changes();
        if self
            .wanted
            .iter()
            .any(|wanted| wanted.waits != Waits::ForLog)
        {
            self.begin(&mut written);
        }
        self.since = None;
    }

    /// Works out the commits up to a position, or all there are, and sends what they did. False when
    /// the bus no longer has them: then every view begins again.
    pub(super) fn advance(&mut self, up_to: Option<u64>, written: &mut Written) -> bool {
        let mut folded = 0_usize;
        loop {
            let Ok(told) = self.feed.bus.after(self.position, CHUNK) else {
                self.overrun();
                return false;
            };
            let wanted = |told: &Arc<Told>| up_to.is_none_or(|last| told.commit.seq <= last);
            let told: Vec<_> = told.into_iter().take_while(wanted).collect();
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

    /// The ring has overrun the hub: it does not know what happened, and says so to whoever watches.
    fn overrun(&mut self) {
        tracing::warn!(workspace = %self.feed.workspace, "the live hub was overrun, every view begins again");
        self.position = self.feed.views.applied();
        self.dirty.clear();
        let all: Vec<_> = self
            .members
            .iter()
            .flat_map(|(session, member)| member.views.iter().map(|view| (*session, *view)))
            .filter(|(session, view)| !self.is_wanted(*session, *view))
            .collect();
        for (session, view) in all {
            self.drop_view(session, view, ResyncReason::TooFar);
        }
    }

    fn is_wanted(&self, session: SessionId, view: View) -> bool {
        let is_it = |wanted: &Wanted| (wanted.session, wanted.view) == (session, view);
        self.wanted.iter().any(is_it)
    }

    fn take_in(&mut self, told: &Arc<Told>, written: &mut Written) {
        let Told { commit, change } = &**told;
        match (&commit.body, change) {
            (CommitBody::Conversation(body), Some(change)) => {
                self.conversation_changed(commit.seq, change, written);
                self.tell_events(commit, body, change, written);
                self.tell_people(commit, change, written);
            }
            (CommitBody::Directory { events }, _) => {
                // The names that are written from here on are the new ones.
                *written = Written::new(self.feed.views.directory());
                self.directory_changed(events, written);
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

    fn conversation_changed(&mut self, seq: u64, change: &Change, written: &mut Written) {
        let is = Membership::of(&change.after);
        let was = change
            .before
            .as_deref()
            .map(Membership::of)
            .unwrap_or_default();
        for filter in SHARED {
            let (was_in, is_in) = (was.is_in(filter, None), is.is_in(filter, None));
            self.list_changed((filter, None), (seq, was_in, is_in), change, written);
        }
        let mine = [was.mine, is.mine.filter(|_| was.mine != is.mine)];
        for user in mine.into_iter().flatten() {
            let (was_in, is_in) = (was.mine == Some(user), is.mine == Some(user));
            let list = (Filter::Mine, Some(user));
            self.list_changed(list, (seq, was_in, is_in), change, written);
        }
        // Nobody is ever mentioned no longer.
        for user in is.mentions.iter() {
            let list = (Filter::Mentions, Some(*user));
            let was_in = was.mentions.contains(user);
            self.list_changed(list, (seq, was_in, true), change, written);
        }
        self.counts_are_old |= was != is;
    }

    fn list_changed(
        &mut self,
        list: (Filter, Option<UserId>),
        (seq, was_in, is_in): (u64, bool, bool),
        change: &Change,
        written: &mut Written,
    ) {
        if !was_in && !is_in {
            return;
        }
        let Some(topic) = self.lists.get_mut(&list) else {
            return;
        };
        topic.fold.apply(was_in, is_in, &change.after);
        if !std::mem::replace(&mut topic.is_dirty, true) {
            self.dirty.push(list);
        }
        if topic.fold.is_full() {
            self.flush_at(list, seq, written);
        }
    }

    fn flush(&mut self, list: (Filter, Option<UserId>), written: &mut Written) {
        self.flush_at(list, self.position, written);
        if let Some(topic) = self.lists.get_mut(&list) {
            topic.is_dirty = false;
        }
    }

    fn flush_at(&mut self, list: (Filter, Option<UserId>), seq: u64, written: &mut Written) {
        let Some(topic) = self.lists.get_mut(&list) else {
            return;
        };
        let Some(change) = topic.fold.flush(seq) else {
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

    fn directory_changed(&mut self, events: &[DirectoryEvent], written: &Written) {
        let mut changed: Vec<UserId> = Vec::new();
        for event in events {
            match event {
                DirectoryEvent::UserStatusChanged {
                    user,
                    status: UserStatus::Deactivated,
                } => {
                    self.forget_person(*user);
                    changed.push(*user);
                }
                DirectoryEvent::UserCreated { user, .. }
                | DirectoryEvent::UserRenamed { user, .. }
                | DirectoryEvent::RoleChanged { user, .. }
                | DirectoryEvent::UserStatusChanged { user, .. } => changed.push(*user),
                DirectoryEvent::WorkspaceCreated { .. }
                | DirectoryEvent::PasswordChanged { .. }
                | DirectoryEvent::TimeZoneChanged { .. }
                | DirectoryEvent::SlackAccountChanged { .. }
                | DirectoryEvent::NotificationPreferencesChanged { .. }
                | DirectoryEvent::NotificationRead { .. }
                | DirectoryEvent::NotificationsRead { .. }
                | DirectoryEvent::TokenCreated { .. }
                | DirectoryEvent::TokenRevoked { .. }
                | DirectoryEvent::SessionStarted { .. }
                | DirectoryEvent::SessionEnded { .. }
                | DirectoryEvent::WebhookChanged { .. }
                | DirectoryEvent::AutopilotSwitched { .. }
                | DirectoryEvent::AutopilotSet { .. }
                | DirectoryEvent::RulesReplaced { .. }
                | DirectoryEvent::TeamCreated { .. }
                | DirectoryEvent::TeamRenamed { .. }
                | DirectoryEvent::TeamMembersChanged { .. } => {}
            }
        }
        changed.dedup();
        for user in changed
            .into_iter()
            .filter_map(|id| written.directory().user(id))
        {
            let frame = Frame::new(None, frames::user(user));
            self.announce(&frame);
        }
        self.rights_are_old = true;
    }

    /// Sends a frame to everybody.
    fn announce(&mut self, frame: &Arc<Frame>) {
        let now = self.tools.clock.instant();
        let offered = self
            .members
            .values()
            .map(|member| (&member.peer, member.peer.offer(frame, now)));
        let full: Vec<_> = offered
            .filter(|(_, offered)| *offered == Offered::Full)
            .map(|(peer, _)| Arc::clone(peer))
            .collect();
        for peer in full {
            self.close(&peer, Closed::TooSlow);
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
