//! Asks the firm whether support may act for it.

use askama::Template;
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::consent;
use crate::identity::Remark;
use crate::onboarding::case::WhyNot;
use crate::text::case::ask_consent as text;
use crate::text::case::mailed;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub(crate) struct AskConsent;

#[derive(Template)]
#[template(path = "support/case/ask_consent.html")]
pub(crate) struct AskConsentPage {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub(crate) struct AskConsentFields {
    #[serde(default)]
    question: String,
}

impl ActionFields for AskConsentFields {
    type Input = Remark;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<Remark> {
        let question = self.question.trim();
        form.set("question", question);
        match question {
            "" => form.check("question", Err(forms::QUESTION)),
            text => form.check("question", Remark::reason(text)),
        }
    }
}

impl CaseAction for AskConsent {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "ask-consent";

    type Fields = AskConsentFields;
    type Page = AskConsentPage;

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
        consent::ask(
            call.app,
            &call.access.actor,
            call.seen,
            &call.input,
            &call.reason,
        )
        .await?;
        Ok(call.access.done(mailed(text::DONE, call.app.mails_leave())))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskConsentPage {
        AskConsentPage { shell, ask }
    }
}
