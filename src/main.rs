//! The `ochre` program: parses the command line, and leaves the rest to the library.

use std::process::ExitCode;

use clap::Parser as _;
use ochre_assign::cli;

/// A request makes dozens of small allocations on one thread that another frees; this allocator is
/// made for that (measured: see `load-tests/NOTES.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(cli::args::Cli::parse())
}
