//! Why an action did not end well, and what happens then.

use chrono::{DateTime, TimeDelta, Utc};

use crate::procore::Error;
use crate::store::StoreError;
use crate::verdict::ReasonCode;

/// Pause after the first time that Procore did not answer; it doubles.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(15);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// How often an action is taken up without coming forward before a person is called: about a day
/// of an outage.
pub(super) const MOST_ATTEMPTS: i32 = 100;
/// The same for an answer that nobody knows: it will hardly become better by itself.
const MOST_ODD_ANSWERS: i32 = 5;

/// What keeps an action from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// It goes on by itself: when Procore said, or after a pause that grows.
    Wait {
        code: ReasonCode,
        not_before: Option<DateTime<Utc>>,
    },
    /// It goes on when a person has mended this.
    NeedsPerson(ReasonCode),
}

/// Why a worker stops.
#[derive(Debug, thiserror::Error)]
pub(super) enum Halt {
    /// The action cannot go on now.
    #[error("the action cannot go on: {0:?}")]
    Setback(Setback),
    /// Another worker has the run, or a person ended it.
    #[error("the run is in other hands")]
    Overtaken,
    /// The process is to stop; the run can be taken up at once.
    #[error("the process is stopping")]
    Stopping,
    /// Somebody who looks on ended it, as a crash would.
    #[error("the worker was interrupted")]
    Interrupted,
    /// Our own side failed.
    #[error(transparent)]
    Ours(#[from] anyhow::Error),
}

/// What a refusal (403, 404) is a sign of; only who asked knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning {
    /// A level too low, or a tool that is off.
    pub not_permitted: ReasonCode,
    /// Not there, or hidden.
    pub not_visible: ReasonCode,
}

impl Setback {
    /// What a failed call means for the action that made it.
    pub(super) fn of(error: &Error, meaning: Meaning) -> Option<Self> {
        let wait = |code, not_before| Some(Self::Wait { code, not_before });
        let person = |code| Some(Self::NeedsPerson(code));
        match error {
            Error::RateLimited { until, .. } => wait(ReasonCode::Rate, Some(*until)),
            Error::Busy { until, .. } => wait(ReasonCode::Busy, Some(*until)),
            Error::Unavailable { .. } => wait(ReasonCode::Unreachable, None),
            Error::BadCredentials(_) => person(ReasonCode::Credentials),
            // Procore refuses a fresh token where the app is not installed, too.
            Error::TokenRejected(_) | Error::NotConnected(_) => person(ReasonCode::NotInstalled),
            Error::NotPermitted(_) => person(meaning.not_permitted),
            Error::NotVisible(_) => person(meaning.not_visible),
            Error::Conflict(_) | Error::Validation(_) | Error::Unexpected(_) => {
                wait(ReasonCode::Unexpected, None)
            }
            Error::Ours { .. } => None,
        }
    }

    /// The same, once it is known how often the action was taken up in vain: waiting has an end.
    pub(super) fn after(self, attempts: i32) -> Self {
        match self {
            Self::Wait {
                code,
                not_before: None,
            } => {
                let most = match code {
                    ReasonCode::Unexpected => MOST_ODD_ANSWERS,
                    _ => MOST_ATTEMPTS,
                };
                if attempts >= most {
                    Self::NeedsPerson(code)
                } else {
                    self
                }
            }
            Self::Wait { .. } | Self::NeedsPerson(_) => self,
        }
    }
}

/// When to try again after so many attempts in vain.
pub(super) fn pause(attempts: i32) -> TimeDelta {
    let doublings = attempts.saturating_sub(1).clamp(0, 10) as u32;
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

impl Halt {
    /// A failed call, for an action to which a refusal means `meaning`.
    pub(super) fn of(error: Error, meaning: Meaning) -> Self {
        match Setback::of(&error, meaning) {
            Some(setback) => {
                tracing::info!("A call of a completion did not succeed: {error}");
                Self::Setback(setback)
            }
            None => Self::Ours(error.into()),
        }
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Overtaken,
            StoreError::Unknown { .. } | StoreError::Database(_) => Self::Ours(error.into()),
        }
    }
}

impl From<sqlx::Error> for Halt {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procore::Answer;

    const MEANING: Meaning = Meaning {
        not_permitted: ReasonCode::WebhookLevel,
        not_visible: ReasonCode::Hidden,
    };

    #[test]
    fn every_failure_waits_or_names_what_a_person_must_do() {
        let answer = || Answer::none("list vendors", "no");
        let until = DateTime::UNIX_EPOCH;
        let wait = |code, not_before| Some(Setback::Wait { code, not_before });
        let person = |code| Some(Setback::NeedsPerson(code));
        let table = [
            (
                Error::BadCredentials(answer()),
                person(ReasonCode::Credentials),
            ),
            (
                Error::TokenRejected(answer()),
                person(ReasonCode::NotInstalled),
            ),
            (
                Error::NotConnected(answer()),
                person(ReasonCode::NotInstalled),
            ),
            (
                Error::NotPermitted(answer()),
                person(ReasonCode::WebhookLevel),
            ),
            (Error::NotVisible(answer()), person(ReasonCode::Hidden)),
            (
                Error::RateLimited {
                    until,
                    answer: answer(),
                },
                wait(ReasonCode::Rate, Some(until)),
            ),
            (
                Error::Busy {
                    until,
                    answer: answer(),
                },
                wait(ReasonCode::Busy, Some(until)),
            ),
            (
                Error::Unavailable {
                    answer: answer(),
                    source: None,
                },
                wait(ReasonCode::Unreachable, None),
            ),
            (
                Error::Conflict(answer()),
                wait(ReasonCode::Unexpected, None),
            ),
            (
                Error::Validation(answer()),
                wait(ReasonCode::Unexpected, None),
            ),
            (
                Error::Unexpected(answer()),
                wait(ReasonCode::Unexpected, None),
            ),
        ];
        for (error, expected) in table {
            assert_eq!(Setback::of(&error, MEANING), expected, "{error}");
        }
    }

    #[test]
    fn waiting_has_an_end_unless_procore_named_the_time() {
        let wait = |code, not_before| Setback::Wait { code, not_before };
        let until = Some(DateTime::UNIX_EPOCH);
        for (setback, attempts, expected) in [
            (wait(ReasonCode::Unreachable, None), 99, None),
            (
                wait(ReasonCode::Unreachable, None),
                100,
                Some(ReasonCode::Unreachable),
            ),
            (wait(ReasonCode::Unexpected, None), 4, None),
            (
                wait(ReasonCode::Unexpected, None),
                5,
                Some(ReasonCode::Unexpected),
            ),
            (wait(ReasonCode::Rate, until), 1000, None),
        ] {
            let expected = expected.map_or(setback, Setback::NeedsPerson);
            assert_eq!(setback.after(attempts), expected);
        }
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        assert_eq!(pause(1), TimeDelta::seconds(15));
        assert_eq!(pause(2), TimeDelta::seconds(30));
        assert_eq!(pause(7), TimeDelta::minutes(15));
        assert_eq!(pause(1000), TimeDelta::minutes(15));
        assert_eq!(pause(0), TimeDelta::seconds(15));
    }
}
