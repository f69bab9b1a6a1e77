//! The tidy test: the rules about the source that a machine can check.
//!
//! Each rule is a function from source files to violations. It is run over the tree, and over a
//! bad sample on which it has to fire, since a rule that cannot fail is no rule.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read the tree should stop at once"
)]

mod behaviours;
mod dashboard;
mod functions;
mod layers;
mod names;
mod paths;
mod sizes;
mod source;

use source::read_tree;

/// Stops with the list when there are violations.
fn assert_none(violations: Vec<String>) {
    if !violations.is_empty() {
        panic!(
            "{} violations:\n  {}",
            violations.len(),
            violations.join("\n  ")
        );
    }
}

#[test]
fn layers_use_only_what_the_table_permits() {
    assert_none(layers::violations(&read_tree(&["src"])));
}

#[test]
fn names_are_used_only_where_they_belong() {
    assert_none(names::violations(&read_tree(&[
        "src",
        "load-tests",
        "tests",
    ])));
}

#[test]
fn every_file_opens_with_its_purpose() {
    assert_none(sizes::without_purpose(&read_tree(&[
        "src",
        "load-tests",
        "tests",
    ])));
}

#[test]
fn files_and_functions_are_short() {
    let tree = read_tree(&["src", "load-tests", "tests"]);
    assert_none(sizes::long_files(&tree));
    assert_none(sizes::long_functions(&tree));
}

#[test]
fn the_dashboard_lets_nothing_in() {
    assert_none(dashboard::violations(&dashboard::read_assets()));
}

#[test]
fn the_tree_is_really_read() {
    assert!(dashboard::read_assets().len() > 50);
    let tree = read_tree(&["src", "load-tests", "tests"]);
    for path in [
        "src/lib.rs",
        "src/clock.rs",
        "load-tests/src/main.rs",
        "tests/architecture/main.rs",
    ] {
        assert!(tree.iter().any(|source| source.path == path), "{path}");
    }
}
