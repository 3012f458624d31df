//! Session lifetimes, and throttles against guessing.

use chrono::TimeDelta;

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Idle limit.
    pub idle: TimeDelta,
    /// Absolute limit.
    pub absolute: TimeDelta,
}

impl SessionLimits {
    /// A firm's setup takes days, and the pages keep what was entered; so a day idle.
    pub const FIRM_ADMIN: Self = Self {
        idle: TimeDelta::hours(24),
        absolute: TimeDelta::days(14),
    };
    /// Support sees every firm; a working day at most.
    pub const SUPPORT: Self = Self {
        idle: TimeDelta::hours(2),
        absolute: TimeDelta::hours(12),
    };
    /// Between password and second factor.
    pub(crate) const HALF_WAY: TimeDelta = TimeDelta::minutes(15);
    /// How stale `last_seen_at` may become before it is updated.
    pub(crate) const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);
}

/// How often something may be tried: some attempts are free, then waits double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// The name as it is stored.
    pub kind: &'static str,
    pub free: i32,
    pub first_wait: TimeDelta,
    pub longest_wait: TimeDelta,
    /// Without an attempt for this long, counting restarts.
    pub forgets_after: TimeDelta,
}

impl Throttle {
    /// Passwords tried for one address, except by browsers that are known to it. The longest wait
    /// allows about 100 guesses a day.
    pub(crate) const SIGN_IN_ACCOUNT: Self = Self {
        kind: "sign_in_account",
        free: 5,
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(15),
        forgets_after: TimeDelta::hours(24),
    };
    /// Passwords tried by a browser that its person signed in with before.
    pub(crate) const SIGN_IN_DEVICE: Self = Self {
        kind: "sign_in_device",
        ..Self::SIGN_IN_ACCOUNT
    };
    /// Passwords that a signed-in person is asked for again.
    pub(crate) const PASSWORD_AGAIN: Self = Self {
        kind: "password_again",
        ..Self::SIGN_IN_ACCOUNT
    };
    /// Passwords tried from one source; a whole office may share it.
    pub(crate) const SIGN_IN_SOURCE: Self = Self {
        kind: "sign_in_source",
        free: 30,
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(15),
        forgets_after: TimeDelta::hours(1),
    };
    /// Codes tried for one person: six digits, of which three are good at any time.
    pub(crate) const SECOND_FACTOR: Self = Self {
        kind: "second_factor",
        free: 5,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::hours(1),
        forgets_after: TimeDelta::hours(24),
    };
    /// Links requested by mail for one address.
    pub(crate) const LINK_ACCOUNT: Self = Self {
        kind: "link_account",
        free: 3,
        first_wait: TimeDelta::minutes(5),
        longest_wait: TimeDelta::hours(1),
        forgets_after: TimeDelta::hours(6),
    };
    /// Links requested by mail from one source.
    pub(crate) const LINK_SOURCE: Self = Self {
        kind: "link_source",
        free: 20,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::hours(1),
        forgets_after: TimeDelta::hours(6),
    };
    /// Mails with a link that one firm sends to freely chosen addresses (invitations and tasks): more
    /// than a firm needs in a day, too few to spam strangers.
    pub(crate) const MAIL_FIRM: Self = Self {
        kind: "mail_firm",
        free: 40,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::hours(1),
        forgets_after: TimeDelta::hours(12),
    };
    /// Entries of refusals at one account, or of one person, beside the log: strangers cause them.
    pub(crate) const REFUSAL_ENTRY: Self = Self {
        kind: "refusal_entry",
        free: 10,
        first_wait: TimeDelta::minutes(10),
        longest_wait: TimeDelta::hours(1),
        forgets_after: TimeDelta::hours(24),
    };
    /// Entries that say that a firm's key was used: one a day.
    pub(crate) const KEY_ENTRY: Self = Self {
        kind: "key_entry",
        free: 1,
        first_wait: TimeDelta::hours(24),
        longest_wait: TimeDelta::hours(24),
        forgets_after: TimeDelta::hours(36),
    };

    /// Ways to Procore and back that one firm begins: each may cost the vendor's key a call.
    pub(crate) const PROCORE_SIGN_IN: Self = Self {
        kind: "procore_sign_in",
        free: 30,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::minutes(15),
        forgets_after: TimeDelta::hours(1),
    };

    /// Every limit, for tests.
    pub const ALL: [Self; 11] = [
        Self::SIGN_IN_ACCOUNT,
        Self::SIGN_IN_DEVICE,
        Self::PASSWORD_AGAIN,
        Self::SIGN_IN_SOURCE,
        Self::SECOND_FACTOR,
        Self::LINK_ACCOUNT,
        Self::LINK_SOURCE,
        Self::MAIL_FIRM,
        Self::PROCORE_SIGN_IN,
        Self::REFUSAL_ENTRY,
        Self::KEY_ENTRY,
    ];

    /// The wait after attempt number `attempts`, counted from one.
    pub(crate) fn wait_after(&self, attempts: i32) -> TimeDelta {
        let beyond = attempts - self.free;
        if beyond < 0 {
            return TimeDelta::zero();
        }
        let doublings = beyond.min(20);
        (self.first_wait * 2_i32.pow(doublings as u32)).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_last_free_attempt_on() {
        let throttle = Throttle::SIGN_IN_ACCOUNT;
        let waits: Vec<i64> = (1..=8)
            .map(|attempt| throttle.wait_after(attempt).num_seconds())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 5, 10, 20, 40]);
        assert_eq!(throttle.wait_after(i32::MAX), throttle.longest_wait);
    }

    #[test]
    fn no_limit_is_forgotten_by_waiting_as_it_asks() {
        for throttle in Throttle::ALL {
            assert!(
                throttle.forgets_after > throttle.longest_wait,
                "{throttle:?}"
            );
        }
    }
}
