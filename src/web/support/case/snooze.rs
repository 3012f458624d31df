//! *Snooze until*.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::snooze_case;
use crate::identity::TimeZone;
use crate::onboarding::case::snooze;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "Snooze until";
pub const ACTION: &str = "snooze";
/// Whoever puts something off for longer closes it.
const LONGEST: TimeDelta = TimeDelta::days(90);

#[derive(Template)]
#[template(path = "support/case/snooze.html")]
struct Page {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    day: String,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(StatusCode::OK, &show(&app, &access, Again::default()))
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input.ask.form().keep("day", input.day.trim());
    let shell = access.shell(&app);
    let until = form.check("day", parse(&input.day, shell.now, access.time_zone()));
    let reason = input.ask.reason(&mut form);
    let (Some(until), Some(reason)) = (until, reason) else {
        let again = show(&app, &access, form.into());
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let (seen, day) = (input.ask.page()?, shell.when(until).day());
    let result = snooze_case::run(&app, &access.actor, seen, until, &day, &reason).await;
    let said = format!("Snoozed until {day}.");
    match settle(&shell, &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

/// The beginning of a day to come, where whoever typed it is.
fn parse(day: &str, now: DateTime<Utc>, zone: TimeZone) -> Result<DateTime<Utc>, &'static str> {
    let day: NaiveDate = day
        .trim()
        .parse()
        .map_err(|_| "Enter a day in the form 2026-12-31")?;
    let until = zone.start_of(day).ok_or("Enter another day")?;
    if until <= now {
        return Err("Choose a day from tomorrow on");
    }
    if until - now > LONGEST {
        return Err("Choose a day within the next 90 days");
    }
    Ok(until)
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let shell = access.shell(app);
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(format!(
            "The case does not come up in the queue until that day begins (times in {}).",
            shell.zone_name()
        ))
        .effect("It comes up before when its reason changes. The setup itself goes on.")
        .effect("The firm does not see it.")
        .unless(snooze(&access.evidence));
    Page {
        ask: ask.filled_in(again),
        shell,
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
            // Summer time has begun there by then.
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
            let expected = until.map(|at| at.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(parse(typed, now, zone), expected, "{typed}");
        }
    }
}
