//! *Check again now*.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::check_case;
use crate::onboarding::CheckPurpose;
use crate::onboarding::case::{WhyNot, check_again};
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub struct CheckAgain;

impl CaseAction for CheckAgain {
    const LABEL: &'static str = "Check again now";
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
        let what = match check_again(&access.evidence) {
            Ok(CheckPurpose::Verify) => "the Procore details",
            Ok(CheckPurpose::Permissions) | Err(_) => "the permissions that the chosen data needs",
        };
        vec![
            format!("We ask Procore again about {what}, with the firm’s own key."),
            "What has passed stays, and the rest is checked again. Nothing changes in Procore."
                .to_owned(),
            "The firm sees the new results, and that you started the checks.".to_owned(),
        ]
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        check_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call
            .access
            .done("The checks are running. Their results appear below."))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
