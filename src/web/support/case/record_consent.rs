//! Writes down that somebody at the firm agreed by mail.

use askama::Template;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::consent::{self, Answer};
use crate::identity::{Remark, parse_name};
use crate::onboarding::case::WhyNot;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub struct RecordConsent;

#[derive(Template)]
#[template(path = "support/case/record_consent.html")]
pub struct RecordConsentPage {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub struct RecordConsentFields {
    #[serde(default)]
    who: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    quote: String,
}

/// A day that is not in the future.
fn parse_day(typed: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let day = typed.trim().parse::<NaiveDate>();
    let day = day.map_err(|_| "Enter the day of their mail, such as 2026-03-27")?;
    // It may already be tomorrow in another time zone.
    match day > today.succ_opt().unwrap_or(today) {
        true => Err("The day of their mail cannot be ahead"),
        false => Ok(day),
    }
}

impl ActionFields for RecordConsentFields {
    type Input = Answer;

    fn read(self, app: &App, _: &CaseAccess, form: &mut FormState) -> Option<Answer> {
        form.set("who", self.who.trim());
        form.set("when", self.when.trim());
        form.set("quote", self.quote.trim());
        let today = app.clock.now().date_naive();
        let who = form.check("who", parse_name(&self.who));
        let when = form.check("when", parse_day(&self.when, today));
        let quote = match self.quote.trim() {
            "" => form.check("quote", Err("Enter their words")),
            text => form.check("quote", Remark::reason(text)),
        };
        Some(Answer {
            who: who?,
            when: when?.and_time(NaiveTime::MIN).and_utc(),
            quote: quote?,
        })
    }
}

impl CaseAction for RecordConsent {
    const LABEL: &'static str = "Record their consent";
    const SLUG: &'static str = "record-consent";

    type Fields = RecordConsentFields;
    type Page = RecordConsentPage;

    fn applies(_: &CaseAccess) -> Result<(), WhyNot> {
        Ok(())
    }

    async fn load(_: &App, _: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        vec![
            "Support may act for the firm for 7 days from now.".to_owned(),
            "Every admin of the firm gets a mail with what you write here, and can stop it at once.".to_owned(),
            "Your name, theirs and their words are in the firm’s activity.".to_owned(),
        ]
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        consent::record(
            call.app,
            &call.access.actor,
            call.seen,
            &call.input,
            &call.reason,
        )
        .await?;
        Ok(call
            .access
            .done("The consent is recorded, and the firm was told."))
    }

    fn page(self, shell: Shell, ask: Ask) -> RecordConsentPage {
        RecordConsentPage { shell, ask }
    }
}
