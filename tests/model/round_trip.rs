//! Whatever a commit can hold reads back as it was written.

use std::collections::BTreeMap;
use std::sync::Arc;

use ochre_assign::domain::ai_gate::{AiOutcome, AiReason, AiScore};
use ochre_assign::domain::conversation::{
    AiMode, AssignedBy, Author, Channel, ConversationEvent, Created, Customer, Message,
    MessageKind, Priority, Status,
};
use ochre_assign::domain::directory::{
    AutopilotSettings, DirectoryEvent, DisabledReason, Role, SecretHash, TokenHolder, UserStatus,
    WebhookChange, WebhookTopic,
};
use ochre_assign::domain::notifications::{Cadence, NotificationKind, Preference};
use ochre_assign::domain::operation::{
    AssignMany, Changed, Finished, ItemFailure, ItemName, ItemOutcome, NoteToAll, OperationEvent,
    Started, Work,
};
use ochre_assign::domain::{
    Actor, Commit, CommitBody, ConversationCommit, ConversationId, EpochId, MessageId,
    NotificationId, OperationId, Scope, Timestamp, TokenId, UserId, WebhookId,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::{option, prop_assert_eq, proptest};

use crate::routing_events;

proptest! {
    #[test]
    fn every_commit_reads_back_as_it_was_written(commit in commit()) {
        let text = serde_json::to_string(&commit).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Commit>(&text).unwrap(), &commit);
        let value = serde_json::to_value(&commit).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Commit>(value).unwrap(), &commit);
        let bytes = serde_json::to_vec(&commit).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Commit>(&bytes).unwrap(), commit);
    }
}

fn commit() -> impl Strategy<Value = Commit> {
    (any::<u64>(), time(), actor(), body()).prop_map(|(seq, at, actor, body)| Commit {
        seq,
        at,
        actor,
        body,
    })
}

fn body() -> impl Strategy<Value = CommitBody> {
    let conversation = (
        any::<u128>(),
        any::<u64>(),
        option::of(any::<u64>()),
        option::of(operation()),
        vec(conversation_event(), 0..4),
    );
    prop_oneof![
        8 => conversation.prop_map(|(id, version, number, operation, events)| {
            CommitBody::Conversation(ConversationCommit {
                conversation: ConversationId::from_u128(id),
                version,
                number,
                operation,
                events,
            })
        }),
        8 => vec(directory_event(), 0..4).prop_map(|events| CommitBody::Directory { events }),
        2 => operation_event().prop_map(|event| CommitBody::Operation { event }),
        1 => any::<u128>().prop_map(|epoch| CommitBody::Epoch { epoch: EpochId::from_u128(epoch) }),
    ]
}

fn conversation_event() -> BoxedStrategy<ConversationEvent> {
    let undo_of = || option::of(any::<u64>());
    prop_oneof![
        created().prop_map(ConversationEvent::Created),
        message().prop_map(|message| ConversationEvent::MessageAdded { message }),
        message().prop_map(|message| ConversationEvent::NoteAdded { message }),
        (user(), option::of(user()), by(), undo_of()).prop_map(
            |(assignee, previous, by, undo_of)| ConversationEvent::Assigned {
                assignee,
                previous,
                by,
                undo_of,
            }
        ),
        (user(), by(), undo_of()).prop_map(|(previous, by, undo_of)| {
            ConversationEvent::Unassigned {
                previous,
                by,
                undo_of,
            }
        }),
        (user(), option::of(user()))
            .prop_map(|(by, previous)| ConversationEvent::TakenOver { by, previous }),
        (select(Status::ALL), select(Status::ALL))
            .prop_map(|(from, to)| ConversationEvent::StatusChanged { from, to }),
        (select(Priority::ALL), select(Priority::ALL))
            .prop_map(|(from, to)| ConversationEvent::PriorityChanged { from, to }),
        (tags(), tags()).prop_map(|(from, to)| ConversationEvent::TagsChanged { from, to }),
        (changes(), changes())
            .prop_map(|(from, to)| ConversationEvent::CustomFieldsChanged { from, to }),
        ai_event(),
    ]
    .boxed()
}

fn ai_event() -> BoxedStrategy<ConversationEvent> {
    let reason = || select(AiReason::ALL);
    prop_oneof![
        (message(), score())
            .prop_map(|(message, score)| ConversationEvent::AiReplySent { message, score }),
        (text(), reason(), score()).prop_map(|(body, reason, score)| {
            ConversationEvent::AiReplySuppressed {
                body,
                reason,
                score,
            }
        }),
        (text(), reason(), score()).prop_map(|(body, reason, score)| {
            ConversationEvent::AiDraftSaved {
                body,
                reason,
                score,
            }
        }),
        (select(AiOutcome::ALL), reason(), score()).prop_map(|(outcome, reason, score)| {
            ConversationEvent::AiHandlingEnded {
                outcome,
                reason,
                score,
            }
        }),
    ]
    .boxed()
}

fn score() -> impl Strategy<Value = AiScore> {
    (any::<u8>(), vec(any::<String>(), 0..3))
        .prop_map(|(confidence, labels)| AiScore { confidence, labels })
}

fn settings() -> impl Strategy<Value = AutopilotSettings> {
    let channels = btree_map(select(Channel::ALL), select(AiMode::ALL), 0..3);
    let bypass = vec(any::<String>(), 0..3);
    (channels, any::<u8>(), any::<u8>(), bypass).prop_map(
        |(channels, auto_send_floor, silence_floor, bypass)| AutopilotSettings {
            channels,
            auto_send_floor,
            silence_floor,
            bypass,
        },
    )
}

fn created() -> impl Strategy<Value = Created> {
    let customer = (any::<String>(), any::<String>())
        .prop_map(|(name, email)| Arc::new(Customer { name, email }));
    let fields = btree_map(any::<String>(), any::<String>(), 0..3).prop_map(Arc::new);
    let facts = (option::of(text()), select(Channel::ALL), text(), customer);
    let ai = (any::<bool>(), select(AiMode::ALL));
    let rest = (fields, ai, option::of(routing_events::routing()));
    (facts, select(Priority::ALL), tags(), rest).prop_map(
        |(facts, priority, tags, (custom_fields, (ai_handling, ai_mode), routing))| {
            let (external_id, channel, subject, customer) = facts;
            Created {
                external_id,
                channel,
                subject,
                customer,
                priority,
                tags,
                custom_fields,
                ai_handling,
                ai_mode,
                routing: routing.map(Arc::new),
            }
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let author = prop_oneof![
        Just(Author::Customer),
        user().prop_map(|id| Author::User { id }),
        (option::of(token()), text()).prop_map(|(id, name)| Author::Ai { id, name }),
    ];
    let id = any::<u128>().prop_map(MessageId::from_u128);
    (
        id,
        select(MessageKind::ALL),
        author,
        text(),
        vec(user(), 0..3),
    )
        .prop_map(|(id, kind, author, body, mentions)| Message {
            id,
            kind,
            author,
            body,
            mentions,
        })
}

fn directory_event() -> BoxedStrategy<DirectoryEvent> {
    let people = prop_oneof![
        (
            user(),
            text(),
            text(),
            select(Role::ALL),
            option::of(text())
        )
            .prop_map(|(user, name, email, role, password_hash)| {
                DirectoryEvent::UserCreated {
                    user,
                    name,
                    email,
                    role,
                    password_hash,
                }
            }),
        (user(), text()).prop_map(|(user, name)| DirectoryEvent::UserRenamed { user, name }),
        (user(), select(Role::ALL))
            .prop_map(|(user, role)| DirectoryEvent::RoleChanged { user, role }),
        (user(), select(UserStatus::ALL))
            .prop_map(|(user, status)| DirectoryEvent::UserStatusChanged { user, status }),
        (user(), text(), option::of(hash())).prop_map(|(user, password_hash, keep_session)| {
            DirectoryEvent::PasswordChanged {
                user,
                password_hash,
                keep_session,
            }
        }),
        (user(), text())
            .prop_map(|(user, time_zone)| DirectoryEvent::TimeZoneChanged { user, time_zone }),
        (user(), option::of(text())).prop_map(|(user, slack_user_id)| {
            DirectoryEvent::SlackAccountChanged {
                user,
                slack_user_id,
            }
        }),
    ];
    prop_oneof![
        7 => people,
        1 => (text(), text())
            .prop_map(|(name, time_zone)| DirectoryEvent::WorkspaceCreated { name, time_zone }),
        1 => (token(), text(), holder(), hash()).prop_map(|(token, name, holder, hash)| {
            DirectoryEvent::TokenCreated { token, name, holder, hash }
        }),
        1 => token().prop_map(|token| DirectoryEvent::TokenRevoked { token }),
        1 => (user(), hash(), time()).prop_map(|(user, hash, expires_at)| {
            DirectoryEvent::SessionStarted { user, hash, expires_at }
        }),
        1 => hash().prop_map(|hash| DirectoryEvent::SessionEnded { hash }),
        1 => (any::<u128>().prop_map(WebhookId::from_u128), webhook_change())
            .prop_map(|(webhook, change)| DirectoryEvent::WebhookChanged { webhook, change }),
        1 => any::<bool>().prop_map(|enabled| DirectoryEvent::AutopilotSwitched { enabled }),
        4 => routing_events::directory_event(),
        1 => (settings(), settings()).prop_map(|(while_on, while_off)| {
            DirectoryEvent::AutopilotSet { while_on, while_off }
        }),
        1 => (user(), preferences()).prop_map(|(user, preferences)| {
            DirectoryEvent::NotificationPreferencesChanged { user, preferences }
        }),
        1 => (user(), any::<u128>()).prop_map(|(user, id)| DirectoryEvent::NotificationRead {
            user,
            notification: NotificationId::from_u128(id),
        }),
        1 => user().prop_map(|user| DirectoryEvent::NotificationsRead { user }),
    ]
    .boxed()
}

fn webhook_change() -> impl Strategy<Value = WebhookChange> {
    let topics = || {
        let all = WebhookTopic::ALL;
        subsequence(all, 0..=all.len()).prop_map(|some| Arc::new(some.into_iter().collect()))
    };
    let reasons = [
        DisabledReason::Failing,
        DisabledReason::Backlog,
        DisabledReason::Gone,
        DisabledReason::NoSecret,
    ];
    prop_oneof![
        (text(), topics()).prop_map(|(url, topics)| WebhookChange::Created { url, topics }),
        (
            option::of(text()),
            option::of(topics()),
            option::of(any::<bool>())
        )
            .prop_map(|(url, topics, enabled)| WebhookChange::Updated {
                url,
                topics,
                enabled
            }),
        Just(WebhookChange::SecretRotated),
        select(reasons.to_vec()).prop_map(|reason| WebhookChange::Disabled { reason }),
        Just(WebhookChange::Deleted),
    ]
}

fn preferences() -> impl Strategy<Value = BTreeMap<NotificationKind, Preference>> {
    let switches = any::<[bool; 3]>();
    let preference =
        (switches, select(Cadence::ALL)).prop_map(|([in_app, email, slack], cadence)| Preference {
            in_app,
            email,
            slack,
            cadence,
        });
    btree_map(select(NotificationKind::ALL), preference, 0..3)
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        user().prop_map(|id| Actor::User { id }),
        (token(), text()).prop_map(|(id, name)| Actor::Service { id, name }),
        Just(Actor::System),
    ]
}

fn by() -> impl Strategy<Value = AssignedBy> {
    prop_oneof![
        user().prop_map(|id| AssignedBy::User { id }),
        user().prop_map(|id| AssignedBy::TakeOver { id }),
        routing_events::by(),
        (user(), operation()).prop_map(|(id, operation)| AssignedBy::Bulk { id, operation }),
    ]
}

fn operation_event() -> BoxedStrategy<OperationEvent> {
    let finished = (operation(), vec((any::<usize>(), outcome()), 0..4));
    let started = (operation(), work(), option::of(text()), any::<usize>());
    prop_oneof![
        started.prop_map(|(operation, work, idempotency_key, kept_max)| {
            OperationEvent::Started(Arc::new(Started {
                operation,
                work,
                idempotency_key,
                kept_max,
            }))
        }),
        finished.prop_map(|(operation, outcomes)| {
            OperationEvent::Finished(Finished {
                operation,
                outcomes,
            })
        }),
    ]
    .boxed()
}

fn work() -> impl Strategy<Value = Work> {
    let conversation = || any::<u128>().prop_map(ConversationId::from_u128);
    let name = prop_oneof![
        conversation().prop_map(ItemName::Id),
        any::<String>().prop_map(|text| ItemName::of(&text)),
    ];
    let note =
        (text(), vec(user(), 0..3)).prop_map(|(body, mentions)| NoteToAll { body, mentions });
    let assign = (
        vec(name, 0..4),
        option::of(text()),
        option::of(user()),
        any::<bool>(),
        option::of(note),
    );
    let changed = (conversation(), any::<u64>()).prop_map(|(conversation, version)| Changed {
        conversation,
        version,
    });
    prop_oneof![
        assign.prop_map(|(items, filter, assignee, only_unassigned, note)| {
            Work::Assign(AssignMany {
                items,
                filter,
                assignee,
                only_unassigned,
                note,
            })
        }),
        (operation(), vec(changed, 0..4))
            .prop_map(|(operation, items)| Work::Undo { operation, items }),
    ]
}

fn outcome() -> impl Strategy<Value = ItemOutcome> {
    prop_oneof![
        any::<u64>().prop_map(|version| ItemOutcome::Changed { version }),
        any::<u64>().prop_map(|version| ItemOutcome::Unchanged { version }),
        select(ItemFailure::ALL).prop_map(|code| ItemOutcome::Failed { code }),
    ]
}

fn operation() -> impl Strategy<Value = OperationId> {
    any::<u128>().prop_map(OperationId::from_u128)
}

fn holder() -> impl Strategy<Value = TokenHolder> {
    prop_oneof![
        user().prop_map(|id| TokenHolder::User { id }),
        subsequence(vec![Scope::Inbound, Scope::Ai, Scope::Read], 0..=3).prop_map(|scopes| {
            TokenHolder::Service {
                scopes: Arc::new(scopes.into_iter().collect()),
            }
        }),
    ]
}

fn text() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Into::into)
}

fn tags() -> impl Strategy<Value = Arc<Vec<String>>> {
    vec(any::<String>(), 0..3).prop_map(Arc::new)
}

fn changes() -> impl Strategy<Value = BTreeMap<String, Option<String>>> {
    btree_map(any::<String>(), option::of(any::<String>()), 0..3)
}

fn user() -> impl Strategy<Value = UserId> {
    any::<u128>().prop_map(UserId::from_u128)
}

fn token() -> impl Strategy<Value = TokenId> {
    any::<u128>().prop_map(TokenId::from_u128)
}

fn hash() -> impl Strategy<Value = SecretHash> {
    any::<[u8; 32]>().prop_map(SecretHash)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}
