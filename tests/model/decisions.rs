//! What every decision keeps, whoever asks whatever in whichever order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ochre_assign::domain::conversation::{
    Command, Conversation, ConversationEvent, Decision, MessageKind,
};
use ochre_assign::domain::directory::{DirectoryFold, Role, UserStatus};
use ochre_assign::domain::invariants::LogChecker;
use ochre_assign::domain::{Caller, Commit, ConversationId, UserId};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::steps::{CUSTOM_FIELDS_MAX, Step, steps};
use crate::world::{
    Outcome, SERVICE_TOKENS_MAX, SESSIONS_PER_USER_MAX, TOKENS_PER_USER_MAX, USERS_MAX, World,
    replay,
};

type Holds = Result<(), TestCaseError>;

proptest! {
    #[test]
    fn every_log_that_decisions_make_passes_the_checker(steps in steps()) {
        let mut world = World::new();
        let mut checker = LogChecker::default();
        for step in &steps {
            world.take(step);
        }
        for commit in &world.log {
            checker.check(commit).map_err(|violation| TestCaseError::fail(violation.to_string()))?;
        }
        prop_assert_eq!(checker.directory(), &world.directory);
        let checked: BTreeMap<_, _> = checker.conversations().clone().into_iter().collect();
        prop_assert_eq!(checked, world.conversations);
    }

    #[test]
    fn a_log_read_back_folds_to_the_states_kept_up_along_the_way(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        let lines: Vec<_> =
            world.log.iter().map(|commit| serde_json::to_string(commit).unwrap()).collect();
        let log: Vec<Commit> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&log, &world.log);
        let (directory, conversations) = replay(&log);
        prop_assert_eq!(directory, world.directory);
        prop_assert_eq!(conversations, world.conversations);
    }

    #[test]
    fn a_state_written_out_reads_back_as_it_was(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        let text = serde_json::to_string(&world.directory).unwrap();
        prop_assert_eq!(serde_json::from_str::<DirectoryFold>(&text).unwrap(), world.directory);
        for conversation in world.conversations.values() {
            let text = serde_json::to_string(conversation).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Conversation>(&text).unwrap(), conversation);
        }
    }

    #[test]
    fn refused_and_unchanged_requests_leave_everything_as_it_was(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let before = world.clone();
            let outcome = world.take(step);
            let committed = committed(&outcome);
            prop_assert_eq!(world.log.len(), before.log.len() + usize::from(committed));
            if !committed {
                prop_assert_eq!(&world.directory, &before.directory);
                prop_assert_eq!(&world.conversations, &before.conversations);
            }
        }
    }

    #[test]
    fn each_commit_changes_what_it_may_and_nothing_else(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let outcome = world.take(step);
            if let Outcome::OnConversation { id, request, before, answer: Ok(decision) } = &outcome
                && let Some(after) = world.conversations.get(id)
                && !decision.events.is_empty()
            {
                permitted(&request.caller, &request.command, decision, &world.directory)?;
                if let Some(before) = before {
                    only_what_its_events_say(before, after, decision)?;
                    the_stamp_stays(before, after)?;
                }
                well_formed(after, &world.directory)?;
            }
            directory_is_well_formed(&world)?;
        }
    }

    #[test]
    fn owners_follow_the_newest_change_and_undo_takes_back_only_that(steps in steps()) {
        let mut world = World::new();
        let mut histories: BTreeMap<ConversationId, OwnerHistory> = BTreeMap::new();
        for step in &steps {
            let Outcome::OnConversation { id, request, before, answer } = world.take(step) else {
                continue;
            };
            let history = histories.entry(id).or_default();
            if let Command::Undo { version } = request.command
                && before.is_some()
                && let Ok(decision) = &answer
            {
                prop_assert!(decision.changed);
                prop_assert_eq!(history.undoable(), Some(version));
                let owner = world.conversations[&id].assignee;
                prop_assert_eq!(owner, history.before_the_last_change());
            }
            if let Some(after) = world.conversations.get(&id) {
                history.saw(after.version, after.assignee);
            }
        }
    }
}

const fn committed(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Waited | Outcome::OnConversation { answer: Err(_), .. } => false,
        Outcome::OnConversation {
            answer: Ok(decision),
            ..
        } => !decision.events.is_empty(),
        Outcome::OnDirectory { committed } => *committed,
    }
}

/// The article's "Permissions", in other words than the domain's.
fn permitted(
    caller: &Caller,
    command: &Command,
    decision: &Decision,
    directory: &DirectoryFold,
) -> Holds {
    let moves_owner = decision.events.iter().any(|event| {
        matches!(
            event,
            ConversationEvent::Assigned { .. }
                | ConversationEvent::Unassigned { .. }
                | ConversationEvent::TakenOver { .. }
        )
    });
    match caller {
        Caller::User(id) => {
            let user = directory.directory.user(*id).unwrap();
            prop_assert_eq!(user.status, UserStatus::Active);
            let note = matches!(command, Command::AddNote(_));
            prop_assert!(note || user.role != Role::Viewer);
            prop_assert!(!matches!(command, Command::OfferAiReply(_)));
        }
        Caller::Service { .. } | Caller::System => prop_assert!(!moves_owner),
    }
    Ok(())
}

/// B07: whatever no event of the commit speaks of is as it was before.
fn only_what_its_events_say(
    before: &Conversation,
    after: &Conversation,
    decision: &Decision,
) -> Holds {
    let mut expected = before.clone();
    expected.version += 1;
    for event in &decision.events {
        match event {
            ConversationEvent::Created(_) => {
                return Err(TestCaseError::fail("it was created twice"));
            }
            ConversationEvent::MessageAdded { message } => {
                expected.ai.agent_replied |= message.kind == MessageKind::Agent;
                expected.preview.clone_from(&after.preview);
                expected.message_count += 1;
                expected.last_activity_at = after.last_activity_at;
            }
            ConversationEvent::NoteAdded { .. } => {
                expected.mentioned.clone_from(&after.mentioned);
            }
            ConversationEvent::TakenOver { by, .. } => {
                prop_assert!(before.ai.handling);
                prop_assert_eq!(after.ai.handoff.unwrap().by, *by);
                prop_assert_eq!(after.assignee, Some(*by));
                expected.ai.handling = false;
                expected.ai.handoff = after.ai.handoff;
                expected.assignee = Some(*by);
                expected.last_assignment.clone_from(&after.last_assignment);
            }
            ConversationEvent::Assigned { assignee, .. } => {
                prop_assert!(before.assignee != Some(*assignee), "it changes nothing");
                expected.assignee = Some(*assignee);
                expected.last_assignment.clone_from(&after.last_assignment);
            }
            ConversationEvent::Unassigned { .. } => {
                prop_assert!(before.assignee.is_some(), "it changes nothing");
                expected.assignee = None;
                expected.last_assignment.clone_from(&after.last_assignment);
            }
            ConversationEvent::StatusChanged { from, to } => {
                prop_assert_eq!(*from, before.status);
                expected.status = *to;
            }
            ConversationEvent::PriorityChanged { from, to } => {
                prop_assert_eq!(*from, before.priority);
                expected.priority = *to;
            }
            ConversationEvent::TagsChanged { from, to } => {
                prop_assert_eq!(from, &before.tags);
                expected.tags.clone_from(to);
            }
            ConversationEvent::CustomFieldsChanged { .. } => {
                expected.custom_fields.clone_from(&after.custom_fields);
            }
            ConversationEvent::AiReplySent { .. }
            | ConversationEvent::AiReplySuppressed { .. }
            | ConversationEvent::AiDraftSaved { .. }
            | ConversationEvent::AiHandlingEnded { .. } => {
                what_the_ai_did(event, before, after, &mut expected)?;
            }
        }
    }
    prop_assert_eq!(after, &expected);
    Ok(())
}

fn what_the_ai_did(
    event: &ConversationEvent,
    before: &Conversation,
    after: &Conversation,
    expected: &mut Conversation,
) -> Holds {
    let held_back = matches!(event, ConversationEvent::AiReplySuppressed { .. });
    prop_assert!(before.ai.handling || held_back);
    match event {
        ConversationEvent::AiReplySent { message, .. } => {
            prop_assert!(before.ai.handoff.is_none());
            expected.preview.clone_from(&after.preview);
            expected.message_count += 1;
            expected.last_activity_at = after.last_activity_at;
            expected.ai.sent_count += 1;
            expected.ai.last_sent.clone_from(&after.ai.last_sent);
            let told = after.ai.last_sent.as_ref().unwrap();
            prop_assert_eq!(&told.message, message);
        }
        ConversationEvent::AiDraftSaved { body, .. } => {
            expected.ai.draft = Some(Arc::clone(body));
        }
        ConversationEvent::AiHandlingEnded { .. } => {
            expected.ai.handling = false;
            expected.ai.last_sent = None;
        }
        // What was held back changes nothing but the history.
        _ => {}
    }
    Ok(())
}

/// B51–B53: nothing takes the stamp away or moves it, and the AI never comes back.
fn the_stamp_stays(before: &Conversation, after: &Conversation) -> Holds {
    if before.ai.handoff.is_some() {
        prop_assert_eq!(after.ai.handoff, before.ai.handoff);
    }
    prop_assert!(before.ai.handling || !after.ai.handling);
    prop_assert!(!(after.ai.handling && after.ai.handoff.is_some()));
    Ok(())
}

fn well_formed(conversation: &Conversation, directory: &DirectoryFold) -> Holds {
    let just_assigned = conversation
        .last_assignment
        .as_ref()
        .is_some_and(|last| last.version == conversation.version);
    if let Some(owner) = conversation.assignee.filter(|_| just_assigned) {
        let user = directory.directory.user(owner).unwrap();
        prop_assert!(user.status == UserStatus::Active && user.role != Role::Viewer);
    }
    let tags: BTreeSet<_> = conversation.tags.iter().collect();
    prop_assert_eq!(tags.len(), conversation.tags.len());
    prop_assert!(conversation.custom_fields.len() <= CUSTOM_FIELDS_MAX);
    prop_assert!(conversation.preview.chars().count() <= 140);
    let known = |user: &UserId| directory.directory.user(*user).is_some();
    prop_assert!(conversation.mentioned.iter().all(known));
    Ok(())
}

fn directory_is_well_formed(world: &World) -> Holds {
    let DirectoryFold {
        directory,
        credentials,
        webhooks: _,
    } = &world.directory;
    prop_assert!(directory.users().len() <= USERS_MAX);
    let owns = |role, status| role == Role::Owner && status == UserStatus::Active;
    prop_assert!(
        directory.users().any(|user| owns(user.role, user.status)),
        "an active owner is left"
    );
    let addresses: BTreeSet<_> = directory
        .users()
        .map(|user| user.email.to_lowercase())
        .collect();
    prop_assert_eq!(addresses.len(), directory.users().len());
    prop_assert!(credentials.tokens_of_services() <= SERVICE_TOKENS_MAX);
    for user in directory.users() {
        prop_assert!(credentials.tokens_of(user.id) <= TOKENS_PER_USER_MAX);
        let sessions = credentials
            .sessions()
            .filter(|session| session.user == user.id);
        let sessions = sessions.count();
        prop_assert!(sessions <= SESSIONS_PER_USER_MAX);
        prop_assert!(sessions == 0 || user.status == UserStatus::Active);
    }
    Ok(())
}

/// Who owned a conversation after which version, as an onlooker would note it down.
#[derive(Debug, Default)]
struct OwnerHistory {
    changes: Vec<(u64, Option<UserId>)>,
}

impl OwnerHistory {
    fn saw(&mut self, version: u64, owner: Option<UserId>) {
        let present = self.changes.last().and_then(|(_, owner)| *owner);
        if present != owner {
            self.changes.push((version, owner));
        }
    }

    fn undoable(&self) -> Option<u64> {
        self.changes.last().map(|(version, _)| *version)
    }

    fn before_the_last_change(&self) -> Option<UserId> {
        let (_, earlier) = self.changes.split_last()?;
        earlier.last().and_then(|(_, owner)| *owner)
    }
}

/// The random requests reach what they are meant to reach.
#[test]
fn the_steps_reach_every_kind_of_answer() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::new();
    for _ in 0..800 {
        let steps: Vec<Step> = steps().new_tree(&mut runner).unwrap().current();
        let mut world = World::new();
        for step in &steps {
            if let Outcome::OnConversation { answer, .. } = world.take(step) {
                let kind = match answer {
                    Ok(decision) if decision.events.is_empty() => "unchanged".to_owned(),
                    Ok(decision) if !decision.changed => "unchanged with a note".to_owned(),
                    Ok(_) => "changed".to_owned(),
                    Err(rejection) => first_word(&format!("{rejection:?}")),
                };
                *seen.entry(kind).or_insert(0_u32) += 1;
            }
        }
    }
    let expected = [
        "AlreadyAssigned",
        "AlreadyTakenOver",
        "AssigneeChanged",
        "AssigneeNotEligible",
        "CallerGone",
        "ExternalIdTaken",
        "Forbidden",
        "InvalidReference",
        "NotFound",
        "NotInAiQueue",
        "NothingToUndo",
        "TooManyCustomFields",
        "VersionMismatch",
        "changed",
        "unchanged",
        "unchanged with a note",
    ];
    let kinds: Vec<_> = seen.keys().collect();
    assert_eq!(kinds, expected);
    let rare: Vec<_> = seen.iter().filter(|(_, times)| **times < 20).collect();
    assert!(rare.is_empty(), "hardly ever reached: {rare:?}");
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|one| one.is_alphabetic()).collect()
}
