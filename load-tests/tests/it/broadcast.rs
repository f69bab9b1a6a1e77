//! The comparison with the bare broadcast, small: that it runs, and that it sees what is missing.

use serde_json::Value;

use crate::stand_in::{PROGRAM, load_tests, text};

const ARGS: [&str; 12] = [
    "broadcast",
    "--server",
    PROGRAM,
    "--sockets",
    "40",
    "--seconds",
    "1",
    "--repetitions",
    "1",
    "--in-flight",
    "4",
    "--json",
];

#[test]
fn every_socket_has_every_change() {
    let output = load_tests(&[&ARGS, ["--stopped", "2"].as_slice()].concat());
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for part in [
        "bare_single",
        "ochre_single",
        "bare_burst",
        "ochre_burst",
        "ochre_stopped",
    ] {
        let rate = report["parts"][part]["deliveries_per_second"].as_f64();
        assert!(rate.unwrap() > 0.0, "{report}");
    }
    assert!(report["frame_bytes"].as_u64().unwrap() > 100, "{report}");
    assert!(report["ratio"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn a_goal_that_is_missed_fails() {
    let output = load_tests(&[&ARGS, ["--least-ratio", "1000"].as_slice()].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}

#[test]
fn a_change_that_does_not_arrive_is_seen() {
    let fault = [
        "--server-env",
        "STAND_IN_LIVE_FAULT=drop:41",
        "--stopped",
        "0",
        "--arrival",
        "1",
    ];
    let output = load_tests(&[&ARGS[..11], &fault].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("INCOMPLETE: Ochre"),
        "{}",
        text(&output)
    );
}

#[test]
fn idle_sockets_are_weighed() {
    let output = load_tests(&[
        "idle",
        "--server",
        PROGRAM,
        "--sockets",
        "60",
        "--seconds",
        "1",
        "--json",
    ]);
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ended"], 0, "{report}");
}
