//! Who looks at what.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::frames::{self, ErrorCode};
use super::super::peer::{Frame, SessionId};
use super::super::presence::Doing;
use super::super::view::View;
use super::Hub;
use super::turn::offer_all;
use crate::domain::{ConversationId, UserId};

/// How many sessions of one person may be present in as many conversations as each of them may.
const SESSIONS_OF_A_PERSON: usize = 8;

impl Hub {
    /// A session says what it shows to its person. True when that changes who is shown, of which the
    /// next turn tells.
    pub(super) fn present(
        &mut self,
        session: SessionId,
        conversation: &str,
        doing: Option<Doing>,
    ) -> bool {
        let Some(user) = self.members.get(&session).map(|member| member.user) else {
            return false;
        };
        let Some(user) = user else {
            let detail = "a service is nobody who could be present";
            self.refuse(session, ErrorCode::BadFrame, detail, None);
            return false;
        };
        let id = conversation.parse().ok();
        let id = id.filter(|id| self.feed.views.read().rows.contains_key(id));
        let Some(id) = id else {
            let detail = "there is no such conversation";
            self.refuse(session, ErrorCode::NotFound, detail, None);
            return false;
        };
        let changed = match doing {
            None => self.presence.leave((session, user), id),
            Some(doing) => {
                let max = self.tools.limits.presences_per_session_max;
                let maxima = (max, max.saturating_mul(SESSIONS_OF_A_PERSON));
                if self.presence.is_full((session, user), id, maxima) {
                    let detail = format!("a session may be present in {max} conversations at most");
                    self.refuse(session, ErrorCode::BadFrame, &detail, None);
                    return false;
                }
                self.presence.set((session, user), id, doing)
            }
        };
        if changed {
            self.people_changed.insert(id);
        }
        changed
    }

    /// Whoever is there no longer at all is shown no longer.
    pub(super) fn forget_person(&mut self, user: UserId) {
        let changed = self.presence.forget(user);
        self.people_changed.extend(changed);
    }

    /// Tells where those who are there have changed since the last turn.
    pub(super) fn show_changes(&mut self) {
        for conversation in std::mem::take(&mut self.people_changed) {
            self.show_people(conversation);
        }
    }

    /// Ends the grace periods that are over.
    pub(super) fn end_graces(&mut self, now: Instant) {
        for conversation in self.presence.expire(now) {
            self.show_people(conversation);
        }
    }

    /// Who is there, as the wire has it.
    pub(super) fn people_of(&self, conversation: ConversationId) -> Value {
        let directory = self.feed.views.directory();
        let people = self.presence.people(conversation).into_iter();
        people
            .map(|(id, doing)| {
                let name = directory.user(id).map(|user| Arc::clone(&user.name));
                json!({"id": id, "name": name, "state": doing.as_str()})
            })
            .collect()
    }

    fn show_people(&mut self, conversation: ConversationId) {
        let Some(topic) = self.conversations.get(&conversation) else {
            return;
        };
        let view = View::Conversation(conversation);
        let text = frames::presence(conversation, &self.people_of(conversation));
        let frame = Frame::new(Some(view), text);
        let full = offer_all(&topic.watched.by, &frame, self.tools.clock.instant());
        self.settle(view, full);
    }
}
