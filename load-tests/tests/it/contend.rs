//! A contest on a right server and on one that grants a claim twice.

use crate::stand_in::{PROGRAM, StandIn, load_tests, text};

const ARGS: [&str; 8] = [
    "--conversations",
    "5",
    "--agents",
    "8",
    "--seconds",
    "1",
    "--seed",
    "7",
];

#[test]
fn a_right_server_passes() {
    let output = StandIn::start(&[]).run("contend", &ARGS);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("PASS: 5 conversations verified, 0 violations, seed 7"));
}

#[test]
fn lost_answers_are_no_violation() {
    let output = StandIn::start(&["--cut", "50"]).run("contend", &ARGS);
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("connection cut"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_claim_that_is_granted_twice_is_found() {
    let output = StandIn::start(&["--grant", "3"]).run("contend", &ARGS);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("VIOLATED"), "{}", text(&output));
}

#[test]
fn dashboards_agree_after_a_contest() {
    let watch = ["--dashboards", "18", "--slow", "2", "--reconnecting", "3"];
    let output = StandIn::start(&[]).run("contend", &[ARGS.as_slice(), &watch].concat());
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("PASS: 18 of 18 dashboards"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_dashboard_that_is_wrong_fails_the_contest() {
    let faults = ["--live-fault", "skip:30"];
    let watch = ["--dashboards", "9", "--settle", "1"];
    let output = StandIn::start(&faults).run("contend", &[ARGS.as_slice(), &watch].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("0 violations, seed 7"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_server_of_its_own_is_killed_under_the_contest() {
    let own = ["contend", "--server", PROGRAM, "--kills", "2"];
    let output = load_tests(&[own.as_slice(), &ARGS].concat());
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("killed 2 times") && text(&output).contains("0 violations"),
        "{}",
        text(&output)
    );
}

#[test]
fn what_a_killed_server_did_not_keep_is_found() {
    let own = ["contend", "--server", PROGRAM, "--kills", "2"];
    let fault = ["--server-env", "STAND_IN_LOSE=20"];
    let output = load_tests(&[own.as_slice(), &fault, &ARGS].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("VIOLATED"), "{}", text(&output));
}
