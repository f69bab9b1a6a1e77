//! The table of behaviours: it is complete, and every test that it names exists.

use std::fs;
use std::path::Path;

use crate::assert_none;

const TABLE: &str = "tests/BEHAVIOURS.md";

/// Every behaviour, in the order of the table.
const NUMBERS: &[&str] = &[
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B10", "B11", "B12", "B13", "B14",
    "B20", "B21", "B22", "B30", "B31", "B32", "B40", "B41", "B42", "B43", "B44", "B45", "B50",
    "B51", "B52", "B53", "B54", "B60", "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08",
    "S09", "S10", "S11", "X01", "X02", "X03", "X04", "X05", "X06", "X07", "X08", "X09",
];

/// A line of the table.
struct Row<'a> {
    number: &'a str,
    /// Each as `path::name`.
    tests: Vec<&'a str>,
}

fn row(line: &str) -> Option<Row<'_>> {
    let (number, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
    let (_words, tests) = rest.split_once(" | ")?;
    // Of the parts between backticks every other one is quoted.
    let tests = tests.split('`').skip(1).step_by(2).collect();
    Some(Row { number, tests })
}

fn violations(table: &str, read: fn(&str) -> Option<String>) -> Vec<String> {
    let mut violations = Vec::new();
    // The first one is the heading.
    let rows: Vec<Row<'_>> = table.lines().filter_map(row).skip(1).collect();
    let numbers: Vec<&str> = rows.iter().map(|row| row.number).collect();
    if numbers != NUMBERS {
        violations.push(format!("the numbers are {numbers:?}, not {NUMBERS:?}"));
    }
    for Row { number, tests } in rows {
        if tests.is_empty() {
            violations.push(format!("{number}: names no test"));
        }
        for test in tests {
            if !exists(test, read) {
                violations.push(format!("{number}: {test} does not exist"));
            }
        }
    }
    violations
}

/// Whether the file has a function of that name, or a test of the dashboard that is called so.
fn exists(test: &str, read: fn(&str) -> Option<String>) -> bool {
    let Some((path, name)) = test.split_once("::") else {
        return false;
    };
    let forms = [
        format!("fn {name}("),
        format!("test('{name}'"),
        format!("test(`{name}`"),
    ];
    let text = read(path).unwrap_or_default();
    forms.iter().any(|form| text.contains(form))
}

fn read_file(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(path)).ok()
}

#[test]
fn every_behaviour_names_tests_that_exist() {
    let table = read_file(TABLE).unwrap();
    assert_none(violations(&table, read_file));
}

/// A table in which each number has the same tests.
fn table(tests: &str) -> String {
    let row = |number: &&str| format!("| {number} | it | {tests} |\n");
    let rows: String = NUMBERS.iter().map(row).collect();
    format!("| Number | What | Tests |\n{rows}")
}

fn one_file(path: &str) -> Option<String> {
    let text = "fn shown() {}\ntest('is shown', go);\ntest(`${it} is shown`, go);\n";
    (path == "a").then(|| text.to_owned())
}

#[test]
fn a_behaviour_without_its_tests_is_named() {
    for tests in ["", "`a::lost`", "`a::is`", "`b::shown`", "`shown`"] {
        let found = violations(&table(tests), one_file);
        assert_eq!(found.len(), NUMBERS.len(), "{tests}");
    }
    let complete = table("`a::shown`, `a::is shown`, `a::${it} is shown`");
    assert_eq!(violations(&complete, one_file), Vec::<String>::new());
    for other in ["| B99 |", "B02"] {
        let incomplete = complete.replace("| B02 |", other);
        assert_eq!(violations(&incomplete, one_file).len(), 1, "{other}");
    }
}
