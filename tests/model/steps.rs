//! Random requests, valid or not, from everybody who might come.

use std::collections::BTreeMap;
use std::sync::Arc;

use ochre_assign::domain::ai_gate::AiScore;
use ochre_assign::domain::conversation::{
    AddMessage, AiMode, Assign, Channel, Command, Create, Edit, Note, OfferAiReply, Priority,
    Sender, Status,
};
use ochre_assign::domain::directory::{Role, SwitchAutopilot, TokenHolder, UserStatus};
use ochre_assign::domain::notifications::{NotificationKind, PreferenceChoice};
use ochre_assign::domain::{Caller, MessageId, Scope, TokenId, UserId};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::{Index, select, subsequence};

use crate::world::plain_creation;

/// How many custom fields a conversation may have.
pub(crate) const CUSTOM_FIELDS_MAX: usize = 2;

/// One thing that happens to a workspace.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Time passes, or with 0 stands still.
    Wait { millis: u16 },
    /// Somebody asks something of a conversation, which may not exist.
    OnConversation {
        slot: u8,
        caller: Caller,
        seen: Seen,
        ask: Ask,
    },
    /// Somebody asks something of the directory.
    OnDirectory { caller: Caller, ask: AskDirectory },
}

/// The version that the caller saw.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    Nothing,
    Present,
    Older,
}

/// What is asked of a conversation. Ids of messages are given out by the world.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Command(Command),
    /// Undo what was done so many versions ago.
    Undo {
        versions_ago: u64,
    },
}

/// What is asked of the directory. Ids and hashes are given out, or picked, by the world.
#[derive(Debug, Clone)]
pub(crate) enum AskDirectory {
    CreateUser {
        email: &'static str,
        role: Role,
    },
    UpdateUser {
        user: UserId,
        name: Option<&'static str>,
        role: Option<Role>,
        status: Option<UserStatus>,
    },
    UpdateProfile {
        name: Option<&'static str>,
        new_password: bool,
        keep: Option<Index>,
        slack: Option<Option<&'static str>>,
    },
    CreateToken {
        holder: TokenHolder,
    },
    RevokeToken(Index),
    StartSession {
        user: UserId,
        millis: u16,
    },
    EndSession(Index),
    SwitchAutopilot(SwitchAutopilot),
    ChooseNotifications {
        kind: NotificationKind,
        choice: PreferenceChoice,
    },
    /// The newest but so many.
    ReadNotification(usize),
    ReadNotifications,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 0..60)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..2_000_u16).prop_map(|millis| Step::Wait { millis }),
        12 => (slot(), caller(), seen(), ask()).prop_map(|(slot, caller, seen, ask)| {
            Step::OnConversation { slot, caller, seen, ask }
        }),
        5 => (caller(), ask_directory())
            .prop_map(|(caller, ask)| Step::OnDirectory { caller, ask }),
    ]
}

/// The first two are there from the start, the others may be created.
fn slot() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0), 2 => Just(1), 1 => Just(2), 1 => Just(3)]
}

/// The first few are there from the start, the next may be added, the last is a stranger.
fn user() -> impl Strategy<Value = UserId> {
    prop_oneof![
        12 => 1..=5_u128,
        2 => 6..=9_u128,
        1 => Just(99),
    ]
    .prop_map(UserId::from_u128)
}

fn caller() -> impl Strategy<Value = Caller> {
    prop_oneof![
        12 => user().prop_map(Caller::User),
        4 => scopes().prop_map(|scopes| Caller::Service {
            token: TokenId::from_u128(7),
            name: "integration".into(),
            scopes: Arc::new(scopes.into_iter().collect()),
        }),
        1 => Just(Caller::System),
    ]
}

fn scopes() -> impl Strategy<Value = Vec<Scope>> {
    subsequence(vec![Scope::Inbound, Scope::Ai, Scope::Read], 0..=3)
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![12 => Just(Seen::Nothing), 2 => Just(Seen::Present), 1 => Just(Seen::Older)]
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => create().prop_map(Command::Create).prop_map(Ask::Command),
        2 => message().prop_map(Command::AddMessage).prop_map(Ask::Command),
        2 => note().prop_map(Command::AddNote).prop_map(Ask::Command),
        5 => edit().prop_map(Command::Edit).prop_map(Ask::Command),
        8 => assign().prop_map(Command::Assign).prop_map(Ask::Command),
        3 => Just(Ask::Command(Command::Claim)),
        4 => Just(Ask::Command(Command::TakeOver)),
        3 => (0..4_u64).prop_map(|versions_ago| Ask::Undo { versions_ago }),
        6 => offer().prop_map(Command::OfferAiReply).prop_map(Ask::Command),
    ]
}

fn create() -> impl Strategy<Value = Box<Create>> {
    let external_id = option::of(select(vec!["crm-1", "crm-2"]));
    let facts = (external_id, select(Channel::ALL), select(Priority::ALL));
    (facts, tags(), custom_fields()).prop_map(|(facts, tags, custom_fields)| {
        let (external_id, channel, priority) = facts;
        Box::new(Create {
            external_id: external_id.map(Into::into),
            channel,
            priority,
            tags,
            custom_fields,
            ..*plain_creation()
        })
    })
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    vec(select(vec!["vip", "billing", "bug"]), 0..5)
        .prop_map(|tags| tags.into_iter().map(str::to_owned).collect())
}

fn field() -> impl Strategy<Value = String> {
    select(vec!["plan", "region", "seats", "tier"]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = String> {
    select(vec!["a", "b"]).prop_map(str::to_owned)
}

fn custom_fields() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(field(), value(), 0..=CUSTOM_FIELDS_MAX)
}

fn message() -> impl Strategy<Value = AddMessage> {
    let sender = select(vec![Sender::Customer, Sender::Agent]);
    let times = 1..200_usize;
    (sender, times).prop_map(|(sender, times)| AddMessage {
        id: MessageId::from_u128(0),
        sender,
        body: "ü".repeat(times).into(),
    })
}

fn offer() -> impl Strategy<Value = OfferAiReply> {
    (0..=100_u8, tags()).prop_map(|(confidence, labels)| OfferAiReply {
        id: MessageId::from_u128(0),
        body: "It is on its way.".into(),
        score: AiScore { confidence, labels },
    })
}

fn switch_autopilot() -> impl Strategy<Value = SwitchAutopilot> {
    (
        any::<bool>(),
        btree_map(select(Channel::ALL), select(AiMode::ALL), 0..=2),
        option::weighted(0.3, 0..=100_u8),
        option::weighted(0.3, 0..=100_u8),
        option::weighted(0.3, tags()),
    )
        .prop_map(
            |(enabled, channels, auto_send_floor, silence_floor, bypass)| SwitchAutopilot {
                enabled,
                channels,
                auto_send_floor,
                silence_floor,
                bypass,
            },
        )
}

fn note() -> impl Strategy<Value = Note> {
    vec(user(), 0..3).prop_map(|mentions| Note {
        id: MessageId::from_u128(0),
        body: "The refund is approved.".into(),
        mentions,
    })
}

fn edit() -> impl Strategy<Value = Box<Edit>> {
    (
        option::of(select(Status::ALL)),
        option::weighted(0.2, select(Priority::ALL)),
        option::weighted(0.2, tags()),
        btree_map(field(), option::weighted(0.8, value()), 0..4),
    )
        .prop_map(|(status, priority, tags, custom_fields)| {
            Box::new(Edit {
                status,
                priority,
                tags,
                custom_fields,
                custom_fields_max: CUSTOM_FIELDS_MAX,
            })
        })
}

fn assign() -> impl Strategy<Value = Assign> {
    (
        option::weighted(0.8, user()),
        option::weighted(0.2, option::of(user())),
        option::weighted(0.3, note()),
    )
        .prop_map(|(assignee, expected, note)| Assign {
            assignee,
            expected,
            note,
        })
}

fn ask_directory() -> BoxedStrategy<AskDirectory> {
    let name = || option::of(select(vec!["Alex", "Robin"]));
    let email = select(vec![
        "new@acme.example",
        "NEW@acme.example",
        "b@acme.example",
    ]);
    let role = || select(Role::ALL);
    let status = select(UserStatus::ALL);
    let update = (user(), name(), option::of(role()), option::of(status)).prop_map(
        |(user, name, role, status)| AskDirectory::UpdateUser {
            user,
            name,
            role,
            status,
        },
    );
    let slack = option::of(option::of(Just("U1")));
    let profile = (name(), any::<bool>(), option::of(any::<Index>()), slack).prop_map(
        |(name, new_password, keep, slack)| AskDirectory::UpdateProfile {
            name,
            new_password,
            keep,
            slack,
        },
    );
    let holder = prop_oneof![
        3 => user().prop_map(|id| TokenHolder::User { id }),
        1 => scopes().prop_map(|scopes| TokenHolder::Service {
            scopes: Arc::new(scopes.into_iter().collect()),
        }),
    ];
    prop_oneof![
        2 => (email, role()).prop_map(|(email, role)| AskDirectory::CreateUser { email, role }),
        6 => update,
        2 => profile,
        2 => holder.prop_map(|holder| AskDirectory::CreateToken { holder }),
        1 => any::<Index>().prop_map(AskDirectory::RevokeToken),
        4 => (user(), 1..5_000_u16)
            .prop_map(|(user, millis)| AskDirectory::StartSession { user, millis }),
        1 => any::<Index>().prop_map(AskDirectory::EndSession),
        2 => switch_autopilot().prop_map(AskDirectory::SwitchAutopilot),
        1 => (select(NotificationKind::ALL), option::of(any::<bool>())).prop_map(|(kind, in_app)| {
            let choice = PreferenceChoice { in_app, ..PreferenceChoice::default() };
            AskDirectory::ChooseNotifications { kind, choice }
        }),
        2 => (0..4_usize).prop_map(AskDirectory::ReadNotification),
        1 => Just(AskDirectory::ReadNotifications),
    ]
    .boxed()
}
