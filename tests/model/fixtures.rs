//! Commits as they are on disk since version 1 of the format: they read for years.
//!
//! `tests/fixtures/commits-v1.jsonl` is frozen. A new kind of event adds a line; a change of an
//! old one adds a new file, and an upcast that still reads this one.

use std::collections::BTreeSet;

use ochre_assign::domain::conversation::ConversationEvent;
use ochre_assign::domain::directory::DirectoryEvent;
use ochre_assign::domain::invariants::LogChecker;
use ochre_assign::domain::operation::OperationEvent;
use ochre_assign::domain::{Commit, CommitBody};
use serde_json::Value;

const COMMITS_V1: &str = include_str!("../fixtures/commits-v1.jsonl");

fn commits() -> impl Iterator<Item = (&'static str, Commit)> {
    COMMITS_V1.lines().map(|line| {
        let commit = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        (line, commit)
    })
}

/// The kinds of a vocabulary: a match that a new variant breaks, and the list of its names.
macro_rules! kinds {
    ($names:ident, $name:ident, $event:ident: $($variant:ident = $text:literal),+ $(,)?) => {
        const $names: &[&str] = &[$($text),+];

        const fn $name(event: &$event) -> &'static str {
            match event { $($event::$variant { .. } => $text),+ }
        }
    };
}

kinds!(
    CONVERSATION_KINDS, conversation_kind, ConversationEvent:
    Created = "created",
    MessageAdded = "message_added",
    NoteAdded = "note_added",
    Assigned = "assigned",
    Unassigned = "unassigned",
    TakenOver = "taken_over",
    StatusChanged = "status_changed",
    PriorityChanged = "priority_changed",
    TagsChanged = "tags_changed",
    CustomFieldsChanged = "custom_fields_changed",
    AiReplySent = "ai_reply_sent",
    AiReplySuppressed = "ai_reply_suppressed",
    AiDraftSaved = "ai_draft_saved",
    AiHandlingEnded = "ai_handling_ended",
);

kinds!(
    DIRECTORY_KINDS, directory_kind, DirectoryEvent:
    WorkspaceCreated = "workspace_created",
    UserCreated = "user_created",
    UserRenamed = "user_renamed",
    RoleChanged = "role_changed",
    UserStatusChanged = "user_status_changed",
    PasswordChanged = "password_changed",
    TimeZoneChanged = "time_zone_changed",
    SlackAccountChanged = "slack_account_changed",
    NotificationPreferencesChanged = "notification_preferences_changed",
    NotificationRead = "notification_read",
    NotificationsRead = "notifications_read",
    TokenCreated = "token_created",
    TokenRevoked = "token_revoked",
    SessionStarted = "session_started",
    SessionEnded = "session_ended",
    WebhookChanged = "webhook_changed",
    AutopilotSwitched = "autopilot_switched",
    RulesReplaced = "rules_replaced",
    TeamCreated = "team_created",
    TeamRenamed = "team_renamed",
    TeamMembersChanged = "team_members_changed",
    AutopilotSet = "autopilot_set",
);

#[test]
fn old_commits_read_and_write_as_they_were() {
    for (line, commit) in commits() {
        let before: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(&commit).unwrap(), before, "{line}");
    }
}

#[test]
fn old_commits_are_a_log_that_holds_every_invariant() {
    let mut checker = LogChecker::default();
    for (line, commit) in commits() {
        if let Err(violation) = checker.check(&commit) {
            panic!("{violation}: {line}");
        }
    }
}

#[test]
fn every_kind_of_event_is_among_the_old_commits() {
    let mut conversation = BTreeSet::new();
    let mut directory = BTreeSet::new();
    let (mut epochs, mut started, mut finished) = (0, 0, 0);
    for (_, commit) in commits() {
        match &commit.body {
            CommitBody::Conversation(body) => {
                conversation.extend(body.events.iter().map(conversation_kind));
            }
            CommitBody::Directory { events } => {
                directory.extend(events.iter().map(directory_kind));
            }
            CommitBody::Operation { event } => match event {
                OperationEvent::Started(_) => started += 1,
                OperationEvent::Finished(_) => finished += 1,
            },
            CommitBody::Epoch { .. } => epochs += 1,
        }
    }
    assert_eq!(conversation, CONVERSATION_KINDS.iter().copied().collect());
    assert_eq!(directory, DIRECTORY_KINDS.iter().copied().collect());
    assert_eq!((epochs, started, finished), (1, 2, 2));
}

/// The names above are those on disk.
#[test]
fn the_names_on_disk_are_the_listed_ones() {
    let mut on_disk = BTreeSet::new();
    for line in COMMITS_V1.lines() {
        let commit: Value = serde_json::from_str(line).unwrap();
        let events = commit["events"].as_array().cloned().unwrap_or_default();
        on_disk.extend(
            events
                .iter()
                .map(|one| one["type"].as_str().unwrap().to_owned()),
        );
    }
    let listed = CONVERSATION_KINDS.iter().chain(DIRECTORY_KINDS);
    assert_eq!(on_disk, listed.map(|&kind| kind.to_owned()).collect());
}
