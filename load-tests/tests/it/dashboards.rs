//! Dashboards on a right server with every habit, and on servers with each planned fault.

use std::process::Output;

use serde_json::Value;

use crate::stand_in::{StandIn, text};

const COMMON: [&str; 8] = [
    "--agents",
    "4",
    "--pause-ms",
    "10",
    "--seconds",
    "2",
    "--seed",
    "7",
];

fn watch(faults: &[&str], args: &[&str]) -> Output {
    StandIn::start(faults).run("dashboards", &[&COMMON, args].concat())
}

fn found(fault: &str, views: &str, what: &str) {
    let args = ["--count", "6", "--views", views, "--settle", "2"];
    let output = watch(&["--live-fault", fault], &args);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains(what), "{}", text(&output));
}

#[test]
fn all_habits_agree_with_a_right_server() {
    let output = watch(
        &[],
        &[
            "--count",
            "24",
            "--slow",
            "3",
            "--stopped",
            "3",
            "--stop-for",
            "1",
            "--reconnecting",
            "5",
            "--storm-every",
            "1",
            "--cuts",
            "--final-beacon",
            "--json",
            "--forbid-resync",
            "epoch,too_far,slow",
        ],
    );
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["agreed"], 24, "{report}");
    assert!(
        report["resumes"]["went_on"].as_u64().unwrap() > 5,
        "{report}"
    );
    assert!(report["reconnects"].as_u64().unwrap() > 24, "{report}");
    assert!(report["beacons"]["all"].as_u64().unwrap() > 24, "{report}");
    assert!(report["frames"]["event"].as_u64().unwrap() > 0, "{report}");
    assert!(
        report["commit_to_screen"]["count"].as_u64().unwrap() > 0,
        "{report}"
    );
}

#[test]
fn a_view_of_more_than_a_hundred_is_checked_by_its_head_and_read_on() {
    let server = StandIn::start(&[]);
    // Others make so many that none of the dashboards holds them all.
    let made = server.run(
        "contend",
        &["--conversations", "300", "--agents", "2", "--seconds", "1"],
    );
    assert!(made.status.success(), "{}", text(&made));
    let args = [
        "--count",
        "8",
        "--views",
        "all,unassigned",
        "--json",
        "--keep",
        "120",
    ];
    let output = server.run("dashboards", &[&COMMON, args.as_slice()].concat());
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["beacons"]["head"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["violation_count"], 0);
}

#[test]
fn those_who_never_read_again_are_not_waited_for() {
    let args = [
        "--count",
        "6",
        "--stopped",
        "2",
        "--server-pid",
        &std::process::id().to_string(),
    ];
    let output = watch(&[], &args);
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("PASS: 4 of 4 dashboards"),
        "{}",
        text(&output)
    );
    assert!(
        text(&output).contains("s of processor time"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_change_that_is_not_sent_is_found_by_the_chain() {
    found("drop:20", "all", "and no resync");
}

#[test]
fn a_change_that_is_passed_over_is_found() {
    found("skip:20", "unassigned", "VIOLATED");
}

#[test]
fn a_wrong_total_is_found() {
    found("total:20", "all", "the total is");
}

#[test]
fn a_wrong_beacon_is_found() {
    found("hash:5", "all", "has the hash 1111111111111111");
}

#[test]
fn an_event_that_comes_twice_is_found() {
    found("repeat:5", "conversation", "came again after version");
}

#[test]
fn a_row_that_stays_is_found() {
    found("stale:3", "unassigned", "rows are held at");
}

#[test]
fn a_resume_that_lies_is_found() {
    let args = [
        "--count",
        "6",
        "--views",
        "all",
        "--reconnecting",
        "6",
        "--settle",
        "2",
    ];
    let output = watch(&["--live-fault", "lie:1"], &args);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("VIOLATED"), "{}", text(&output));
}

#[test]
fn positions_survive_a_restart() {
    let mut server = StandIn::start(&["--die", "150"]);
    let url = server.url.clone();
    let run = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let args = [
                "dashboards",
                "--url",
                &url,
                "--admin-token",
                crate::stand_in::OWNER_TOKEN,
                "--count",
                "8",
                "--json",
                "--forbid-resync",
                "epoch,too_far",
            ];
            crate::stand_in::load_tests(&[args.as_slice(), &COMMON].concat())
        });
        server.wait();
        server.restart(&[]);
        watching.join().unwrap()
    });
    assert!(run.status.success(), "{}", text(&run));
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(
        report["resumes"]["went_on"].as_u64().unwrap() > 0,
        "{report}"
    );
}
