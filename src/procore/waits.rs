//! Waiting: for a call slot, for a rate window, and before a retry.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::{Error, our_failure};
use super::meaning::CallKind;
use super::rates::{Admission, Wait, WaitReason};

/// The longest backoff.
const LONGEST: Duration = Duration::from_secs(4);

/// Long enough that a running clock has moved.
const CLOCK_TICK: Duration = Duration::from_millis(20);

/// The attempts of a call so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failures: u32,
    waits: u32,
}

impl CompanyApi {
    /// Waits for one of the slots for concurrent calls.
    pub(super) async fn slot(
        &self,
        action: &'static str,
        deadline: Instant,
    ) -> Result<SemaphorePermit<'_>, Error> {
        match timeout_at(deadline, self.slots.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable {
                answer: Answer::none(action, "too many calls are under way"),
                source: None,
            }),
        }
    }

    /// Waits for the rate gate if that is short; otherwise returns the time to the caller.
    pub(super) async fn admit(&self, action: &'static str, deadline: Instant) -> Result<(), Error> {
        loop {
            let now = self.client.clock.now();
            let asked = self
                .client
                .rates
                .acquire(&self.key, self.urgency, now)
                .await;
            let Wait { until, reason } = match asked.map_err(our_failure(action))? {
                Admission::Go => return Ok(()),
                Admission::Wait(wait) => wait,
            };
            let over = Instant::now() + (until - now).to_std().unwrap_or_default();
            let is_short = self.is_short(until - now) && over < deadline;
            if !is_short || self.is_frozen(now, over).await {
                let answer = Answer::none(action, "held back to stay within Procore's limits");
                return Err(match reason {
                    WaitReason::Rate => Error::RateLimited { until, answer },
                    WaitReason::Busy => Error::Busy { until, answer },
                });
            }
            tokio::time::sleep_until(over).await;
        }
    }

    /// Whether our clock is set by hand and does not move, so that waiting would be useless.
    async fn is_frozen(&self, since: DateTime<Utc>, over: Instant) -> bool {
        tokio::time::sleep_until(over.min(Instant::now() + CLOCK_TICK)).await;
        self.client.clock.now() == since
    }

    fn is_short(&self, wait: TimeDelta) -> bool {
        wait.to_std().unwrap_or_default() <= self.client.policy.patience
    }

    /// Whether to retry after a failure, once this returns: if Procore asked for a short wait, or
    /// after a backoff if a read (or a token request) got no answer. A wait that Procore asked for
    /// blocks every call of this app and company.
    pub(super) async fn may_retry(
        &self,
        action: &'static str,
        error: &Error,
        kind: CallKind,
        attempts: &mut Attempts,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let policy = &self.client.policy;
        match error {
            Error::RateLimited { until, .. } | Error::Busy { until, .. } => {
                let reason = match error {
                    Error::Busy { .. } => WaitReason::Busy,
                    _ => WaitReason::Rate,
                };
                let until = *until;
                let blocked = self.client.rates.block(&self.key, Wait { until, reason });
                blocked.await.map_err(our_failure(action))?;
                attempts.waits += 1;
                let wait = until - self.client.clock.now();
                Ok(attempts.waits < policy.attempts && self.is_short(wait))
            }
            Error::Unavailable { answer, .. }
                if kind != CallKind::Write && !answer.is_too_slow() =>
            {
                attempts.failures += 1;
                Ok(attempts.failures < policy.attempts
                    && pause(policy.backoff, attempts.failures, deadline).await)
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

/// Sleeps a random share of the backoff ("full jitter"), so that many clients do not return at
/// once. Returns `false`, without sleeping, if the retry would miss the deadline.
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
