//! *Check now*, *Sync now* and *Repair*, which the firm has on its own pages.

use super::CaseAccess;
use super::action::NoFields;
use super::in_place::{InPlaceAction, InPlaceCall};
use crate::flows::act_on_connection::{self, ConnectionAction};
use crate::flows::case::CaseError;
use crate::onboarding::case::{WhyNot, check_now, repair, sync_now};
use crate::text::case::connection as text;
use crate::text::health::CHECK_NOW;
use crate::text::sync::SYNC_NOW;
use crate::web::answer::SeeOther;

pub(crate) struct CheckNow;

impl InPlaceAction for CheckNow {
    const LABEL: &'static str = CHECK_NOW;
    const SLUG: &'static str = "check-now";

    type Fields = NoFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        check_now(&access.evidence)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        act(call, ConnectionAction::CheckNow, text::CHECKING).await
    }
}

pub(crate) struct SyncNow;

impl InPlaceAction for SyncNow {
    const LABEL: &'static str = SYNC_NOW;
    const SLUG: &'static str = "sync-now";

    type Fields = NoFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        sync_now(&access.evidence)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        act(call, ConnectionAction::SyncNow, text::SYNCING).await
    }
}

pub(crate) struct Repair;

impl InPlaceAction for Repair {
    const LABEL: &'static str = text::REPAIR;
    const SLUG: &'static str = "repair";

    type Fields = NoFields;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        repair(&access.evidence)
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        act(call, ConnectionAction::Repair, text::REPAIRING).await
    }
}

async fn act<A: InPlaceAction>(
    call: InPlaceCall<'_, A>,
    action: ConnectionAction,
    done: &'static str,
) -> Result<SeeOther, CaseError> {
    let (actor, reason) = (&call.access.actor, call.reason.as_ref());
    act_on_connection::run(call.app, actor, call.seen, reason, action).await?;
    Ok(call.access.done(done))
}
