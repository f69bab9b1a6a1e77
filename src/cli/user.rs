//! `ochre user`: lists, adds and changes people.

use actix_web::rt::System;
use serde_json::{Value, json};

use super::administration::{Administration, AdministrationArgs, NewUser, UserCommand, UserSet};
use super::error::CliError;
use super::offline::{self, Folder};
use super::output;
use super::remote::Remote;
use super::store::Offline;

/// Carries the command out and prints the user or users.
pub(super) fn run(command: UserCommand) -> Result<(), CliError> {
    match command {
        UserCommand::List(args) => list(&args),
        UserCommand::Add(user) => add(&user),
        UserCommand::Set(change) => set(&change),
    }
}

fn list(AdministrationArgs { store }: &AdministrationArgs) -> Result<(), CliError> {
    let users = match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Ok(Offline::new(app, store)?.users())
        })?,
        None => online(store, async |remote| remote.list("/v1/users").await)?,
    };
    if store.json {
        return output::json(&json!({"items": users}));
    }
    print(&users)
}

fn add(user: &NewUser) -> Result<(), CliError> {
    let store = &user.store;
    let added = match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Offline::new(app, store)?.add_user(user).await
        })?,
        None => {
            let config = offline::configuration()?;
            online(store, async |remote| remote.add_user(user, &config).await)?
        }
    };
    tell(store, added)
}

fn set(
    UserSet {
        user,
        store,
        change,
    }: &UserSet,
) -> Result<(), CliError> {
    let changed = match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Offline::new(app, store)?.set_user(user, change).await
        })?,
        None => {
            let config = offline::configuration()?;
            online(store, async |remote| {
                remote.set_user(user, change, &config).await
            })?
        }
    };
    tell(store, changed)
}

/// Asks the server that the arguments name.
pub(super) fn online<T>(
    store: &Administration,
    ask: impl AsyncFnOnce(Remote) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let url = store.url.as_deref().unwrap_or_default();
    let remote = Remote::new(url, store.token.as_deref())?;
    System::new().block_on(ask(remote))
}

/// A field of an answer as text; nothing is a dash.
pub(super) fn cell(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items = items.iter().filter_map(Value::as_str);
            items.collect::<Vec<_>>().join(",")
        }
        _ => "-".to_owned(),
    }
}

fn tell(store: &Administration, user: Value) -> Result<(), CliError> {
    if store.json {
        return output::json(&user);
    }
    print(&[user])
}

fn print(users: &[Value]) -> Result<(), CliError> {
    let columns = ["id", "email", "name", "role", "status"];
    let rows: Vec<_> = users
        .iter()
        .map(|user| columns.map(|key| cell(user, key)))
        .collect();
    output::table(columns, &rows)
}
