//! The whole command line as data; `clap` parses it, refuses wrong usage with status 2 and prints
//! the help, in which every command has an example.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::administration::{TokenArgs, UserArgs};

/// Assigns conversations: one owner each, one order, nothing lost.
#[derive(Debug, Parser)]
#[command(name = "ochre", version, arg_required_else_help = true)]
#[command(after_help = "Example:\n  ochre demo")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// The commands of `ochre`.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Run a server with a made-up workspace and a trickle of conversations
    #[command(after_help = DEMO_EXAMPLE)]
    Demo(DemoArgs),
    /// Run the server
    #[command(after_help = SERVE_EXAMPLE)]
    Serve(ServeArgs),
    /// Create a workspace with its owner and a token
    #[command(after_help = INIT_EXAMPLE)]
    Init(InitArgs),
    /// List, add and change users
    #[command(after_help = USER_EXAMPLE)]
    User(UserArgs),
    /// List, create and revoke tokens
    #[command(after_help = TOKEN_EXAMPLE)]
    Token(TokenArgs),
    /// Read the whole store and verify every invariant
    #[command(after_help = CHECK_EXAMPLE)]
    Check(CheckArgs),
    /// Write the journal as JSON lines
    ///
    /// Every commit of every workspace, with the hashes of passwords and tokens, so keep the file
    /// as safe as the data folder. Answers remembered for an Idempotency-Key are not part of it: after
    /// an import a request that is repeated with its key is carried out again.
    #[command(after_help = EXPORT_EXAMPLE)]
    Export(ExportArgs),
    /// Fill an empty data folder from JSON lines
    ///
    /// All lines are checked against every invariant before the first is written. Answers remembered for
    /// an Idempotency-Key are not part of an export, so a request that is repeated with its key is
    /// carried out again.
    #[command(after_help = IMPORT_EXAMPLE)]
    Import(ImportArgs),
    /// Print the configuration in force, every key commented
    #[command(after_help = CONFIG_EXAMPLE)]
    Config(ConfigArgs),
}

const DEMO_EXAMPLE: &str = "Example:\n  ochre demo --listen 127.0.0.1:8080";
const SERVE_EXAMPLE: &str =
    "Example:\n  ochre serve --data /var/lib/ochre --config /etc/ochre.toml --listen 0.0.0.0:8080";
const INIT_EXAMPLE: &str =
    "Example:\n  ochre init --data /var/lib/ochre --workspace Support --owner maya@example.com";
const USER_EXAMPLE: &str = "Example:\n  ochre user list --data /var/lib/ochre";
const TOKEN_EXAMPLE: &str = "Example:\n  ochre token list --data /var/lib/ochre";
const CHECK_EXAMPLE: &str = "Example:\n  ochre check --data /var/lib/ochre";
const EXPORT_EXAMPLE: &str = "Example:\n  ochre export --data /var/lib/ochre backup.jsonl";
const IMPORT_EXAMPLE: &str = "Example:\n  ochre import --data /var/lib/ochre-new backup.jsonl";
const CONFIG_EXAMPLE: &str =
    "Examples:\n  ochre config\n  ochre config --config ochre.toml --check";

/// `ochre demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct DemoArgs {
    /// Keep the data in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Accept connections here; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Read this configuration file over the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `ochre serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Read this configuration file over the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep the data in this folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Accept connections here; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
}

/// `ochre init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The data folder; created if missing
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The name of the workspace; another name adds one to the same folder
    #[arg(long, value_name = "NAME")]
    pub workspace: String,
    /// The email address of its owner
    #[arg(long, value_name = "EMAIL")]
    pub owner: String,
    /// The owner's name; without it the part of the address before the @
    #[arg(long, value_name = "NAME")]
    pub owner_name: Option<String>,
    /// Read the owner's password as one line from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// The time zone in which its days begin, such as Europe/Berlin
    #[arg(long, value_name = "TZ", default_value = "UTC", value_parser = time_zone)]
    pub time_zone: String,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `ochre check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The data folder of a stopped server
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}

/// `ochre export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The data folder of a stopped server
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where to write; - is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace FILE if it exists
    #[arg(long)]
    pub force: bool,
}

/// `ochre import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The data folder to fill; it must hold nothing yet
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// What to read; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `ochre config`.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// Read this configuration file over the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print nothing but whether it is valid
    #[arg(long)]
    pub check: bool,
}

fn time_zone(name: &str) -> Result<String, jiff::Error> {
    jiff::tz::TimeZone::get(name).map(|_known| name.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<CliCommand, clap::Error> {
        Cli::try_parse_from(line.split_whitespace()).map(|cli| cli.command)
    }

    fn refusal(line: &str) -> ErrorKind {
        parse(line).unwrap_err().kind()
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_and_each_example_parses() {
        fn visit(command: &clap::Command, examples: &mut Vec<String>) {
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
            let before = examples.len();
            examples.extend(lines.map(str::to_owned));
            assert!(examples.len() > before, "{} has none", command.get_name());
            command
                .get_subcommands()
                .for_each(|sub| visit(sub, examples));
        }
        let mut examples = Vec::new();
        visit(&Cli::command(), &mut examples);
        assert!(examples.len() >= 16, "{examples:?}");
        for example in &examples {
            assert!(example.starts_with("ochre "), "{example}");
            parse(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }

    #[test]
    fn wrong_usage_ends_with_status_2() {
        assert_eq!(parse("ochre serv").unwrap_err().exit_code(), 2);
        assert_eq!(parse("ochre init").unwrap_err().exit_code(), 2);
        assert_eq!(parse("ochre serve --help").unwrap_err().exit_code(), 0);
        assert_eq!(
            refusal("ochre serve --listen here"),
            ErrorKind::ValueValidation
        );
        assert_eq!(
            refusal("ochre export --data d"),
            ErrorKind::MissingRequiredArgument
        );
    }

    #[test]
    fn serve_and_demo_take_an_address_a_folder_and_a_file() {
        let options = "--data d --listen [::1]:0 --config c.toml";
        let CliCommand::Serve(serve) = parse(&format!("ochre serve {options}")).unwrap() else {
            panic!("another command");
        };
        assert_eq!(serve.data, PathBuf::from("d"));
        assert_eq!(serve.listen.unwrap().port(), 0);
        assert_eq!(serve.config, Some(PathBuf::from("c.toml")));
        assert!(matches!(
            parse(&format!("ochre demo {options}")),
            Ok(CliCommand::Demo(_))
        ));
        assert!(matches!(parse("ochre demo"), Ok(CliCommand::Demo(_))));
    }

    #[test]
    fn init_knows_its_defaults_and_its_time_zones() {
        let base = "ochre init --data d --workspace W --owner a@b.example";
        let CliCommand::Init(init) = parse(base).unwrap() else {
            panic!("another command");
        };
        assert_eq!((init.time_zone.as_str(), init.json), ("UTC", false));
        assert!(init.owner_name.is_none());
        let zone = refusal(&format!("{base} --time-zone Mars/Olympus"));
        assert_eq!(zone, ErrorKind::ValueValidation);
        assert!(parse(&format!("{base} --password-stdin --json --owner-name A")).is_ok());
    }

    #[test]
    fn a_dash_is_standard_input_or_output() {
        for command in ["export", "import"] {
            assert!(
                parse(&format!("ochre {command} --data d -")).is_ok(),
                "{command}"
            );
        }
    }
}
