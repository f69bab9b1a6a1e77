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
    /// Where each person is shown.
    shown: HashMap<UserId, BTreeSet<ConversationId>>,
    /// Before this no grace period ends.
    ends_at: Option<Instant>,
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
        self.shown.entry(user).or_default().insert(conversation);
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
        let Some(conversations) = self.sessions.remove(&session) else {
            return;
        };
        self.ends_at = Some(self.ends_at.map_or(until, |at| at.min(until)));
        for conversation in conversations {
            let people = self.conversations.get_mut(&conversation);
            let tabs = people.and_then(|people| people.get_mut(&user));
            if let Some(tab) = tabs.and_then(|tabs| tabs.get_mut(&session)) {
                tab.until = Some(until);
            }
        }
    }

    /// Somebody is shown nowhere any more. Names the conversations where they were.
    pub(super) fn forget(&mut self, user: UserId) -> Vec<ConversationId> {
        let where_shown = self.shown.get(&user).cloned().unwrap_or_default();
        let where_shown: Vec<ConversationId> = where_shown.into_iter().collect();
        for id in &where_shown {
            self.remove(*id, user, |_, _| true);
        }
        where_shown
    }

    /// Ends the grace periods that are over, and names the conversations where that changes who is
    /// shown.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<ConversationId> {
        if self.ends_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
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
        let people = self.conversations.values();
        let tabs = people.flat_map(|people| people.values().flat_map(HashMap::values));
        self.ends_at = tabs.filter_map(|tab| tab.until).min();
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

    /// Whether a conversation would be one too many for a tab, or for its person over all their tabs
    /// and those that have gone: coming and going would otherwise know no limit.
    #[must_use]
    pub(super) fn is_full(
        &self,
        (session, user): (SessionId, UserId),
        conversation: ConversationId,
        (of_session_max, of_person_max): (usize, usize),
    ) -> bool {
        let too_many = |shown: Option<&BTreeSet<ConversationId>>, max: usize| {
            let (is_new, shown) = shown.map_or((true, 0), |shown| {
                (!shown.contains(&conversation), shown.len())
            });
            is_new && shown >= max
        };
        too_many(self.sessions.get(&session), of_session_max)
            || too_many(self.shown.get(&user), of_person_max)
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
                if let Some(shown) = self.shown.get_mut(&user) {
                    shown.remove(&conversation);
                    if shown.is_empty() {
                        self.shown.remove(&user);
                    }
                }
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
        let other = ConversationId::from_u128(2);
        let is_full = |session, user| presence.is_full((session, user), other, (1, 9));
        assert_eq!((is_full(1, user(1)), is_full(2, user(2))), (false, true));
    }

    #[test]
    fn it_knows_where_a_person_is_shown_whichever_tab_it_was() {
        let (mut presence, now) = (Presence::default(), start());
        let conversations: Vec<ConversationId> = (1..=6).map(ConversationId::from_u128).collect();
        for (session, two) in (1..=3).zip(conversations.chunks(2)) {
            for one in two {
                presence.set((session, user(1)), *one, Doing::Viewing);
            }
            presence.gone(
                (session, user(1)),
                now + GRACE * u32::try_from(session).unwrap(),
            );
        }
        presence.set((4, user(2)), conversations[0], Doing::Viewing);
        let other = ConversationId::from_u128(7);
        let is_full = |presence: &Presence, conversation, max| {
            presence.is_full((9, user(1)), conversation, (9, max))
        };
        assert!(is_full(&presence, other, 6) && !is_full(&presence, other, 7));
        assert!(!is_full(&presence, conversations[0], 6), "they are there");
        assert_eq!(presence.expire(now + GRACE), conversations[..2]);
        assert!(is_full(&presence, other, 4) && !is_full(&presence, other, 5));
        assert_eq!(presence.expire(now + GRACE * 2), conversations[2..4]);
        assert_eq!(presence.forget(user(1)), conversations[4..]);
        assert!(!is_full(&presence, other, 1));
        assert!(presence.shown.contains_key(&user(2)));
    }
}
