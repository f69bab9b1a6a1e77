//! Dashboards as browsers meet them: over websockets and event streams.

mod assigned;
mod bad_input;
mod coming_back;
mod door;
mod event_stream;
mod frames;
mod leaving;
mod progress;
mod slow;

use serde_json::Value;

/// The ids in a member of a `change`.
fn ids(frame: &Value, member: &str) -> Vec<String> {
    let rows = frame[member].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().or(row.as_str()).unwrap().to_owned())
        .collect()
}

/// The names of an object's members.
fn members(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("{value}"));
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
