//! What limits a caller, and a guesser of passwords; one for the whole service.

use std::sync::Arc;

use super::error::Problem;
use super::rate::RequestLimiter;
use crate::auth::Attempts;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Caller;

/// See the module.
#[derive(Debug)]
pub struct Guards {
    requests: Option<RequestLimiter>,
    sign_ins: Attempts,
}

impl Guards {
    /// Limits as configured.
    #[must_use]
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let limits = &config.limits;
        Self {
            requests: limits
                .request_rate()
                .map(|rate| RequestLimiter::new(rate, Arc::clone(&clock))),
            sign_ins: Attempts::new(limits.failed_sign_ins_per_minute, clock),
        }
    }

    /// Admits one more request of the caller.
    ///
    /// # Errors
    /// 429 when they ask too fast.
    pub(super) fn admit(&self, caller: &Caller) -> Result<(), Problem> {
        self.requests
            .as_ref()
            .map_or(Ok(()), |requests| requests.admit(caller))
    }

    /// The failed sign-ins.
    pub(super) const fn sign_ins(&self) -> &Attempts {
        &self.sign_ins
    }
}
