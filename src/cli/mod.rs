//! The command line: parsing, and a file for each command.

pub mod administration;
pub mod args;
mod check;
pub mod config_command;
mod demo;
mod dispatch;
mod error;
mod export;
mod import;
mod init;
mod offline;
mod output;
mod password;
mod remote;
mod serve;
mod store;
mod token;
mod transfer;
mod user;

pub use dispatch::run;
