//! *Reopen*: a closed setup goes on, with every answer but the secret.

use askama::Template;

use super::CaseAccess;
use super::action::{Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::reopen_case;
use crate::onboarding::case::{self, WhyNot};
use crate::paths;
use crate::store::cases;
use crate::text::case::reopen as text;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::{Link, Shell};

pub(crate) struct Reopen {
    /// The firm's open setup, which stands in the way.
    other: Option<Link>,
}

#[derive(Template)]
#[template(path = "support/case/reopen.html")]
pub(crate) struct ReopenPage {
    shell: Shell,
    ask: Ask,
    other: Option<Link>,
}

impl CaseAction for Reopen {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "reopen";

    type Fields = NoFields;
    type Page = ReopenPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        case::reopen(&access.evidence)
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let mut conn = app.db.acquire().await?;
        let all = cases::list_of_firm(&mut conn, access.case.firm.id).await?;
        let this = access.onboarding().id;
        let open = all
            .into_iter()
            .find(|it| it.archived_at.is_none() && it.onboarding_id != this);
        Ok(Self {
            other: open.map(|it| Link::new(text::OTHER, paths::case(it.onboarding_id))),
        })
    }

    fn check(&self, access: &CaseAccess) -> Result<(), WhyNot> {
        Self::applies(access)?;
        match self.other {
            Some(_) => Err(WhyNot::AnotherOpen),
            None => Ok(()),
        }
    }

    fn effects(&self, app: &App, access: &CaseAccess) -> Vec<String> {
        let mut reopened = access.onboarding().clone();
        reopened.reopen(None, app.clock.now());
        text::effects(reopened.stage)
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        reopen_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call.access.done(text::DONE))
    }

    fn page(self, shell: Shell, ask: Ask) -> ReopenPage {
        ReopenPage {
            shell,
            ask,
            other: self.other,
        }
    }
}
