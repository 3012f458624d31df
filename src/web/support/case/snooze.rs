//! *Snooze until*.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::CaseAccess;
use super::action::ActionFields;
use super::in_place::{InPlaceAction, InPlaceCall};
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::snooze_case;
use crate::identity::TimeZone;
use crate::onboarding::case::{WhyNot, snooze};
use crate::onboarding::queue_line::next_working_day;
use crate::text::case::snooze as text;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::form::FormState;
use crate::web::view::Shell;

/// Anything longer should be closed instead.
const LONGEST_DAYS: i64 = 90;

pub(super) struct Snooze;

#[derive(Deserialize)]
pub(crate) struct SnoozeFields {
    #[serde(default)]
    day: String,
}

/// The day that the field proposes: the next working day, as its value.
pub(in crate::web::support) fn proposed(shell: &Shell) -> String {
    let day = next_working_day(shell.now).with_timezone(&shell.zone);
    day.format("%Y-%m-%d").to_string()
}

/// The start of a future day, in the reader's time zone.
pub(in crate::web::support) fn parse(
    day: &str,
    now: DateTime<Utc>,
    zone: TimeZone,
) -> Result<DateTime<Utc>, String> {
    let day: NaiveDate = day.trim().parse().map_err(|_| forms::SNOOZE_DAY)?;
    let until = zone.start_of(day).ok_or(forms::NO_SUCH_DAY)?;
    if until <= now {
        return Err(forms::NOT_AHEAD.to_owned());
    }
    if until - now > TimeDelta::days(LONGEST_DAYS) {
        return Err(forms::too_far_ahead(LONGEST_DAYS));
    }
    Ok(until)
}

impl ActionFields for SnoozeFields {
    type Input = DateTime<Utc>;

    fn read(self, app: &App, access: &CaseAccess, form: &mut FormState) -> Option<DateTime<Utc>> {
        form.set("day", self.day.trim());
        form.check("day", parse(&self.day, app.clock.now(), access.time_zone()))
    }
}

impl InPlaceAction for Snooze {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "snooze";

    type Fields = SnoozeFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        snooze(&access.evidence)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        let day = call.access.shell(call.app).when(call.input).day();
        snooze_case::run(
            call.app,
            &call.access.actor,
            call.seen,
            call.input,
            &day,
            call.reason.as_ref(),
        )
        .await?;
        Ok(call.access.done(text::done(&day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_reader_is() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let chicago = TimeZone::parse("America/Chicago").unwrap();
        for (typed, zone, until) in [
            (" 2026-03-03 ", TimeZone::UTC, Ok("2026-03-03T00:00:00Z")),
            ("2026-03-03", chicago, Ok("2026-03-03T06:00:00Z")),
            // Midnight is skipped by daylight saving time.
            ("2026-03-09", chicago, Ok("2026-03-09T05:00:00Z")),
            ("2026-03-02", chicago, Err("Choose a day from tomorrow on")),
            (
                "2026-06-30",
                chicago,
                Err("Choose a day within the next 90 days"),
            ),
            (
                "next week",
                chicago,
                Err("Enter a day in the form 2026-12-31"),
            ),
            ("", chicago, Err("Enter a day in the form 2026-12-31")),
        ] {
            let expected = until
                .map(|at| at.parse::<DateTime<Utc>>().unwrap())
                .map_err(str::to_owned);
            assert_eq!(parse(typed, now, zone), expected, "{typed}");
        }
    }
}
