//! The reasons behind an assignment, or behind there being none (X02).

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::people::actor_body;
use super::routing::ActionBody;
use super::time::WireTime;
use crate::domain::conversation::ConversationEvent;
use crate::domain::directory::Directory;
use crate::domain::routing::{Candidate, Routing};
use crate::domain::{Commit, CommitBody, RuleId, UserId};

/// A decision: what came of it, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionBody {
    /// `assigned`, `unassigned`, or `left_unassigned` when nobody got it.
    pub outcome: &'static str,
    /// Who got it.
    #[schema(required = true, value_type = Option<String>)]
    pub assignee: Option<UserId>,
    /// The rule that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub rule: Option<RuleId>,
    /// The name that it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule_name: Option<String>,
    /// What it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub then: Option<ActionBody>,
    /// The rules above it that did not match; all of them when none did.
    pub passed_over: Vec<PassedOverBody>,
    /// Those among whom it chose; of a team in the order of their next turn.
    pub candidates: Vec<CandidateBody>,
    /// How many more candidates there were than are listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub candidates_omitted: u64,
    /// The rotation that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rotation: Option<RotationChangeBody>,
    /// Why nobody got it: `no_rule_matched`, `rule_does_not_assign`, `target_not_eligible` or
    /// `nobody_eligible`. When people decided: `by_hand`, `taken_over` or `undo_of_version_<version>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A rule that was looked at and did not match.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PassedOver)]
pub(crate) struct PassedOverBody {
    /// Its id.
    #[schema(value_type = String)]
    pub rule: RuleId,
    /// `disabled`, `other_channel`, `text_not_in_subject`, `other_domain`, `priority_too_low`,
    /// `not_first_message` or `field_differs`.
    pub reason: &'static str,
}

/// Somebody who might have got it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub(crate) struct CandidateBody {
    /// Their id.
    #[schema(value_type = String)]
    pub user: UserId,
    /// Whether they could be assigned.
    pub eligible: bool,
    /// Why not: `deactivated`, `role_not_assignable` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<&'static str>,
    /// Their last turn before; of whoever had none yet, the last one when they joined. Null where no
    /// rotation was asked.
    #[schema(required = true)]
    pub last_turn: Option<u64>,
}

impl CandidateBody {
    fn of(candidate: &Candidate) -> Self {
        Self {
            user: candidate.user,
            eligible: candidate.ineligible.is_none(),
            reason: candidate.ineligible.map(|reason| reason.as_str()),
            last_turn: candidate.last_turn,
        }
    }
}

/// A rotation before and after a decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationChange)]
pub(crate) struct RotationChangeBody {
    /// The team's id, or `default`.
    pub team: String,
    /// The turn that was spent; null when nobody could take it.
    #[schema(required = true)]
    pub turn: Option<u64>,
    /// The members in the order of their next turn, as far as candidates are listed.
    #[schema(value_type = Vec<String>)]
    pub before: Vec<UserId>,
    /// The same afterwards.
    #[schema(value_type = Vec<String>)]
    pub after: Vec<UserId>,
}

impl DecisionBody {
    /// What routing decided; at most so many candidates are listed, and always who was chosen.
    #[must_use]
    pub(crate) fn of_routing(
        routing: &Routing,
        assignee: Option<UserId>,
        candidates_max: usize,
    ) -> Self {
        let listed = routing.candidates.iter().enumerate();
        let listed = listed
            .filter(|(place, one)| *place < candidates_max || assignee == Some(one.user))
            .map(|(_, one)| one);
        let candidates: Vec<_> = listed.map(CandidateBody::of).collect();
        let cut = routing.candidates.len().saturating_sub(candidates.len());
        let rotation = routing.rotation.map(|spin| {
            let before: Vec<_> = candidates.iter().map(|one| one.user).collect();
            let others = before
                .iter()
                .copied()
                .filter(|user| assignee != Some(*user));
            RotationChangeBody {
                team: spin.team.to_string(),
                turn: spin.turn,
                after: others.chain(assignee).collect(),
                before,
            }
        });
        let passed_over = routing.passed_over.iter().map(|one| PassedOverBody {
            rule: one.rule,
            reason: one.reason.as_str(),
        });
        let matched = routing.matched.as_ref();
        Self {
            outcome: match assignee {
                Some(_) => "assigned",
                None => "left_unassigned",
            },
            assignee,
            rule: matched.map(|matched| matched.rule),
            rule_name: matched.map(|matched| matched.name.to_string()),
            then: matched.map(|matched| ActionBody::of(&matched.then)),
            passed_over: passed_over.collect(),
            candidates_omitted: routing
                .candidates_omitted
                .saturating_add(u64::try_from(cut).unwrap_or(u64::MAX)),
            candidates,
            rotation,
            reason: routing
                .left_unassigned
                .map(|reason| reason.as_str().to_owned()),
        }
    }

    fn plain(outcome: &'static str, assignee: Option<UserId>, reason: String) -> Self {
        Self {
            outcome,
            assignee,
            rule: None,
            rule_name: None,
            then: None,
            passed_over: Vec::new(),
            candidates: Vec::new(),
            candidates_omitted: 0,
            rotation: None,
            reason: Some(reason),
        }
    }

    /// What the events of one commit decided about the assignee.
    fn of_events(events: &[ConversationEvent]) -> Self {
        if let Some((routing, assignee)) = routed(events) {
            return Self::of_routing(routing, assignee, usize::MAX);
        }
        let by_hand = |undo_of: Option<u64>| {
            undo_of.map_or_else(
                || "by_hand".to_owned(),
                |version| format!("undo_of_version_{version}"),
            )
        };
        let decided = events.iter().find_map(|event| match event {
            ConversationEvent::Assigned {
                assignee, undo_of, ..
            } => Some(Self::plain("assigned", Some(*assignee), by_hand(*undo_of))),
            ConversationEvent::TakenOver { by, .. } => {
                Some(Self::plain("assigned", Some(*by), "taken_over".to_owned()))
            }
            ConversationEvent::Unassigned { undo_of, .. } => {
                Some(Self::plain("unassigned", None, by_hand(*undo_of)))
            }
            ConversationEvent::Created(_)
            | ConversationEvent::MessageAdded { .. }
            | ConversationEvent::NoteAdded { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. }
            | ConversationEvent::AiReplySent { .. }
            | ConversationEvent::AiReplySuppressed { .. }
            | ConversationEvent::AiDraftSaved { .. }
            | ConversationEvent::AiHandlingEnded { .. } => None,
        });
        decided
            .unwrap_or_else(|| Self::plain("left_unassigned", None, "no_rule_matched".to_owned()))
    }
}

/// What routing decided in the commit that created a conversation, and who got it.
#[must_use]
pub(crate) fn routed(events: &[ConversationEvent]) -> Option<(&Routing, Option<UserId>)> {
    let [ConversationEvent::Created(created), rest @ ..] = events else {
        return None;
    };
    let assignee = rest.iter().find_map(|event| match event {
        ConversationEvent::Assigned { assignee, .. } => Some(*assignee),
        ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::Unassigned { .. }
        | ConversationEvent::TakenOver { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => None,
    });
    created
        .routing
        .as_deref()
        .map(|routing| (routing, assignee))
}

/// The decision behind the present owner, or behind there being none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Why)]
pub(crate) struct WhyBody {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: WireTime,
    /// Who made it, or brought it about: `{"kind", "id", "name"}`.
    #[schema(value_type = Object)]
    pub actor: Value,
    /// The decision.
    #[serde(flatten)]
    pub decision: DecisionBody,
}

impl WhyBody {
    /// The decision that a commit holds; none if it is not about a conversation.
    #[must_use]
    pub(crate) fn of(commit: &Commit, directory: &Directory) -> Option<Self> {
        let CommitBody::Conversation(body) = &commit.body else {
            return None;
        };
        Some(Self {
            decided_at: WireTime(commit.at),
            actor: actor_body(&commit.actor, directory),
            decision: DecisionBody::of_events(&body.events),
        })
    }
}
