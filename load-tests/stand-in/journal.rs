//! The changes on disk, one a line: enough to survive SIGKILL, not a power cut.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};

use crate::world::{Change, World};

pub(crate) const OWNER_TOKEN: &str = "owner-token";
const FILE: &str = "changes.jsonl";
const EPOCHS: &str = "epochs.jsonl";

pub(crate) fn init(data: &Path, owner: &str) -> io::Result<Value> {
    fs::create_dir_all(data)?;
    fs::write(data.join(FILE), format!("{}\n", json!(owner)))?;
    Ok(json!({"workspace": {"id": "ws_0", "name": "Bench"},
        "owner": {"id": "usr_0", "email": owner}, "token": OWNER_TOKEN}))
}

/// The world that the journal's changes make, and the journal's end to write at.
pub(crate) fn open(data: &Path) -> io::Result<(World, File)> {
    let path = data.join(FILE);
    let text = fs::read_to_string(&path)?;
    let whole = text
        .rfind('\n')
        .map_or("", |end| text.get(..=end).unwrap_or_default());
    let mut lines = whole.lines();
    let owner: String = serde_json::from_str(lines.next().unwrap_or_default())?;
    let mut world = World::with_owner(&owner, OWNER_TOKEN);
    for line in lines {
        let change: Change = serde_json::from_str(line)?;
        world.change(&change);
    }
    let file = OpenOptions::new().append(true).open(&path)?;
    file.set_len(whole.len().try_into().map_err(io::Error::other)?)?;
    Ok((world, file))
}

pub(crate) fn append(file: &mut File, change: &Change) -> io::Result<()> {
    file.write_all(format!("{}\n", serde_json::to_string(change)?).as_bytes())
}

/// The last commit before each start of the server, this one included.
pub(crate) fn epochs(data: &Path, seq: u64) -> io::Result<Vec<u64>> {
    let path = data.join(EPOCHS);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    text.push_str(&format!("{seq}\n"));
    fs::write(&path, &text)?;
    let epochs = text.lines().map(str::parse).collect::<Result<_, _>>();
    epochs.map_err(io::Error::other)
}
