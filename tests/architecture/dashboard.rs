//! The rules about the dashboard's modules: short, with a purpose, and nothing that lets markup or
//! another origin in.

use std::fs;
use std::path::{Path, PathBuf};

const MODULE_LINES_MAX: usize = 300;

/// What no module may say, and why.
const BANNED: &[(&str, &str)] = &[
    ("innerHTML", "what people write is text"),
    ("outerHTML", "what people write is text"),
    ("insertAdjacentHTML", "what people write is text"),
    ("document.write", "what people write is text"),
    ("eval(", "the policy of the page forbids it"),
    ("new Function", "the policy of the page forbids it"),
    ("https://", "everything comes from the server"),
    ("http://", "everything comes from the server"),
    (
        "localStorage.setItem('token",
        "the session is the browser's alone",
    ),
];

/// Addresses that are names and lead nowhere.
const NAMES: &[&str] = &["http://www.w3.org/2000/svg", "https://example.com"];

pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn read_assets() -> Vec<Module> {
    let mut modules = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    read_folder(&root.join("src/dashboard/assets"), &mut modules);
    modules
}

fn read_folder(folder: &Path, modules: &mut Vec<Module>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_folder(&path, modules);
        } else {
            modules.push(Module {
                text: fs::read_to_string(&path).unwrap(),
                path: path.to_string_lossy().into_owned(),
            });
        }
    }
}

pub(crate) fn violations(modules: &[Module]) -> Vec<String> {
    let mut violations = Vec::new();
    for Module { path, text } in modules {
        let is_style = path.ends_with(".css");
        if !path.ends_with(".js") && !is_style {
            continue;
        }
        let lines = text.lines().count();
        if lines > MODULE_LINES_MAX {
            violations.push(format!("{path}: {lines} lines, at most {MODULE_LINES_MAX}"));
        }
        let purpose = if is_style { "/* " } else { "// " };
        if !text.starts_with(purpose) {
            violations.push(format!("{path}: does not open with its purpose"));
        }
        let text = NAMES
            .iter()
            .fold(text.clone(), |text, name| text.replace(name, ""));
        // A picture inside a style has the name of its language, too.
        let text = text.replace("xmlns='http://www.w3.org/2000/svg'", "");
        for (word, why) in BANNED {
            if text.contains(word) {
                violations.push(format!("{path}: {word}: {why}"));
            }
        }
    }
    violations
}

#[test]
fn a_module_that_lets_something_in_is_named() {
    let module = |text: &str| Module {
        path: "a.js".to_owned(),
        text: text.to_owned(),
    };
    for text in [
        "const a = 1;",
        "// Why.\nelement.innerHTML = name;",
        "// Why.\nimport 'https://cdn.example/x.js';",
        "// Why.\neval(text);",
    ] {
        assert_eq!(violations(&[module(text)]).len(), 1, "{text}");
    }
    let long = format!("// Why.\n{}", "go();\n".repeat(MODULE_LINES_MAX));
    assert_eq!(violations(&[module(&long)]).len(), 1);
    let harmless =
        "// Why.\nconst SVG = 'http://www.w3.org/2000/svg';\nelement.textContent = name;";
    assert!(violations(&[module(harmless)]).is_empty());
}
