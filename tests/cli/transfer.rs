//! `ochre export` and `import`: there and back, and everything that is refused on the way.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Place, Ran, Server, ochre};

/// An export of a demo, whose log has a bit of everything.
fn export(place: &Place) -> (PathBuf, String) {
    let data = place.path("demo");
    let mut program = ochre();
    let args = ["demo", "--listen", "127.0.0.1:0", "--data"];
    let demo = Server::start(program.args(args).arg(&data));
    demo.signal(rustix::process::Signal::TERM);
    let text = Ran::new("export", &data, ["-"]).ok();
    (data, text)
}

fn import(data: &Path, text: &str) -> Ran {
    let mut program = ochre();
    Ran::run(program.args(["import", "-", "--data"]).arg(data), text)
}

#[test]
fn what_is_exported_is_imported_and_exported_again() {
    let place = Place::new();
    let (data, text) = export(&place);
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&header["format"], &header["version"]),
        (&"ochre-export".into(), &1.into())
    );
    let file = place.path("backup.jsonl");
    Ran::new("export", &data, [&file]).ok();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    std::fs::write(&file, "mine").unwrap();
    Ran::new("export", &data, [&file]).fails("exists; replace it with --force");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    Ran::new("export --force", &data, [&file]).ok();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    for path in [
        file.as_path(),
        &data,
        &data.join("ochre-data.json"),
        &data.join("heads.json"),
    ] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} may be read by others", path.display());
    }

    let copy = place.path("copy");
    let commits = text.lines().count() - 1;
    let told = Ran::new("import", &copy, [&file]).ok();
    assert!(
        told.contains(&format!("{commits} commits of 1 workspaces")),
        "{told}"
    );
    assert_eq!(Ran::new("export", &copy, ["-"]).ok(), text);
    assert_eq!(
        Ran::new("check", &copy, [""; 0]).ok(),
        Ran::new("check", &data, [""; 0]).ok()
    );
    import(&copy, &text).fails("has workspaces already");
}

#[test]
fn a_log_that_breaks_an_invariant_is_refused_with_its_line() {
    let place = Place::new();
    let (_, text) = export(&place);
    let lines: Vec<&str> = text.lines().collect();
    let viewer = {
        let hired = lines
            .iter()
            .find(|line| line.contains("lea@lantern.example"));
        let hired: Value = serde_json::from_str(hired.unwrap()).unwrap();
        hired["commit"]["events"][0]["user"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let at = lines
        .iter()
        .position(|line| line.contains("\"type\":\"assigned\""))
        .unwrap();
    let mut assigned: Value = serde_json::from_str(lines[at]).unwrap();
    assigned["commit"]["events"][0]["assignee"] = viewer.into();
    let ineligible = assigned.to_string();

    let refused = |changed: Vec<&str>, part: &str| {
        let data = place.path("refused");
        import(&data, &(changed.join("\n") + "\n")).fails(part);
        assert!(!data.exists(), "nothing may be left behind");
    };
    let with = |line: usize, text: &'static str| {
        let mut changed = lines.clone();
        changed[line] = text;
        changed
    };
    let mut changed = lines.clone();
    changed[at] = &ineligible;
    refused(
        changed,
        &format!("line {}: ELIGIBLE_AT_COMMIT does not hold", at + 1),
    );
    let mut changed = lines.clone();
    changed.remove(4);
    refused(changed, "line 5: ONE_ORDER does not hold at position 5");
    refused(with(3, "{}"), "line 4: ");
    refused(with(0, "{}"), "line 1: this is not the header");
    refused(lines[..lines.len() - 1].to_vec(), "the file ends here");
    refused(Vec::new(), "line 1: ");
}
