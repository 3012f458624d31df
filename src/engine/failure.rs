//! Why an action failed, and what happens then.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::ledger::Action;
use crate::procore::Error;
use crate::store::StoreError;
use crate::verdict::{ReasonCode, Refusal, Said};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub code: ReasonCode,
    pub next: Next,
    /// What Procore said, if it refused.
    pub said: Option<Said>,
    /// Whether Procore refused to write something. It will hardly take the same a third time.
    pub is_refused_write: bool,
    /// What the action has to report of it.
    pub report: Option<Value>,
}

/// When an action that failed goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// By itself, when Procore said or after a pause that grows.
    Wait { not_before: Option<DateTime<Utc>> },
    /// When a person has fixed the cause.
    NeedsPerson,
}

/// Why a worker stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Halt {
    /// The action cannot go on now.
    #[error("the action cannot go on: {0:?}")]
    Failed(Box<Failure>),
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
        let failure = match cause.is_wait() || cause.code == ReasonCode::Unexpected {
            true => Self {
                next: Next::Wait {
                    not_before: cause.until,
                },
                ..Self::wait(cause.code)
            },
            false => Self::needs_person(cause.code),
        };
        Some(Self {
            said: error.said(),
            ..failure
        })
    }

    /// It is attempted again after a pause.
    pub(crate) fn wait(code: ReasonCode) -> Self {
        Self {
            next: Next::Wait { not_before: None },
            ..Self::needs_person(code)
        }
    }

    pub(crate) fn needs_person(code: ReasonCode) -> Self {
        Self {
            code,
            next: Next::NeedsPerson,
            said: None,
            is_refused_write: false,
            report: None,
        }
    }

    /// The refusal of a write, if that is what stopped the action.
    pub(crate) fn refused_write(&self) -> Option<&Said> {
        self.said.as_ref().filter(|_| self.is_refused_write)
    }

    /// The same after this many attempts without progress, and after an earlier refusal of the
    /// action's write: waiting has an end.
    pub(crate) fn after(mut self, attempts: i32, refused_before: Option<&Said>) -> Self {
        let most = match self.code {
            ReasonCode::Unexpected => MOST_ODD_ANSWERS,
            _ => MOST_ATTEMPTS,
        };
        let again = |said: &Said| refused_before.is_some_and(|before| before.is_same(said));
        let is_over = attempts >= most || self.refused_write().is_some_and(again);
        if is_over && self.next == (Next::Wait { not_before: None }) {
            self.next = Next::NeedsPerson;
        }
        self
    }

    /// The same where nobody is called: it goes on when Procore said, or else at `at`.
    pub(crate) fn waiting_until(mut self, at: DateTime<Utc>) -> Self {
        let not_before = match self.next {
            Next::Wait { not_before } => not_before,
            Next::NeedsPerson => None,
        };
        self.next = Next::Wait {
            not_before: not_before.or(Some(at)),
        };
        self
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
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
                failure.into()
            }
            None => Self::Ours(error.into()),
        }
    }

    /// The same where the call was to write something.
    pub(crate) fn of_write(error: Error, refusal: Refusal) -> Self {
        let is_refused_write = matches!(
            error,
            Error::Conflict(_) | Error::Validation(_) | Error::Unexpected(_)
        );
        match Self::of(error, refusal) {
            Self::Failed(failure) => Self::from(Failure {
                is_refused_write,
                ..*failure
            }),
            other => other,
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
        let wait = |code, not_before| (code, Next::Wait { not_before });
        let person = |code| (code, Next::NeedsPerson);
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
            let failure = Failure::of(&error, Refusal::WEBHOOKS).expect("Procore's doing");
            assert_eq!((failure.code, failure.next), expected, "{error}");
        }
    }

    #[test]
    fn waiting_has_an_end_unless_procore_named_the_time() {
        let until = Some(DateTime::UNIX_EPOCH);
        for (code, not_before, attempts, goes_on) in [
            (ReasonCode::Unreachable, None, 99, true),
            (ReasonCode::Unreachable, None, 100, false),
            (ReasonCode::Unexpected, None, 4, true),
            (ReasonCode::Unexpected, None, 5, false),
            (ReasonCode::Rate, until, 1000, true),
        ] {
            let next = Next::Wait { not_before };
            let failure = Failure {
                next,
                ..Failure::wait(code)
            };
            let expected = if goes_on { next } else { Next::NeedsPerson };
            assert_eq!(failure.after(attempts, None).next, expected, "{code}");
        }
    }

    #[test]
    fn the_same_refusal_of_a_write_is_not_waited_for_twice() {
        let said = |text: &str, request: &str| Said {
            status: 422,
            text: text.to_owned(),
            request_id: Some(request.to_owned()),
            is_page: false,
        };
        let refused = |text, is_refused_write| Failure {
            said: Some(said(text, "r-2")),
            is_refused_write,
            ..Failure::wait(ReasonCode::Unexpected)
        };
        for (failure, before, goes_on) in [
            (refused("no", true), None, true),
            (refused("no", true), Some(said("no", "r-1")), false),
            (refused("no", true), Some(said("never", "r-1")), true),
            (refused("no", false), Some(said("no", "r-1")), true),
        ] {
            let next = failure.clone().after(2, before.as_ref()).next;
            assert_eq!(next != Next::NeedsPerson, goes_on, "{failure:?}");
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
