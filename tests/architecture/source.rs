//! Source files with their comments and literals blanked, so that rules see only code.

use std::fs;
use std::path::Path;

/// A file and three views of it that have the same lines.
pub(crate) struct Source {
    /// Its path from the root of the repository, with slashes.
    pub(crate) path: String,
    /// As it is written.
    pub(crate) text: String,
    /// Without comments and literals.
    pub(crate) code: String,
    /// The same, without what is compiled for tests only.
    pub(crate) production: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = blank_comments_and_literals(text);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            production: blank_tests(&code),
            code,
        }
    }
}

/// Every Rust file below the given folders of the repository, build output excepted.
pub(crate) fn read_tree(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in folders {
        read_folder(root, &root.join(folder), &mut sources);
    }
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    sources
}

fn read_folder(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                read_folder(root, &path, sources);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root).unwrap().to_string_lossy();
            let text = fs::read_to_string(&path).unwrap();
            sources.push(Source::new(&relative.replace('\\', "/"), &text));
        }
    }
}

/// The number of the line, from 1, that holds the character at `at`.
pub(crate) fn line_of(code: &str, at: usize) -> usize {
    code.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The places where `word` stands by itself, not as a part of a longer name.
pub(crate) fn places_of(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let word_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| is_word(*b));
    let open_end = word.bytes().last().is_some_and(is_word);
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|&at| !word_at(at.checked_sub(1)))
        .filter(|&at| !(open_end && word_at(Some(at + word.len()))))
        .collect()
}

/// The place of the bracket that closes the one at `open`, or the end of the code.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// Puts spaces in place of comments and of what stands in quotes; lines stay where they are.
fn blank_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside_word = code.bytes().last().is_some_and(is_word);
        let length = comment_or_literal(rest, inside_word);
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            blank(&mut code, &rest[..length]);
            rest = &rest[length..];
        }
    }
    code
}

/// The length of the comment or literal that `rest` begins with, 0 when it begins with code.
fn comment_or_literal(rest: &str, inside_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if rest.starts_with(['r', 'b', 'c']) && !inside_word {
        return raw_string(rest);
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let tail = rest.as_bytes().get(at..).unwrap_or_default();
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// A character literal, not a lifetime: it is escaped, or its second quote follows at once.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => quoted(rest, '\''),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

fn raw_string(rest: &str) -> usize {
    let after = rest.trim_start_matches(['b', 'c']);
    let Some(after) = after.strip_prefix('r') else {
        return 0;
    };
    let body = after.trim_start_matches('#');
    if !body.starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(after.len() - body.len()));
    let opening = rest.len() - body.len() + 1;
    let closing = rest[opening..].find(&end);
    closing.map_or(rest.len(), |at| opening + at + end.len())
}

/// Puts spaces in place of every item behind `#[cfg(test)]`.
fn blank_tests(code: &str) -> String {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut production = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(ATTRIBUTE) {
        production.push_str(&rest[..start]);
        let after = start + ATTRIBUTE.len();
        let item = rest[after..]
            .find(['{', ';'])
            .map_or(rest.len(), |at| after + at);
        let end = match rest.as_bytes().get(item) {
            Some(b'{') => closing(rest, item),
            _ => item,
        };
        let end = (end + 1).min(rest.len());
        blank(&mut production, &rest[start..end]);
        rest = &rest[end..];
    }
    production.push_str(rest);
    production
}

fn blank(code: &mut String, part: &str) {
    code.extend(
        part.chars()
            .map(|char| if char == '\n' { '\n' } else { ' ' }),
    );
}

#[test]
fn comments_and_literals_are_no_code() {
    let text =
        "a(\"b // \\\" c\"); // d\nlet e = r#\"f\"g\"#; /* h /* i */ j */ k('l', '\\'', &'m n)\n";
    let words: Vec<String> = blank_comments_and_literals(text)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert_eq!(words.join(" "), "a( ); let e = ; k( , , &'m n)");
}

#[test]
fn raw_strings_of_bytes_end_where_they_end_and_words_are_no_prefixes() {
    let code = blank_comments_and_literals("x(br##\"a\"# b\"##, bar\"c\", b'd', b\"e\") y");
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(words.join(" "), "x( , bar , b , b ) y");
}

#[test]
fn what_is_compiled_for_tests_is_not_production() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[cfg(test)]\nmod c;\nfn d() {}\n";
    let source = Source::new("src/x.rs", text);
    let words: Vec<&str> = source.production.split_whitespace().collect();
    assert_eq!(words, ["fn", "a()", "{}", "fn", "d()", "{}"]);
    assert_eq!(source.production.lines().count(), text.lines().count());
}

#[test]
fn a_word_is_found_only_by_itself() {
    assert_eq!(places_of("sled::a unsled::b my_sled::c", "sled::"), [0]);
    assert_eq!(places_of("do_send do_send_it", "do_send"), [0]);
}
