//! Kills of a right server and of one that acknowledges what it does not keep.

use crate::stand_in::{PROGRAM, load_tests, text};

#[test]
fn a_right_server_loses_nothing() {
    let output = load_tests(&[
        "kills", "--server", PROGRAM, "--rounds", "12", "--seed", "7",
    ]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("PASS: 12 kills"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_lost_acknowledgement_is_found() {
    let output = load_tests(&[
        "kills",
        "--server",
        PROGRAM,
        "--rounds",
        "3",
        "--seed",
        "7",
        "--server-env",
        "STAND_IN_LOSE=100",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("VIOLATED"), "{}", text(&output));
}
