//! The searches: a few scopes through and through, and each rule broken once.

use std::collections::BTreeSet;

use ochre_assign::domain::conversation::{Assign, Command};
use stateright::{Checker, HasDiscoveries, Model};

use super::properties::{
    ANSWERED, DURABLE_BEFORE_TOLD, ELIGIBLE_AT_COMMIT, NOT_DONE, NOTHING_LOST, ONE_ORDER,
    SAID_OF_THE_ORDER, VIEW_IS_FOLD,
};
use super::scope::{AI, Ask, MAYA, Mutation, OWNER, PEOPLE, SAM, Scope, by, deactivate, demote};
use super::state::Budget;

const NOTHING_GOES_WRONG: Budget = Budget {
    failures: 0,
    panics: 0,
    stops: 0,
    kills: 0,
};

fn assign_to_maya() -> Ask {
    let assign = Assign {
        assignee: Some(MAYA),
        expected: None,
        note: None,
    };
    by(OWNER, PEOPLE, Command::Assign(assign))
}

/// Two claims and a change of the directory; appends fail.
fn failures() -> Scope {
    let asks = vec![
        by(MAYA, PEOPLE, Command::Claim),
        by(SAM, PEOPLE, Command::Claim),
        assign_to_maya(),
        deactivate(MAYA),
    ];
    let budget = Budget {
        failures: 1,
        ..NOTHING_GOES_WRONG
    };
    Scope::new(asks, budget)
}

/// Actors panic and stop; the queue is short.
fn restarts() -> Scope {
    let asks = vec![
        by(MAYA, PEOPLE, Command::Claim),
        by(SAM, PEOPLE, Command::Claim),
        deactivate(MAYA),
        demote(SAM),
    ];
    let budget = Budget {
        panics: 1,
        stops: 1,
        ..NOTHING_GOES_WRONG
    };
    Scope::new(asks, budget).with_queue_of(2)
}

/// Two conversations, each with its own actor, share the log.
fn two_conversations() -> Scope {
    let asks = vec![
        by(MAYA, AI, Command::TakeOver),
        by(SAM, AI, Command::TakeOver),
        by(MAYA, PEOPLE, Command::Claim),
        deactivate(MAYA),
    ];
    let budget = Budget {
        failures: 1,
        ..NOTHING_GOES_WRONG
    };
    Scope::new(asks, budget)
}

/// The process is killed, also after an append that failed.
fn kills() -> Scope {
    let asks = vec![
        by(MAYA, PEOPLE, Command::Claim),
        by(SAM, PEOPLE, Command::Claim),
        deactivate(MAYA),
    ];
    let budget = Budget {
        failures: 1,
        kills: 1,
        ..NOTHING_GOES_WRONG
    };
    Scope::new(asks, budget)
}

/// All at once, for fewer commands.
fn everything() -> Scope {
    let asks = vec![
        by(MAYA, PEOPLE, Command::Claim),
        by(SAM, PEOPLE, Command::Claim),
        deactivate(MAYA),
    ];
    let budget = Budget {
        failures: 1,
        panics: 1,
        stops: 1,
        kills: 1,
    };
    Scope::new(asks, budget).with_queue_of(2)
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
fn finds(scope: Scope, property: &'static str) {
    let mutation = scope.mutation.unwrap();
    let wanted = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = scope
        .checker()
        .threads(2)
        .finish_when(wanted)
        .spawn_bfs()
        .join();
    let states = checker.unique_state_count();
    println!("{mutation:?}: {states} states");
    assert!(
        checker.discovery(property).is_some(),
        "{mutation:?} went unnoticed by {property}"
    );
}

#[test]
fn appends_that_fail_break_nothing() {
    search("failures", failures());
}

#[test]
fn actors_that_panic_or_stop_break_nothing() {
    search("restarts", restarts());
}

#[test]
fn two_conversations_in_one_log_break_nothing() {
    search("two conversations", two_conversations());
}

#[test]
fn a_kill_breaks_nothing() {
    search("kills", kills());
}

#[test]
fn all_of_it_together_breaks_nothing() {
    search("everything", everything());
}

#[test]
fn without_the_check_of_the_directory_somebody_who_left_is_assigned() {
    finds(
        failures().breaking(Mutation::SkipRevisionCheck),
        ELIGIBLE_AT_COMMIT,
    );
}

#[test]
fn without_the_check_of_the_version_two_states_of_one_conversation_are_ordered() {
    let scope = restarts().breaking(Mutation::SkipVersionCheckAndLoadAtOnce);
    finds(scope, ONE_ORDER);
}

#[test]
fn a_refusal_told_at_once_speaks_of_what_is_not_durable() {
    finds(
        failures().breaking(Mutation::AnswerRefusalsAtOnce),
        DURABLE_BEFORE_TOLD,
    );
}

#[test]
fn a_change_told_at_once_is_lost() {
    finds(
        failures().breaking(Mutation::AnswerChangesAtOnce),
        NOTHING_LOST,
    );
}

#[test]
fn in_the_old_generation_a_refusal_speaks_of_what_is_void() {
    finds(
        failures().breaking(Mutation::KeepGeneration),
        SAID_OF_THE_ORDER,
    );
}

#[test]
fn an_order_that_is_not_rebuilt_has_gaps() {
    finds(failures().breaking(Mutation::KeepOrder), ONE_ORDER);
}

#[test]
fn a_directory_that_is_not_rebuilt_refuses_for_what_is_void() {
    finds(
        failures().breaking(Mutation::KeepDirectory),
        SAID_OF_THE_ORDER,
    );
}

#[test]
fn an_actor_that_does_not_wait_refuses_for_what_is_past() {
    finds(
        restarts().breaking(Mutation::LoadUnchecked),
        SAID_OF_THE_ORDER,
    );
}

#[test]
fn a_directory_that_does_not_wait_brings_somebody_back() {
    finds(
        restarts().breaking(Mutation::LoadUnchecked),
        ELIGIBLE_AT_COMMIT,
    );
}

#[test]
fn views_that_run_ahead_of_the_disk_are_noticed() {
    finds(
        failures().breaking(Mutation::ApplyBeforeAppend),
        VIEW_IS_FOLD,
    );
}

#[test]
fn a_write_that_failed_and_stays_is_noticed() {
    finds(failures().breaking(Mutation::KeepInDoubt), NOT_DONE);
}

#[test]
fn an_answer_that_is_forgotten_is_noticed() {
    finds(failures().breaking(Mutation::ForgetWaiting), ANSWERED);
}
