//! How fast one caller may send requests: a person with all their tokens and sessions, or a service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::error::Problem;
use crate::clock::Clock;
use crate::config::RequestRate;
use crate::domain::{Caller, TokenId, UserId};

/// After so many requests, callers who were quiet for long enough are forgotten.
const SWEEP_EVERY_REQUESTS: u64 = 65_536;

/// Who is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    Person(UserId),
    Service(TokenId),
}

/// The service's clock as the limiter wants it.
#[derive(Debug, Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Instant;

    fn now(&self) -> Instant {
        self.0.instant()
    }
}

type Limiter = RateLimiter<Counted, DashMapStateStore<Counted>, Ticks, NoOpMiddleware<Instant>>;

/// See the module.
#[derive(Debug)]
pub(super) struct RequestLimiter {
    limiter: Limiter,
    ticks: Ticks,
    admitted: AtomicU64,
}

impl RequestLimiter {
    pub(super) fn new(rate: RequestRate, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let ticks = Ticks(clock);
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, ticks.clone()),
            ticks,
            admitted: AtomicU64::new(0),
        }
    }

    /// Admits one more request.
    pub(super) fn admit(&self, caller: &Caller) -> Result<(), Problem> {
        let counted = match caller {
            Caller::User(id) => Counted::Person(*id),
            Caller::Service { token, .. } => Counted::Service(*token),
            Caller::System => return Ok(()),
        };
        self.limiter.check_key(&counted).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.ticks.now());
            Problem::rate_limited("this caller sends requests too fast", wait)
        })?;
        let admitted = self.admitted.fetch_add(1, Ordering::Relaxed);
        if admitted % SWEEP_EVERY_REQUESTS == SWEEP_EVERY_REQUESTS - 1 {
            self.limiter.retain_recent();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::api::Code;
    use crate::clock::ManualClock;
    use crate::domain::Timestamp;

    #[test]
    fn a_burst_then_the_rate_and_each_caller_alone() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::EPOCH));
        let rate = RequestRate {
            per_second: NonZeroU32::new(2).unwrap(),
            burst: NonZeroU32::new(3).unwrap(),
        };
        let told: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let limiter = RequestLimiter::new(rate, told);
        let maya = Caller::User(UserId::from_u128(1));
        let sam = Caller::User(UserId::from_u128(2));
        for _ in 0..3 {
            assert!(limiter.admit(&maya).is_ok());
        }
        assert_eq!(limiter.admit(&maya).unwrap_err().code(), Code::RateLimited);
        assert!(limiter.admit(&sam).is_ok());
        clock.advance(Duration::from_millis(500));
        assert!(limiter.admit(&maya).is_ok());
        assert!(limiter.admit(&maya).is_err());
    }
}
