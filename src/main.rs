//! The `ochre` program: parses the command line, and leaves the rest to the library.

use std::process::ExitCode;

use clap::Parser as _;
use ochre_assign::cli;

fn main() -> ExitCode {
    cli::run(cli::args::Cli::parse())
}
