//! Random events of routing, to be written and read back.

use std::sync::Arc;

use ochre_assign::domain::conversation::{AssignedBy, Channel, Priority};
use ochre_assign::domain::directory::{DirectoryEvent, Ineligible};
use ochre_assign::domain::rotation::TeamRef;
use ochre_assign::domain::routing::{
    Action, Candidate, Condition, LeftUnassigned, Matched, Miss, Operator, PassedOver, Routing,
    Rule, Spin,
};
use ochre_assign::domain::{RuleId, TeamId, UserId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

/// Replaced rules and changed teams.
pub(crate) fn directory_event() -> BoxedStrategy<DirectoryEvent> {
    let users = || vec(user(), 0..3);
    prop_oneof![
        (any::<u64>(), vec(rule(), 0..3)).prop_map(|(version, rules)| {
            DirectoryEvent::RulesReplaced {
                version,
                rules: Arc::new(rules),
            }
        }),
        (team_id(), text(), users()).prop_map(|(team, name, members)| {
            DirectoryEvent::TeamCreated {
                team,
                name,
                members,
            }
        }),
        (team_id(), text()).prop_map(|(team, name)| DirectoryEvent::TeamRenamed { team, name }),
        (team_id(), users(), users()).prop_map(|(team, added, removed)| {
            DirectoryEvent::TeamMembersChanged {
                team,
                added,
                removed,
            }
        }),
    ]
    .boxed()
}

/// A rule as the one that assigned.
pub(crate) fn by() -> impl Strategy<Value = AssignedBy> {
    let turn = (rule_id(), text(), team(), any::<u64>());
    prop_oneof![
        (rule_id(), text()).prop_map(|(rule, name)| AssignedBy::Rule { rule, name }),
        turn.prop_map(|(rule, name, team, turn)| AssignedBy::RoundRobin {
            rule,
            name,
            team,
            turn,
        }),
    ]
}

/// Why a conversation got the owner that it was born with.
pub(crate) fn routing() -> impl Strategy<Value = Routing> {
    let passed_over =
        (rule_id(), select(Miss::ALL)).prop_map(|(rule, reason)| PassedOver { rule, reason });
    let matched =
        (rule_id(), text(), action()).prop_map(|(rule, name, then)| Matched { rule, name, then });
    let candidate = (
        user(),
        option::of(any::<u64>()),
        option::of(select(Ineligible::ALL)),
    )
        .prop_map(|(user, last_turn, ineligible)| Candidate {
            user,
            last_turn,
            ineligible,
        });
    let spin = (team(), option::of(any::<u64>())).prop_map(|(team, turn)| Spin { team, turn });
    let lists = (vec(passed_over, 0..3), vec(candidate, 0..3), any::<u64>());
    let chosen = (
        option::of(matched),
        option::of(spin),
        option::of(select(LeftUnassigned::ALL)),
    );
    (any::<u64>(), any::<bool>(), lists, chosen).prop_map(
        |(rules_version, first_message, lists, (matched, rotation, left_unassigned))| {
            let (passed_over, candidates, candidates_omitted) = lists;
            Routing {
                rules_version,
                first_message,
                passed_over,
                matched,
                candidates,
                candidates_omitted,
                rotation,
                left_unassigned,
            }
        },
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    (rule_id(), text(), any::<bool>(), condition(), action()).prop_map(
        |(id, name, enabled, when, then)| Rule {
            id,
            name,
            enabled,
            when,
            then,
        },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        select(Channel::ALL).prop_map(|value| Condition::ChannelIs { value }),
        text().prop_map(|value| Condition::SubjectContains { value }),
        text().prop_map(|value| Condition::FromDomain { value }),
        select(Priority::ALL).prop_map(|value| Condition::PriorityAtLeast { value }),
        Just(Condition::FirstMessage),
        (text(), select(Operator::ALL), text()).prop_map(|(field, operator, value)| {
            Condition::CustomField {
                field,
                operator,
                value,
            }
        }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        user().prop_map(|user| Action::AssignUser { user }),
        team().prop_map(|team| Action::RoundRobin { team }),
        select(Priority::ALL).prop_map(|priority| Action::SetPriority { priority }),
        text().prop_map(|tag| Action::AddTag { tag }),
    ]
}

fn team() -> impl Strategy<Value = TeamRef> {
    prop_oneof![Just(TeamRef::Default), team_id().prop_map(TeamRef::Team)]
}

fn text() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Into::into)
}

fn user() -> impl Strategy<Value = UserId> {
    any::<u128>().prop_map(UserId::from_u128)
}

fn rule_id() -> impl Strategy<Value = RuleId> {
    any::<u128>().prop_map(RuleId::from_u128)
}

fn team_id() -> impl Strategy<Value = TeamId> {
    any::<u128>().prop_map(TeamId::from_u128)
}
