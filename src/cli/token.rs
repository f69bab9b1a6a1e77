//! `ochre token`: lists, creates and revokes tokens.

use serde_json::{Value, json};

use super::administration::{AdministrationArgs, NewToken, TokenCommand, TokenRevocation};
use super::error::CliError;
use super::offline::{self, Folder};
use super::output;
use super::store::Offline;
use super::user::{cell, online};

/// Carries the command out and prints what came of it.
pub(super) fn run(command: TokenCommand) -> Result<(), CliError> {
    match command {
        TokenCommand::List(args) => list(&args),
        TokenCommand::Create(token) => create(&token),
        TokenCommand::Revoke(revocation) => revoke(&revocation),
    }
}

fn list(AdministrationArgs { store }: &AdministrationArgs) -> Result<(), CliError> {
    let tokens = match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Ok(Offline::new(app, store)?.tokens())
        })?,
        None => online(store, async |remote| remote.list("/v1/tokens").await)?,
    };
    if store.json {
        return output::json(&json!({"items": tokens}));
    }
    let columns = ["id", "name", "kind", "user", "scopes", "created_at"];
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| columns.map(|key| cell(token, key)))
        .collect();
    output::table(columns, &rows)
}

fn create(token: &NewToken) -> Result<(), CliError> {
    let store = &token.store;
    let created = match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Offline::new(app, store)?.create_token(token).await
        })?,
        None => online(store, async |remote| remote.create_token(token).await)?,
    };
    if store.json {
        return output::json(&created);
    }
    let text = |key| created.get(key).and_then(Value::as_str).unwrap_or_default();
    output::line(format_args!("id     {}", text("id")))?;
    output::line(format_args!("token  {}", text("token")))?;
    output::note("The token is shown only here; keep it where nobody else can read it.");
    Ok(())
}

fn revoke(revocation: &TokenRevocation) -> Result<(), CliError> {
    let TokenRevocation { token_id, store } = revocation;
    match &store.data {
        Some(data) => offline::run(data, Folder::Existing, async |app| {
            Offline::new(app, store)?.revoke_token(token_id).await
        })?,
        None => online(store, async |remote| remote.revoke_token(token_id).await)?,
    }
    if store.json {
        return output::json(&json!({"id": token_id, "revoked": true}));
    }
    output::line(format_args!("{token_id} is revoked"))
}
