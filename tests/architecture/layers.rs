//! The table of layers: what each may use of this crate, and which other crates it may not.

use std::collections::BTreeSet;

use crate::paths;
use crate::source::Source;

/// A layer and what it may name besides itself.
struct Layer {
    name: &'static str,
    may_use: &'static [&'static str],
}

const fn layer(name: &'static str, may_use: &'static [&'static str]) -> Layer {
    Layer { name, may_use }
}

/// Modules that every layer may use, except where [`NOT_SHARED_WITH`] says otherwise.
const SHARED: &[&str] = &[
    "clock",
    "error",
    "faults",
    "metrics",
    "telemetry",
    "wire_time",
];

/// The layers that may use of the shared modules only what their row names.
const NOT_SHARED_WITH: &[&str] = &["domain", "journal", "config"];

const EVERYTHING: &[&str] = &["*"];

const LAYERS: &[Layer] = &[
    layer("domain", &[]),
    layer("config", &[]),
    layer("journal", &["domain", "config", "error"]),
    layer("views", &["domain", "journal", "config"]),
    layer("bus", &["domain", "journal", "views", "config"]),
    // Below the committer, through whose queue its rows go, and below all who have one.
    layer("outbox", &["domain", "journal", "views", "bus", "config"]),
    layer(
        "commit",
        &["domain", "journal", "views", "bus", "outbox", "config"],
    ),
    layer("actors", &["domain", "commit", "views", "config"]),
    layer("bulk", &["domain", "commit", "views", "actors", "config"]),
    layer("auth", &["domain", "views", "commit", "config"]),
    layer(
        "live",
        &[
            "domain", "views", "journal", "bus", "auth", "wire", "config",
        ],
    ),
    layer("wire", &["domain"]),
    layer(
        "notify",
        &[
            "domain", "views", "journal", "bus", "outbox", "wire", "config",
        ],
    ),
    // What they send is written as the API writes it.
    layer(
        "webhooks",
        &[
            "domain", "views", "journal", "bus", "outbox", "wire", "config",
        ],
    ),
    layer("dashboard", &[]),
    layer("api", EVERYTHING),
    layer("cli", EVERYTHING),
    layer("app", EVERYTHING),
    layer("clock", &["domain"]),
    layer("error", &["domain"]),
    layer("faults", &["domain", "journal", "config"]),
    layer("metrics", &["domain"]),
    layer("telemetry", &["config"]),
    layer("wire_time", &["domain"]),
];

/// Paths that are another layer's insides: the layer on the left may not name them.
const INSIDES: &[(&str, &[&str])] = &[
    ("api", &["notify", "*"]),
    ("cli", &["notify", "*"]),
    ("api", &["journal", "sled_journal"]),
    ("cli", &["journal", "sled_journal"]),
];

/// Crates that a layer may not name.
const BANNED_CRATES: &[(&str, &[&str])] = &[
    ("journal", &["actix", "actix_web", "actix_web_actors"]),
    ("views", &["actix", "actix_web", "actix_web_actors"]),
    (
        "config",
        &["actix", "actix_web", "actix_web_actors", "tokio"],
    ),
    ("actors", &["actix_web", "actix_web_actors"]),
    ("bulk", &["actix_web", "actix_web_actors"]),
    ("dashboard", &["actix", "sled", "tokio"]),
];

/// The only crates of Cargo.toml that the domain may name.
const CRATES_OF_THE_DOMAIN: &[&str] = &["serde", "thiserror"];

/// The parts of the standard library that the domain may not name: whatever reads or does.
const STD_NOT_IN_THE_DOMAIN: &[&str] = &[
    "env", "fs", "io", "net", "os", "path", "process", "sync", "thread",
];
const TIME_NOT_IN_THE_DOMAIN: &[&str] = &["Instant", "SystemTime", "UNIX_EPOCH"];

pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let Some(name) = layer_of(&source.path) else {
            continue;
        };
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
            violations.push(format!(
                "{}: {name} is not in the table of layers",
                source.path
            ));
            continue;
        };
        within_the_crate(source, layer, &mut violations);
        other_crates(source, layer, &mut violations);
        if layer.name == "domain" {
            standard_library(source, &mut violations);
        }
    }
    violations
}

/// The first part of the module path; the crate's own roots belong to no layer.
fn layer_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    (!["lib", "main"].contains(&name)).then_some(name)
}

fn within_the_crate(source: &Source, layer: &Layer, violations: &mut Vec<String>) {
    for named in paths::of_this_crate(source) {
        let Some(target) = named.path.first() else {
            continue;
        };
        let is_own = target == layer.name;
        let is_listed = layer.may_use == EVERYTHING || layer.may_use.contains(&target.as_str());
        let is_shared = SHARED.contains(&target.as_str()) && !NOT_SHARED_WITH.contains(&layer.name);
        let reaches_inside = INSIDES
            .iter()
            .any(|(of, inside)| *of == layer.name && is_inside(&named.path, inside));
        if !(is_own || is_listed || is_shared) || reaches_inside {
            let path = named.path.join("::");
            let (file, line, name) = (&source.path, named.line, layer.name);
            violations.push(format!("{file}:{line}: {name} may not use crate::{path}"));
        }
    }
}

/// Whether the path goes through the module; `*` is any module, as opposed to what a layer shows
/// at its top.
fn is_inside(path: &[String], inside: &[&str]) -> bool {
    let is_module = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
    path.len() > inside.len()
        && path.iter().zip(inside).all(|(part, wanted)| {
            part == wanted || (*wanted == "*" && is_module(part) && part != "self")
        })
}

fn other_crates(source: &Source, layer: &Layer, violations: &mut Vec<String>) {
    let banned: BTreeSet<String> = if layer.name == "domain" {
        let permitted = |name: &String| CRATES_OF_THE_DOMAIN.contains(&name.as_str());
        dependencies()
            .into_iter()
            .filter(|name| !permitted(name))
            .collect()
    } else {
        let rows = BANNED_CRATES.iter().filter(|(of, _)| *of == layer.name);
        rows.flat_map(|(_, crates)| crates.iter().map(|name| (*name).to_owned()))
            .collect()
    };
    for name in banned {
        for named in paths::below(&source.production, &format!("{name}::")) {
            let (file, line, layer) = (&source.path, named.line, layer.name);
            violations.push(format!(
                "{file}:{line}: {layer} may not use the crate {name}"
            ));
        }
    }
}

/// The crates of Cargo.toml, as code names them.
fn dependencies() -> BTreeSet<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let listed = manifest.get("dependencies").and_then(toml::Value::as_table);
    listed
        .unwrap()
        .keys()
        .map(|name| name.replace('-', "_"))
        .collect()
}

fn standard_library(source: &Source, violations: &mut Vec<String>) {
    for named in paths::below(&source.production, "std::") {
        let part = |at: usize| named.path.get(at).map_or("", String::as_str);
        let banned = STD_NOT_IN_THE_DOMAIN.contains(&part(0))
            || (part(0) == "time" && TIME_NOT_IN_THE_DOMAIN.contains(&part(1)));
        // A shared pointer is a value like any other; locks and channels are not.
        if banned && !(part(0) == "sync" && part(1) == "Arc") {
            let (file, line, path) = (&source.path, named.line, named.path.join("::"));
            violations.push(format!("{file}:{line}: domain may not use std::{path}"));
        }
    }
}

#[test]
fn a_layer_that_reaches_up_is_named() {
    for (path, text) in [
        ("src/domain/state.rs", "use crate::config::Config;"),
        ("src/domain/state.rs", "use crate::metrics::Metrics;"),
        ("src/journal/memory.rs", "use crate::metrics::Metrics;"),
        ("src/journal/memory.rs", "fn f() { crate::api::routes(); }"),
        ("src/views/mod.rs", "use super::actors::Registry;"),
        (
            "src/commit/sequencer.rs",
            "use crate::{domain::Seq, live::Hub};",
        ),
        ("src/actors/team.rs", "use crate::notify::Policy;"),
        ("src/notify/email.rs", "use crate::webhooks::Delivery;"),
        ("src/live/hub.rs", "use crate::api::Problem;"),
        ("src/api/rules.rs", "use crate::notify::email::Smtp;"),
        (
            "src/cli/check.rs",
            "use crate::journal::sled_journal::SledJournal;",
        ),
        ("src/helpers/mod.rs", ""),
        ("src/clock.rs", "use crate::config::Config;"),
        ("src/dashboard/serve.rs", "use crate::views::Filter;"),
    ] {
        let violations = violations(&[Source::new(path, text)]);
        assert_eq!(violations.len(), 1, "{path}: {text}: {violations:?}");
    }
}

#[test]
fn a_crate_that_does_not_belong_is_named() {
    for (path, text) in [
        ("src/domain/state.rs", "use tokio::sync::mpsc;"),
        (
            "src/domain/state.rs",
            "fn f() { actix_web::rt::spawn(g()); }",
        ),
        ("src/domain/state.rs", "use sled::Db;"),
        ("src/domain/state.rs", "use std::{fmt, fs};"),
        (
            "src/domain/state.rs",
            "fn f() -> std::time::Instant { g() }",
        ),
        ("src/domain/state.rs", "use std::time::SystemTime;"),
        ("src/domain/state.rs", "use std::net::IpAddr;"),
        ("src/domain/state.rs", "use std::thread;"),
        ("src/domain/state.rs", "use std::sync::Mutex;"),
        ("src/journal/memory.rs", "use actix::Actor;"),
        ("src/actors/team.rs", "use actix_web::HttpResponse;"),
        ("src/dashboard/serve.rs", "use tokio::fs;"),
    ] {
        let violations = violations(&[Source::new(path, text)]);
        assert_eq!(violations.len(), 1, "{path}: {text}: {violations:?}");
    }
}

#[test]
fn what_the_table_permits_is_left_alone() {
    for (path, text) in [
        (
            "src/domain/state.rs",
            "use std::time::Duration;\nuse crate::domain::ids::UserId;",
        ),
        (
            "src/domain/state.rs",
            "use std::sync::Arc;\nuse serde::Serialize;",
        ),
        (
            "src/domain/state.rs",
            "// crate::api is not told.\nconst A: &str = \"tokio::spawn\";",
        ),
        (
            "src/domain/state.rs",
            "#[cfg(test)]\nmod tests {\n    use crate::config::Config;\n}\n",
        ),
        (
            "src/faults/planned.rs",
            "use crate::journal::FaultyJournal;",
        ),
        (
            "src/api/rules.rs",
            "use crate::notify::{Preferences, self};",
        ),
        (
            "src/app.rs",
            "use crate::journal::sled_journal::SledJournal;",
        ),
        ("src/live/hub.rs", "use crate::clock::Clock;"),
        ("src/main.rs", "use ochre_assign::app;"),
    ] {
        let violations = violations(&[Source::new(path, text)]);
        assert!(violations.is_empty(), "{violations:?}");
    }
}
