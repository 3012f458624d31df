//! Waiting: for a place among the calls, for a rate window, and before another try.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::meaning::Kind;
use super::rates::Admission;
use super::token::ours;

/// The longest pause before a try, whatever doubling says.
const LONGEST: Duration = Duration::from_secs(4);

/// In this time every clock that runs by itself has moved.
const MOMENT: Duration = Duration::from_millis(20);

/// What a call has tried so far.
#[derive(Debug, Default)]
pub(super) struct Tries {
    failures: u32,
    waits: u32,
}

impl CompanyApi {
    /// One of the few places for calls at a time.
    pub(super) async fn place(
        &self,
        action: &'static str,
        deadline: Instant,
    ) -> Result<SemaphorePermit<'_>, Error> {
        match timeout_at(deadline, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable {
                answer: Answer::none(action, "too many calls are under way"),
                source: None,
            }),
        }
    }

    /// Waits for the rate gate if that is short; otherwise hands the time to the caller.
    pub(super) async fn admit(&self, action: &'static str, deadline: Instant) -> Result<(), Error> {
        loop {
            let now = self.client.clock.now();
            let asked = self
                .client
                .rates
                .acquire(&self.key, self.urgency, now)
                .await;
            let until = match asked.map_err(ours(action))? {
                Admission::Go => return Ok(()),
                Admission::WaitUntil(until) => until,
            };
            let over = Instant::now() + (until - now).to_std().unwrap_or_default();
            let is_short = self.is_short(until - now) && over < deadline;
            if !is_short || self.stands_still(now, over).await {
                let answer = Answer::none(action, "held back to stay within Procore's limits");
                return Err(Error::RateLimited { until, answer });
            }
            tokio::time::sleep_until(over).await;
        }
    }

    /// Whether our clock is one that a person moves: waiting by another one would be in vain.
    async fn stands_still(&self, since: DateTime<Utc>, over: Instant) -> bool {
        tokio::time::sleep_until(over.min(Instant::now() + MOMENT)).await;
        self.client.clock.now() == since
    }

    fn is_short(&self, wait: TimeDelta) -> bool {
        wait.to_std().unwrap_or_default() <= self.client.policy.patience
    }

    /// Whether to try again after a failure, once this returns: when a short wait that Procore
    /// ordered can be waited, or after a pause when a read (or a token) found nobody answering.
    /// A wait that was ordered stops every call of this app and company.
    pub(super) async fn again(
        &self,
        action: &'static str,
        error: &Error,
        kind: Kind,
        tries: &mut Tries,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let policy = &self.client.policy;
        match error {
            Error::RateLimited { until, .. } | Error::Busy { until, .. } => {
                let blocked = self.client.rates.blocked_until(&self.key, *until);
                blocked.await.map_err(ours(action))?;
                tries.waits += 1;
                let wait = *until - self.client.clock.now();
                Ok(tries.waits < policy.attempts && self.is_short(wait))
            }
            Error::Unavailable { answer, .. } if kind != Kind::Write && !answer.is_too_slow() => {
                tries.failures += 1;
                Ok(tries.failures < policy.attempts
                    && pause(policy.backoff, tries.failures, deadline).await)
            }
            Error::Unavailable { .. }
            | Error::TokenRejected(_)
            | Error::BadCredentials(_)
            | Error::NotConnected(_)
            | Error::NotPermitted(_)
            | Error::NotVisible(_)
            | Error::Conflict(_)
            | Error::Validation(_)
            | Error::Unexpected(_)
            | Error::Ours { .. } => Ok(false),
        }
    }
}

/// Sleeps a random share of the doubled pause ("full jitter"), so that many clients do not come
/// back together. Returns `false`, without sleeping, when the next try would miss the deadline.
async fn pause(base: Duration, failures: u32, deadline: Instant) -> bool {
    let until = Instant::now() + share(longest(base, failures), random());
    if until >= deadline {
        return false;
    }
    tokio::time::sleep_until(until).await;
    true
}

fn longest(base: Duration, failures: u32) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST)
}

fn share(longest: Duration, random: u32) -> Duration {
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

fn random() -> u32 {
    let (high, ..) = Uuid::new_v4().as_fields();
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let base = Duration::from_millis(400);
        assert_eq!(longest(base, 1), Duration::from_millis(400));
        assert_eq!(longest(base, 3), Duration::from_millis(1600));
        assert_eq!(longest(base, 9), LONGEST);
        assert_eq!(longest(base, 99), LONGEST);
        assert_eq!(share(base, 0), Duration::ZERO);
        assert_eq!(share(base, u32::MAX), base);
    }

    #[tokio::test]
    async fn a_pause_never_outlasts_the_deadline() {
        let past = Instant::now();
        assert!(!pause(Duration::from_secs(1), 1, past).await);
    }
}
