//! The command line: parsing, and a file for each command.

pub mod administration;
pub mod args;
pub mod config_command;
