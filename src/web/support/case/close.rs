//! *Close as abandoned*: releases the company and takes back what we created in Procore.

use askama::Template;

use super::CaseAccess;
use super::action::{Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::close_case;
use crate::onboarding::Stage;
use crate::onboarding::case::{self, Closing, WhyNot};
use crate::store::hooks;
use crate::text::case::close as text;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::removal;
use crate::web::view::{Remedy, Shell};

pub(super) struct Close {
    /// Whether something was created in Procore.
    created: bool,
    /// How to remove by hand what Procore does not let us remove.
    by_hand: Vec<Remedy>,
}

#[derive(Template)]
#[template(path = "support/case/close.html")]
pub(crate) struct ClosePage {
    shell: Shell,
    ask: Ask,
    by_hand: Vec<Remedy>,
}

impl CaseAction for Close {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "close";
    const STYLE: &'static str = "button button-danger";

    type Fields = NoFields;
    type Page = ClosePage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        case::close(&access.evidence).map(drop)
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let onboarding = access.onboarding();
        let mut conn = app.db.acquire().await?;
        let created = match onboarding.connection_id {
            Some(connection) => hooks::any_of(&mut conn, onboarding.firm_id, connection).await?,
            None => false,
        };
        let by_hand = match case::close(&access.evidence) {
            Ok(Closing::LeaveBehind) => removal::by_hand(app, &access.case.stored),
            Ok(Closing::Close) | Err(_) => Vec::new(),
        };
        Ok(Self { created, by_hand })
    }

    fn effects(&self, _: &App, access: &CaseAccess) -> Vec<String> {
        let is_done = access.onboarding().stage == Stage::Done;
        match (case::close(&access.evidence), is_done, self.created) {
            (Ok(Closing::LeaveBehind), ..) => text::leaving_behind(),
            (Ok(Closing::Close) | Err(_), true, _) => text::disconnecting(),
            (Ok(Closing::Close) | Err(_), false, true) => text::with_removal(),
            (Ok(Closing::Close) | Err(_), false, false) => text::at_once(),
        }
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        close_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call
            .access
            .done(match call.access.onboarding().archived_at {
                None => text::DONE,
                Some(_) => text::LEFT_BEHIND,
            }))
    }

    fn page(self, shell: Shell, ask: Ask) -> ClosePage {
        ClosePage {
            shell,
            ask,
            by_hand: self.by_hand,
        }
    }
}
