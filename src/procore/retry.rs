//! Pauses between tries.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// The longest pause before a try, whatever doubling says.
const LONGEST: Duration = Duration::from_secs(4);

/// Sleeps a random share of the doubled pause ("full jitter"), so that many clients do not come
/// back together. Returns `false`, without sleeping, when the next try would miss the deadline.
pub(super) async fn pause(base: Duration, failures: u32, deadline: Instant) -> bool {
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
