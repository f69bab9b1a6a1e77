//! Creation.

use std::sync::Arc;

use crate::domain::conversation::{
    Channel, Command, Create, Created, Customer, Priority, Rejection, Status,
};
use crate::domain::directory::DirectoryEvent;
use crate::domain::testing::{CONVERSATION, MAYA, Scenario, created, creation, service};
use crate::domain::{Caller, MessageId, Scope};

/// The command whose events [`creation`] of [`created`] lists.
pub(super) fn create() -> Create {
    Create {
        external_id: None,
        channel: Channel::Email,
        subject: "Where is my order?".into(),
        customer: Arc::new(Customer {
            name: "Kim".to_owned(),
            email: "kim@example.com".to_owned(),
        }),
        message: MessageId::from_u128(1),
        body: "Hello?".into(),
        priority: Priority::Normal,
        tags: Vec::new(),
        custom_fields: [].into(),
    }
}

fn command(create: Create) -> Command {
    Command::Create(Box::new(create))
}

#[test]
fn b05_a_conversation_is_born_open_with_its_first_message_and_nobody_owns_it() {
    let scenario = Scenario::new()
        .when(service([Scope::Inbound]), command(create()))
        .then(creation(created()));
    let conversation = scenario.conversation();
    assert_eq!(conversation.facts.id, CONVERSATION);
    assert_eq!(conversation.facts.number, 1);
    assert_eq!(conversation.facts.created_at, scenario.now());
    assert_eq!(conversation.last_activity_at, scenario.now());
    assert_eq!(conversation.status, Status::Open);
    assert_eq!(conversation.assignee, None);
    assert_eq!(conversation.last_assignment, None);
    assert_eq!(conversation.version, 1);
    assert_eq!(conversation.message_count, 1);
    assert_eq!(&*conversation.preview, "Hello?");
}

#[test]
fn agents_and_the_server_itself_may_create() {
    for caller in [Caller::from(MAYA), Caller::System] {
        Scenario::new()
            .when(caller, command(create()))
            .then(creation(created()));
    }
}

#[test]
fn s05_while_autopilot_is_on_the_ai_handles_what_is_new() {
    let handled = Created {
        ai_handling: true,
        ..created()
    };
    let scenario = Scenario::new()
        .given([DirectoryEvent::AutopilotSwitched { enabled: true }])
        .when(MAYA, command(create()))
        .then(creation(handled));
    assert!(scenario.conversation().ai.handling);
    let scenario = scenario.given([DirectoryEvent::AutopilotSwitched { enabled: false }]);
    assert!(
        scenario.conversation().ai.handling,
        "what is there keeps its mode"
    );
}

#[test]
fn s03_tags_are_kept_in_order_and_none_twice() {
    let tags = ["vip", "billing", "vip", "Vip", "billing"].map(str::to_owned);
    let with_tags = Created {
        tags: Arc::new(["vip", "billing", "Vip"].map(str::to_owned).to_vec()),
        ..created()
    };
    Scenario::new()
        .when(
            MAYA,
            command(Create {
                tags: tags.to_vec(),
                ..create()
            }),
        )
        .then(creation(with_tags));
}

#[test]
fn creation_keeps_what_it_was_given() {
    let asked = Create {
        external_id: Some("crm-7".into()),
        channel: Channel::Slack,
        priority: Priority::Urgent,
        custom_fields: [("plan".to_owned(), "pro".to_owned())].into(),
        ..create()
    };
    let happened = Created {
        external_id: Some("crm-7".into()),
        channel: Channel::Slack,
        priority: Priority::Urgent,
        custom_fields: Arc::new([("plan".to_owned(), "pro".to_owned())].into()),
        ..created()
    };
    let scenario = Scenario::new()
        .when(MAYA, command(asked))
        .then(creation(happened));
    let conversation = scenario.conversation();
    assert_eq!(conversation.facts.external_id.as_deref(), Some("crm-7"));
    assert_eq!(conversation.custom_fields["plan"], "pro");
    assert_eq!(conversation.priority, Priority::Urgent);
}

#[test]
fn a_taken_external_id_names_the_conversation_that_has_it() {
    Scenario::with_conversation()
        .when(MAYA, command(create()))
        .then_rejected(Rejection::ExternalIdTaken(CONVERSATION));
}

#[test]
fn s03_priorities_are_ordered_and_normal_is_the_second_lowest() {
    assert!(Priority::ALL.is_sorted());
    assert_eq!(
        Priority::ALL,
        [
            Priority::Low,
            Priority::Normal,
            Priority::High,
            Priority::Urgent
        ]
    );
}
