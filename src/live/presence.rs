//! Who is looking at which conversation, by person over all their tabs (S09). Pure.
//!
//! Somebody whose socket breaks is shown for a grace period, so that a reload, a background tab or a
//! bad network does not make them flicker.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use super::peer::SessionId;
use crate::domain::{ConversationId, UserId};

/// What somebody does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// They look at it.
    Viewing,
    /// They write something; shown before mere looking.
    Composing,
}

impl Doing {
    /// As the wire has it.
    #[must_use]
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Viewing => "viewing",
            Self::Composing => "composing",
        }
    }
}

/// One tab of a person: open, or gone and shown until its time.
#[derive(Debug, Clone, Copy)]
struct Tab {
    doing: Doing,
    until: Option<Instant>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Presence {
    conversations: HashMap<ConversationId, BTreeMap<UserId, HashMap<SessionId, Tab>>>,
    sessions: HashMap<SessionId, BTreeSet<ConversationId>>,
}

impl Presence {
    /// A tab shows a conversation. True when that changes who is shown.
    pub(super) fn set(
        &mut self,
        (session, user): (SessionId, UserId),
        conversation: ConversationId,
        doing: Doing,
    ) -> bool {
        let shown = self.shown(conversation, user);
        let people = self.conversations.entry(conversation).or_default();
        let tabs = people.entry(user).or_default();
        // They are back: what was only a memory of them goes.
        tabs.retain(|_, tab| tab.until.is_none());
        tabs.insert(session, Tab { doing, until: None });
        self.sessions
            .entry(session)
            .or_default()
            .insert(conversation);
        shown != self.shown(conversation, user)
    }

    /// A tab says that it shows a conversation no more. True when that changes who is shown.
    pub(super) fn leave(
        &mut self,
        (session, user): (SessionId, UserId),
        conversation: ConversationId,
    ) -> bool {
        let shown = self.shown(conversation, user);
        if let Some(conversations) = self.sessions.get_mut(&session) {
            conversations.remove(&conversation);
            if conversations.is_empty() {
                self.sessions.remove(&session);
            }
        }
        self.remove(conversation, user, |id, _| *id == session);
        shown != self.shown(conversation, user)
    }

    /// A socket has gone without a word: whom it showed is shown until the grace period ends.
    pub(super) fn gone(&mut self, (session, user): (SessionId, UserId), until: Instant) {
        for conversation in self.sessions.remove(&session).unwrap_or_default() {
            let people = self.conversations.get_mut(&conversation);
            let tabs = people.and_then(|people| people.get_mut(&user));
            if let Some(tab) = tabs.and_then(|tabs| tabs.get_mut(&session)) {
                tab.until = Some(until);
            }
        }
    }

    /// Somebody is shown nowhere any more. Names the conversations where they were.
    pub(super) fn forget(&mut self, user: UserId) -> Vec<ConversationId> {
        let conversations = self.conversations.iter();
        let where_shown = conversations.filter(|(_, people)| people.contains_key(&user));
        let where_shown: Vec<ConversationId> = where_shown.map(|(id, _)| *id).collect();
        for id in &where_shown {
            self.remove(*id, user, |_, _| true);
        }
        where_shown
    }

    /// Ends the grace periods that are over, and names the conversations where that changes who is
    /// shown.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<ConversationId> {
        let over = |tab: &Tab| tab.until.is_some_and(|until| until <= now);
        let mut changed = Vec::new();
        let concerned: Vec<(ConversationId, UserId)> = self
            .conversations
            .iter()
            .flat_map(|(id, people)| people.iter().map(move |(user, tabs)| (*id, *user, tabs)))
            .filter(|(_, _, tabs)| tabs.values().any(over))
            .map(|(id, user, _)| (id, user))
            .collect();
        for (id, user) in concerned {
            let shown = self.shown(id, user);
            self.remove(id, user, |_, tab| over(tab));
            if shown != self.shown(id, user) {
                changed.push(id);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Who is shown, in the order of their ids.
    #[must_use]
    pub(super) fn people(&self, conversation: ConversationId) -> Vec<(UserId, Doing)> {
        let people = self.conversations.get(&conversation).into_iter().flatten();
        people
            .filter_map(|(user, tabs)| Some((*user, foremost(tabs)?)))
            .collect()
    }

    /// In how many conversations a session is present.
    #[must_use]
    pub(super) fn of_session(&self, session: SessionId) -> usize {
        self.sessions.get(&session).map_or(0, BTreeSet::len)
    }

    /// Whether a session is present in a conversation.
    #[must_use]
    pub(super) fn has(&self, session: SessionId, conversation: ConversationId) -> bool {
        let conversations = self.sessions.get(&session);
        conversations.is_some_and(|all| all.contains(&conversation))
    }

    fn shown(&self, conversation: ConversationId, user: UserId) -> Option<Doing> {
        foremost(self.conversations.get(&conversation)?.get(&user)?)
    }

    fn remove(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        goes: impl Fn(&SessionId, &Tab) -> bool,
    ) {
        let Some(people) = self.conversations.get_mut(&conversation) else {
            return;
        };
        if let Some(tabs) = people.get_mut(&user) {
            tabs.retain(|id, tab| !goes(id, tab));
            if tabs.is_empty() {
                people.remove(&user);
            }
        }
        if people.is_empty() {
            self.conversations.remove(&conversation);
        }
    }
}

fn foremost(tabs: &HashMap<SessionId, Tab>) -> Option<Doing> {
    tabs.values().map(|tab| tab.doing).max()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::domain::Timestamp;

    const GRACE: Duration = Duration::from_secs(75);

    fn conversation() -> ConversationId {
        ConversationId::from_u128(1)
    }

    fn user(number: u128) -> UserId {
        UserId::from_u128(number)
    }

    fn start() -> Instant {
        ManualClock::starting_at(Timestamp::EPOCH).instant()
    }

    #[test]
    fn a_person_is_shown_once_however_many_tabs_they_have() {
        let mut presence = Presence::default();
        assert!(presence.set((1, user(1)), conversation(), Doing::Viewing));
        assert!(!presence.set((2, user(1)), conversation(), Doing::Viewing));
        assert!(presence.set((2, user(1)), conversation(), Doing::Composing));
        assert_eq!(
            presence.people(conversation()),
            [(user(1), Doing::Composing)]
        );
        assert!(presence.leave((2, user(1)), conversation()));
        assert_eq!(presence.people(conversation()), [(user(1), Doing::Viewing)]);
        assert!(presence.leave((1, user(1)), conversation()));
        assert_eq!(presence.people(conversation()), []);
    }

    #[test]
    fn who_loses_the_socket_is_shown_for_the_grace_period() {
        let (mut presence, now) = (Presence::default(), start());
        presence.set((1, user(1)), conversation(), Doing::Composing);
        presence.gone((1, user(1)), now + GRACE);
        assert_eq!(presence.expire(now + GRACE / 2), []);
        assert_eq!(presence.people(conversation()).len(), 1);
        assert_eq!(presence.expire(now + GRACE), [conversation()]);
        assert_eq!(presence.people(conversation()), []);
    }

    #[test]
    fn who_comes_back_in_time_never_left() {
        let (mut presence, now) = (Presence::default(), start());
        presence.set((1, user(1)), conversation(), Doing::Viewing);
        presence.gone((1, user(1)), now + GRACE);
        assert!(!presence.set((2, user(1)), conversation(), Doing::Viewing));
        assert_eq!(presence.expire(now + GRACE * 2), []);
        assert_eq!(presence.people(conversation()).len(), 1);
        assert!(
            presence.leave((2, user(1)), conversation()),
            "and leaving is leaving"
        );
    }

    #[test]
    fn a_tab_that_is_left_does_not_take_another_person_along() {
        let mut presence = Presence::default();
        presence.set((1, user(1)), conversation(), Doing::Viewing);
        presence.set((2, user(2)), conversation(), Doing::Viewing);
        assert!(!presence.leave((3, user(1)), conversation()));
        assert!(presence.leave((1, user(1)), conversation()));
        assert_eq!(presence.people(conversation()), [(user(2), Doing::Viewing)]);
        assert_eq!((presence.of_session(1), presence.of_session(2)), (0, 1));
    }
}
