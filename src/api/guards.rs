//! What limits a caller, a guesser of passwords, and long reckonings; one for the whole service.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Code, Problem};
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
    simulations: Arc<Semaphore>,
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
            simulations: Arc::new(Semaphore::new(config.routing.simulations_max)),
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

    /// The right to simulate routing, for as long as it is kept.
    ///
    /// # Errors
    /// 503 when as many do as may at once.
    pub(super) fn simulation(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.simulations)
            .try_acquire_owned()
            .map_err(|_none_left| {
                let detail = "as many simulations as may run at once are under way";
                Problem::new(Code::Overloaded, detail)
            })
    }

    /// The failed sign-ins.
    pub(super) const fn sign_ins(&self) -> &Attempts {
        &self.sign_ins
    }
}
