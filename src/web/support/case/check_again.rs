//! *Check again now*.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::check_case;
use crate::onboarding::CheckPurpose;
use crate::onboarding::case::{WhyNot, check_again};
use crate::text::case::check_again as text;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub(crate) struct CheckAgain;

impl CaseAction for CheckAgain {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "check-again";

    type Fields = NoFields;
    type Page = AskPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        check_again(&access.evidence).map(drop)
    }

    async fn load(_: &App, _: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn effects(&self, _: &App, access: &CaseAccess) -> Vec<String> {
        let purpose = check_again(&access.evidence);
        text::effects(purpose.unwrap_or(CheckPurpose::Permissions))
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        check_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call.access.done(text::DONE))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
