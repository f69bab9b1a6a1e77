//! The conditions of rules: each a pure function of the facts of a new conversation.

mod channel_is;
mod custom_field;
mod first_message;
mod from_domain;
mod priority_at_least;
mod subject_contains;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::Condition;
use crate::domain::conversation::{Channel, Priority, named};

/// What rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// How the customer reached the workspace.
    pub channel: Channel,
    /// The subject.
    pub subject: &'a str,
    /// The customer's address.
    pub email: &'a str,
    /// The priority.
    pub priority: Priority,
    /// The custom fields.
    pub custom_fields: &'a BTreeMap<String, String>,
    /// Whether the workspace has no earlier conversation with this customer's address.
    pub first_message: bool,
}

named! {
    /// Why a rule was passed over.
    Miss {
        /// It is switched off.
        Disabled = "disabled",
        /// Another channel.
        OtherChannel = "other_channel",
        /// The subject does not contain the text.
        TextNotInSubject = "text_not_in_subject",
        /// Another domain.
        OtherDomain = "other_domain",
        /// Less urgent.
        PriorityTooLow = "priority_too_low",
        /// There was an earlier conversation with this customer.
        NotFirstMessage = "not_first_message",
        /// The custom field is not as wanted.
        FieldDiffers = "field_differs",
    }
}

impl Condition {
    /// Why it does not match; nothing when it does.
    #[must_use]
    pub fn miss(&self, facts: &Facts<'_>) -> Option<Miss> {
        let (matches, miss) = match self {
            Self::ChannelIs { value } => (channel_is::matches(*value, facts), Miss::OtherChannel),
            Self::SubjectContains { value } => (
                subject_contains::matches(value, facts),
                Miss::TextNotInSubject,
            ),
            Self::FromDomain { value } => (from_domain::matches(value, facts), Miss::OtherDomain),
            Self::PriorityAtLeast { value } => (
                priority_at_least::matches(*value, facts),
                Miss::PriorityTooLow,
            ),
            Self::FirstMessage => (first_message::matches(facts), Miss::NotFirstMessage),
            Self::CustomField {
                field,
                operator,
                value,
            } => (
                custom_field::matches(field, *operator, value, facts),
                Miss::FieldDiffers,
            ),
        };
        (!matches).then_some(miss)
    }

    /// Whether it matches whenever the other does; so that the other, further down, is never reached.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match (self, other) {
            (
                Self::PriorityAtLeast {
                    value: Priority::Low,
                },
                _,
            ) => true,
            (Self::PriorityAtLeast { value }, Self::PriorityAtLeast { value: other }) => {
                value <= other
            }
            (Self::SubjectContains { value }, Self::SubjectContains { value: other }) => {
                subject_contains::covers(value, other)
            }
            (Self::FromDomain { value }, Self::FromDomain { value: other }) => {
                from_domain::covers(value, other)
            }
            (
                Self::CustomField {
                    field,
                    operator,
                    value,
                },
                Self::CustomField {
                    field: other_field,
                    operator: other_operator,
                    value: other,
                },
            ) => {
                field == other_field
                    && custom_field::covers((*operator, value), (*other_operator, other))
            }
            (
                Self::ChannelIs { .. }
                | Self::SubjectContains { .. }
                | Self::FromDomain { .. }
                | Self::PriorityAtLeast { .. }
                | Self::FirstMessage
                | Self::CustomField { .. },
                _,
            ) => false,
        }
    }
}
