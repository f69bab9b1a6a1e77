//! From the parsed command line to a command, and from what became of it to the exit status.

use std::io;
use std::process::ExitCode;

use super::args::{Cli, CliCommand};
use super::error::CliError;
use super::{check, config_command, demo, export, import, init, output, serve, token, user};
use crate::config::process_environment;

/// Carries the command out. What it says of a failure goes to standard error.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match carry_out(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::failure(&error);
            error.exit_code()
        }
    }
}

fn carry_out(command: CliCommand) -> Result<(), CliError> {
    match command {
        CliCommand::Demo(args) => demo::run(&args),
        CliCommand::Serve(args) => serve::run(&args),
        CliCommand::Init(args) => init::run(&args),
        CliCommand::User(args) => user::run(args.command),
        CliCommand::Token(args) => token::run(args.command),
        CliCommand::Check(args) => check::run(&args),
        CliCommand::Export(args) => export::run(&args),
        CliCommand::Import(args) => import::run(&args),
        CliCommand::Config(args) => {
            config_command::run(&args, process_environment(), &mut io::stdout().lock())?;
            Ok(())
        }
    }
}
