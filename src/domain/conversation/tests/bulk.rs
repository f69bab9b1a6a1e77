//! Items of operations: decided like the same thing alone, in the operation's name.

use super::assigned;
use crate::domain::conversation::{
    Assign, AssignedBy, BulkItem, Command, ConversationEvent, Decision, InBulk, Rejection, Request,
    decide,
};
use crate::domain::testing::{MAYA, OWNER, SAM, Scenario, VIEWER, note, noted, service};
use crate::domain::{Caller, OperationId, Scope, UserId};

const OPERATION: OperationId = OperationId::from_u128(0xb01);

fn assigning(assignee: Option<UserId>, only_unassigned: bool) -> BulkItem {
    let assign = Assign {
        assignee,
        expected: None,
        note: None,
    };
    BulkItem::Assign {
        assign,
        only_unassigned,
    }
}

fn ask(
    scenario: &Scenario,
    caller: impl Into<Caller>,
    item: BulkItem,
) -> Result<Decision, Rejection> {
    let request = Request {
        caller: caller.into(),
        expected_versions: None,
        command: Command::InBulk(InBulk {
            operation: OPERATION,
            item,
        }),
    };
    let directory = &scenario.directory().directory;
    decide(Some(scenario.conversation()), &request, directory)
}

const fn in_bulk(id: UserId) -> AssignedBy {
    AssignedBy::Bulk {
        id,
        operation: OPERATION,
    }
}

#[test]
fn b08_an_item_is_the_single_assign_but_for_the_name() {
    let scenarios = [
        Scenario::with_conversation(),
        Scenario::with_conversation().given([assigned(MAYA, None, OWNER)]),
    ];
    for scenario in scenarios {
        for assignee in [None, Some(MAYA), Some(SAM), Some(VIEWER)] {
            for caller in [OWNER, VIEWER] {
                let request = Request {
                    caller: Caller::User(caller),
                    expected_versions: None,
                    command: super::assign(assignee),
                };
                let directory = &scenario.directory().directory;
                let mut alone = decide(Some(scenario.conversation()), &request, directory);
                for event in alone.iter_mut().flat_map(|decision| &mut decision.events) {
                    if let ConversationEvent::Assigned { by, .. }
                    | ConversationEvent::Unassigned { by, .. } = event
                    {
                        *by = in_bulk(caller);
                    }
                }
                let item = assigning(assignee, false);
                assert_eq!(ask(&scenario, caller, item), alone, "{assignee:?}");
            }
        }
    }
}

#[test]
fn x01_only_unassigned_refuses_whatever_has_an_owner() {
    let free = Scenario::with_conversation();
    assert!(
        ask(&free, SAM, assigning(Some(MAYA), true))
            .unwrap()
            .changed
    );
    let owned = free.given([assigned(MAYA, None, OWNER)]);
    for assignee in [None, Some(MAYA), Some(SAM)] {
        let refused = ask(&owned, SAM, assigning(assignee, true));
        assert_eq!(refused, Err(Rejection::AlreadyAssigned), "{assignee:?}");
    }
}

#[test]
fn the_note_stays_also_where_nothing_changes() {
    let scenario = Scenario::with_conversation().given([assigned(MAYA, None, OWNER)]);
    let assign = Assign {
        assignee: Some(MAYA),
        expected: None,
        note: Some(note(2, &[SAM])),
    };
    let item = BulkItem::Assign {
        assign,
        only_unassigned: false,
    };
    let decision = ask(&scenario, OWNER, item).unwrap();
    assert_eq!(decision.events, [noted(OWNER, 2, &[SAM])]);
    assert!(!decision.changed);
}

#[test]
fn undo_of_an_item_follows_the_rule_of_undo() {
    let scenario = Scenario::with_conversation()
        .given([assigned(MAYA, None, OWNER)])
        .given([assigned(SAM, MAYA, OWNER)]);
    let undone = ask(&scenario, OWNER, BulkItem::Undo { version: 3 }).unwrap();
    let put_back = ConversationEvent::Assigned {
        assignee: MAYA,
        previous: Some(SAM),
        by: in_bulk(OWNER),
        undo_of: Some(3),
    };
    assert_eq!(undone.events, [put_back]);
    let refused = ask(&scenario, OWNER, BulkItem::Undo { version: 2 });
    assert_eq!(refused, Err(Rejection::NothingToUndo));
}

#[test]
fn b21_nobody_without_the_right_has_an_item() {
    let scenario = Scenario::with_conversation();
    let services = service([Scope::Inbound, Scope::Ai, Scope::Read]);
    for caller in [Caller::User(VIEWER), services] {
        for item in [assigning(None, false), BulkItem::Undo { version: 1 }] {
            let refused = ask(&scenario, caller.clone(), item);
            assert!(matches!(refused, Err(Rejection::Forbidden(_))));
        }
    }
}
