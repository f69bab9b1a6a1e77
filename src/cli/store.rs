//! What `ochre user` and `ochre token` administer: a folder or a server, with the same answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::administration::{self, Administration, NewToken, NewUser, UserChange};
use super::error::CliError;
use super::init::{address, named};
use super::offline::{self, execute};
use super::password;
use crate::app::App;
use crate::auth::{Secret, SecretKind};
use crate::commit::Workspace;
use crate::domain::directory::{
    CreateToken, CreateUser, Directory, DirectoryCommand, DirectoryEvent, Role, Token, TokenHolder,
    UpdateProfile, UpdateUser, User, UserStatus,
};
use crate::domain::{Caller, Scope, TokenId, UserId};
use crate::wire_time::rfc3339;

/// A workspace of a data folder, opened for administration.
pub(super) struct Offline {
    app: Arc<App>,
    workspace: Arc<Workspace>,
}

impl Offline {
    pub(super) fn new(app: Arc<App>, store: &Administration) -> Result<Self, CliError> {
        let workspace = offline::workspace(&app, store.workspace.as_deref())?;
        Ok(Self { app, workspace })
    }

    pub(super) fn users(&self) -> Vec<Value> {
        let directory = self.workspace.views().directory();
        directory.users().map(|user| written_user(user)).collect()
    }

    pub(super) async fn add_user(&self, user: &NewUser) -> Result<Value, CliError> {
        let state = self.app.state();
        let name = named("a user", &user.name)?;
        let email = address(&user.email)?;
        let hash = password::hashed(user.password_stdin, &state.config.auth, &state.passwords);
        let id = UserId::from_u128(state.clock.id128());
        let command = DirectoryCommand::CreateUser(CreateUser {
            id,
            name: name.into(),
            email: email.into(),
            role: user.role.domain(),
            password_hash: hash.await?,
            users_max: state.config.limits.users_max,
        });
        let (directory, _events) = self.execute(Caller::System, command).await?;
        written(&directory, id)
    }

    pub(super) async fn set_user(
        &self,
        user: &str,
        change: &UserChange,
    ) -> Result<Value, CliError> {
        let state = self.app.state();
        let id = self.user_id(user)?;
        let name = change.name.as_deref();
        let name = name.map(|name| named("a user", name)).transpose()?;
        let hash = password::hashed(change.password_stdin, &state.config.auth, &state.passwords);
        let password_hash = hash.await?;
        let command = DirectoryCommand::UpdateUser(UpdateUser {
            id,
            name: name.map(Arc::from),
            role: change.role.map(administration::Role::domain),
            status: change.status.map(administration::Status::domain),
        });
        let (mut directory, _events) = self.execute(Caller::System, command).await?;
        if password_hash.is_some() {
            let command = DirectoryCommand::UpdateProfile(UpdateProfile {
                password_hash,
                ..UpdateProfile::default()
            });
            // Passwords belong to their people: the log names them, also when we act for them.
            (directory, _) = self.execute(Caller::User(id), command).await?;
        }
        written(&directory, id)
    }

    pub(super) fn tokens(&self) -> Vec<Value> {
        let fold = self.workspace.views().read();
        fold.directory
            .credentials
            .tokens()
            .map(written_token)
            .collect()
    }

    pub(super) async fn create_token(&self, token: &NewToken) -> Result<Value, CliError> {
        let state = self.app.state();
        let holder = match &token.user {
            Some(user) => TokenHolder::User {
                id: self.user_id(user)?,
            },
            None => {
                let scopes: BTreeSet<Scope> =
                    token.scopes.iter().map(|scope| scope.domain()).collect();
                TokenHolder::Service {
                    scopes: Arc::new(scopes),
                }
            }
        };
        let secret = Secret::generate(SecretKind::Token, &*state.clock);
        let id = TokenId::from_u128(state.clock.id128());
        let command = DirectoryCommand::CreateToken(CreateToken {
            id,
            name: named("a token", &token.name)?.into(),
            holder,
            hash: secret.hash(),
            tokens_per_user_max: state.config.limits.tokens_per_user_max,
            service_tokens_max: state.config.limits.service_tokens_max,
        });
        self.execute(Caller::System, command).await?;
        Ok(json!({"id": id, "token": secret.reveal()}))
    }

    pub(super) async fn revoke_token(&self, id: &str) -> Result<(), CliError> {
        let token = id
            .parse()
            .map_err(|error| CliError::Usage(format!("{id:?} is {error}")))?;
        let command = DirectoryCommand::RevokeToken { token };
        self.execute(Caller::System, command).await.map(drop)
    }

    async fn execute(
        &self,
        caller: Caller,
        command: DirectoryCommand,
    ) -> Result<(Arc<Directory>, Vec<DirectoryEvent>), CliError> {
        execute(&self.app, &self.workspace, caller, command).await
    }

    /// A user by id or address.
    fn user_id(&self, user: &str) -> Result<UserId, CliError> {
        let directory = self.workspace.views().directory();
        let by_id = user.parse().ok().and_then(|id| directory.user(id));
        by_id
            .or_else(|| directory.user_by_email(user))
            .map(|user| user.id)
            .ok_or_else(|| CliError::Refused(format!("there is no user {user:?}")))
    }
}

fn written(directory: &Directory, id: UserId) -> Result<Value, CliError> {
    let user = directory.user(id);
    user.map(|user| written_user(user))
        .ok_or_else(|| CliError::Refused(format!("there is no user {id}")))
}

/// A user as the API writes one.
fn written_user(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": &*user.name,
        "email": &*user.email,
        "role": user.role,
        "status": user.status,
        "created_at": rfc3339(user.created_at),
    })
}

/// A token as the API writes one.
fn written_token(token: &Token) -> Value {
    let (kind, user, scopes) = match &token.holder {
        TokenHolder::User { id } => ("user", Some(*id), None),
        TokenHolder::Service { scopes } => ("service", None, Some(Arc::clone(scopes))),
    };
    json!({
        "id": token.id,
        "name": &*token.name,
        "kind": kind,
        "user": user,
        "scopes": scopes,
        "created_at": rfc3339(token.created_at),
    })
}

impl administration::Role {
    /// The same in the words of the domain.
    pub(super) const fn domain(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Admin => Role::Admin,
            Self::Agent => Role::Agent,
            Self::Viewer => Role::Viewer,
        }
    }
}

impl administration::Status {
    /// The same in the words of the domain.
    pub(super) const fn domain(self) -> UserStatus {
        match self {
            Self::Active => UserStatus::Active,
            Self::Deactivated => UserStatus::Deactivated,
        }
    }
}

impl administration::Scope {
    /// The same in the words of the domain.
    pub(super) const fn domain(self) -> Scope {
        match self {
            Self::Inbound => Scope::Inbound,
            Self::Ai => Scope::Ai,
            Self::Read => Scope::Read,
        }
    }
}
