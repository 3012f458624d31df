//! A lead confirms a consent that somebody of support recorded, so that it begins at once.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::consent;
use crate::onboarding::case::WhyNot;
use crate::store::consents::{self, Consent};
use crate::text::case::confirm_consent as text;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub(crate) struct ConfirmConsent {
    consent: Option<Consent>,
}

impl CaseAction for ConfirmConsent {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "confirm-consent";

    type Fields = NoFields;
    type Page = AskPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        match access.actor.is_lead() {
            true => Ok(()),
            false => Err(WhyNot::NotALead),
        }
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let mut conn = app.db.acquire().await?;
        let now = app.clock.now();
        let consent = consents::find_open(&mut conn, access.case.firm.id, now).await?;
        let consent = consent.filter(|it| !it.has_begun(now));
        Ok(Self { consent })
    }

    fn check(&self, access: &CaseAccess) -> Result<(), WhyNot> {
        Self::applies(access)?;
        match self.consent {
            Some(_) => Ok(()),
            None => Err(WhyNot::NothingToConfirm),
        }
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        let recorded = self.consent.as_ref();
        let recorded = recorded.and_then(|it| Some((&it.given_by, it.recorded.as_ref()?)));
        let who = recorded.map(|(who, it)| text::recorded(&it.by, who, &it.quote));
        who.into_iter().chain(text::effects()).collect()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        consent::confirm(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call.access.done(text::DONE))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
