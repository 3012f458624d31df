//! *Retry*.

use super::CaseAccess;
use super::action::NoFields;
use super::in_place::{InPlaceAction, InPlaceCall};
use crate::flows::case::CaseError;
use crate::flows::retry_case;
use crate::onboarding::case::{WhyNot, retry};
use crate::text::case::retry as text;
use crate::web::answer::SeeOther;

pub(super) struct Retry;

impl InPlaceAction for Retry {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "retry";

    type Fields = NoFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        retry(&access.evidence)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        let reason = call.reason.as_ref();
        retry_case::run(call.app, &call.access.actor, call.seen, reason).await?;
        Ok(call.access.done(text::DONE))
    }
}
