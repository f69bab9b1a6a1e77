//! How long files and functions may be, and that each file says what it is for.

use crate::functions::functions;
use crate::source::Source;

const PRODUCTION_LINES_MAX: usize = 400;
const TEST_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

pub(crate) fn without_purpose(sources: &[Source]) -> Vec<String> {
    let silent = |source: &&Source| {
        // A file of one line is a placeholder and has no purpose yet.
        source.text.lines().count() > 1 && !source.text.starts_with("//! ")
    };
    let named = sources.iter().filter(silent);
    named
        .map(|source| format!("{}: does not open with a `//!` line", source.path))
        .collect()
}

pub(crate) fn long_files(sources: &[Source]) -> Vec<String> {
    let long = |source: &Source| {
        let all = source.text.lines().count();
        let (lines, max) = if is_test(&source.path) {
            (all, TEST_LINES_MAX)
        } else {
            (all.saturating_sub(test_lines(source)), PRODUCTION_LINES_MAX)
        };
        (lines > max).then(|| format!("{}: {lines} lines, at most {max}", source.path))
    };
    sources.iter().filter_map(long).collect()
}

pub(crate) fn long_functions(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let functions = functions(&source.code).into_iter();
        for function in functions.filter(|function| function.lines > FUNCTION_LINES_MAX) {
            let (file, name) = (&source.path, function.name);
            let (line, lines) = (function.line, function.lines);
            violations.push(format!(
                "{file}:{line}: {name} has {lines} lines, at most {FUNCTION_LINES_MAX}"
            ));
        }
    }
    violations
}

/// Whether the whole file is compiled for tests only.
fn is_test(path: &str) -> bool {
    let parts = path.split('/');
    let name = parts.clone().next_back().unwrap_or_default();
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || parts.into_iter().any(|part| part == "tests")
}

/// Lines from each `#[cfg(test)]` to the end of its item: those that hold code for tests only,
/// with the comments and blank lines between them.
fn test_lines(source: &Source) -> usize {
    let pairs: Vec<(bool, bool)> = source
        .code
        .lines()
        .zip(source.production.lines())
        .map(|(all, production)| (all.trim().is_empty(), all != production))
        .collect();
    let mut lines = 0;
    let mut pending = 0;
    let mut inside = false;
    for (blank, for_tests) in pairs {
        match (blank, for_tests) {
            (_, true) => {
                lines += if inside { pending + 1 } else { 1 };
                (inside, pending) = (true, 0);
            }
            (true, false) => pending += 1,
            (false, false) => (inside, pending) = (false, 0),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> [Source; 1] {
        [Source::new(path, text)]
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        let silent = source("src/a.rs", "use b::c;\n//! Too late.\n");
        assert_eq!(without_purpose(&silent).len(), 1);
        let speaking = source("src/a.rs", "//! Says what it is for.\n\nuse b::c;\n");
        assert!(without_purpose(&speaking).is_empty());
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let line = "const A: u8 = 1;\n";
        assert!(long_files(&source("src/a.rs", &line.repeat(400))).is_empty());
        assert_eq!(long_files(&source("src/a.rs", &line.repeat(401))).len(), 1);
        assert!(long_files(&source("tests/it/a.rs", &line.repeat(600))).is_empty());
        assert_eq!(
            long_files(&source("tests/it/a.rs", &line.repeat(601))).len(),
            1
        );

        let body = "    // Why.\n\n    const B: u8 = 1;\n".repeat(100);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{body}}}\n");
        let both = |lines: usize| format!("{}{tests}", line.repeat(lines));
        assert!(long_files(&source("src/a.rs", &both(400))).is_empty());
        assert_eq!(long_files(&source("src/a.rs", &both(401))).len(), 1);
    }

    #[test]
    fn a_long_function_is_found_also_in_a_test() {
        let function = |lines: usize| format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines));
        assert!(long_functions(&source("src/a.rs", &function(70))).is_empty());
        assert_eq!(long_functions(&source("src/a.rs", &function(71))).len(), 1);
        let test = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(71));
        assert_eq!(long_functions(&source("src/a.rs", &test)).len(), 1);
    }
}
