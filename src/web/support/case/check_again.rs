//! *Check again now*.

use super::CaseAccess;
use super::action::NoFields;
use super::in_place::{InPlaceAction, InPlaceCall};
use crate::flows::case::CaseError;
use crate::flows::check_case;
use crate::onboarding::case::{WhyNot, check_again};
use crate::text::case::check_again as text;
use crate::web::answer::SeeOther;

pub(crate) struct CheckAgain;

impl InPlaceAction for CheckAgain {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "check-again";

    type Fields = NoFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        check_again(&access.evidence).map(drop)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        let reason = call.reason.as_ref();
        check_case::run(call.app, &call.access.actor, call.seen, reason).await?;
        Ok(call.access.done(text::DONE))
    }
}
