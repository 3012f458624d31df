//! Admits several calls at once, so that a process need not ask for each.

use chrono::{DateTime, Utc};

use super::{Admission, Budget, Urgency, Wait};

/// The most unused calls one process holds.
const LARGEST: u32 = 16;

/// How many calls a process may hold unused when `remaining` are left in a window: a tenth, so
/// that several processes find their share and little is lost with a process that dies.
pub(crate) fn slice_of(remaining: u32) -> u32 {
    (remaining / 10).clamp(1, LARGEST)
}

impl Budget {
    /// Admits as many calls as one process may hold, at least one, or returns when to ask again.
    ///
    /// While no window is known, calls are admitted one by one. Each must be observed or given back.
    pub fn take(&mut self, urgency: Urgency, now: DateTime<Utc>) -> Result<u32, Wait> {
        if let Admission::Wait(wait) = self.acquire(urgency, now) {
            return Err(wait);
        }
        let tightest = self.told().map(|window| window.remaining).min();
        let wanted = tightest.map_or(1, |left| slice_of(left + 1));
        let more = (1..wanted).take_while(|_| self.acquire(urgency, now) == Admission::Go);
        Ok(1 + more.count() as u32)
    }

    /// Returns calls that were admitted and never made.
    pub fn give_back(&mut self, calls: u32, urgency: Urgency) {
        self.in_flight.end(calls);
        if let Some(used) = self.upkeep.as_mut().filter(|_| urgency == Urgency::Upkeep) {
            used.calls = used.calls.saturating_sub(calls);
        }
        for window in self.windows_mut() {
            window.remaining = (window.remaining + calls).min(window.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::procore::rates::RateHeaders;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000)
    }

    fn budget(limit: u32, remaining: u32) -> Budget {
        let mut budget = Budget::default();
        let headers = RateHeaders {
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(now() + TimeDelta::seconds(10)),
            server_date: None,
            status: Some(200),
        };
        budget.observe(headers, now());
        budget
    }

    #[test]
    fn a_slice_is_a_tenth_of_what_is_left() {
        for (limit, remaining, slice) in [(3600, 3600, 16), (600, 100, 10), (25, 25, 2), (25, 4, 1)]
        {
            let taken = budget(limit, remaining).take(Urgency::Waiting, now());
            assert_eq!(taken, Ok(slice), "{remaining} of {limit}");
        }
        assert_eq!(Budget::default().take(Urgency::Waiting, now()), Ok(1));
    }

    #[test]
    fn a_slice_leaves_the_reserve_alone() {
        let mut budget = budget(600, 65);
        assert_eq!(budget.take(Urgency::Background, now()), Ok(5));
        assert!(budget.take(Urgency::Background, now()).is_err());
        assert_eq!(budget.take(Urgency::Waiting, now()), Ok(6));
    }

    #[test]
    fn upkeep_uses_no_more_than_its_share_of_the_hour() {
        let mut budget = Budget::default().assuming(600).sparing(10);
        let hour = RateHeaders {
            limit: Some(600),
            remaining: Some(600),
            reset: Some(now() + TimeDelta::hours(1)),
            server_date: None,
            status: Some(200),
        };
        budget.observe(hour, now());
        let mut used = 0;
        while let Ok(calls) = budget.take(Urgency::Upkeep, now()) {
            used += calls;
        }
        assert_eq!(used, 60);
        assert!(budget.take(Urgency::Background, now()).is_ok());
        budget.give_back(2, Urgency::Upkeep);
        assert_eq!(budget.take(Urgency::Upkeep, now()), Ok(2));
        let wait = budget.take(Urgency::Upkeep, now()).unwrap_err();
        assert_eq!(wait.until, now() + TimeDelta::hours(1));
        assert!(budget.take(Urgency::Upkeep, wait.until).is_ok());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut budget = budget(10, 3);
        while budget.take(Urgency::Waiting, now()).is_ok() {}
        budget.give_back(2, Urgency::Waiting);
        assert_eq!(budget.take(Urgency::Waiting, now()), Ok(1));
        budget.give_back(500, Urgency::Waiting);
        let mut left = 0;
        while let Ok(calls) = budget.take(Urgency::Waiting, now()) {
            left += calls;
        }
        assert_eq!(left, 10, "never more than the window holds");
    }
}
