//! Rules, teams and turns as the wire has them.

use serde::Serialize;
use utoipa::ToSchema;

use super::time::WireTime;
use crate::domain::directory::Directory;
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::routing::{Action, Condition, Rule, Warning, warnings};
use crate::domain::{ConversationId, RuleId, Timestamp, UserId};

/// What a rule asks of a new conversation.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Condition)]
pub(crate) struct ConditionBody {
    /// `channel_is`, `subject_contains`, `from_domain`, `priority_at_least`, `first_message` or
    /// `custom_field`.
    pub condition: &'static str,
    /// What it compares with; `first_message` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value: Option<String>,
    /// The custom field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// How the custom field compares: `equals`, `not_equals` or `contains`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub operator: Option<&'static str>,
}

impl ConditionBody {
    fn of(condition: &Condition) -> Self {
        let with = |condition, value: &str| Self {
            condition,
            value: Some(value.to_owned()),
            ..Self::default()
        };
        match condition {
            Condition::ChannelIs { value } => with("channel_is", value.as_str()),
            Condition::SubjectContains { value } => with("subject_contains", value),
            Condition::FromDomain { value } => with("from_domain", value),
            Condition::PriorityAtLeast { value } => with("priority_at_least", value.as_str()),
            Condition::FirstMessage => Self {
                condition: "first_message",
                ..Self::default()
            },
            Condition::CustomField {
                field,
                operator,
                value,
            } => Self {
                field: Some(field.to_string()),
                operator: Some(operator.as_str()),
                ..with("custom_field", value)
            },
        }
    }
}

/// What a rule does.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Action)]
pub(crate) struct ActionBody {
    /// `assign`, `set_priority` or `add_tag`.
    pub action: &'static str,
    /// Whom it assigns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub user: Option<UserId>,
    /// The team in which it goes round: its id, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub round_robin: Option<String>,
    /// The priority that it sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub priority: Option<&'static str>,
    /// The tag that it adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tag: Option<String>,
}

impl ActionBody {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(action: &Action) -> Self {
        let plain = |action| Self {
            action,
            ..Self::default()
        };
        match action {
            Action::AssignUser { user } => Self {
                user: Some(*user),
                ..plain("assign")
            },
            Action::RoundRobin { team } => Self {
                round_robin: Some(team.to_string()),
                ..plain("assign")
            },
            Action::SetPriority { priority } => Self {
                priority: Some(priority.as_str()),
                ..plain("set_priority")
            },
            Action::AddTag { tag } => Self {
                tag: Some(tag.to_string()),
                ..plain("add_tag")
            },
        }
    }
}

/// Something that the owner of a rule should know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleWarning)]
pub(crate) struct WarningBody {
    /// `never_reached`, `target_not_eligible` or `nobody_eligible`.
    pub code: &'static str,
    /// The same in words.
    pub detail: String,
    /// The rule above it that always matches first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub rule: Option<RuleId>,
}

impl WarningBody {
    fn of(warning: &Warning, rules: &[Rule], directory: &Directory) -> Self {
        match warning {
            Warning::NeverReached { by } => {
                let above = rules.iter().find(|rule| rule.id == *by);
                let name = above.map_or("", |rule| &*rule.name);
                Self {
                    code: "never_reached",
                    detail: format!("never reached: `{name}` above it always matches first"),
                    rule: Some(*by),
                }
            }
            Warning::TargetNotEligible { user } => {
                let name = directory.user(*user).map_or("", |user| &*user.name);
                Self {
                    code: "target_not_eligible",
                    detail: format!("{name} ({user}) cannot be assigned"),
                    rule: None,
                }
            }
            Warning::NobodyEligible { team } => Self {
                code: "nobody_eligible",
                detail: format!("nobody of {team} can be assigned"),
                rule: None,
            },
        }
    }
}

/// A rule matched and could not be carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleFailure)]
pub(crate) struct RuleFailureBody {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
    /// `target_not_eligible` or `nobody_eligible`.
    pub reason: &'static str,
    /// For which conversation.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
}

/// How often a rule matched.
#[derive(Debug, Default)]
pub(crate) struct RuleUse {
    /// How often.
    pub matched_count: u64,
    /// When last.
    pub last_matched_at: Option<Timestamp>,
    /// How often it could not be carried out.
    pub failed_count: u64,
    /// The last such case.
    pub last_failure: Option<RuleFailureBody>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rule)]
pub(crate) struct RuleBody {
    /// Its id, which it keeps when it is sent back.
    #[schema(value_type = String)]
    pub id: RuleId,
    /// What people call it.
    pub name: String,
    /// Whether it is looked at.
    pub enabled: bool,
    /// For which conversations.
    pub when: ConditionBody,
    /// What happens to them.
    pub then: ActionBody,
    /// How many conversations it matched, those included that it failed for.
    pub matched_count: u64,
    /// When it last did.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub last_matched_at: Option<WireTime>,
    /// How often it matched and could not be carried out.
    pub failed_count: u64,
    /// The last such case.
    #[schema(required = true)]
    pub last_failure: Option<RuleFailureBody>,
    /// What should be known about it.
    pub warnings: Vec<WarningBody>,
}

/// The rules, in the order in which they are looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rules)]
pub(crate) struct RulesBody {
    /// How often they were replaced.
    pub version: u64,
    /// The rules.
    pub items: Vec<RuleBody>,
}

impl RulesBody {
    /// The wire's form; `used` says how often each rule matched.
    #[must_use]
    pub(crate) fn of(directory: &Directory, used: impl Fn(RuleId) -> RuleUse) -> Self {
        let rules = directory.rules();
        let warned = warnings(&rules.items, directory);
        let items = rules.items.iter().zip(warned).map(|(rule, warned)| {
            let RuleUse {
                matched_count,
                last_matched_at,
                failed_count,
                last_failure,
            } = used(rule.id);
            RuleBody {
                id: rule.id,
                name: rule.name.to_string(),
                enabled: rule.enabled,
                when: ConditionBody::of(&rule.when),
                then: ActionBody::of(&rule.then),
                matched_count,
                last_matched_at: last_matched_at.map(WireTime),
                failed_count,
                last_failure,
                warnings: warned
                    .iter()
                    .map(|warning| WarningBody::of(warning, &rules.items, directory))
                    .collect(),
            }
        });
        Self {
            version: rules.version,
            items: items.collect(),
        }
    }
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub(crate) struct TeamBody {
    /// Its id; `default` is everybody in the workspace.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of its members.
    #[schema(value_type = Vec<String>)]
    pub members: Vec<UserId>,
}

impl TeamBody {
    /// The wire's form; none of a team that there is not.
    #[must_use]
    pub(crate) fn of(team: TeamRef, directory: &Directory) -> Option<Self> {
        let name = match team {
            TeamRef::Default => TeamRef::DEFAULT.to_owned(),
            TeamRef::Team(id) => directory.team(id)?.name.to_string(),
        };
        let members = directory.members(team).into_iter();
        Some(Self {
            id: team.to_string(),
            name,
            members: members.map(|member| member.user).collect(),
        })
    }
}

/// A member's place in the rotation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationPlace)]
pub(crate) struct PlaceBody {
    /// The member.
    #[schema(value_type = String)]
    pub user: UserId,
    /// Their last turn; of whoever had none yet, the last one of the team when they joined.
    pub last_turn: u64,
    /// Whether they can be assigned now; until then they are passed over and keep their place.
    pub eligible: bool,
    /// Why not: `deactivated` or `role_not_assignable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<&'static str>,
}

/// A rotation: its members in the order of their next turn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rotation)]
pub(crate) struct RotationBody {
    /// The last turn that was spent; 0 before the first.
    pub turn: u64,
    /// The members.
    pub items: Vec<PlaceBody>,
}

impl RotationBody {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(rotation: &Rotation, directory: &Directory) -> Self {
        let items = rotation.order().map(|place| {
            let ineligible = directory.ineligible(place.user);
            PlaceBody {
                user: place.user,
                last_turn: place.last_turn,
                eligible: ineligible.is_none(),
                reason: ineligible.map(|reason| reason.as_str()),
            }
        });
        Self {
            turn: rotation.turn(),
            items: items.collect(),
        }
    }
}

/// A turn of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Turn)]
pub(crate) struct TurnBody {
    /// Its number: 1, 2, 3 … without a gap.
    pub turn: u64,
    /// Whose it was.
    #[schema(value_type = String)]
    pub user: UserId,
    /// What they got.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
    /// By which rule.
    #[schema(required = true, value_type = Option<String>)]
    pub rule: Option<RuleId>,
    /// Whose turn it would have been, had they been eligible.
    pub skipped: Vec<SkippedBody>,
}

/// Somebody who was passed over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Skipped)]
pub(crate) struct SkippedBody {
    /// Who.
    #[schema(value_type = String)]
    pub user: UserId,
    /// `deactivated` or `role_not_assignable`.
    pub reason: &'static str,
}
