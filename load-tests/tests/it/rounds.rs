//! Rounds on a right server and on one that grants a claim twice.

use crate::stand_in::{StandIn, text};

const ARGS: [&str; 4] = ["--clients", "16", "--rounds", "20"];

#[test]
fn a_right_server_has_one_winner_in_each_round() {
    let output = StandIn::start(&[]).run("rounds", &ARGS);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("PASS: 20 rounds of 16 clients, 0 failures"));
}

#[test]
fn a_second_winner_is_found() {
    let output = StandIn::start(&["--grant", "30"]).run("rounds", &ARGS);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("2 clients were told that they have it"),
        "{}",
        text(&output)
    );
}
