//! A rule: one condition and one action (S04). Names and fields are on disk for years.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::conversation::{Channel, Priority, named};
use crate::domain::rotation::TeamRef;
use crate::domain::{RuleId, UserId};

/// The rules of a workspace, in the order in which they are looked at. Replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// How often they were replaced.
    pub version: u64,
    /// The rules.
    pub items: Vec<Rule>,
}

impl RuleSet {
    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.items.iter().find(|rule| rule.id == id)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id, which it keeps when the list is replaced.
    pub id: RuleId,
    /// What people call it.
    pub name: Arc<str>,
    /// Whether it is looked at.
    pub enabled: bool,
    /// For which conversations.
    pub when: Condition,
    /// What happens to them.
    pub then: Action,
}

impl Rule {
    /// How many bytes its texts have.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let when = match &self.when {
            Condition::SubjectContains { value } | Condition::FromDomain { value } => value.len(),
            Condition::CustomField { field, value, .. } => field.len() + value.len(),
            Condition::ChannelIs { .. }
            | Condition::PriorityAtLeast { .. }
            | Condition::FirstMessage => 0,
        };
        let then = match &self.then {
            Action::AddTag { tag } => tag.len(),
            Action::AssignUser { .. } | Action::RoundRobin { .. } | Action::SetPriority { .. } => 0,
        };
        self.name.len() + when + then
    }
}

/// What a rule asks of a new conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum Condition {
    /// It came over this channel.
    ChannelIs {
        /// The channel.
        value: Channel,
    },
    /// Its subject contains the text, whatever the case of the letters.
    SubjectContains {
        /// The text.
        value: Arc<str>,
    },
    /// The customer's address is of this domain or of one below it.
    FromDomain {
        /// The domain.
        value: Arc<str>,
    },
    /// It is as urgent as this, or more so.
    PriorityAtLeast {
        /// The lowest priority that matches.
        value: Priority,
    },
    /// The workspace has no earlier conversation with this customer's address.
    FirstMessage,
    /// A custom field, as it is spelled, compares so with a value.
    CustomField {
        /// The field's name.
        field: Arc<str>,
        /// How it compares.
        operator: Operator,
        /// With what.
        value: Arc<str>,
    },
}

named! {
    /// How a custom field compares with a value; letter by letter.
    Operator {
        /// It is there, and is the value.
        Equals = "equals",
        /// It is not there, or is another.
        NotEquals = "not_equals",
        /// It is there, and the value is in it.
        Contains = "contains",
    }
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Gives the conversation to this person.
    AssignUser {
        /// Who.
        user: UserId,
    },
    /// Gives it to whose turn it is; the article's `pick_default_assignee`.
    RoundRobin {
        /// Among whom.
        team: TeamRef,
    },
    /// Sets the priority.
    SetPriority {
        /// To what.
        priority: Priority,
    },
    /// Adds a tag, unless it is there.
    AddTag {
        /// Which.
        tag: Arc<str>,
    },
}
