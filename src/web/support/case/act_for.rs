//! *Act for the firm*: the firm's own pages, to do its steps; with its consent alone.

use askama::Template;

use super::CaseAccess;
use super::action::{Call, CaseAction, NoFields};
use super::ask::Ask;
use super::ask_consent::AskConsent;
use super::confirm_consent::ConfirmConsent;
use super::record_consent::RecordConsent;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::{consent, visit};
use crate::identity::Access;
use crate::onboarding::case::WhyNot;
use crate::paths;
use crate::store::consents::{self, Consent, ConsentRequest};
use crate::text::case::act_for as text;
use crate::web::answer::{SeeOther, see_other};
use crate::web::error::PageError;
use crate::web::people::why_not_told;
use crate::web::view::{Link, Shell, When};

/// What is known of the firm's consent.
pub(crate) struct ActFor {
    consent: Option<Consent>,
    /// Whether that has begun.
    has_begun: bool,
    may_confirm: bool,
    asked: Option<ConsentRequest>,
}

#[derive(Template)]
#[template(path = "support/case/act_for.html")]
pub(crate) struct ActForPage {
    shell: Shell,
    ask: Ask,
    /// What has to come first.
    no_consent: Option<NoConsent>,
}

struct NoConsent {
    /// That a recorded consent begins later.
    begins: Option<String>,
    /// When the firm was asked, and by whom.
    asked: Option<(String, When)>,
    ask: Link,
    record: Link,
    /// For a lead, where somebody recorded one that has not begun.
    confirm: Option<Link>,
}

impl CaseAction for ActFor {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "act-for";

    type Fields = NoFields;
    type Page = ActForPage;

    fn applies(_: &CaseAccess) -> Result<(), WhyNot> {
        Ok(())
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let mut conn = app.db.acquire().await?;
        let (firm, now) = (access.case.firm.id, app.clock.now());
        let consent = consents::find_open(&mut conn, firm, now).await?;
        Ok(Self {
            has_begun: consent.as_ref().is_some_and(|it| it.has_begun(now)),
            may_confirm: access.actor.is_lead(),
            consent,
            asked: consents::find_request(&mut conn, firm, now - consent::QUESTION).await?,
        })
    }

    fn effects(&self, app: &App, access: &CaseAccess) -> Vec<String> {
        let agreed = self.consent.as_ref().map(|consent| {
            let until = access.shell(app).when(consent.expires_at).exact();
            text::agreed(&consent.given_by, &until)
        });
        let effects = text::effects(&access.case.firm.name);
        agreed.into_iter().chain(effects).collect()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        visit::begin(
            call.app,
            &call.access.actor,
            call.seen,
            Access::Act,
            &call.reason,
        )
        .await?;
        Ok(see_other(paths::concierge(call.access.case.firm.id)))
    }

    fn page(self, shell: Shell, ask: Ask) -> ActForPage {
        let has_consent = self.consent.is_some();
        let no_consent = (!self.has_begun).then(|| NoConsent {
            begins: self.consent.map(|it| match it.begins_at {
                Some(from) => text::begins(&it.given_by, &shell.when(from).exact()),
                None => text::not_begun(&it.given_by, why_not_told(&it)),
            }),
            confirm: (self.may_confirm && has_consent)
                .then(|| Link::new(ConfirmConsent::LABEL, ask.of_case(ConfirmConsent::SLUG))),
            asked: self
                .asked
                .map(|request| (request.asked_by, shell.when(request.asked_at))),
            ask: Link::new(AskConsent::LABEL, ask.of_case(AskConsent::SLUG)),
            record: Link::new(RecordConsent::LABEL, ask.of_case(RecordConsent::SLUG)),
        });
        ActForPage {
            shell,
            ask,
            no_consent,
        }
    }
}
