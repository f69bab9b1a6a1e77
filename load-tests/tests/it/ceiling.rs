//! The comparison, small: that it runs, and that every assign changes the owner.

use serde_json::Value;

use crate::stand_in::{PROGRAM, load_tests, text};

#[test]
fn every_assign_is_a_change() {
    let output = load_tests(&[
        "ceiling",
        "--server",
        PROGRAM,
        "--seconds",
        "1",
        "--warm-up-seconds",
        "0",
        "--repetitions",
        "1",
        "--connections",
        "8",
        "--conversations",
        "20",
        "--json",
    ]);
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for workload in ["noop", "one_conversation", "many_conversations"] {
        let found = &report["workloads"][workload];
        assert_eq!(found["other_answers"], 0, "{report}");
        assert!(
            found["requests_per_second"].as_f64().unwrap() > 0.0,
            "{report}"
        );
    }
}
