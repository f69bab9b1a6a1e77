//! Making, changing, disabling and deleting webhooks.

use std::sync::Arc;
use std::time::Duration;

use super::ONLY_ADMINISTRATORS;
use crate::domain::directory::{
    DirectoryCommand, DirectoryEvent, DirectoryRejection, DisabledReason, Webhook, WebhookChange,
    WebhookCommand, WebhookTopic,
};
use crate::domain::testing::{ADMIN, MAYA, OWNER, Scenario, VIEWER, service};
use crate::domain::{Caller, Scope, WebhookId};

const ONE: WebhookId = WebhookId::from_u128(1);
const TWO: WebhookId = WebhookId::from_u128(2);

fn create(webhook: WebhookId) -> DirectoryCommand {
    DirectoryCommand::Webhook(WebhookCommand::Create {
        webhook,
        url: "https://hooks.example.com/".into(),
        topics: Arc::new([WebhookTopic::MessageCreated].into()),
        webhooks_max: 1,
    })
}

fn update(enabled: Option<bool>, url: Option<&str>) -> DirectoryCommand {
    DirectoryCommand::Webhook(WebhookCommand::Update {
        webhook: ONE,
        url: url.map(Into::into),
        topics: None,
        enabled,
        rotate_secret: false,
    })
}

fn disable(webhook: WebhookId) -> DirectoryCommand {
    let reason = DisabledReason::Failing;
    DirectoryCommand::Webhook(WebhookCommand::Disable { webhook, reason })
}

fn happened(change: WebhookChange) -> [DirectoryEvent; 1] {
    let webhook = ONE;
    [DirectoryEvent::WebhookChanged { webhook, change }]
}

fn with_webhook() -> Scenario {
    Scenario::new()
        .when(OWNER, create(ONE))
        .then(happened(WebhookChange::Created {
            url: "https://hooks.example.com/".into(),
            topics: Arc::new([WebhookTopic::MessageCreated].into()),
        }))
}

fn webhook(scenario: &Scenario) -> Webhook {
    let webhook = scenario.directory().webhooks.get(ONE).unwrap();
    Webhook::clone(webhook)
}

#[test]
fn b22_nobody_but_owners_and_admins_makes_or_changes_webhooks() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    for caller in [Caller::from(MAYA), Caller::from(VIEWER), service(all)] {
        for command in [create(ONE), update(Some(false), None)] {
            Scenario::new()
                .when(caller.clone(), command)
                .then_rejected(ONLY_ADMINISTRATORS);
        }
    }
}

#[test]
fn nobody_but_the_server_itself_disables_one() {
    for caller in [OWNER, MAYA] {
        with_webhook()
            .when(caller, disable(ONE))
            .then_rejected(DirectoryRejection::Forbidden(
                "only the server itself does this",
            ));
    }
}

#[test]
fn there_are_only_so_many_webhooks() {
    let (what, max) = ("webhooks of a workspace", 1);
    with_webhook()
        .when(ADMIN, create(TWO))
        .then_rejected(DirectoryRejection::TooMany { what, max });
}

#[test]
fn a_change_to_what_it_is_changes_nothing() {
    with_webhook()
        .when(
            ADMIN,
            update(Some(true), Some("https://hooks.example.com/")),
        )
        .then_nothing_changed();
}

#[test]
fn what_is_unknown_cannot_be_changed_or_deleted() {
    let delete = DirectoryCommand::Webhook(WebhookCommand::Delete { webhook: ONE });
    for command in [update(Some(false), None), delete] {
        Scenario::new()
            .when(OWNER, command)
            .then_rejected(DirectoryRejection::NotFound);
    }
}

#[test]
fn the_server_disables_one_once_and_its_owner_enables_it_again() {
    let reason = DisabledReason::Failing;
    let scenario = with_webhook()
        .when(Caller::System, disable(ONE))
        .then(happened(WebhookChange::Disabled { reason }));
    let disabled = webhook(&scenario);
    assert!(!disabled.enabled);
    assert_eq!(
        disabled.disabled.map(|disabled| disabled.reason),
        Some(reason)
    );
    let scenario = scenario
        .when(OWNER, update(Some(true), None))
        .then(happened(WebhookChange::Updated {
            url: None,
            topics: None,
            enabled: Some(true),
        }));
    let enabled = webhook(&scenario);
    assert!(enabled.enabled && enabled.disabled.is_none());
    let at = enabled.enabled_at;
    assert!(enabled.wants(WebhookTopic::MessageCreated, at));
    assert!(!enabled.wants(WebhookTopic::ConversationCreated, at));
    let before = at.saturating_sub(Duration::from_millis(1));
    assert!(!enabled.wants(WebhookTopic::MessageCreated, before));
    let delete = DirectoryCommand::Webhook(WebhookCommand::Delete { webhook: ONE });
    let scenario = scenario
        .when(ADMIN, delete)
        .then(happened(WebhookChange::Deleted));
    assert_eq!(scenario.directory().webhooks.all().len(), 0);
}
