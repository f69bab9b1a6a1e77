//! The searches: a few scopes through and through, and each rule broken once.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use super::model::{ELIGIBLE_AT_COMMIT, FAIR, TURN_IS_THE_ASSIGNMENT};
use super::scope::{FIRST, Mutation, NEWCOMER, SECOND, Scope, deactivated, members_changed};
use super::state::Budget;

const NOTHING_GOES_WRONG: Budget = Budget {
    failures: 0,
    panics: 0,
    kills: 0,
};

/// Somebody joins, somebody leaves and is deactivated, while turns are taken.
fn comings_and_goings() -> Scope {
    let changes = vec![
        members_changed(&[NEWCOMER], &[]),
        deactivated(FIRST),
        members_changed(&[], &[SECOND]),
    ];
    Scope::new(4, changes, NOTHING_GOES_WRONG)
}

/// Appends fail.
fn failures() -> Scope {
    let changes = vec![members_changed(&[NEWCOMER], &[]), deactivated(FIRST)];
    let budget = Budget {
        failures: 2,
        ..NOTHING_GOES_WRONG
    };
    Scope::new(4, changes, budget)
}

/// Everything goes wrong.
fn everything() -> Scope {
    let budget = Budget {
        failures: 1,
        panics: 1,
        kills: 1,
    };
    Scope::new(4, vec![deactivated(FIRST)], budget)
}

fn search(name: &str, scope: Scope) {
    let checker = scope.checker().threads(2).spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth()
    );
    checker.assert_properties();
}

/// Searches for a violation of a property, which must be found.
fn finds(scope: Scope, mutation: Mutation, property: &'static str) {
    let wanted = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = scope
        .breaking(mutation)
        .checker()
        .threads(2)
        .finish_when(wanted)
        .spawn_bfs()
        .join();
    assert!(
        checker.discovery(property).is_some(),
        "{mutation:?} went unnoticed by {property}"
    );
}

#[test]
fn people_who_come_and_go_break_nothing() {
    search("comings and goings", comings_and_goings());
}

#[test]
fn appends_that_fail_cost_nobody_a_turn() {
    search("failures", failures());
}

#[test]
fn panics_kills_and_failures_together_break_nothing() {
    search("everything", everything());
}

#[test]
fn without_the_check_of_the_directory_somebody_who_left_has_a_turn() {
    finds(
        comings_and_goings(),
        Mutation::SkipRevisionCheck,
        ELIGIBLE_AT_COMMIT,
    );
}

#[test]
fn a_turn_that_is_spent_ahead_of_its_position_leaves_a_gap() {
    finds(
        comings_and_goings(),
        Mutation::SpendAhead,
        TURN_IS_THE_ASSIGNMENT,
    );
}

#[test]
fn a_rotation_that_is_kept_after_a_failure_leaves_a_gap() {
    finds(failures(), Mutation::KeepRotation, TURN_IS_THE_ASSIGNMENT);
}

#[test]
fn a_rotation_that_is_loaded_too_early_spends_a_turn_twice() {
    finds(
        everything(),
        Mutation::LoadUnchecked,
        TURN_IS_THE_ASSIGNMENT,
    );
}

#[test]
fn a_rotation_that_does_not_follow_the_directory_is_unfair() {
    finds(comings_and_goings(), Mutation::NeverFollow, FAIR);
}
