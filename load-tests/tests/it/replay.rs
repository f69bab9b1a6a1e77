//! A replay against a right server, a stumbling one, one that dies, and a wrong one.

use std::{fmt::Write, fs};

use serde_json::Value;

use crate::stand_in::{StandIn, load_tests, text};

const MAP: &str = r#"
case = "Ticket"
activity = "What"
person = "Who"
time = "When"
time_format = "%Y-%m-%d %H:%M"
close_activity = "Closed"
channel = "email"
subject = "{Ticket}"
body = "{What}"
customer_name = "Customer"
"#;

/// Forty tickets of seven events: closed once in between, and again at the end by every other.
fn write_log(server: &StandIn) -> (String, String) {
    let mut log = "Ticket,What,Who,When\n".to_owned();
    for ticket in 0..40 {
        for event in 0..7 {
            let is_closed = event == 4 || (event == 6 && ticket % 2 == 0);
            let what = if is_closed { "Closed" } else { "Work" };
            let who = (ticket + event / 2) % 5;
            writeln!(log, "T {ticket},{what},P {who},2020-01-01 10:0{event}").unwrap();
        }
    }
    let (log_path, map_path) = (server.path("log.csv"), server.path("map.toml"));
    fs::write(&log_path, log).unwrap();
    fs::write(&map_path, MAP).unwrap();
    (
        log_path.display().to_string(),
        map_path.display().to_string(),
    )
}

fn counts(output: &std::process::Output) -> Value {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(report["pass"], true, "{}", text(output));
    report["counts"].clone()
}

fn assert_whole(counts: &Value) {
    assert_eq!(counts["events"], 280);
    assert_eq!(counts["tickets"], 40);
    assert_eq!(counts["people"], 5);
    assert_eq!(counts["changes_of_owner"], 160);
    assert_eq!(counts["assigns_that_change_nothing"], 120);
    assert_eq!(counts["reopened"], 40);
    assert_eq!(counts["closed_at_end"], 20);
}

#[test]
fn a_log_comes_out_as_it_must() {
    let server = StandIn::start(&[]);
    let (log, map) = write_log(&server);
    let owners = server.path("owners.json").display().to_string();
    let output = server.run(
        "replay",
        &[&log, "--map", &map, "--owners", &owners, "--json"],
    );
    assert_whole(&counts(&output));
    let owners: Value = serde_json::from_slice(&fs::read(owners).unwrap()).unwrap();
    assert_eq!(owners["final_owner"]["T 0"], "P 3");
}

#[test]
fn dashboards_show_the_log_come_out() {
    let server = StandIn::start(&[]);
    let (log, map) = write_log(&server);
    let watch = [
        "--dashboards",
        "14",
        "--slow",
        "2",
        "--reconnecting",
        "4",
        "--json",
    ];
    let output = server.run(
        "replay",
        &[&[log.as_str(), "--map", &map], watch.as_slice()].concat(),
    );
    assert_whole(&counts(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["dashboards"]["agreed"], 14, "{report}");
}

#[test]
fn overload_and_lost_answers_change_nothing_in_the_outcome() {
    let server = StandIn::start(&["--overloaded", "13", "--cut", "17"]);
    let (log, map) = write_log(&server);
    let output = server.run("replay", &[&log, "--map", &map, "--json"]);
    assert_whole(&counts(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["retries"].as_u64().unwrap() > 0);
    assert!(report["replayed_answers"].as_u64().unwrap() > 0);
}

#[test]
fn a_replay_goes_on_where_the_server_died() {
    let mut server = StandIn::start(&["--die", "300"]);
    let (log, map) = write_log(&server);
    let state = server.path("state").display().to_string();
    let args = [
        &log,
        "--map",
        &map,
        "--resume",
        &state,
        "--json",
        "--patience",
        "0",
    ];
    let first = server.run("replay", &args);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first));
    assert!(
        text(&first).contains("goes on from there"),
        "{}",
        text(&first)
    );
    let progress = fs::read_to_string(&state).unwrap();
    assert!(progress.contains(r#""line":"event""#));
    server.restart(&[]);
    let second = server.run("replay", &args);
    assert_whole(&counts(&second));
    let report: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(report["resumed"], true);
}

#[test]
fn a_lost_change_is_a_difference() {
    let mut server = StandIn::start(&["--lose", "50"]);
    let (log, map) = write_log(&server);
    let state = server.path("state").display().to_string();
    let args = [&log, "--map", &map, "--resume", &state];
    drop(server.run("replay", &args));
    server.restart(&[]);
    let output = server.run("replay", &args);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("its acknowledged changes make it"),
        "{}",
        text(&output)
    );
}

#[test]
fn an_unexpected_outcome_is_named() {
    let server = StandIn::start(&[]);
    let (log, map) = write_log(&server);
    let owners = server.path("owners.json").display().to_string();
    drop(server.run("replay", &[&log, "--map", &map, "--owners", &owners]));
    let expected = fs::read_to_string(&owners).unwrap();
    let expected = expected.replace(r#""T 0": "P 3""#, r#""T 0": "P 1""#);
    fs::write(
        &owners,
        expected.replace(r#""reopened": 40"#, r#""reopened": 41"#),
    )
    .unwrap();

    let fresh = StandIn::start(&[]);
    let output = fresh.run("replay", &[&log, "--map", &map, "--expect", &owners]);
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output);
    assert!(
        text.contains("DIFFERENT: the owner of T 0 is P 3, expected P 1"),
        "{text}"
    );
    assert!(
        text.contains("DIFFERENT: reopened is 40, expected 41"),
        "{text}"
    );
}

#[test]
fn load_is_not_sent_to_another_machine() {
    let args = [
        "replay",
        "log.csv",
        "--map",
        "map.toml",
        "--admin-token",
        "t",
    ];
    let output = load_tests(&[args.as_slice(), &["--url", "http://192.0.2.1:80"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("is not a loopback address"),
        "{}",
        text(&output)
    );
}
