//! Writes down that somebody at the firm agreed by mail.

use askama::Template;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::consent::{self, ConsentAnswer};
use crate::identity::{Remark, parse_name};
use crate::onboarding::case::WhyNot;
use crate::text::case::record_consent as text;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub(crate) struct RecordConsent;

#[derive(Template)]
#[template(path = "support/case/record_consent.html")]
pub(crate) struct RecordConsentPage {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub(crate) struct RecordConsentFields {
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
    let day = day.map_err(|_| forms::CONSENT_DAY)?;
    // It may already be tomorrow in another time zone.
    match day > today.succ_opt().unwrap_or(today) {
        true => Err(forms::CONSENT_AHEAD),
        false => Ok(day),
    }
}

impl ActionFields for RecordConsentFields {
    type Input = ConsentAnswer;

    fn read(self, app: &App, _: &CaseAccess, form: &mut FormState) -> Option<ConsentAnswer> {
        form.set("who", self.who.trim());
        form.set("when", self.when.trim());
        form.set("quote", self.quote.trim());
        let today = app.clock.now().date_naive();
        let who = form.check("who", parse_name(&self.who));
        let when = form.check("when", parse_day(&self.when, today));
        let quote = match self.quote.trim() {
            "" => form.check("quote", Err(forms::QUOTE)),
            text => form.check("quote", Remark::reason(text)),
        };
        Some(ConsentAnswer {
            who: who?,
            when: when?.and_time(NaiveTime::MIN).and_utc(),
            quote: quote?,
        })
    }
}

impl CaseAction for RecordConsent {
    const LABEL: &'static str = text::LABEL;
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
        text::effects()
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
        Ok(call.access.done(text::done(call.app.mails_leave())))
    }

    fn page(self, shell: Shell, ask: Ask) -> RecordConsentPage {
        RecordConsentPage { shell, ask }
    }
}
