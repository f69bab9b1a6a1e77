//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::LoadError;

/// For everything but the sockets.
const OTHERS: u64 = 200;

/// Raises the limit as far as it goes; fails when so many sockets do not fit under it. Children
/// inherit it.
pub fn allow_sockets(sockets: usize) -> Result<(), LoadError> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised)
        .map_err(|error| LoadError::file("raising the limit of open files", error.into()))?;
    let wanted = crate::numbers::count(sockets).saturating_add(OTHERS);
    match maximum {
        Some(maximum) if maximum < wanted => Err(LoadError::Unfit(format!(
            "{sockets} sockets need {wanted} open files, the limit is {maximum}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_sockets_fit() {
        assert!(allow_sockets(1).is_ok());
        assert!(
            allow_sockets(usize::MAX).is_err() || getrlimit(Resource::Nofile).maximum.is_none()
        );
    }
}
