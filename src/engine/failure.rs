//! Why an action failed, and what happens then.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::Action;
use crate::procore::Error;
use crate::store::StoreError;
use crate::verdict::{ReasonCode, Refusal};

/// Pause after the first time that Procore did not answer; it doubles.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(15);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// How often an action is attempted without progress before a person is called: about a day of an
/// outage.
pub(crate) const MOST_ATTEMPTS: i32 = 100;
/// The same for an answer that nobody knows, which will hardly improve by itself.
const MOST_ODD_ANSWERS: i32 = 5;

/// What stops an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It goes on by itself: when Procore said, or after a pause that grows.
    Wait {
        code: ReasonCode,
        not_before: Option<DateTime<Utc>>,
    },
    /// It goes on when a person has fixed this.
    NeedsPerson(ReasonCode),
}

/// Why a worker stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Halt {
    /// The action cannot go on now.
    #[error("the action cannot go on: {0:?}")]
    Failed(Failure),
    /// Another worker has the run, or a person ended it.
    #[error("another worker has the run")]
    Overtaken,
    /// The process is to stop; the run can be taken up at once.
    #[error("the process is stopping")]
    Stopping,
    /// A test interrupted it, as a crash would.
    #[error("the worker was interrupted")]
    Interrupted,
    /// Our own side failed.
    #[error(transparent)]
    Ours(#[from] anyhow::Error),
}

impl Failure {
    /// What a failed call means for the action that made it; `None` where our own side failed.
    ///
    /// An answer that nobody knows is asked for again a few times before a person is called.
    pub(crate) fn of(error: &Error, refusal: Refusal) -> Option<Self> {
        let cause = refusal.cause(&error.meaning()?)?;
        Some(
            match cause.is_wait() || cause.code == ReasonCode::Unexpected {
                true => Self::Wait {
                    code: cause.code,
                    not_before: cause.until,
                },
                false => Self::NeedsPerson(cause.code),
            },
        )
    }

    /// The same after this many attempts without progress: waiting has an end.
    pub(crate) fn after(self, attempts: i32) -> Self {
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

/// The pause after this many failed attempts.
pub(crate) fn pause(attempts: i32) -> TimeDelta {
    let doublings = attempts.saturating_sub(1).clamp(0, 10) as u32;
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

impl Halt {
    /// An action that the plan of its run does not have.
    pub(crate) fn not_of_plan(action: Action) -> Self {
        Self::Ours(anyhow::anyhow!("{action} is no action of this plan"))
    }

    /// A failed call, for an action to which a refusal means `refusal`.
    pub(crate) fn of(error: Error, refusal: Refusal) -> Self {
        match Failure::of(&error, refusal) {
            Some(failure) => {
                tracing::info!("A call of a run did not succeed: {error}");
                Self::Failed(failure)
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

    #[test]
    fn every_failure_waits_or_names_what_a_person_must_do() {
        let answer = || Answer::none("list vendors", "no");
        let until = DateTime::UNIX_EPOCH;
        let wait = |code, not_before| Some(Failure::Wait { code, not_before });
        let person = |code| Some(Failure::NeedsPerson(code));
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
            assert_eq!(Failure::of(&error, Refusal::WEBHOOKS), expected, "{error}");
        }
    }

    #[test]
    fn waiting_has_an_end_unless_procore_named_the_time() {
        let wait = |code, not_before| Failure::Wait { code, not_before };
        let until = Some(DateTime::UNIX_EPOCH);
        for (failure, attempts, expected) in [
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
            let expected = expected.map_or(failure, Failure::NeedsPerson);
            assert_eq!(failure.after(attempts), expected);
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
