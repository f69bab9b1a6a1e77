//! Who may what.

use super::create::create;
use super::{assign, assign_with_note, assigned, taken_over, unassigned};
use crate::domain::conversation::{AddMessage, Command, Edit, Priority, Rejection, Sender, Status};
use crate::domain::directory::{DirectoryEvent, Role};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, deactivated, note, noted,
    service,
};
use crate::domain::{Caller, MessageId, Scope};

fn message(sender: Sender) -> Command {
    Command::AddMessage(AddMessage {
        id: MessageId::from_u128(2),
        sender,
        body: "Hm.".into(),
    })
}

fn close() -> Edit {
    Edit {
        status: Some(Status::Closed),
        ..Edit::default()
    }
}

/// Every command but a note.
fn commands() -> Vec<Command> {
    vec![
        Command::Create(Box::new(create())),
        message(Sender::Customer),
        message(Sender::Agent),
        Command::Edit(Box::new(close())),
        assign(MAYA),
        assign(VIEWER),
        assign(None),
        assign_with_note(MAYA, note(2, &[])),
        Command::Claim,
        Command::TakeOver,
        Command::Undo { version: 1 },
    ]
}

#[test]
fn b20_owners_admins_and_agents_assign_to_themselves_and_to_others() {
    for caller in [OWNER, ADMIN, MAYA] {
        Scenario::with_conversation()
            .when(caller, assign(caller))
            .then([assigned(caller, None, caller)])
            .when(caller, assign(SAM))
            .then([assigned(SAM, caller, caller)])
            .when(caller, assign(None))
            .then([unassigned(SAM, caller)]);
    }
}

#[test]
fn b20_what_somebody_else_owns_may_be_assigned_too() {
    Scenario::with_conversation()
        .given([assigned(OWNER, None, OWNER)])
        .when(MAYA, assign(SAM))
        .then([assigned(SAM, OWNER, MAYA)]);
}

#[test]
fn b21_a_viewer_is_refused_everything_but_notes() {
    for command in commands() {
        let scenario = Scenario::in_ai_queue();
        let before = scenario.conversation().clone();
        let scenario = scenario
            .when(VIEWER, command)
            .then_rejected(Rejection::Forbidden(
                "viewers may read and write notes only",
            ));
        assert_eq!(scenario.conversation(), &before);
    }
}

#[test]
fn b21_a_viewer_writes_notes_and_mentions_people() {
    Scenario::with_conversation()
        .when(VIEWER, Command::AddNote(note(2, &[MAYA])))
        .then([noted(VIEWER, 2, &[MAYA])]);
}

#[test]
fn b21_an_agent_demoted_to_viewer_is_refused_also_for_what_they_own() {
    Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .given([DirectoryEvent::RoleChanged {
            user: MAYA,
            role: Role::Viewer,
        }])
        .when(MAYA, Command::TakeOver)
        .then_rejected(Rejection::Forbidden(
            "viewers may read and write notes only",
        ))
        .when(MAYA, assign(SAM))
        .then_rejected(Rejection::Forbidden(
            "viewers may read and write notes only",
        ));
}

#[test]
fn callers_who_are_deactivated_or_of_another_workspace_are_refused_everything() {
    let mut commands = commands();
    commands.push(Command::AddNote(note(2, &[])));
    for caller in [DEACTIVATED, STRANGER] {
        for command in commands.clone() {
            Scenario::with_conversation()
                .when(caller, command)
                .then_rejected(Rejection::CallerGone);
        }
    }
}

#[test]
fn b14_a_caller_deactivated_meanwhile_is_refused() {
    Scenario::with_conversation()
        .given([deactivated(MAYA)])
        .when(MAYA, Command::Claim)
        .then_rejected(Rejection::CallerGone);
}

#[test]
fn b13_the_callers_right_is_judged_before_the_conversation_is_looked_at() {
    for command in commands() {
        Scenario::new()
            .having_seen(7)
            .when(VIEWER, command)
            .then_rejected(Rejection::Forbidden(
                "viewers may read and write notes only",
            ));
    }
}

#[test]
fn what_does_not_exist_is_not_found_whatever_version_was_seen() {
    let existing = |command: &Command| !matches!(command, Command::Create(_));
    for command in commands().into_iter().filter(existing) {
        Scenario::new()
            .having_seen(7)
            .when(MAYA, command)
            .then_rejected(Rejection::NotFound);
    }
    Scenario::new()
        .when(VIEWER, Command::AddNote(note(2, &[])))
        .then_rejected(Rejection::NotFound);
}

#[test]
fn a_service_is_refused_without_the_scope() {
    let cases = [
        (Scope::Inbound, Command::Create(Box::new(create()))),
        (Scope::Inbound, message(Sender::Customer)),
        (Scope::Ai, Command::Edit(Box::new(close()))),
    ];
    for (needed, command) in cases {
        let others = [Scope::Inbound, Scope::Ai, Scope::Read]
            .into_iter()
            .filter(|scope| *scope != needed);
        let scenario = if matches!(command, Command::Create(_)) {
            Scenario::new()
        } else {
            Scenario::in_ai_queue()
        };
        scenario
            .when(service(others), command.clone())
            .then_rejected(Rejection::Forbidden("the token's scopes do not permit it"))
            .when(service([needed]), command)
            .then_something();
    }
}

#[test]
fn no_scope_lets_a_service_write_as_an_agent_note_or_assign() {
    let all = [Scope::Inbound, Scope::Ai, Scope::Read];
    let commands = [
        message(Sender::Agent),
        Command::AddNote(note(2, &[])),
        assign(MAYA),
        assign(None),
        Command::Claim,
        Command::TakeOver,
        Command::Undo { version: 1 },
    ];
    for command in commands {
        Scenario::in_ai_queue()
            .when(service(all), command)
            .then_rejected(Rejection::Forbidden("the token's scopes do not permit it"));
    }
}

#[test]
fn the_ai_only_closes_and_only_what_it_handles() {
    let refused = Rejection::Forbidden("the token's scopes do not permit it");
    let edits = [
        Edit {
            status: Some(Status::Pending),
            ..Edit::default()
        },
        Edit {
            priority: Some(Priority::Low),
            ..close()
        },
        Edit {
            tags: Some(Vec::new()),
            ..close()
        },
        Edit {
            custom_fields: [("plan".to_owned(), None)].into(),
            ..close()
        },
        Edit::default(),
    ];
    for edit in edits {
        Scenario::in_ai_queue()
            .when(service([Scope::Ai]), Command::Edit(Box::new(edit)))
            .then_rejected(refused.clone());
    }
    Scenario::with_conversation()
        .when(service([Scope::Ai]), Command::Edit(Box::new(close())))
        .then_rejected(refused.clone());
    Scenario::in_ai_queue()
        .given([taken_over(MAYA, None)])
        .when(service([Scope::Ai]), Command::Edit(Box::new(close())))
        .then_rejected(refused);
    Scenario::new()
        .when(service([Scope::Ai]), Command::Edit(Box::new(close())))
        .then_rejected(Rejection::NotFound);
}

#[test]
fn the_server_itself_owns_nothing_and_assigns_nothing() {
    for command in [
        assign(MAYA),
        Command::Claim,
        Command::TakeOver,
        Command::Undo { version: 1 },
    ] {
        Scenario::in_ai_queue()
            .when(Caller::System, command)
            .then_rejected(Rejection::Forbidden("only people assign conversations"));
    }
}
