//! From drafts of rules to rules, or to every problem at once: a rule that cannot work is refused
//! when it is saved, and not found out by a conversation that nobody got (X09).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rule::{Action, Condition, Operator, Rule};
use crate::domain::conversation::{Channel, Priority};
use crate::domain::directory::Directory;
use crate::domain::rotation::TeamRef;
use crate::domain::{RuleId, UserId};

/// A rule as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleDraft {
    /// The id of the present rule that it takes the place of; a new rule has none.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// Whether it is looked at.
    pub enabled: bool,
    /// For which conversations.
    pub when: ConditionDraft,
    /// What happens to them.
    pub then: ActionDraft,
}

/// A condition as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConditionDraft {
    /// Its name.
    pub condition: String,
    /// What it compares with.
    pub value: Option<String>,
    /// The custom field.
    pub field: Option<String>,
    /// How the custom field compares.
    pub operator: Option<String>,
}

/// An action as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionDraft {
    /// Its name.
    pub action: String,
    /// Whom to assign.
    pub user: Option<String>,
    /// Among whom to go round.
    pub round_robin: Option<String>,
    /// The priority to set.
    pub priority: Option<String>,
    /// The tag to add.
    pub tag: Option<String>,
}

/// How long texts of a rule may be, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleLimits {
    /// Its name.
    pub name_chars_max: usize,
    /// What a condition compares with.
    pub value_chars_max: usize,
    /// The name of a custom field.
    pub field_chars_max: usize,
    /// A tag.
    pub tag_chars_max: usize,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// Its place in the list, from 0.
    pub index: usize,
    /// The field of the rule, such as `then.user`.
    pub field: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

/// The rules that drafts stand for. `fresh_ids` are for those without one, an id for each draft.
///
/// # Errors
/// Every problem of every draft.
pub fn validate(
    drafts: &[RuleDraft],
    fresh_ids: &[RuleId],
    directory: &Directory,
    limits: &RuleLimits,
) -> Result<Vec<Rule>, Vec<RuleProblem>> {
    let mut problems = Vec::new();
    let mut taken = BTreeSet::new();
    let mut rules = Vec::new();
    let mut fresh_ids = fresh_ids.iter();
    for (index, draft) in drafts.iter().enumerate() {
        let mut checked = Checked {
            index,
            directory,
            limits,
            problems: &mut problems,
        };
        let id = checked.id(draft, fresh_ids.next().copied(), &mut taken);
        let name = checked.name(&draft.name);
        let when = checked.condition(&draft.when);
        let then = checked.action(&draft.then, draft.enabled);
        if let (Some(id), Some(name), Some(when), Some(then)) = (id, name, when, then) {
            rules.push(Rule {
                id,
                name,
                enabled: draft.enabled,
                when,
                then,
            });
        }
    }
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(problems)
    }
}

/// One draft under examination. What is wrong is noted, and the rest looked at all the same.
struct Checked<'a> {
    index: usize,
    directory: &'a Directory,
    limits: &'a RuleLimits,
    problems: &'a mut Vec<RuleProblem>,
}

impl Checked<'_> {
    fn note(&mut self, field: &'static str, detail: impl Into<String>) {
        self.problems.push(RuleProblem {
            index: self.index,
            field,
            detail: detail.into(),
        });
    }

    fn refuse<T>(&mut self, field: &'static str, detail: impl Into<String>) -> Option<T> {
        self.note(field, detail);
        None
    }

    /// Whether no field is there that does not belong; those that are get noted.
    fn only(&mut self, whose: &str, fields: &[(&'static str, bool, bool)]) -> bool {
        let strangers = fields
            .iter()
            .filter(|(_, is_there, belongs)| *is_there && !belongs);
        let before = self.problems.len();
        for (field, ..) in strangers {
            self.note(field, format!("is unknown to {whose}"));
        }
        self.problems.len() == before
    }

    fn id(
        &mut self,
        draft: &RuleDraft,
        fresh: Option<RuleId>,
        taken: &mut BTreeSet<RuleId>,
    ) -> Option<RuleId> {
        let Some(text) = &draft.id else {
            return fresh;
        };
        let known = |id: &RuleId| self.directory.rules().rule(*id).is_some();
        match text.parse().ok().filter(known) {
            None => self.refuse("id", "is not the id of a present rule; a new rule has none"),
            Some(id) if !taken.insert(id) => self.refuse("id", "another rule of the list has it"),
            Some(id) => Some(id),
        }
    }

    fn name(&mut self, name: &str) -> Option<Arc<str>> {
        self.text("name", Some(name), self.limits.name_chars_max)
    }

    fn condition(&mut self, draft: &ConditionDraft) -> Option<Condition> {
        let of_custom_field = draft.condition == "custom_field";
        let without_value = draft.condition == "first_message";
        let fields = [
            ("when.field", draft.field.is_some(), of_custom_field),
            ("when.operator", draft.operator.is_some(), of_custom_field),
            ("when.value", draft.value.is_some(), !without_value),
        ];
        let fits = self.only(&format!("the condition `{}`", draft.condition), &fields);
        let condition = match draft.condition.as_str() {
            "channel_is" => self
                .word(
                    "when.value",
                    draft.value.as_deref(),
                    Channel::ALL,
                    Channel::as_str,
                )
                .map(|value| Condition::ChannelIs { value }),
            "subject_contains" => self
                .value(draft)
                .map(|value| Condition::SubjectContains { value }),
            "from_domain" => self
                .domain(draft)
                .map(|value| Condition::FromDomain { value }),
            "priority_at_least" => self
                .word(
                    "when.value",
                    draft.value.as_deref(),
                    Priority::ALL,
                    Priority::as_str,
                )
                .map(|value| Condition::PriorityAtLeast { value }),
            "first_message" => Some(Condition::FirstMessage),
            "custom_field" => self.custom_field(draft),
            other => self.refuse(
                "when.condition",
                format!(
                    "`{other}` is none of channel_is, subject_contains, from_domain, \
                     priority_at_least, first_message, custom_field"
                ),
            ),
        };
        condition.filter(|_| fits)
    }

    fn custom_field(&mut self, draft: &ConditionDraft) -> Option<Condition> {
        let max = self.limits.field_chars_max;
        let field = self.text("when.field", draft.field.as_deref(), max);
        let operator = draft.operator.as_deref();
        let operator = self.word("when.operator", operator, Operator::ALL, Operator::as_str);
        let value = self.value(draft);
        Some(Condition::CustomField {
            field: field?,
            operator: operator?,
            value: value?,
        })
    }

    fn value(&mut self, draft: &ConditionDraft) -> Option<Arc<str>> {
        let max = self.limits.value_chars_max;
        self.text("when.value", draft.value.as_deref(), max)
    }

    fn domain(&mut self, draft: &ConditionDraft) -> Option<Arc<str>> {
        let domain = self.value(draft)?;
        let plain = domain.trim().trim_start_matches('@').trim_end_matches('.');
        let odd = |sign: char| sign.is_whitespace() || sign == '@';
        if plain.is_empty() || plain.starts_with('.') || plain.contains(odd) {
            return self.refuse("when.value", "is no domain such as example.com");
        }
        Some(domain)
    }

    fn action(&mut self, draft: &ActionDraft, enabled: bool) -> Option<Action> {
        let assigns = draft.action == "assign";
        let fields = [
            ("then.user", draft.user.is_some(), assigns),
            ("then.round_robin", draft.round_robin.is_some(), assigns),
            (
                "then.priority",
                draft.priority.is_some(),
                draft.action == "set_priority",
            ),
            ("then.tag", draft.tag.is_some(), draft.action == "add_tag"),
        ];
        let fits = self.only(&format!("the action `{}`", draft.action), &fields);
        let action = match draft.action.as_str() {
            "assign" => self.assign(draft, enabled),
            "set_priority" => {
                let word = draft.priority.as_deref();
                self.word("then.priority", word, Priority::ALL, Priority::as_str)
                    .map(|priority| Action::SetPriority { priority })
            }
            "add_tag" => self
                .text("then.tag", draft.tag.as_deref(), self.limits.tag_chars_max)
                .map(|tag| Action::AddTag { tag }),
            other => self.refuse(
                "then.action",
                format!("`{other}` is none of assign, set_priority, add_tag"),
            ),
        };
        action.filter(|_| fits)
    }

    fn assign(&mut self, draft: &ActionDraft, enabled: bool) -> Option<Action> {
        match (&draft.user, &draft.round_robin) {
            (Some(user), None) => self.target(user, enabled),
            (None, Some(team)) => self.team(team, enabled),
            (Some(_), Some(_)) => {
                self.refuse("then.round_robin", "only one of `user` and `round_robin`")
            }
            (None, None) => self.refuse("then.user", "`user` or `round_robin` is missing"),
        }
    }

    /// Somebody unknown and somebody of another workspace get the same answer, so that nothing leaks.
    fn target(&mut self, text: &str, enabled: bool) -> Option<Action> {
        let user: Option<UserId> = text.parse().ok();
        let Some(user) = user.filter(|user| self.directory.user(*user).is_some()) else {
            return self.refuse(
                "then.user",
                "is not a user of this workspace who may be assigned",
            );
        };
        if enabled && !self.directory.may_be_assigned(user) {
            return self.refuse(
                "then.user",
                "is not a user of this workspace who may be assigned",
            );
        }
        Some(Action::AssignUser { user })
    }

    fn team(&mut self, text: &str, enabled: bool) -> Option<Action> {
        let team: Option<TeamRef> = text.parse().ok();
        let Some(team) = team.filter(|team| self.directory.has_team(*team)) else {
            return self.refuse("then.round_robin", "is not a team of this workspace");
        };
        if enabled && !self.directory.has_eligible_member(team) {
            return self.refuse("then.round_robin", "has nobody who may be assigned");
        }
        Some(Action::RoundRobin { team })
    }

    fn text(&mut self, field: &'static str, text: Option<&str>, max: usize) -> Option<Arc<str>> {
        match text {
            None => self.refuse(field, "is missing"),
            Some(text) if text.trim().is_empty() => self.refuse(field, "must not be empty"),
            Some(text) if text.chars().count() > max => {
                self.refuse(field, format!("may have {max} characters at most"))
            }
            Some(text) => Some(Arc::from(text)),
        }
    }

    fn word<T: Copy>(
        &mut self,
        field: &'static str,
        word: Option<&str>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let Some(word) = word else {
            return self.refuse(field, "is missing");
        };
        let known = all.iter().copied().find(|one| name(*one) == word);
        if known.is_none() {
            let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
            let detail = format!("`{word}` is none of {}", names.join(", "));
            return self.refuse(field, detail);
        }
        known
    }
}
