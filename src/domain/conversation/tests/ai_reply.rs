//! Replies that the AI offers: what the gate says of them, and what is recorded.

use super::{assign, assigned, taken_over};
use crate::domain::ai_gate::{AiOutcome, AiReason, AiScore};
use crate::domain::conversation::{
    AddMessage, AiMode, AssignedBy, Author, Channel, Command, ConversationEvent, Created, Edit,
    Message, MessageKind, OfferAiReply, Rejection, Sender, Status,
};
use crate::domain::directory::{AutopilotSettings, DirectoryEvent};
use crate::domain::testing::{
    CONVERSATION, MAYA, OWNER, Scenario, VIEWER, created, creation, service,
};
use crate::domain::{Caller, MessageId, Scope, TokenId};

const BODY: &str = "It is on its way.";

fn score(confidence: u8, labels: &[&str]) -> AiScore {
    AiScore {
        confidence,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    }
}

fn offer(confidence: u8, labels: &[&str]) -> Command {
    Command::OfferAiReply(OfferAiReply {
        id: MessageId::from_u128(9),
        body: BODY.into(),
        score: score(confidence, labels),
    })
}

fn ai() -> Caller {
    service([Scope::Ai])
}

fn sent(confidence: u8) -> ConversationEvent {
    ConversationEvent::AiReplySent {
        message: Message {
            id: MessageId::from_u128(9),
            kind: MessageKind::Ai,
            author: Author::Ai {
                id: Some(TokenId::from_u128(7)),
                name: "integration".into(),
            },
            body: BODY.into(),
            mentions: Vec::new(),
        },
        score: score(confidence, &[]),
    }
}

fn suppressed(reason: AiReason, score: AiScore) -> ConversationEvent {
    ConversationEvent::AiReplySuppressed {
        body: BODY.into(),
        reason,
        score,
    }
}

fn drafted(reason: AiReason, score: AiScore) -> ConversationEvent {
    ConversationEvent::AiDraftSaved {
        body: BODY.into(),
        reason,
        score,
    }
}

const fn ended(outcome: AiOutcome, reason: AiReason, score: AiScore) -> ConversationEvent {
    ConversationEvent::AiHandlingEnded {
        outcome,
        reason,
        score,
    }
}

/// Autopilot is on, and the AI handles a conversation of this mode.
fn handled_with(ai_mode: AiMode) -> Scenario {
    let handled = Created {
        ai_handling: true,
        ai_mode,
        ..created()
    };
    Scenario::new()
        .given([DirectoryEvent::AutopilotSwitched { enabled: true }])
        .given(creation(handled))
}

fn status(from: Status, to: Status) -> ConversationEvent {
    ConversationEvent::StatusChanged { from, to }
}

#[test]
fn s06_a_confident_reply_is_sent_and_is_a_message() {
    let scenario = Scenario::in_ai_queue()
        .when(ai(), offer(85, &[]))
        .then([sent(85)]);
    let conversation = scenario.conversation();
    assert!(conversation.ai.handling);
    assert_eq!(conversation.ai.sent_count, 1);
    assert_eq!(conversation.message_count, 2);
    assert_eq!(&*conversation.preview, BODY);
    assert_eq!(conversation.last_activity_at, scenario.now());
    let told = conversation.ai.last_sent.as_ref().unwrap();
    assert_eq!((&*told.message.body, told.at), (BODY, scenario.now()));
}

#[test]
fn b52_after_a_take_over_nothing_is_sent_and_the_history_says_why() {
    let scenario = Scenario::in_ai_queue().given([taken_over(MAYA, None)]);
    let before = scenario.conversation().clone();
    let scenario = scenario
        .when(ai(), offer(100, &[]))
        .then([suppressed(AiReason::HandedOff, score(100, &[]))]);
    let mut expected = before;
    expected.version += 1;
    assert_eq!(scenario.conversation(), &expected);
}

#[test]
fn b52_also_when_the_conversation_was_given_to_nobody_since() {
    let unassigned = ConversationEvent::Unassigned {
        previous: MAYA,
        by: AssignedBy::User { id: OWNER },
        undo_of: None,
    };
    Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .given([unassigned])
        .when(ai(), offer(100, &[]))
        .then([suppressed(AiReason::HandedOff, score(100, &[]))]);
}

#[test]
fn b50_a_plain_assign_does_not_keep_the_ai_from_sending() {
    Scenario::in_ai_queue()
        .when(OWNER, assign(MAYA))
        .then([assigned(MAYA, None, OWNER)])
        .when(ai(), offer(90, &[]))
        .then([sent(90)]);
}

#[test]
fn s06_what_the_ai_does_not_handle_or_is_not_open_is_suppressed() {
    let held_back = || suppressed(AiReason::NotHandling, score(99, &[]));
    Scenario::with_conversation()
        .when(ai(), offer(99, &[]))
        .then([held_back()]);
    let scenario = Scenario::in_ai_queue()
        .given([status(Status::Open, Status::Pending)])
        .when(ai(), offer(99, &[]))
        .then([held_back()]);
    assert!(scenario.conversation().ai.handling, "it may be open again");
    scenario
        .given([status(Status::Pending, Status::Open)])
        .when(ai(), offer(99, &[]))
        .then([sent(99)]);
}

#[test]
fn s06_a_bypass_label_or_tag_suppresses_and_ends_the_ais_handling() {
    let scenario = Scenario::in_ai_queue()
        .when(ai(), offer(99, &["refund", "Spam"]))
        .then([
            suppressed(AiReason::Bypass, score(99, &["refund", "Spam"])),
            ended(
                AiOutcome::Suppressed,
                AiReason::Bypass,
                score(99, &["refund", "Spam"]),
            ),
        ]);
    assert!(!scenario.conversation().ai.handling);
    let tagged = ConversationEvent::TagsChanged {
        from: std::sync::Arc::default(),
        to: std::sync::Arc::new(vec!["abuse".to_owned()]),
    };
    Scenario::in_ai_queue()
        .given([tagged])
        .when(ai(), offer(99, &[]))
        .then([
            suppressed(AiReason::Bypass, score(99, &[])),
            ended(AiOutcome::Suppressed, AiReason::Bypass, score(99, &[])),
        ]);
}

#[test]
fn s06_the_mode_drafts_or_silences_whatever_the_confidence() {
    let scenario = handled_with(AiMode::Draft).when(ai(), offer(1, &[])).then([
        drafted(AiReason::Mode, score(1, &[])),
        ended(AiOutcome::Drafted, AiReason::Mode, score(1, &[])),
    ]);
    let ai_state = &scenario.conversation().ai;
    assert_eq!(ai_state.draft.as_deref(), Some(BODY));
    assert!(!ai_state.handling);
    let scenario = handled_with(AiMode::Off)
        .when(ai(), offer(99, &[]))
        .then([ended(AiOutcome::Silent, AiReason::Mode, score(99, &[]))]);
    assert_eq!(scenario.conversation().ai.draft, None);
}

#[test]
fn s05_while_autopilot_is_off_nothing_is_sent_to_conversations_that_are_there() {
    let off = || [DirectoryEvent::AutopilotSwitched { enabled: false }];
    Scenario::in_ai_queue()
        .given(off())
        .when(ai(), offer(99, &[]))
        .then([
            drafted(AiReason::Mode, score(99, &[])),
            ended(AiOutcome::Drafted, AiReason::Mode, score(99, &[])),
        ]);
    handled_with(AiMode::Off)
        .given(off())
        .when(ai(), offer(99, &[]))
        .then([ended(AiOutcome::Silent, AiReason::Mode, score(99, &[]))]);
}

#[test]
fn s06_the_floors_are_the_first_confidence_that_passes() {
    let silent = |confidence| {
        [ended(
            AiOutcome::Silent,
            AiReason::Confidence,
            score(confidence, &[]),
        )]
    };
    let draft = |confidence| {
        [
            drafted(AiReason::Confidence, score(confidence, &[])),
            ended(
                AiOutcome::Drafted,
                AiReason::Confidence,
                score(confidence, &[]),
            ),
        ]
    };
    let offered = |confidence| Scenario::in_ai_queue().when(ai(), offer(confidence, &[]));
    offered(0).then(silent(0));
    offered(49).then(silent(49));
    offered(50).then(draft(50));
    offered(84).then(draft(84));
    offered(85).then([sent(85)]);
    offered(100).then([sent(100)]);
}

#[test]
fn after_a_draft_the_ai_is_out_and_take_over_too() {
    let scenario = Scenario::in_ai_queue()
        .when(ai(), offer(90, &[]))
        .then([sent(90)])
        .when(ai(), offer(60, &[]))
        .then_something();
    assert_eq!(scenario.conversation().ai.last_sent, None);
    scenario
        .when(ai(), offer(99, &[]))
        .then([suppressed(AiReason::NotHandling, score(99, &[]))])
        .when(MAYA, Command::TakeOver)
        .then_rejected(Rejection::NotInAiQueue);
}

#[test]
fn b52_the_newest_reply_before_the_stamp_is_known_after_it() {
    let scenario = Scenario::in_ai_queue()
        .when(ai(), offer(90, &[]))
        .then([sent(90)]);
    let at = scenario.now();
    let scenario = scenario
        .given([taken_over(MAYA, None)])
        .when(ai(), offer(99, &[]))
        .then_something();
    assert_eq!(
        scenario.conversation().ai.last_sent.as_ref().unwrap().at,
        at
    );
}

#[test]
fn only_services_with_the_scope_offer_replies() {
    for caller in [OWNER, MAYA, VIEWER] {
        Scenario::in_ai_queue()
            .when(caller, offer(99, &[]))
            .then_rejected(Rejection::Forbidden("only a service speaks for the AI"));
    }
    Scenario::in_ai_queue()
        .when(service([Scope::Inbound, Scope::Read]), offer(99, &[]))
        .then_rejected(Rejection::Forbidden("the token's scopes do not permit it"));
}

#[test]
fn the_ai_closes_what_it_handles_and_that_is_no_human_reply() {
    let close = Edit {
        status: Some(Status::Closed),
        ..Edit::default()
    };
    let scenario = Scenario::in_ai_queue()
        .when(ai(), Command::Edit(Box::new(close)))
        .then([status(Status::Open, Status::Closed)]);
    assert!(!scenario.conversation().ai.agent_replied);
    let answer = AddMessage {
        id: MessageId::from_u128(3),
        sender: Sender::Agent,
        body: "Hello".into(),
    };
    let scenario = scenario
        .when(MAYA, Command::AddMessage(answer))
        .then_something();
    assert!(scenario.conversation().ai.agent_replied);
}

#[test]
fn s05_a_conversation_is_stamped_with_the_mode_of_its_channel() {
    let settings = AutopilotSettings {
        channels: [(Channel::Email, AiMode::Draft)].into(),
        ..AutopilotSettings::default()
    };
    let set = DirectoryEvent::AutopilotSet {
        while_on: settings,
        while_off: AutopilotSettings::default(),
    };
    let create = || Command::Create(Box::new(super::create::create()));
    let switched = |enabled| DirectoryEvent::AutopilotSwitched { enabled };
    let scenario = Scenario::new()
        .given([switched(true), set])
        .when(OWNER, create())
        .then_something();
    assert_eq!(scenario.conversation().facts.id, CONVERSATION);
    assert_eq!(scenario.conversation().ai.mode, AiMode::Draft);
    assert!(scenario.conversation().ai.handling);
    let scenario = scenario.given([switched(false)]);
    assert_eq!(
        scenario.conversation().ai.mode,
        AiMode::Draft,
        "not rewritten"
    );
}
