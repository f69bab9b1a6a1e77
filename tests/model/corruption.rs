//! A log that was tampered with, or damaged, is caught, and by the right invariant.

use std::sync::Arc;

use ochre_assign::domain::ai_gate::{AiReason, AiScore};
use ochre_assign::domain::conversation::{
    Assign, Author, Command, ConversationEvent, Message, MessageKind, OfferAiReply,
};
use ochre_assign::domain::directory::{DirectoryEvent, DirectoryFold};
use ochre_assign::domain::invariants::{Invariant, LogChecker, Violation};
use ochre_assign::domain::{
    Caller, Commit, CommitBody, ConversationCommit, ConversationId, MessageId, Scope, Timestamp,
    TokenId, UserId,
};
use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::steps::{Ask, Seen, Step, steps};
use crate::world::{World, replay};

const STRANGER: UserId = UserId::from_u128(99);

/// One way of breaking a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Corruption {
    DropOne,
    DropOneAndCloseTheGap,
    Duplicate,
    DuplicateAndRenumber,
    SwapNeighbours,
    SwapTwoOfAConversation,
    TimeGoesBack,
    VersionGap,
    NumberGap,
    NumberMissing,
    NumberTwice,
    IneligibleAssignee,
    WrongPreviousOwner,
    TakeOverOfWhatTheAiDoesNotHandle,
    SentAfterTakeOver,
    GateMisquoted,
    CreationLost,
    CreatedTwice,
    ExternalIdTwice,
    UnknownUser,
    UnknownMention,
    NothingSaid,
}

use Corruption::{
    CreatedTwice, CreationLost, DropOne, DropOneAndCloseTheGap, Duplicate, DuplicateAndRenumber,
    ExternalIdTwice, GateMisquoted, IneligibleAssignee, NothingSaid, NumberGap, NumberMissing,
    NumberTwice, SentAfterTakeOver, SwapNeighbours, SwapTwoOfAConversation,
    TakeOverOfWhatTheAiDoesNotHandle, TimeGoesBack, UnknownMention, UnknownUser, VersionGap,
    WrongPreviousOwner,
};

const ALL: &[Corruption] = &[
    DropOne,
    DropOneAndCloseTheGap,
    Duplicate,
    DuplicateAndRenumber,
    SwapNeighbours,
    SwapTwoOfAConversation,
    TimeGoesBack,
    VersionGap,
    NumberGap,
    NumberMissing,
    NumberTwice,
    IneligibleAssignee,
    WrongPreviousOwner,
    TakeOverOfWhatTheAiDoesNotHandle,
    SentAfterTakeOver,
    GateMisquoted,
    CreationLost,
    CreatedTwice,
    ExternalIdTwice,
    UnknownUser,
    UnknownMention,
    NothingSaid,
];

impl Corruption {
    const fn breaks(self) -> Invariant {
        match self {
            DropOne
            | DropOneAndCloseTheGap
            | Duplicate
            | DuplicateAndRenumber
            | SwapNeighbours
            | SwapTwoOfAConversation
            | TimeGoesBack
            | VersionGap
            | NumberGap
            | NumberMissing
            | NumberTwice => Invariant::OneOrder,
            IneligibleAssignee => Invariant::EligibleAtCommit,
            WrongPreviousOwner => Invariant::OneOwner,
            TakeOverOfWhatTheAiDoesNotHandle | SentAfterTakeOver => Invariant::Fence,
            GateMisquoted => Invariant::AiGate,
            CreationLost | CreatedTwice | ExternalIdTwice | UnknownUser | UnknownMention
            | NothingSaid => Invariant::Foldable,
        }
    }

    /// Whether the commit at the index can be broken in this way.
    fn applies(self, log: &[Commit], index: usize) -> bool {
        let commit = &log[index];
        let conversation = conversation(commit);
        match self {
            DropOne | SwapNeighbours => index + 1 < log.len(),
            Duplicate => true,
            TimeGoesBack => index > 0,
            UnknownUser => conversation.is_none(),
            NothingSaid => true,
            VersionGap | DuplicateAndRenumber | UnknownMention => conversation.is_some(),
            DropOneAndCloseTheGap | SwapTwoOfAConversation => next_of_same(log, index).is_some(),
            NumberGap | NumberMissing | CreationLost | CreatedTwice => is_creation(commit),
            ExternalIdTwice => is_creation(commit) && log[..index].iter().any(is_creation),
            NumberTwice => conversation.is_some() && !is_creation(commit),
            IneligibleAssignee => moves_owner(commit, |event| {
                !matches!(event, ConversationEvent::Unassigned { .. })
            }),
            WrongPreviousOwner => moves_owner(commit, |_| true),
            SentAfterTakeOver | GateMisquoted => suppressed_after_take_over(commit),
            TakeOverOfWhatTheAiDoesNotHandle => {
                let (_, conversations) = replay(&log[..index]);
                let handled = conversation
                    .and_then(|body| conversations.get(&body.conversation))
                    .is_some_and(|one| one.ai.handling);
                let assigns = |event: &_| matches!(event, ConversationEvent::Assigned { .. });
                !handled && moves_owner(commit, assigns)
            }
        }
    }

    fn apply(self, log: &mut Vec<Commit>, index: usize) {
        match self {
            DropOne => drop(log.remove(index)),
            DropOneAndCloseTheGap => {
                log.remove(index);
                renumber(log);
            }
            Duplicate => log.insert(index, log[index].clone()),
            DuplicateAndRenumber => {
                log.insert(index, log[index].clone());
                renumber(log);
            }
            SwapNeighbours => log.swap(index, index + 1),
            SwapTwoOfAConversation => {
                let other = next_of_same(log, index).unwrap();
                let body = log[index].body.clone();
                log[index].body = std::mem::replace(&mut log[other].body, body);
            }
            TimeGoesBack => {
                let before = log[index - 1].at.as_millis();
                log[index].at = Timestamp::from_millis(before - 1);
            }
            UnknownUser => directory_events(&mut log[index]).push(DirectoryEvent::UserRenamed {
                user: STRANGER,
                name: "Nobody".into(),
            }),
            NothingSaid => match &mut log[index].body {
                CommitBody::Conversation(body) => body.events.clear(),
                CommitBody::Directory { events } => events.clear(),
                CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {}
            },
            VersionGap => body(&mut log[index]).version += 1,
            NumberGap => *body(&mut log[index]).number.as_mut().unwrap() += 1,
            NumberMissing => body(&mut log[index]).number = None,
            NumberTwice => {
                let created = log[..index].iter().filter(|one| is_creation(one)).count();
                body(&mut log[index]).number = Some(u64::try_from(created).unwrap() + 1);
            }
            IneligibleAssignee => {
                let (directory, _) = replay(&log[..index]);
                give_to(body(&mut log[index]), ineligible(&directory));
            }
            WrongPreviousOwner => wrong_previous(body(&mut log[index])),
            TakeOverOfWhatTheAiDoesNotHandle => take_over(body(&mut log[index])),
            SentAfterTakeOver => send_what_was_suppressed(body(&mut log[index])),
            GateMisquoted => misquote_the_gate(body(&mut log[index])),
            CreationLost => drop(body(&mut log[index]).events.remove(0)),
            CreatedTwice => {
                let events = &mut body(&mut log[index]).events;
                events.push(events[0].clone());
            }
            ExternalIdTwice => {
                let first = log.iter().position(is_creation).unwrap();
                for index in [first, index] {
                    set_external_id(body(&mut log[index]));
                }
            }
            UnknownMention => {
                let note = body(&mut log[index]).events.iter_mut().find_map(mentions);
                match note {
                    Some(mentions) => mentions.push(STRANGER),
                    None => add_note_by_a_stranger(body(&mut log[index])),
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn a_broken_log_is_caught_by_the_right_invariant(
        steps in steps(),
        corruption in select(ALL),
        place in any::<Index>(),
    ) {
        let mut world = furnished();
        for step in &steps {
            world.take(step);
        }
        prop_assert_eq!(first_violation(&world.log), None);
        let mut log = world.log;
        let places: Vec<_> =
            (0..log.len()).filter(|index| corruption.applies(&log, *index)).collect();
        prop_assert!(!places.is_empty(), "the furnished log has a place for everything");
        corruption.apply(&mut log, *place.get(&places));
        let found = first_violation(&log).map(|violation| violation.invariant);
        prop_assert_eq!(found, Some(corruption.breaks()));
    }
}

/// Every way at every place of one short log, so that none depends on luck.
#[test]
fn every_corruption_is_caught_at_every_place() {
    let log = furnished().log;
    for corruption in ALL {
        let places: Vec<_> = (0..log.len())
            .filter(|index| corruption.applies(&log, *index))
            .collect();
        assert!(!places.is_empty(), "{corruption:?} has no place");
        for place in places {
            let mut broken = log.clone();
            corruption.apply(&mut broken, place);
            let found = first_violation(&broken).map(|violation| violation.invariant);
            assert_eq!(
                found,
                Some(corruption.breaks()),
                "{corruption:?} at index {place}"
            );
        }
    }
}

fn first_violation(log: &[Commit]) -> Option<Violation> {
    let mut checker = LogChecker::default();
    log.iter().find_map(|commit| checker.check(commit).err())
}

/// A log in which something of every kind has happened.
fn furnished() -> World {
    let mut world = World::new();
    let owner = Caller::User(UserId::from_u128(1));
    let maya = Caller::User(UserId::from_u128(3));
    let ai = Caller::Service {
        token: TokenId::from_u128(7),
        name: "AI".into(),
        scopes: Arc::new([Scope::Ai].into()),
    };
    let offer = Command::OfferAiReply(OfferAiReply {
        id: MessageId::from_u128(0),
        body: "It is on its way.".into(),
        score: AiScore {
            confidence: 99,
            labels: Vec::new(),
        },
    });
    let on = |slot, caller: &Caller, command| Step::OnConversation {
        slot,
        caller: caller.clone(),
        seen: Seen::Nothing,
        ask: Ask::Command(command),
    };
    let assign = |user: Option<u128>| {
        Command::Assign(Assign {
            assignee: user.map(UserId::from_u128),
            expected: None,
            note: None,
        })
    };
    for step in [
        on(0, &owner, assign(Some(4))),
        on(0, &maya, Command::TakeOver),
        on(1, &maya, Command::Claim),
        on(1, &owner, assign(Some(4))),
        on(1, &owner, assign(None)),
        on(0, &ai, offer),
    ] {
        world.take(&step);
    }
    world
}

const fn conversation(commit: &Commit) -> Option<&ConversationCommit> {
    match &commit.body {
        CommitBody::Conversation(body) => Some(body),
        CommitBody::Directory { .. } | CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {
            None
        }
    }
}

fn body(commit: &mut Commit) -> &mut ConversationCommit {
    match &mut commit.body {
        CommitBody::Conversation(body) => body,
        CommitBody::Directory { .. } | CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {
            panic!("not about a conversation")
        }
    }
}

fn directory_events(commit: &mut Commit) -> &mut Vec<DirectoryEvent> {
    match &mut commit.body {
        CommitBody::Directory { events } => events,
        CommitBody::Conversation(_) | CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {
            panic!("not about the directory")
        }
    }
}

fn is_creation(commit: &Commit) -> bool {
    conversation(commit).is_some_and(|body| body.version == 1)
}

fn next_of_same(log: &[Commit], index: usize) -> Option<usize> {
    let id: ConversationId = conversation(&log[index])?.conversation;
    let same = |commit: &Commit| conversation(commit).is_some_and(|one| one.conversation == id);
    (index + 1..log.len()).find(|other| same(&log[*other]))
}

fn moves_owner(commit: &Commit, wanted: impl Fn(&ConversationEvent) -> bool) -> bool {
    let moves = |event: &ConversationEvent| {
        matches!(
            event,
            ConversationEvent::Assigned { .. }
                | ConversationEvent::Unassigned { .. }
                | ConversationEvent::TakenOver { .. }
        )
    };
    conversation(commit).is_some_and(|body| {
        body.events
            .iter()
            .any(|event| moves(event) && wanted(event))
    })
}

fn renumber(log: &mut [Commit]) {
    for (seq, commit) in (1..).zip(log) {
        commit.seq = seq;
    }
}

fn ineligible(directory: &DirectoryFold) -> UserId {
    directory
        .directory
        .users()
        .map(|user| user.id)
        .find(|user| !directory.directory.may_be_assigned(*user))
        .unwrap_or(STRANGER)
}

fn give_to(body: &mut ConversationCommit, user: UserId) {
    for event in &mut body.events {
        match event {
            ConversationEvent::Assigned { assignee, .. } => *assignee = user,
            ConversationEvent::TakenOver { by, .. } => *by = user,
            _ => {}
        }
    }
}

fn wrong_previous(body: &mut ConversationCommit) {
    for event in &mut body.events {
        match event {
            ConversationEvent::Assigned { previous, .. }
            | ConversationEvent::TakenOver { previous, .. } => {
                *previous = match previous {
                    Some(_) => None,
                    None => Some(STRANGER),
                };
            }
            ConversationEvent::Unassigned { previous, .. } => *previous = STRANGER,
            _ => {}
        }
    }
}

fn take_over(body: &mut ConversationCommit) {
    for event in &mut body.events {
        if let ConversationEvent::Assigned {
            assignee, previous, ..
        } = *event
        {
            *event = ConversationEvent::TakenOver {
                by: assignee,
                previous,
            };
        }
    }
}

fn set_external_id(body: &mut ConversationCommit) {
    for event in &mut body.events {
        if let ConversationEvent::Created(created) = event {
            created.external_id = Some(Arc::from("crm-0"));
        }
    }
}

fn mentions(event: &mut ConversationEvent) -> Option<&mut Vec<UserId>> {
    match event {
        ConversationEvent::NoteAdded { message } => Some(&mut message.mentions),
        _ => None,
    }
}

fn add_note_by_a_stranger(body: &mut ConversationCommit) {
    body.events.push(ConversationEvent::NoteAdded {
        message: Message {
            id: MessageId::from_u128(1),
            kind: MessageKind::Note,
            author: Author::User { id: STRANGER },
            body: "Who am I?".into(),
            mentions: Vec::new(),
        },
    });
}

fn suppressed_after_take_over(commit: &Commit) -> bool {
    let after_take_over = |event: &_| {
        matches!(
            event,
            ConversationEvent::AiReplySuppressed {
                reason: AiReason::HandedOff,
                ..
            }
        )
    };
    conversation(commit).is_some_and(|body| body.events.iter().any(after_take_over))
}

fn send_what_was_suppressed(commit: &mut ConversationCommit) {
    for event in &mut commit.events {
        if let ConversationEvent::AiReplySuppressed { body, score, .. } = event {
            let message = Message {
                id: MessageId::from_u128(1),
                kind: MessageKind::Ai,
                author: Author::Ai {
                    id: None,
                    name: "AI".into(),
                },
                body: Arc::clone(body),
                mentions: Vec::new(),
            };
            let score = score.clone();
            *event = ConversationEvent::AiReplySent { message, score };
        }
    }
}

fn misquote_the_gate(commit: &mut ConversationCommit) {
    for event in &mut commit.events {
        if let ConversationEvent::AiReplySuppressed { reason, .. } = event {
            *reason = AiReason::NotHandling;
        }
    }
}
