//! Identifiers: opaque strings with a type prefix outside, sixteen bytes inside.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}…")]
pub struct IdError {
    /// The prefix that the wanted kind of id begins with.
    pub prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What ids of this kind begin with when written out.
            pub const PREFIX: &'static str = $prefix;

            /// An id of the sixteen given bytes; they come from the clock, never from the domain.
            #[must_use]
            pub const fn from_u128(value: u128) -> Self {
                Self(value)
            }

            /// The sixteen bytes as a number.
            #[must_use]
            pub const fn as_u128(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:032x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(parse_hex)
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

/// Exactly 32 lower-case hexadecimal digits, so that an id has one spelling.
fn parse_hex(digits: &str) -> Option<u128> {
    let canonical = digits.len() == 32
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !canonical {
        return None;
    }
    u128::from_str_radix(digits, 16).ok()
}

id!(
    /// A workspace: the unit of order, and of isolation.
    WorkspaceId, "ws_"
);
id!(
    /// A person of a workspace.
    UserId, "usr_"
);
id!(
    /// A conversation.
    ConversationId, "conv_"
);
id!(
    /// A message or an internal note.
    MessageId, "msg_"
);
id!(
    /// A rule of routing.
    RuleId, "rule_"
);
id!(
    /// A team: people among whom conversations go round.
    TeamId, "team_"
);
id!(
    /// A bearer token.
    TokenId, "tok_"
);
id!(
    /// An operation on many conversations at once.
    OperationId, "op_"
);
id!(
    /// A webhook.
    WebhookId, "wh_"
);
id!(
    /// Something that happened, as webhooks are told of it.
    EventId, "evt_"
);
id!(
    /// An event on its way to a webhook.
    DeliveryId, "dlv_"
);
id!(
    /// A start of the server: the log's own lineage is made of them.
    EpochId, "ep_"
);
id!(
    /// A notification of a person; made of what it follows from, see [`NotificationId::of`].
    NotificationId, "ntf_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_writes() {
        let id = ConversationId::from_u128(0x0192_aa00_0000_7000_8000_0000_0000_002a);
        assert_eq!(id.to_string(), "conv_0192aa0000007000800000000000002a");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_kinds_and_other_spellings_are_refused() {
        let user = UserId::from_u128(7).to_string();
        assert!(user.parse::<ConversationId>().is_err());
        for text in [
            "usr_",
            "usr_7",
            "usr_0000000000000000000000000000000G",
            "usr_0000000000000000000000000000000A",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }
}
