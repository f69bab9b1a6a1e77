//! Names that belong to one file, so that what they stand for can be replaced there.

use crate::source::{Source, line_of, places_of};

/// A name, where the rule holds, and the files that may use it all the same.
struct Confined {
    name: &'static str,
    rule_for: &'static str,
    home: Option<&'static str>,
}

const fn confined(name: &'static str, home: &'static str) -> Confined {
    Confined {
        name,
        rule_for: "src/",
        home: Some(home),
    }
}

const fn banned(name: &'static str) -> Confined {
    Confined {
        name,
        rule_for: "",
        home: None,
    }
}

/// A home is the beginning of a path, so that a file may grow into a folder.
const CONFINED: &[Confined] = &[
    confined("sled::", "src/journal/sled_journal"),
    confined("use sled", "src/journal/sled_journal"),
    confined("actix_web_actors", "src/live/session"),
    confined("SystemTime::now", "src/clock.rs"),
    confined("Instant::now", "src/clock.rs"),
    confined("rand::", "src/clock.rs"),
    confined("uuid::", "src/clock.rs"),
    // It ignores the limit of the mailbox.
    banned("do_send"),
    // What is not done yet does not belong into a commit.
    banned("todo!"),
    banned("unimplemented!"),
];

pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let applies = |rule: &&Confined| source.path.starts_with(rule.rule_for);
        let at_home =
            |rule: &&Confined| rule.home.is_some_and(|home| source.path.starts_with(home));
        for rule in CONFINED
            .iter()
            .filter(applies)
            .filter(|rule| !at_home(rule))
        {
            for at in places_of(&source.code, rule.name) {
                let (file, line, name) = (&source.path, line_of(&source.code, at), rule.name);
                let home = rule.home.unwrap_or("no file");
                violations.push(format!("{file}:{line}: {name} belongs in {home}"));
            }
        }
    }
    violations
}

#[test]
fn a_name_away_from_home_is_found() {
    for (path, text) in [
        ("src/app.rs", "let db = sled::open(folder);"),
        ("src/app.rs", "use sled;"),
        ("src/journal/memory.rs", "fn f(db: &sled::Db) {}"),
        ("src/live/hub.rs", "use actix_web_actors::ws;"),
        ("src/live/hub.rs", "let now = Instant::now();"),
        ("src/live/hub.rs", "let now = std::time::SystemTime::now();"),
        ("src/api/users.rs", "let id = uuid::Uuid::now_v7();"),
        (
            "src/api/users.rs",
            "#[cfg(test)]\nmod tests { fn f() { rand::random() } }",
        ),
        ("src/actors/team.rs", "address.do_send(message);"),
        ("tests/it/main.rs", "fn f() { todo!() }"),
        ("load-tests/src/main.rs", "fn f() { unimplemented!() }"),
    ] {
        let violations = violations(&[Source::new(path, text)]);
        assert_eq!(violations.len(), 1, "{path}: {text}: {violations:?}");
    }
}

#[test]
fn a_name_at_home_or_in_a_comment_is_left_alone() {
    for (path, text) in [
        (
            "src/journal/sled_journal.rs",
            "let db = sled::open(folder);",
        ),
        ("src/journal/sled_journal/probe.rs", "use sled::Db;"),
        ("src/live/session.rs", "use actix_web_actors::ws;"),
        (
            "src/clock.rs",
            "let now = Instant::now(); uuid::Uuid::nil()",
        ),
        (
            "src/app.rs",
            "// `do_send` is banned, and so is Instant::now.",
        ),
        ("load-tests/src/driver.rs", "let now = Instant::now();"),
    ] {
        let violations = violations(&[Source::new(path, text)]);
        assert!(violations.is_empty(), "{violations:?}");
    }
}
