//! *Retry*.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::retry_case;
use crate::onboarding::case::{WhyNot, retry};
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub struct Retry;

impl CaseAction for Retry {
    const LABEL: &'static str = "Retry";
    const SLUG: &'static str = "retry";

    type Fields = NoFields;
    type Page = AskPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        retry(&access.evidence)
    }

    async fn load(_: &App, _: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        vec![
            "What failed is tried again, and the plan goes on from there. What is done stays done."
                .to_owned(),
            "Where somebody had to fix something, access to Procore is checked first.".to_owned(),
            "The firm sees that it goes on, and that you had it tried again.".to_owned(),
        ]
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        retry_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call.access.done("The plan goes on from where it stopped."))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
