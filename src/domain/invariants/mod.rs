//! The named invariants as one predicate each, checked along a log.
//!
//! Used by property tests, by `ochre check`, and by debug assertions. `VIEW_IS_FOLD` and
//! `DURABLE_BEFORE_TOLD` speak of more than the log and live with the views and the committer.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::conversation::{Conversation, ConversationEvent};
use super::directory::DirectoryFold;
use super::{Commit, CommitBody, ConversationCommit, ConversationId, Timestamp, UserId};

/// The invariants that a log alone can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// A conversation has at most one assignee, and each change of it starts from the present one.
    OneOwner,
    /// Positions, versions and numbers are dense, and time never goes back.
    OneOrder,
    /// At its position, each assignee is eligible by the fold of everything before it.
    EligibleAtCommit,
    /// A conversation is taken over at most once, and only while the AI handles it.
    Fence,
    /// The log can be folded: creation first, references known, external ids unique.
    Foldable,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneOwner => "ONE_OWNER",
            Self::OneOrder => "ONE_ORDER",
            Self::EligibleAtCommit => "ELIGIBLE_AT_COMMIT",
            Self::Fence => "FENCE",
            Self::Foldable => "FOLDABLE",
        })
    }
}

/// A place where a log breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} does not hold at position {seq}: {detail}")]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// The position of the commit.
    pub seq: u64,
    /// What is wrong.
    pub detail: String,
}

/// Follows one workspace's log commit by commit and says where it breaks an invariant.
#[derive(Debug, Default)]
pub struct LogChecker {
    head: u64,
    at: Option<Timestamp>,
    numbers: u64,
    directory: DirectoryFold,
    conversations: HashMap<ConversationId, Conversation>,
    external_ids: HashSet<Arc<str>>,
}

impl LogChecker {
    /// The last position checked.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// The directory as of that position.
    #[must_use]
    pub const fn directory(&self) -> &DirectoryFold {
        &self.directory
    }

    /// The conversations as of that position.
    #[must_use]
    pub const fn conversations(&self) -> &HashMap<ConversationId, Conversation> {
        &self.conversations
    }

    /// Checks the next commit against everything before it.
    ///
    /// # Errors
    /// The first invariant that it breaks.
    pub fn check(&mut self, commit: &Commit) -> Result<(), Violation> {
        self.check_order(commit)?;
        match &commit.body {
            CommitBody::Conversation(body) => self.check_conversation(commit, body)?,
            CommitBody::Directory { events } => {
                for event in events {
                    self.directory.apply(event, commit.at);
                }
            }
            CommitBody::Epoch { .. } => {}
        }
        self.head = commit.seq;
        self.at = Some(commit.at);
        Ok(())
    }

    fn check_order(&self, commit: &Commit) -> Result<(), Violation> {
        let expected = self.head.saturating_add(1);
        require(commit.seq == expected, commit, Invariant::OneOrder, || {
            format!("position {expected} was expected")
        })?;
        require(
            self.at.is_none_or(|at| at <= commit.at),
            commit,
            Invariant::OneOrder,
            || "its time is before that of the commit before it".to_owned(),
        )
    }

    fn check_conversation(
        &mut self,
        commit: &Commit,
        body: &ConversationCommit,
    ) -> Result<(), Violation> {
        let id = body.conversation;
        let before = self.conversations.get(&id);
        let expected = before
            .map_or(0, |conversation| conversation.version)
            .saturating_add(1);
        require(
            body.version == expected,
            commit,
            Invariant::OneOrder,
            || {
                format!(
                    "{id} goes to version {} where {expected} was expected",
                    body.version
                )
            },
        )?;
        let mut owner = before.and_then(|conversation| conversation.assignee);
        for event in &body.events {
            self.check_event(commit, before, event, owner)?;
            owner = owner_after(event, owner);
        }
        if let Some(number) = body.number {
            require(
                number == self.numbers.saturating_add(1),
                commit,
                Invariant::OneOrder,
                || format!("{id} has number {number}, not the next one"),
            )?;
            self.numbers = number;
        }
        let after = Conversation::fold(before, id, &body.events, body.stamp(commit.at))
            .map_err(|error| violation(commit, Invariant::Foldable, error.to_string()))?;
        if let (None, Some(external_id)) = (before, &after.facts.external_id) {
            let fresh = self.external_ids.insert(Arc::clone(external_id));
            require(fresh, commit, Invariant::Foldable, || {
                format!("the external id {external_id:?} is taken")
            })?;
        }
        self.conversations.insert(id, after);
        Ok(())
    }

    fn check_event(
        &self,
        commit: &Commit,
        before: Option<&Conversation>,
        event: &ConversationEvent,
        owner: Option<UserId>,
    ) -> Result<(), Violation> {
        match event {
            ConversationEvent::Assigned {
                assignee, previous, ..
            } => {
                one_owner(commit, *previous, owner)?;
                self.eligible(commit, *assignee)
            }
            ConversationEvent::Unassigned { previous, .. } => {
                one_owner(commit, Some(*previous), owner)
            }
            ConversationEvent::TakenOver { by, previous } => {
                one_owner(commit, *previous, owner)?;
                let handled = before.is_some_and(|conversation| {
                    conversation.ai.handling && conversation.ai.handoff.is_none()
                });
                require(handled, commit, Invariant::Fence, || {
                    "it was taken over while the AI did not handle it".to_owned()
                })?;
                self.eligible(commit, *by)
            }
            ConversationEvent::Created(_)
            | ConversationEvent::MessageAdded { .. }
            | ConversationEvent::NoteAdded { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. } => Ok(()),
        }
    }

    fn eligible(&self, commit: &Commit, user: UserId) -> Result<(), Violation> {
        let eligible = self.directory.directory.may_be_assigned(user);
        require(eligible, commit, Invariant::EligibleAtCommit, || {
            format!("{user} may not be assigned at this point")
        })
    }
}

fn one_owner(
    commit: &Commit,
    previous: Option<UserId>,
    owner: Option<UserId>,
) -> Result<(), Violation> {
    require(previous == owner, commit, Invariant::OneOwner, || {
        format!("it takes the conversation from {previous:?} while {owner:?} owns it")
    })
}

fn owner_after(event: &ConversationEvent, owner: Option<UserId>) -> Option<UserId> {
    match event {
        ConversationEvent::Assigned { assignee, .. } => Some(*assignee),
        ConversationEvent::TakenOver { by, .. } => Some(*by),
        ConversationEvent::Unassigned { .. } => None,
        ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. } => owner,
    }
}

fn require(
    holds: bool,
    commit: &Commit,
    invariant: Invariant,
    detail: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds {
        Ok(())
    } else {
        Err(violation(commit, invariant, detail()))
    }
}

const fn violation(commit: &Commit, invariant: Invariant, detail: String) -> Violation {
    Violation {
        invariant,
        seq: commit.seq,
        detail,
    }
}
