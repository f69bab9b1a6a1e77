//! Finds the functions of a file and how long they are.

use crate::source::{closing, is_word, line_of, places_of};

/// A function with a body.
#[derive(Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where it begins.
    pub(crate) line: usize,
    /// Lines of its body that hold code, without those of the outer braces.
    pub(crate) lines: usize,
}

pub(crate) fn functions(code: &str) -> Vec<Function> {
    places_of(code, "fn")
        .into_iter()
        .filter_map(|at| function_at(code, at))
        .collect()
}

fn function_at(code: &str, at: usize) -> Option<Function> {
    let after = &code[at + "fn".len()..];
    let name = after.trim_start();
    let length = name.bytes().take_while(|byte| is_word(*byte)).count();
    if length == 0 {
        // A pointer to a function is a type.
        return None;
    }
    let open = body(code, code.len() - name.len())?;
    let close = closing(code, open).min(code.len());
    let inside = code.get(open + 1..close)?;
    Some(Function {
        name: name[..length].to_owned(),
        line: line_of(code, at),
        lines: inside
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count(),
    })
}

/// The brace that opens the body behind a signature, or nothing when there is only a signature.
fn body(code: &str, signature: usize) -> Option<usize> {
    let mut at = signature;
    loop {
        match code.as_bytes().get(at)? {
            b'{' => return Some(at),
            b';' => return None,
            b'(' | b'[' => at = closing(code, at) + 1,
            _ => at += 1,
        }
    }
}

#[test]
fn functions_are_measured_without_comments_and_signatures() {
    let code = "trait A { fn b(&self) -> [u8; 3]; }\nfn c(d: fn(u8) -> u8) -> u8 {\n    d(1)\n\n}\n\
                async fn e<T>(f: T)\nwhere\n    T: G,\n{\n    if h {\n        i();\n    }\n}\n";
    let found = functions(code);
    let summary: Vec<(&str, usize, usize)> = found
        .iter()
        .map(|function| (function.name.as_str(), function.line, function.lines))
        .collect();
    assert_eq!(summary, [("c", 2, 1), ("e", 6, 3)]);
}
