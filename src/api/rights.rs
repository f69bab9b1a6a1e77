//! Who may read what. Changes are decided in the domain; reads change nothing and are decided here.

use super::call::Call;
use super::error::{Code, Problem};
use crate::domain::{Caller, Scope};

/// People, and services with the scope `read`.
pub(super) fn read_all(call: &Call) -> Result<(), Problem> {
    allow(call, &[Scope::Read])
}

/// People, and services with the scope `read` or `ai`.
pub(super) fn read_conversation(call: &Call) -> Result<(), Problem> {
    allow(call, &[Scope::Read, Scope::Ai])
}

/// The same for a caller without a call.
pub(super) fn read_everything(caller: &Caller) -> Result<(), Problem> {
    allow_caller(caller, &[Scope::Read])
}

/// Owners and admins.
pub(super) fn administer(call: &Call) -> Result<(), Problem> {
    let caller = call.principal.caller.user();
    let directory = call.principal.workspace.views().directory();
    let user = caller.and_then(|id| directory.user(id));
    match user.is_some_and(|user| user.role.administers()) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::Forbidden,
            "only owners and admins may do this",
        )),
    }
}

fn allow(call: &Call, scopes: &[Scope]) -> Result<(), Problem> {
    allow_caller(&call.principal.caller, scopes)
}

fn allow_caller(caller: &Caller, scopes: &[Scope]) -> Result<(), Problem> {
    match caller {
        Caller::User(_) | Caller::System => Ok(()),
        Caller::Service { .. } if scopes.iter().any(|scope| caller.has_scope(*scope)) => Ok(()),
        Caller::Service { .. } => Err(Problem::new(
            Code::Forbidden,
            "the token's scopes do not permit it",
        )),
    }
}
