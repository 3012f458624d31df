//! *View as*: the firm's own pages, to look at.

use super::CaseAccess;
use super::action::{AskPage, Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::visit;
use crate::identity::Access;
use crate::onboarding::case::WhyNot;
use crate::paths;
use crate::text::case::view_as as text;
use crate::web::answer::{SeeOther, see_other};
use crate::web::error::PageError;
use crate::web::view::Shell;

pub(super) struct ViewAs;

impl CaseAction for ViewAs {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "view-as";

    type Fields = NoFields;
    type Page = AskPage;

    fn applies(_: &CaseAccess) -> Result<(), WhyNot> {
        Ok(())
    }

    async fn load(_: &App, _: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn effects(&self, _: &App, access: &CaseAccess) -> Vec<String> {
        text::effects(&access.case.firm.name)
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        visit::begin(
            call.app,
            &call.access.actor,
            call.seen,
            Access::View,
            &call.reason,
        )
        .await?;
        Ok(see_other(paths::concierge(call.access.case.firm.id)))
    }

    fn page(self, shell: Shell, ask: Ask) -> AskPage {
        AskPage { shell, ask }
    }
}
