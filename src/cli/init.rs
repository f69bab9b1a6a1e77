//! `ochre init`: a workspace with its owner and a token.

use std::sync::Arc;

use serde_json::json;

use super::args::InitArgs;
use super::error::CliError;
use super::offline::{self, Folder};
use super::{output, password};
use crate::app::App;
use crate::auth::{Secret, SecretKind};
use crate::domain::directory::{
    CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, Role, TokenHolder,
};
use crate::domain::{Caller, TokenId, UserId, WorkspaceId};

/// What the first token is named.
const TOKEN_NAME: &str = "created by ochre init";

/// Creates the workspace and prints how to get in.
pub(super) fn run(args: &InitArgs) -> Result<(), CliError> {
    let name = named("a workspace", &args.workspace)?;
    let email = address(&args.owner)?;
    offline::run(&args.data, Folder::Create, async |app| {
        refuse_taken(&app, name)?;
        let state = app.state();
        let hash = password::hashed(args.password_stdin, &state.config.auth, &state.passwords);
        let owner = CreateUser {
            id: UserId::from_u128(state.clock.id128()),
            name: owner_name(args, email)?.into(),
            email: email.into(),
            role: Role::Owner,
            password_hash: hash.await?,
            users_max: state.config.limits.users_max,
        };
        let created = create(&app, name, &args.time_zone, owner).await?;
        tell(args, name, &created)
    })
}

/// What was created.
pub(super) struct Created {
    pub(super) workspace: WorkspaceId,
    pub(super) owner: CreateUser,
    pub(super) token: Secret,
}

/// A workspace, its owner, and a token of theirs.
pub(super) async fn create(
    app: &App,
    name: &str,
    time_zone: &str,
    owner: CreateUser,
) -> Result<Created, CliError> {
    let state = app.state();
    let id = WorkspaceId::from_u128(state.clock.id128());
    let workspace = state.store.add_workspace(id);
    let command = DirectoryCommand::CreateWorkspace(CreateWorkspace {
        name: name.into(),
        time_zone: time_zone.into(),
        owner: owner.clone(),
    });
    offline::execute(app, &workspace, Caller::System, command).await?;
    let token = Secret::generate(SecretKind::Token, &*state.clock);
    let command = DirectoryCommand::CreateToken(CreateToken {
        id: TokenId::from_u128(state.clock.id128()),
        name: TOKEN_NAME.into(),
        holder: TokenHolder::User { id: owner.id },
        hash: token.hash(),
        tokens_per_user_max: state.config.limits.tokens_per_user_max,
        service_tokens_max: state.config.limits.service_tokens_max,
    });
    offline::execute(app, &workspace, Caller::System, command).await?;
    Ok(Created {
        workspace: id,
        owner,
        token,
    })
}

/// An address as it can be written; whether it exists is not ours to find out.
pub(super) fn address(email: &str) -> Result<&str, CliError> {
    let email = email.trim();
    let sound = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !email.contains(char::is_whitespace);
    if sound {
        Ok(email)
    } else {
        Err(CliError::Usage(format!(
            "{email:?} is not an email address"
        )))
    }
}

/// A name without the blanks around it.
pub(super) fn named<'a>(what: &str, name: &'a str) -> Result<&'a str, CliError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(CliError::Usage(format!("{what} needs a name")));
    }
    Ok(name)
}

fn owner_name<'a>(args: &'a InitArgs, email: &'a str) -> Result<&'a str, CliError> {
    let local = email.split('@').next().unwrap_or(email);
    named("an owner", args.owner_name.as_deref().unwrap_or(local))
}

fn refuse_taken(app: &App, name: &str) -> Result<(), CliError> {
    let all = app.state().store.workspaces().all();
    let taken = all.iter().find(|one| &*offline::name_of(one) == name);
    taken.map_or(Ok(()), |one: &Arc<_>| {
        let id = one.id();
        Err(CliError::Refused(format!(
            "the data folder has a workspace {name:?} already, {id}; another one needs another name"
        )))
    })
}

fn tell(args: &InitArgs, name: &str, created: &Created) -> Result<(), CliError> {
    let Created {
        workspace,
        owner,
        token,
    } = created;
    if args.json {
        return output::json(&json!({
            "workspace": {"id": workspace, "name": name},
            "owner": {"id": owner.id, "email": &*owner.email},
            "token": token.reveal(),
        }));
    }
    output::line(format_args!("workspace  {name}  {workspace}"))?;
    output::line(format_args!("owner      {}  {}", owner.email, owner.id))?;
    output::line(format_args!("token      {}", token.reveal()))?;
    output::note("The token is shown only here; keep it where nobody else can read it.");
    Ok(())
}
