//! The named invariants as one predicate each, checked along a log.
//!
//! Used by property tests, by `ochre check`, and by debug assertions. `VIEW_IS_FOLD` and
//! `DURABLE_BEFORE_TOLD` speak of more than the log and live with the views and the committer.

mod ai;
mod operations;
mod references;
mod rights;
mod standing;
mod turns;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use self::operations::Operations;
use self::standing::Standing;
use self::turns::Turns;
use super::conversation::{Conversation, ConversationEvent};
use super::directory::{DirectoryEvent, DirectoryFold};
use super::operation::OperationEvent;
use super::rotation::TeamRef;
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
    /// A turn is spent by the very event that assigns, and each team's turns are dense in log order.
    TurnIsTheAssignment,
    /// Among members eligible throughout a span of turns, picks differ by at most one.
    Fair,
    /// No reply of the AI is sent after a take over, or while the AI does not handle the
    /// conversation; that is taken over at most once, and only while the AI handles it.
    Fence,
    /// What became of each reply of the AI is what the gate says, by the fold of everything before.
    AiGate,
    /// Whoever did something had the right to, by the fold of everything before it.
    Permitted,
    /// Somebody is left to run the workspace: an active owner.
    HasOwner,
    /// An undo takes back the last change of assignee, and puts back who had it before.
    Undo,
    /// The log can be folded: creation first and once, references known, external ids unique.
    Foldable,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneOwner => "ONE_OWNER",
            Self::OneOrder => "ONE_ORDER",
            Self::EligibleAtCommit => "ELIGIBLE_AT_COMMIT",
            Self::TurnIsTheAssignment => "TURN_IS_THE_ASSIGNMENT",
            Self::Fair => "FAIR",
            Self::Fence => "FENCE",
            Self::AiGate => "AI_GATE",
            Self::Permitted => "PERMITTED",
            Self::HasOwner => "HAS_OWNER",
            Self::Undo => "UNDO",
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
    turns: Turns,
    operations: Operations,
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

    /// How many turns a team has had by that position.
    #[must_use]
    pub fn turns(&self, team: TeamRef) -> u64 {
        self.turns.spent(team)
    }

    /// Checks the next commit against everything before it.
    ///
    /// # Errors
    /// The first invariant that it breaks.
    pub fn check(&mut self, commit: &Commit) -> Result<(), Violation> {
        self.check_order(commit)?;
        foldable(commit, references::actor(&commit.actor, &self.directory))?;
        match &commit.body {
            CommitBody::Conversation(body) => self.check_conversation(commit, body)?,
            CommitBody::Directory { events } => self.check_directory(commit, events)?,
            CommitBody::Operation { event } => self.check_operation(commit, event)?,
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

    fn check_directory(
        &mut self,
        commit: &Commit,
        events: &[DirectoryEvent],
    ) -> Result<(), Violation> {
        foldable(commit, references::not_empty(events))?;
        let permitted = rights::directory(&commit.actor, events, &self.directory);
        for event in events {
            foldable(commit, references::directory(event, &self.directory))?;
            self.directory.apply(event, commit.at);
        }
        permitted.map_err(|detail| violation(commit, Invariant::Permitted, detail))?;
        self.check_owner(commit, events)
    }

    fn check_operation(
        &mut self,
        commit: &Commit,
        event: &OperationEvent,
    ) -> Result<(), Violation> {
        // An end says only what came of it, whatever became of the person meanwhile.
        if let OperationEvent::Started(_) = event {
            rights::operation(&commit.actor, &self.directory.directory)
                .map_err(|detail| violation(commit, Invariant::Permitted, detail))?;
        }
        foldable(commit, self.operations.check(&commit.actor, event))
    }

    /// Only a change of role or status can take the last owner away.
    fn check_owner(&self, commit: &Commit, events: &[DirectoryEvent]) -> Result<(), Violation> {
        let demotes = |event: &DirectoryEvent| {
            matches!(
                event,
                DirectoryEvent::RoleChanged { .. } | DirectoryEvent::UserStatusChanged { .. }
            )
        };
        let directory = &self.directory.directory;
        let holds = !events.iter().any(demotes) || directory.has_active_owner();
        require(holds, commit, Invariant::HasOwner, || {
            "no active owner is left".to_owned()
        })
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
        foldable(commit, references::not_empty(&body.events))?;
        foldable(commit, self.operations.check_item(&commit.actor, body))?;
        let mut standing = Standing::of(before);
        for event in &body.events {
            self.check_event(commit, event, standing)?;
            takes_back(commit, event, before)?;
            standing = standing.after(event);
        }
        ai::gated(&body.events, before, self.directory.directory.autopilot())
            .map_err(|(invariant, detail)| violation(commit, invariant, detail))?;
        self.check_number(commit, body, before.is_none())?;
        let after = Conversation::fold(before, id, &body.events, body.stamp(commit.at))
            .map_err(|error| violation(commit, Invariant::Foldable, error.to_string()))?;
        rights::conversation(&commit.actor, &body.events, &self.directory.directory)
            .map_err(|detail| violation(commit, Invariant::Permitted, detail))?;
        if let (None, Some(external_id)) = (before, &after.facts.external_id) {
            let fresh = !self.external_ids.contains(external_id);
            require(fresh, commit, Invariant::Foldable, || {
                format!("the external id {external_id:?} is taken")
            })?;
            self.external_ids.insert(Arc::clone(external_id));
        }
        for turn in body.events.iter().filter_map(ConversationEvent::turn) {
            self.turns
                .spend(turn, &self.directory.directory)
                .map_err(|(invariant, detail)| violation(commit, invariant, detail))?;
        }
        self.numbers = body.number.unwrap_or(self.numbers);
        self.conversations.insert(id, after);
        Ok(())
    }

    /// The commit that creates a conversation takes the next number; no other takes one.
    fn check_number(
        &self,
        commit: &Commit,
        body: &ConversationCommit,
        creates: bool,
    ) -> Result<(), Violation> {
        let expected = creates.then(|| self.numbers.saturating_add(1));
        let number = body.number;
        require(number == expected, commit, Invariant::OneOrder, || {
            let id = body.conversation;
            format!("{id} takes number {number:?} where {expected:?} was expected")
        })
    }

    fn check_event(
        &self,
        commit: &Commit,
        event: &ConversationEvent,
        standing: Standing,
    ) -> Result<(), Violation> {
        match event {
            ConversationEvent::Assigned {
                assignee, previous, ..
            } => {
                one_owner(commit, *previous, standing.owner)?;
                self.eligible(commit, *assignee)?;
            }
            ConversationEvent::Unassigned { previous, .. } => {
                one_owner(commit, Some(*previous), standing.owner)?;
            }
            ConversationEvent::TakenOver { by, previous } => {
                one_owner(commit, *previous, standing.owner)?;
                require(standing.handled, commit, Invariant::Fence, || {
                    "it was taken over while the AI did not handle it".to_owned()
                })?;
                self.eligible(commit, *by)?;
            }
            ConversationEvent::Created(_)
            | ConversationEvent::MessageAdded { .. }
            | ConversationEvent::NoteAdded { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. }
            | ConversationEvent::AiReplySuppressed { .. } => {}
            ConversationEvent::AiReplySent { .. }
            | ConversationEvent::AiDraftSaved { .. }
            | ConversationEvent::AiHandlingEnded { .. } => {
                require(standing.handled, commit, Invariant::Fence, || {
                    "the AI acts on what it does not handle".to_owned()
                })?;
            }
        }
        let directory = &self.directory.directory;
        foldable(commit, references::conversation(event, directory))
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

/// An undo is of the last change of assignee before its commit.
fn takes_back(
    commit: &Commit,
    event: &ConversationEvent,
    before: Option<&Conversation>,
) -> Result<(), Violation> {
    let Some(version) = event.undo_of() else {
        return Ok(());
    };
    let to = if let ConversationEvent::Assigned { assignee, .. } = event {
        Some(*assignee)
    } else {
        None
    };
    let last = before.and_then(|conversation| conversation.last_assignment.as_ref());
    let holds = last.is_some_and(|last| last.version == version && last.previous == to);
    require(holds, commit, Invariant::Undo, || {
        format!("it takes back version {version}, which did not bring about what is")
    })
}

fn foldable(commit: &Commit, known: Result<(), String>) -> Result<(), Violation> {
    known.map_err(|detail| violation(commit, Invariant::Foldable, detail))
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

#[cfg(test)]
mod rights_tests;
#[cfg(test)]
mod tests;
