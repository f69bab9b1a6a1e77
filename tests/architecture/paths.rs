//! The paths that code names, with `use` trees taken apart.

use crate::source::{Source, is_word, line_of, places_of};

/// A path below some root, and the line that names it.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Every path of this crate that the file's production code names, from the crate's root: by
/// `crate::`, or by enough of `super::`.
pub(crate) fn of_this_crate(source: &Source) -> Vec<Named> {
    let to_the_root = "super::".repeat(depth(&source.path));
    let mut named = below(&source.production, "crate::");
    if !to_the_root.is_empty() {
        named.extend(below(&source.production, &to_the_root));
    }
    named.retain(|named| named.path.first().is_some_and(|first| first != "super"));
    named
}

/// Every path below `root` that the code names; `root` ends with `::`.
pub(crate) fn below(code: &str, root: &str) -> Vec<Named> {
    let mut named = Vec::new();
    for at in places_of(code, root) {
        let outer = code[..at].ends_with("::");
        // `$crate::` and `::std::` are the root itself, `a::std::` is not.
        if outer
            && code[..at]
                .trim_end_matches(':')
                .bytes()
                .last()
                .is_some_and(is_word)
        {
            continue;
        }
        let mut tree = Tree {
            rest: &code[at + root.len()..],
            line: line_of(code, at),
            named: Vec::new(),
        };
        tree.read(&mut Vec::new());
        named.append(&mut tree.named);
    }
    named
}

/// How many modules deep the file's code lies below the root of the crate.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let folders = inside.matches('/').count();
    if inside.ends_with("mod.rs") || ["lib.rs", "main.rs"].contains(&inside) {
        folders
    } else {
        folders + 1
    }
}

/// A path or a `use` tree that is being read.
struct Tree<'a> {
    rest: &'a str,
    line: usize,
    named: Vec<Named>,
}

impl Tree<'_> {
    fn read(&mut self, prefix: &mut Vec<String>) {
        self.rest = self.rest.trim_start();
        if let Some(inside) = self.rest.strip_prefix('{') {
            self.rest = inside;
            self.read_list(prefix);
            return;
        }
        let length = self.rest.bytes().take_while(|byte| is_word(*byte)).count();
        if length == 0 {
            // A glob, or the end of a list.
            self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
            self.name(prefix);
            return;
        }
        prefix.push(self.rest[..length].to_owned());
        self.rest = &self.rest[length..];
        match self.rest.trim_start().strip_prefix("::") {
            Some(inside) if !inside.starts_with('<') => {
                self.rest = inside;
                self.read(prefix);
            }
            _ => self.name(prefix),
        }
        prefix.pop();
    }

    fn read_list(&mut self, prefix: &mut Vec<String>) {
        while !self.rest.is_empty() {
            self.rest = self.rest.trim_start();
            if let Some(after) = self.rest.strip_prefix('}') {
                self.rest = after;
                return;
            }
            if !self.rest.starts_with(',') {
                self.read(prefix);
            }
            // Whatever is left of the item, such as `as name`, says nothing about its path.
            let end = self.rest.find([',', '}']).unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
            self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        }
    }

    fn name(&mut self, path: &[String]) {
        self.named.push(Named {
            line: self.line,
            path: path.to_vec(),
        });
    }
}

#[test]
fn use_trees_are_taken_apart() {
    let code = "use crate::{a::{self, B as C}, d::*};\nlet e = crate::f::g(h);\n$crate::i!();\n";
    let named: Vec<String> = below(code, "crate::")
        .iter()
        .map(|named| format!("{} {}", named.line, named.path.join("::")))
        .collect();
    assert_eq!(named, ["1 a::self", "1 a::B", "1 d", "2 f::g", "3 i"]);
}

#[test]
fn enough_of_super_is_the_root() {
    let paths = |path: &str, text: &str| -> Vec<String> {
        let named = of_this_crate(&Source::new(path, text));
        named.iter().map(|named| named.path.join("::")).collect()
    };
    assert_eq!(
        paths("src/views/list.rs", "use super::super::api::A;"),
        ["api::A"]
    );
    assert_eq!(paths("src/views/mod.rs", "use super::api::A;"), ["api::A"]);
    assert_eq!(
        paths("src/views/list.rs", "use super::row::Row;"),
        Vec::<String>::new()
    );
    assert_eq!(
        paths("src/views/list.rs", "use other::std::A;"),
        Vec::<String>::new()
    );
}
