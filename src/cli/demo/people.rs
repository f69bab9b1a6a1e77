//! The people of the demo, and how one signs in as three of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Secret, SecretKind};
use crate::cli::error::CliError;
use crate::cli::{init, offline};
use crate::commit::Workspace;
use crate::domain::directory::{CreateToken, CreateUser, DirectoryCommand, Role, TokenHolder};
use crate::domain::{Caller, Scope, TokenId, UserId};

/// The name of the workspace, by which the demo knows its own folder.
pub(super) const WORKSPACE: &str = "Lantern Supply";

/// Everybody's password. It is no secret.
pub(super) const PASSWORD: &str = "ochre-demo";

/// What the tokens that the demo prints are named.
const TOKEN_NAME: &str = "printed by ochre demo";

/// What the AI of the demo is named.
const AI_NAME: &str = "made-up AI";

/// A person of the demo.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) role: Role,
}

const fn person(name: &'static str, email: &'static str, role: Role) -> Person {
    Person { name, email, role }
}

const OWNER: Person = person("Maya Okafor", "maya@lantern.example", Role::Owner);

/// Whom the customers who matter most are given to; the first of the staff.
const SENIOR_EMAIL: &str = "sam@lantern.example";

/// Those who are hired after the owner.
const STAFF: [Person; 8] = [
    person("Sam Lindqvist", "sam@lantern.example", Role::Admin),
    person("Noor Haddad", "noor@lantern.example", Role::Agent),
    person("Jonas Weber", "jonas@lantern.example", Role::Agent),
    person("Priya Nair", "priya@lantern.example", Role::Agent),
    person("Tomás Ferreira", "tomas@lantern.example", Role::Agent),
    person("Amara Diallo", "amara@lantern.example", Role::Agent),
    person("Viktor Hansen", "viktor@lantern.example", Role::Agent),
    person("Lea Morel", "lea@lantern.example", Role::Viewer),
];

/// The workspace and whoever acts in it.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pub(super) workspace: Arc<Workspace>,
    pub(super) owner: UserId,
    /// Who gets the customers that matter most.
    pub(super) senior: UserId,
    /// The AI, which is no person.
    pub(super) ai: Caller,
    /// Those who take conversations.
    pub(super) agents: Vec<UserId>,
}

/// How to sign in as somebody.
#[derive(Debug)]
pub(super) struct SignIn {
    pub(super) person: &'static Person,
    pub(super) token: Secret,
}

impl Cast {
    /// Makes the workspace and its people.
    pub(super) async fn hired(app: &App) -> Result<Self, CliError> {
        let owner = newcomer(app, &OWNER).await?;
        let created = init::create(app, WORKSPACE, "UTC", owner).await?;
        let workspace = app.state().store.workspaces().find(created.workspace);
        let workspace =
            workspace.ok_or_else(|| CliError::Refused("the demo was not created".to_owned()))?;
        for person in &STAFF {
            let command = DirectoryCommand::CreateUser(newcomer(app, person).await?);
            offline::execute(app, &workspace, Caller::System, command).await?;
        }
        Self::found(workspace)
    }

    /// Finds the people of a workspace that an earlier demo made.
    pub(super) fn found(workspace: Arc<Workspace>) -> Result<Self, CliError> {
        let directory = workspace.views().directory();
        let owner = directory.user_by_email(OWNER.email).map(|user| user.id);
        let owner = owner.ok_or_else(|| {
            CliError::Refused(format!("the workspace {WORKSPACE:?} is not the demo's"))
        })?;
        let agents = directory
            .users()
            .filter(|user| user.is_eligible() && user.role == Role::Agent)
            .map(|user| user.id)
            .collect();
        let senior = directory.user_by_email(SENIOR_EMAIL);
        let senior = senior.filter(|user| user.is_eligible());
        Ok(Self {
            workspace,
            owner,
            senior: senior.map_or(owner, |user| user.id),
            ai: service(TokenId::from_u128(0), AI_NAME, Scope::Ai),
            agents,
        })
    }

    /// A new token for the AI, which acts under it from now on.
    pub(super) async fn ai_token(&mut self, app: &App) -> Result<Secret, CliError> {
        self.revoke(app, AI_NAME).await?;
        let holder = TokenHolder::Service {
            scopes: Arc::new(BTreeSet::from([Scope::Ai])),
        };
        let (token, secret) = self.token(app, AI_NAME, holder).await?;
        self.ai = service(token, AI_NAME, Scope::Ai);
        Ok(secret)
    }

    /// New tokens for three people, in place of those that an earlier start printed: a token cannot
    /// be shown again.
    pub(super) async fn sign_ins(&self, app: &App) -> Result<Vec<SignIn>, CliError> {
        self.revoke(app, TOKEN_NAME).await?;
        let agent = STAFF.iter().find(|person| person.role == Role::Agent);
        let viewer = STAFF.iter().find(|person| person.role == Role::Viewer);
        let mut sign_ins = Vec::new();
        for person in [Some(&OWNER), agent, viewer].into_iter().flatten() {
            let directory = self.workspace.views().directory();
            let Some(user) = directory.user_by_email(person.email) else {
                continue;
            };
            let holder = TokenHolder::User { id: user.id };
            let (_id, token) = self.token(app, TOKEN_NAME, holder).await?;
            sign_ins.push(SignIn { person, token });
        }
        Ok(sign_ins)
    }

    /// Revokes all tokens of a name.
    async fn revoke(&self, app: &App, name: &str) -> Result<(), CliError> {
        let old: Vec<TokenId> = {
            let fold = self.workspace.views().read();
            let tokens = fold.directory.credentials.tokens();
            let named = tokens.filter(|token| &*token.name == name);
            named.map(|token| token.id).collect()
        };
        for token in old {
            let command = DirectoryCommand::RevokeToken { token };
            offline::execute(app, &self.workspace, Caller::System, command).await?;
        }
        Ok(())
    }

    async fn token(
        &self,
        app: &App,
        name: &str,
        holder: TokenHolder,
    ) -> Result<(TokenId, Secret), CliError> {
        let state = app.state();
        let id = TokenId::from_u128(state.clock.id128());
        let secret = Secret::generate(SecretKind::Token, &*state.clock);
        let command = DirectoryCommand::CreateToken(CreateToken {
            id,
            name: name.into(),
            holder,
            hash: secret.hash(),
            tokens_per_user_max: state.config.limits.tokens_per_user_max,
            service_tokens_max: state.config.limits.service_tokens_max,
        });
        offline::execute(app, &self.workspace, Caller::System, command).await?;
        Ok((id, secret))
    }
}

/// Who brings conversations in: a chat widget, say.
pub(super) fn inbound() -> Caller {
    service(
        TokenId::from_u128(0),
        "inbound mail and chat",
        Scope::Inbound,
    )
}

fn service(token: TokenId, name: &str, scope: Scope) -> Caller {
    Caller::Service {
        token,
        name: name.into(),
        scopes: Arc::new(BTreeSet::from([scope])),
    }
}

async fn newcomer(app: &App, person: &Person) -> Result<CreateUser, CliError> {
    let state = app.state();
    let hash = state.passwords.hash(PASSWORD.to_owned()).await?;
    Ok(CreateUser {
        id: UserId::from_u128(state.clock.id128()),
        name: person.name.into(),
        email: person.email.into(),
        role: person.role,
        password_hash: Some(hash),
        users_max: state.config.limits.users_max,
    })
}
