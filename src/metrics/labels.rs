//! The values of labels: closed sets, so that every counter exists before it is first needed.

use std::fmt;

/// A closed set of values for one label.
pub(super) trait Label: Copy + fmt::Debug + 'static {
    /// The label's name.
    const NAME: &'static str;
    /// Every value, in the order of [`Label::index`].
    const ALL: &'static [Self];

    /// The value as it is written.
    fn text(self) -> &'static str;

    /// Its place in [`Label::ALL`].
    fn index(self) -> usize;
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident as $label:literal {
        $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl Label for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            #[expect(clippy::as_conversions, reason = "the only way to a discriminant")]
            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

label!(
    /// What a caller asked for.
    Command as "command" {
        /// A new conversation.
        Create => "create",
        /// A message of a customer or an agent.
        Message => "message",
        /// An internal note.
        Note => "note",
        /// Status, priority, tags or custom fields.
        Patch => "patch",
        /// An assignee, whoever it was before.
        Assign => "assign",
        /// No assignee.
        Unassign => "unassign",
        /// The caller as assignee, if there is none.
        Claim => "claim",
        /// A conversation from the AI.
        TakeOver => "take_over",
        /// The previous assignee.
        Undo => "undo",
        /// A reply of the AI.
        AiReply => "ai_reply",
        /// People, teams, rules, autopilot, tokens, preferences.
        Directory => "directory",
        /// Anything else that is committed.
        Other => "other",
    }
);

label!(
    /// What became of a command.
    Outcome as "outcome" {
        /// It is committed.
        Changed => "changed",
        /// Nothing had to change.
        Unchanged => "unchanged",
        /// The domain said no.
        Refused => "refused",
        /// The journal could not be written.
        Unavailable => "unavailable",
        /// A queue or a mailbox was full.
        Overloaded => "overloaded",
        /// A fault of this program.
        Failed => "failed",
    }
);

label!(
    /// How somebody outside is told.
    DeliveryChannel as "channel" {
        /// Mail.
        Email => "email",
        /// A direct message in Slack.
        Slack => "slack",
    }
);

label!(
    /// What became of an attempt to tell somebody outside.
    DeliveryOutcome as "outcome" {
        /// The other side has it.
        Accepted => "accepted",
        /// The other side asked to wait.
        Later => "later",
        /// It is tried again, unless that was the last attempt.
        Failed => "failed",
        /// It was refused for good.
        Refused => "refused",
    }
);

label!(
    /// Why a command met another one's result.
    Conflict as "code" {
        /// Somebody else has it.
        AlreadyAssigned => "already_assigned",
        /// The expected assignee is not the present one.
        AssigneeChanged => "assignee_changed",
        /// Another person took it over from the AI.
        AlreadyTakenOver => "already_taken_over",
        /// The AI does not handle it.
        NotInAiQueue => "not_in_ai_queue",
        /// A later change of assignee is committed.
        NothingToUndo => "nothing_to_undo",
        /// `If-Match` names another version.
        VersionMismatch => "version_mismatch",
        /// The external id belongs to another conversation.
        ExternalIdTaken => "external_id_taken",
        /// The email address belongs to another user.
        EmailTaken => "email_taken",
        /// The last active owner would be gone.
        LastOwner => "last_owner",
    }
);

impl Conflict {
    /// The conflict that an error code of the API stands for, if it is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.text() == code)
    }
}

label!(
    /// The class of an HTTP status.
    StatusClass as "class" {
        /// 100 to 199.
        Informational => "1xx",
        /// 200 to 299.
        Success => "2xx",
        /// 300 to 399.
        Redirection => "3xx",
        /// 400 to 499.
        ClientError => "4xx",
        /// 500 and above.
        ServerError => "5xx",
    }
);

impl StatusClass {
    /// The class of a status code.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            0..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

label!(
    /// What a dashboard looks at.
    ViewKind as "view" {
        /// One of the seven lists.
        List => "list",
        /// One conversation.
        Conversation => "conversation",
        /// The numbers of the seven lists.
        Counts => "counts",
        /// The numbers of the workspace.
        Stats => "stats",
    }
);

label!(
    /// Why a dashboard must begin a view again.
    ResyncReason as "reason" {
        /// It reads too slowly.
        Slow => "slow",
        /// Its position is of another log.
        Epoch => "epoch",
        /// Its position is too far back.
        TooFar => "too_far",
    }
);

label!(
    /// Why a socket was closed.
    Closed as "code" {
        /// The client closed it, or it broke.
        ByClient => "client",
        /// Nobody said who it was.
        NotAuthenticated => "4001",
        /// The person was deactivated or signed out.
        SignedOut => "4003",
        /// It read too slowly.
        TooSlow => "4008",
        /// A limit was broken.
        LimitBroken => "4009",
        /// The server restarts.
        Restart => "4012",
    }
);

impl ResyncReason {
    /// As the wire has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.text()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn texts<L: Label>() -> Vec<&'static str> {
        for (index, value) in L::ALL.iter().enumerate() {
            assert_eq!(value.index(), index, "{value:?}");
        }
        L::ALL.iter().map(|value| value.text()).collect()
    }

    #[test]
    fn values_have_distinct_texts_and_places() {
        for texts in [
            texts::<Command>(),
            texts::<Outcome>(),
            texts::<Conflict>(),
            texts::<StatusClass>(),
        ] {
            let distinct: BTreeSet<_> = texts.iter().collect();
            assert_eq!(distinct.len(), texts.len());
        }
    }

    #[test]
    fn a_conflict_is_found_by_its_code() {
        let found = Conflict::from_code("already_assigned");
        assert_eq!(found, Some(Conflict::AlreadyAssigned));
        assert_eq!(Conflict::from_code("not_found"), None);
    }

    #[test]
    fn a_status_belongs_to_its_class() {
        assert_eq!(StatusClass::of(101), StatusClass::Informational);
        assert_eq!(StatusClass::of(299), StatusClass::Success);
        assert_eq!(StatusClass::of(304), StatusClass::Redirection);
        assert_eq!(StatusClass::of(429), StatusClass::ClientError);
        assert_eq!(StatusClass::of(503), StatusClass::ServerError);
    }
}
