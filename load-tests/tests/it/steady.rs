//! A steady load, small: that the rate is kept, and that every dashboard sees it.

use serde_json::Value;

use crate::stand_in::{PROGRAM, load_tests, text};

const ARGS: [&str; 16] = [
    "steady",
    "--server",
    PROGRAM,
    "--commits-per-second",
    "40",
    "--dashboards",
    "40",
    "--checked",
    "10",
    "--seconds",
    "2",
    "--connections",
    "8",
    "--conversations",
    "24",
    "--json",
];

#[test]
fn the_rate_is_kept_and_seen() {
    let output = load_tests(&ARGS);
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["checked"]["agreed"], 10, "{report}");
    assert!(
        report["counting_only"]["frames"].as_u64().unwrap() > 0,
        "{report}"
    );
}

#[test]
fn a_change_that_is_not_sent_is_found() {
    let fault = ["--server-env", "STAND_IN_LIVE_FAULT=drop:50"];
    let output = load_tests(&[ARGS.as_slice(), &fault].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}
