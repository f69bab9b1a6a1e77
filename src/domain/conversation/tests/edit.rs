//! Status, priority, tags and custom fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::conversation::{
    Command, ConversationEvent, Created, Edit, Priority, Rejection, Status,
};
use crate::domain::testing::{MAYA, Scenario, created, creation, service};
use crate::domain::{Caller, Scope};

fn edit(edit: Edit) -> Command {
    Command::Edit(Box::new(Edit {
        custom_fields_max: 3,
        ..edit
    }))
}

fn fields<'a>(fields: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Edit {
    Edit {
        custom_fields: texts(fields),
        ..Edit::default()
    }
}

fn texts<'a>(
    fields: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> BTreeMap<String, Option<String>> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        .collect()
}

fn tags(tags: &[&str]) -> Arc<Vec<String>> {
    Arc::new(tags.iter().map(|&tag| tag.to_owned()).collect())
}

/// Tagged `billing`, with the fields `plan` and `seats`.
fn furnished() -> Scenario {
    let fields = [("plan", "pro"), ("seats", "5")];
    let facts = Created {
        tags: tags(&["billing"]),
        custom_fields: Arc::new(
            fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        ),
        ai_handling: true,
        ..created()
    };
    Scenario::new().given(creation(facts))
}

#[test]
fn s01_any_status_leads_to_any_other() {
    for from in Status::ALL {
        for to in Status::ALL.iter().filter(|to| *to != from) {
            let scenario = Scenario::with_conversation();
            let scenario = match from {
                Status::Open => scenario,
                Status::Pending | Status::Snoozed | Status::Closed => {
                    scenario.given([ConversationEvent::StatusChanged {
                        from: Status::Open,
                        to: *from,
                    }])
                }
            };
            let scenario = scenario
                .when(
                    MAYA,
                    edit(Edit {
                        status: Some(*to),
                        ..Edit::default()
                    }),
                )
                .then([ConversationEvent::StatusChanged {
                    from: *from,
                    to: *to,
                }]);
            assert_eq!(scenario.conversation().status, *to);
        }
    }
}

#[test]
fn an_edit_to_what_is_so_already_changes_nothing() {
    let same = Edit {
        status: Some(Status::Open),
        priority: Some(Priority::Normal),
        tags: Some(vec!["billing".to_owned(), "billing".to_owned()]),
        ..fields([("plan", Some("pro")), ("absent", None)])
    };
    furnished().when(MAYA, edit(same)).then_nothing_changed();
    furnished()
        .when(MAYA, edit(Edit::default()))
        .then_nothing_changed();
}

#[test]
fn an_edit_of_everything_is_one_commit() {
    let everything = Edit {
        status: Some(Status::Pending),
        priority: Some(Priority::High),
        tags: Some(Vec::new()),
        ..fields([("plan", None)])
    };
    let scenario = furnished().when(MAYA, edit(everything)).then([
        ConversationEvent::StatusChanged {
            from: Status::Open,
            to: Status::Pending,
        },
        ConversationEvent::PriorityChanged {
            from: Priority::Normal,
            to: Priority::High,
        },
        ConversationEvent::TagsChanged {
            from: tags(&["billing"]),
            to: tags(&[]),
        },
        ConversationEvent::CustomFieldsChanged {
            from: texts([("plan", Some("pro"))]),
            to: texts([("plan", None)]),
        },
    ]);
    let conversation = scenario.conversation();
    assert_eq!(conversation.version, 2);
    assert!(conversation.tags.is_empty());
    assert_eq!(conversation.custom_fields.len(), 1);
    assert!(conversation.last_activity_at < scenario.now());
}

#[test]
fn s03_tags_are_replaced_in_order_and_none_twice() {
    let new = ["vip", "billing", "vip"].map(str::to_owned).to_vec();
    let scenario = furnished()
        .when(
            MAYA,
            edit(Edit {
                tags: Some(new),
                ..Edit::default()
            }),
        )
        .then([ConversationEvent::TagsChanged {
            from: tags(&["billing"]),
            to: tags(&["vip", "billing"]),
        }]);
    assert_eq!(scenario.conversation().tags, tags(&["vip", "billing"]));
}

#[test]
fn custom_fields_are_merged_and_only_what_differs_is_recorded() {
    let merged = fields([
        ("plan", Some("team")),
        ("seats", Some("5")),
        ("region", Some("eu")),
        ("absent", None),
    ]);
    let scenario =
        furnished()
            .when(MAYA, edit(merged))
            .then([ConversationEvent::CustomFieldsChanged {
                from: texts([("plan", Some("pro")), ("region", None)]),
                to: texts([("plan", Some("team")), ("region", Some("eu"))]),
            }]);
    let kept: Vec<_> = scenario
        .conversation()
        .custom_fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(kept, [("plan", "team"), ("region", "eu"), ("seats", "5")]);
}

#[test]
fn more_custom_fields_than_permitted_refuse_the_whole_edit() {
    let too_many = Edit {
        status: Some(Status::Closed),
        ..fields([("a", Some("1")), ("b", Some("2"))])
    };
    let scenario = furnished()
        .when(MAYA, edit(too_many))
        .then_rejected(Rejection::TooManyCustomFields { max: 3 });
    assert_eq!(scenario.conversation().status, Status::Open);
}

#[test]
fn a_field_that_goes_makes_room_for_one_that_comes() {
    furnished()
        .when(
            MAYA,
            edit(fields([("a", Some("1")), ("b", Some("2")), ("plan", None)])),
        )
        .then([ConversationEvent::CustomFieldsChanged {
            from: texts([("a", None), ("b", None), ("plan", Some("pro"))]),
            to: texts([("a", Some("1")), ("b", Some("2")), ("plan", None)]),
        }]);
}

#[test]
fn fields_above_a_lowered_limit_can_be_changed_and_removed_but_not_added() {
    let lowered = |fields: Edit| {
        Command::Edit(Box::new(Edit {
            custom_fields_max: 1,
            ..fields
        }))
    };
    furnished()
        .when(MAYA, lowered(fields([("plan", Some("team"))])))
        .then([ConversationEvent::CustomFieldsChanged {
            from: texts([("plan", Some("pro"))]),
            to: texts([("plan", Some("team"))]),
        }])
        .when(MAYA, lowered(fields([("new", Some("1"))])))
        .then_rejected(Rejection::TooManyCustomFields { max: 1 })
        .when(MAYA, lowered(fields([("plan", None)])))
        .then([ConversationEvent::CustomFieldsChanged {
            from: texts([("plan", Some("team"))]),
            to: texts([("plan", None)]),
        }]);
}

#[test]
fn the_ai_closes_what_it_handles() {
    furnished()
        .when(
            service([Scope::Ai]),
            edit(Edit {
                status: Some(Status::Closed),
                ..Edit::default()
            }),
        )
        .then([ConversationEvent::StatusChanged {
            from: Status::Open,
            to: Status::Closed,
        }]);
}

#[test]
fn an_edit_with_another_version_seen_is_refused() {
    furnished()
        .having_seen(7)
        .when(Caller::System, edit(Edit::default()))
        .then_rejected(Rejection::VersionMismatch);
}
