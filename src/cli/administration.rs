//! `ochre user` and `ochre token`: administration of a stopped server's folder, or of a running
//! server through its API.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

/// Which store to administer: a folder, or a server.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("store").required(true).args(["data", "url"]))]
pub struct Administration {
    /// The data folder of a stopped server
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The workspace, by id or name; needed when the folder has several
    #[arg(long, value_name = "ID_OR_NAME", conflicts_with = "url")]
    pub workspace: Option<String>,
    /// The address of a running server.
    #[arg(
        long,
        value_name = "URL",
        help = "A running server, such as http://127.0.0.1:8080"
    )]
    pub url: Option<String>,
    // Not `requires = "url"`: the variable may well be set while a folder is administered.
    /// The token to use with --url
    #[arg(
        long,
        value_name = "TOKEN",
        env = "OCHRE_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// A command without arguments beyond the store.
#[derive(Debug, Clone, Args)]
pub struct AdministrationArgs {
    /// Where.
    #[command(flatten)]
    pub store: Administration,
}

/// `ochre user`.
#[derive(Debug, Clone, Args)]
pub struct UserArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// The commands of `ochre user`.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Print the users of the workspace
    #[command(after_help = USER_LIST_EXAMPLE)]
    List(AdministrationArgs),
    /// Add a user
    #[command(after_help = USER_ADD_EXAMPLE)]
    Add(NewUser),
    /// Change a user's name, role, status or password
    #[command(after_help = USER_SET_EXAMPLE)]
    Set(UserSet),
}

const USER_LIST_EXAMPLE: &str = "Example:\n  ochre user list --url http://127.0.0.1:8080";
const USER_ADD_EXAMPLE: &str = "Example:\n  ochre user add --data /var/lib/ochre --name Sam --email sam@example.com --role agent";
const USER_SET_EXAMPLE: &str =
    "Example:\n  ochre user set sam@example.com --data /var/lib/ochre --status deactivated";

/// `ochre user add`.
#[derive(Debug, Clone, Args)]
pub struct NewUser {
    /// Where.
    #[command(flatten)]
    pub store: Administration,
    /// The user's name
    #[arg(long)]
    pub name: String,
    /// The user's email address
    #[arg(long)]
    pub email: String,
    /// What the user may do
    #[arg(long)]
    pub role: Role,
    /// Read a password as one line from standard input; without one the user has tokens only
    #[arg(long)]
    pub password_stdin: bool,
}

/// `ochre user set`.
#[derive(Debug, Clone, Args)]
pub struct UserSet {
    /// The user, by id or email address
    #[arg(value_name = "USER")]
    pub user: String,
    /// Where.
    #[command(flatten)]
    pub store: Administration,
    /// What to change.
    #[command(flatten)]
    pub change: UserChange,
}

/// What `ochre user set` changes: at least one of these.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub struct UserChange {
    /// Another name
    #[arg(long)]
    pub name: Option<String>,
    /// Another role
    #[arg(long)]
    pub role: Option<Role>,
    /// Another status
    #[arg(long)]
    pub status: Option<Status>,
    /// Read another password as one line from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

/// `ochre token`.
#[derive(Debug, Clone, Args)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// The commands of `ochre token`.
#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Print the tokens of the workspace, without their secrets
    #[command(after_help = TOKEN_LIST_EXAMPLE)]
    List(AdministrationArgs),
    /// Create a token of a user or a service and print its secret, once
    #[command(after_help = TOKEN_CREATE_EXAMPLES)]
    Create(NewToken),
    /// Revoke a token
    #[command(after_help = TOKEN_REVOKE_EXAMPLE)]
    Revoke(TokenRevocation),
}

const TOKEN_LIST_EXAMPLE: &str = "Example:\n  ochre token list --url http://127.0.0.1:8080";
const TOKEN_CREATE_EXAMPLES: &str = "Examples:\n  \
     ochre token create --data /var/lib/ochre --name laptop --user maya@example.com\n  \
     ochre token create --data /var/lib/ochre --name chat-widget --scope inbound,read";
const TOKEN_REVOKE_EXAMPLE: &str =
    "Example:\n  ochre token revoke tok_00000000000000000000000000000001 --data /var/lib/ochre";

/// `ochre token create`: with `--user` a user's token, with `--scope` a service's.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("bearer").required(true).args(["user", "scopes"]))]
pub struct NewToken {
    /// Where.
    #[command(flatten)]
    pub store: Administration,
    /// What the token is for
    #[arg(long)]
    pub name: String,
    /// The user that it belongs to, by id or email address
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// What a service may do with it; several are separated by commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    pub scopes: Vec<Scope>,
}

/// `ochre token revoke`.
#[derive(Debug, Clone, Args)]
pub struct TokenRevocation {
    /// The token's id, as `ochre token list` prints it
    #[arg(value_name = "TOKEN_ID")]
    pub token_id: String,
    /// Where.
    #[command(flatten)]
    pub store: Administration,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything, and there is always one
    Owner,
    /// Everything
    Admin,
    /// Work on conversations
    Agent,
    /// Read, and write notes
    #[value(alias = "light_agent")]
    Viewer,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// May sign in
    Active,
    /// May not
    Deactivated,
}

/// What a service may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Create conversations and add customer messages
    Inbound,
    /// Offer AI replies
    Ai,
    /// Read
    Read,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    use super::super::args::{Cli, CliCommand};
    use super::*;

    fn parse(line: &str) -> Result<CliCommand, clap::Error> {
        Cli::try_parse_from(line.split_whitespace()).map(|cli| cli.command)
    }

    fn refusal(line: &str) -> ErrorKind {
        parse(line).unwrap_err().kind()
    }

    #[test]
    fn a_store_is_a_folder_or_a_server() {
        let missing = refusal("ochre user list");
        assert_eq!(missing, ErrorKind::MissingRequiredArgument);
        let both = refusal("ochre token list --data d --url http://a");
        assert_eq!(both, ErrorKind::ArgumentConflict);
        let workspace_of_a_server = refusal("ochre user list --url http://a --workspace w");
        assert_eq!(workspace_of_a_server, ErrorKind::ArgumentConflict);
        assert!(parse("ochre user list --data d --workspace w --json").is_ok());
        // What OCHRE_TOKEN does while a folder is administered, said with the option.
        assert!(parse("ochre user list --data d --token t").is_ok());
    }

    #[test]
    fn a_viewer_has_an_alias() {
        let line = "ochre user add --data d --name A --email a@b.example --role light_agent";
        let Ok(CliCommand::User(UserArgs {
            command: UserCommand::Add(user),
        })) = parse(line)
        else {
            panic!("another command");
        };
        assert_eq!(user.role, Role::Viewer);
    }

    #[test]
    fn a_change_of_a_user_changes_something() {
        let nothing = refusal("ochre user set usr_1 --data d");
        assert_eq!(nothing, ErrorKind::MissingRequiredArgument);
        assert!(parse("ochre user set usr_1 --data d --role admin --status active").is_ok());
        assert!(parse("ochre user set usr_1 --data d --password-stdin").is_ok());
    }

    #[test]
    fn a_token_belongs_to_a_user_or_has_scopes() {
        let line = "ochre token create --data d --name n";
        assert_eq!(refusal(line), ErrorKind::MissingRequiredArgument);
        let both = refusal(&format!("{line} --user usr_1 --scope ai"));
        assert_eq!(both, ErrorKind::ArgumentConflict);
        let Ok(CliCommand::Token(TokenArgs {
            command: TokenCommand::Create(token),
        })) = parse(&format!("{line} --scope ai,read --scope inbound"))
        else {
            panic!("another command");
        };
        assert_eq!(token.scopes, [Scope::Ai, Scope::Read, Scope::Inbound]);
        let unknown = refusal(&format!("{line} --scope write"));
        assert_eq!(unknown, ErrorKind::InvalidValue);
    }
}
