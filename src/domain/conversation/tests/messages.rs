//! Messages and notes.

use crate::domain::conversation::{
    AddMessage, Author, Command, ConversationEvent, Message, MessageKind, Rejection, Sender, Status,
};
use crate::domain::testing::{
    DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, customer_message, note, noted,
    service,
};
use crate::domain::{Caller, MessageId, Scope};

use super::assigned;

fn message(sender: Sender, body: &str) -> Command {
    Command::AddMessage(AddMessage {
        id: MessageId::from_u128(2),
        sender,
        body: body.into(),
    })
}

fn customer_wrote(body: &str) -> ConversationEvent {
    ConversationEvent::MessageAdded {
        message: customer_message(2, body),
    }
}

fn agent_wrote(body: &str) -> ConversationEvent {
    ConversationEvent::MessageAdded {
        message: Message {
            kind: MessageKind::Agent,
            author: Author::User { id: MAYA },
            ..customer_message(2, body)
        },
    }
}

const fn status(from: Status, to: Status) -> ConversationEvent {
    ConversationEvent::StatusChanged { from, to }
}

#[test]
fn s01_a_customers_message_reopens_and_keeps_the_assignee() {
    for closed in [Status::Pending, Status::Snoozed, Status::Closed] {
        let scenario = Scenario::with_conversation()
            .given([assigned(MAYA, None, OWNER)])
            .given([status(Status::Open, closed)])
            .when(service([Scope::Inbound]), message(Sender::Customer, "Hm."))
            .then([customer_wrote("Hm."), status(closed, Status::Open)]);
        assert_eq!(scenario.conversation().status, Status::Open);
        assert_eq!(scenario.conversation().assignee, Some(MAYA));
    }
}

#[test]
fn s01_a_customers_message_on_an_open_conversation_is_only_added() {
    Scenario::with_conversation()
        .when(MAYA, message(Sender::Customer, "Hm."))
        .then([customer_wrote("Hm.")]);
}

#[test]
fn an_agents_message_names_its_author_and_leaves_the_status() {
    let scenario = Scenario::with_conversation()
        .given([status(Status::Open, Status::Pending)])
        .when(MAYA, message(Sender::Agent, "Soon."))
        .then([agent_wrote("Soon.")]);
    assert_eq!(scenario.conversation().status, Status::Pending);
}

#[test]
fn the_server_itself_does_not_write_as_an_agent() {
    Scenario::with_conversation()
        .when(Caller::System, message(Sender::Agent, "Soon."))
        .then_rejected(Rejection::Forbidden("only people write as agents"));
}

#[test]
fn messages_move_activity_preview_and_count() {
    let scenario = Scenario::with_conversation()
        .given([noted(SAM, 9, &[])])
        .when(MAYA, message(Sender::Agent, "Soon."))
        .then([agent_wrote("Soon.")]);
    let conversation = scenario.conversation();
    assert_eq!(conversation.last_activity_at, scenario.now());
    assert_eq!(&*conversation.preview, "Soon.");
    assert_eq!(conversation.message_count, 2);
}

#[test]
fn the_preview_is_the_first_140_characters_whatever_their_bytes() {
    let long = "ü".repeat(200);
    let scenario = Scenario::with_conversation()
        .when(MAYA, message(Sender::Agent, &long))
        .then([agent_wrote(&long)]);
    assert_eq!(*scenario.conversation().preview, *"ü".repeat(140));
}

#[test]
fn a_note_leaves_activity_preview_and_count() {
    let scenario = Scenario::with_conversation();
    let before = scenario.conversation().clone();
    let scenario = scenario
        .when(SAM, Command::AddNote(note(2, &[])))
        .then([noted(SAM, 2, &[])]);
    let mut after = scenario.conversation().clone();
    assert_eq!(after.version, 2);
    after.version = before.version;
    assert_eq!(after, before);
}

#[test]
fn a_note_mentions_each_person_once_and_in_order() {
    let scenario = Scenario::with_conversation()
        .when(SAM, Command::AddNote(note(2, &[VIEWER, MAYA, VIEWER])))
        .then([noted(SAM, 2, &[VIEWER, MAYA])]);
    assert_eq!(*scenario.conversation().mentioned, [MAYA, VIEWER].into());
}

#[test]
fn mentions_add_up_over_notes() {
    let scenario = Scenario::with_conversation()
        .given([noted(SAM, 2, &[MAYA])])
        .given([noted(SAM, 3, &[])])
        .given([noted(SAM, 4, &[VIEWER, MAYA])]);
    assert_eq!(*scenario.conversation().mentioned, [MAYA, VIEWER].into());
}

#[test]
fn a_deactivated_user_may_be_mentioned() {
    Scenario::with_conversation()
        .when(SAM, Command::AddNote(note(2, &[DEACTIVATED])))
        .then([noted(SAM, 2, &[DEACTIVATED])]);
}

#[test]
fn a_note_that_mentions_somebody_unknown_is_refused() {
    Scenario::with_conversation()
        .when(SAM, Command::AddNote(note(2, &[MAYA, STRANGER])))
        .then_rejected(Rejection::InvalidReference { field: "mentions" });
}

#[test]
fn the_server_itself_writes_no_notes() {
    Scenario::with_conversation()
        .when(Caller::System, Command::AddNote(note(2, &[])))
        .then_rejected(Rejection::Forbidden("only people write notes"));
}

#[test]
fn a_message_with_another_version_seen_is_refused() {
    Scenario::with_conversation()
        .having_seen(2)
        .when(MAYA, message(Sender::Agent, "Soon."))
        .then_rejected(Rejection::VersionMismatch);
}
