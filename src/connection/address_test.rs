//! A test of our public address: an event of our own, sent through it as Procore would.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How it ended; stored as a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum AddressTest {
    /// The event arrived and was accepted.
    Arrived { milliseconds: u64 },
    /// There was no connection.
    Unreachable,
    /// No answer came within these seconds.
    TimedOut { seconds: u64 },
    /// The event arrived without what proves that it is genuine, or was not let through.
    Refused { status: u16 },
    /// Something else than we answered.
    OtherAnswer { status: u16 },
}

impl AddressTest {
    /// What an answer says, given whether the event arrived here.
    pub(crate) fn of_answer(status: u16, arrived: bool, took: Duration) -> Self {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match (status, arrived) {
            (200..=299, true) => Self::Arrived { milliseconds },
            (401 | 403, _) => Self::Refused { status },
            (_, _) => Self::OtherAnswer { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_counts_only_where_the_event_arrived() {
        for (status, arrived, expected) in [
            (204, true, AddressTest::Arrived { milliseconds: 42 }),
            (204, false, AddressTest::OtherAnswer { status: 204 }),
            (401, false, AddressTest::Refused { status: 401 }),
            (403, false, AddressTest::Refused { status: 403 }),
            (302, false, AddressTest::OtherAnswer { status: 302 }),
            (502, true, AddressTest::OtherAnswer { status: 502 }),
        ] {
            let took = Duration::from_millis(42);
            assert_eq!(AddressTest::of_answer(status, arrived, took), expected);
        }
    }
}
