//! Who watches which view: how a session gets one, gives it back, and loses it.

use std::sync::Arc;

use super::super::client_frame::Position;
use super::super::frames::ErrorCode;
use super::super::peer::SessionId;
use super::super::view::{Topic, View};
use super::{Hub, Wanted, Watched};
use crate::domain::UserId;
use crate::metrics::{Closed, ResyncReason};

impl Hub {
    pub(super) fn subscribe(
        &mut self,
        session: SessionId,
        name: &str,
        resume: Option<Position>,
    ) -> bool {
        let Some(view) = View::parse(name) else {
            self.refuse(
                session,
                ErrorCode::UnknownView,
                "there is no such view",
                Some(name),
            );
            return false;
        };
        let max = self.tools.limits.subscriptions_per_session_max;
        let Some(member) = self.members.get_mut(&session) else {
            return false;
        };
        if member.views.contains(&view) {
            let detail = "a session has a view at most once";
            self.refuse(session, ErrorCode::AlreadySubscribed, detail, Some(name));
            return false;
        }
        if member.views.len() >= max {
            member.refused = member.refused.saturating_add(1);
            let goes_on = member.refused > max;
            let peer = Arc::clone(&member.peer);
            if goes_on {
                self.close(&peer, Closed::LimitBroken);
            } else {
                let detail = format!("a session may have {max} views at most");
                self.refuse(
                    session,
                    ErrorCode::TooManySubscriptions,
                    &detail,
                    Some(name),
                );
            }
            return false;
        }
        member.views.insert(view);
        // What still waits of it, such as the news that it was dropped, is about the last time.
        member.peer.forget(view);
        self.tools.metrics.live().subscriptions(view.kind(), 1);
        self.wanted.push(Wanted::new(session, view, resume));
        true
    }

    pub(super) fn unsubscribe(&mut self, session: SessionId, name: &str) {
        let Some(view) = View::parse(name) else {
            self.refuse(
                session,
                ErrorCode::UnknownView,
                "there is no such view",
                Some(name),
            );
            return;
        };
        let Some(member) = self.members.get_mut(&session) else {
            return;
        };
        let (user, peer) = (member.user, Arc::clone(&member.peer));
        if member.views.remove(&view) {
            let is_it = |wanted: &Wanted| wanted.session == session && wanted.view == view;
            self.wanted.retain(|wanted| !is_it(wanted));
            peer.forget(view);
            self.unwatch(session, view, user);
        }
    }

    /// Takes a watcher off a topic; a topic that nobody watches is no more.
    pub(super) fn unwatch(&mut self, session: SessionId, view: View, user: Option<UserId>) {
        self.tools.metrics.live().subscriptions(view.kind(), -1);
        let topic = view.topic(user);
        let Some(watched) = self.watched(topic) else {
            return;
        };
        watched.by.remove(&session);
        if watched.by.is_empty() {
            match topic {
                Topic::List(filter, viewer) => drop(self.lists.remove(&(filter, viewer))),
                Topic::Conversation(id) => drop(self.conversations.remove(&id)),
                Topic::Counts(viewer) => drop(self.counts.remove(&viewer)),
                Topic::Stats => self.stats = None,
            }
        }
    }

    /// Who watches a topic; nothing for one that nobody does.
    pub(super) fn watched(&mut self, topic: Topic) -> Option<&mut Watched> {
        match topic {
            Topic::List(filter, viewer) => {
                let list = self.lists.get_mut(&(filter, viewer));
                list.map(|topic| &mut topic.watched)
            }
            Topic::Conversation(id) => {
                let conversation = self.conversations.get_mut(&id);
                conversation.map(|topic| &mut topic.watched)
            }
            Topic::Counts(viewer) => {
                let counts = self.counts.get_mut(&viewer);
                counts.map(|topic| &mut topic.watched)
            }
            Topic::Stats => self.stats.as_mut().map(|topic| &mut topic.watched),
        }
    }

    /// Drops a view of a session, which is told to begin it again.
    pub(super) fn drop_view(&mut self, session: SessionId, view: View, reason: ResyncReason) {
        let Some(member) = self.members.get_mut(&session) else {
            return;
        };
        let (user, peer) = (member.user, Arc::clone(&member.peer));
        if !member.views.remove(&view) {
            return;
        }
        self.tools.metrics.live().resync(reason);
        self.unwatch(session, view, user);
        let now = self.tools.clock.instant();
        if !peer.drop_view(view, reason, now) {
            self.close(&peer, Closed::TooSlow);
        }
    }
}
