//! *Retry*.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::retry_case;
use crate::onboarding::case::{WhyNot, is_early, retry};
use crate::text::case::retry as text;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub(super) struct Retry;

impl CaseAction for Retry {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "retry";

    type Fields = NoFields;
    type Page = AskPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        retry(&access.evidence)
    }

    async fn load(_: &App, _: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn effects(&self, _: &App, access: &CaseAccess) -> Vec<String> {
        text::effects(is_early(&access.evidence))
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        retry_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call.access.done(text::DONE))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
