//! The task of entering the Procore details.

use askama::Template;

use super::frame::{Refusals, TaskFrame};
use super::holder::Holder;
use super::standing::TaskStanding;
use crate::app::App;
use crate::content::PathId;
use crate::help::{self, OwnPage};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::credentials::{self, Credential};
use crate::store::sign_ins::SignInHolder;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{SavedSecret, Shell};
use crate::web::wizard::SeenFields;
use crate::web::wizard::details::{Offer, blank};
use crate::web::wizard::run::Progress;
use crate::web::wizard::tasks::{self, TaskGroup};
use crate::web::wizard::vendor::{VendorForms, VendorPart};
use crate::web::wizard::verify::{CauseToFix, ReachableCompany, VerifyResult, reachable};

#[derive(Template)]
#[template(path = "handover/enter.html")]
pub(crate) struct EnterDetailsPage {
    shell: Shell,
    frame: TaskFrame,
    details: String,
    form: FormState,
    offer: Offer,
    vendor: Option<VendorPart>,
    /// What there is to do in Procore before there are details.
    tasks: Vec<TaskGroup>,
    mark: String,
    seen: SeenFields,
    saved: Option<SavedSecret>,
    /// The checks of the details that were entered with this link.
    checks: Option<Checks>,
    /// Before that: why others are asked for.
    cause: Option<CauseToFix>,
}

struct Checks {
    result: VerifyResult,
    reachable: Option<ReachableCompany>,
}

impl Checks {
    /// Whether the details are what failed.
    fn is_in_details(&self) -> bool {
        let cause = self.result.cause.as_ref();
        cause.is_some_and(CauseToFix::is_in_details)
    }

    /// What corrects them, and the field below where.
    fn cure(&self) -> Option<(&'static str, &'static str)> {
        let cause = self
            .result
            .cause
            .as_ref()
            .filter(|_| self.reachable.is_none());
        cause.and_then(CauseToFix::cure)
    }
}

/// What the colleague entered with this link, if it is still in use.
pub(super) async fn own(app: &App, holder: &Holder) -> Result<Option<Credential>, PageError> {
    let Some(connection) = &holder.held.stored.connection else {
        return Ok(None);
    };
    let mut conn = app.db.acquire().await?;
    let (firm, id) = (connection.firm_id, connection.id);
    let current = credentials::find_current(&mut conn, firm, id).await?;
    Ok(current.filter(|current| Some(current.id) == holder.held.hand_over.credential_id))
}

/// Whether they entered or proved with this link what is in use.
async fn entered(app: &App, holder: &Holder) -> Result<bool, PageError> {
    let Some(connection) = &holder.held.stored.connection else {
        return Ok(false);
    };
    let mut conn = app.db.acquire().await?;
    let access = credentials::find_access(&mut conn, connection).await?;
    let theirs = holder.held.hand_over.credential_id;
    Ok(access.is_some_and(|access| theirs.is_some_and(|id| access.is(id))))
}

/// The page. The colleague sees and corrects their own details; those of others are not shown.
pub(super) async fn page(
    app: &App,
    holder: &Holder,
    refusals: Refusals,
) -> Result<EnterDetailsPage, PageError> {
    let hand_over = &holder.held.hand_over;
    let stored = &holder.held.stored;
    let shell = holder.shell(app);
    let own = own(app, holder).await?;
    let form = match refusals.details {
        Some(form) => form,
        None => {
            let client_id = own.as_ref().map_or("", |own| own.client_id.as_str());
            let form = blank(app, stored, None, client_id);
            match (stored.target(), hand_over.company_id) {
                (None, Some(known)) => form.keep("company_id", known.to_string()),
                (None, None) | (Some(_), _) => form,
            }
        }
    };
    let values = help::values(app, Some(stored));
    let offer = Offer::new(app, &values, &form, |text| holder.stuck(text));
    // Once a completion runs, the tasks are history.
    let tasks = match hand_over.step {
        Stage::Completing | Stage::Done => Vec::new(),
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => {
            tasks::groups(&shell, stored, &values, &holder.stuck(PathId::OwnApp.key()))
        }
    };
    let forms = VendorForms {
        sign_in: paths::handover_sign_in(&holder.token),
        company: paths::handover_company(&holder.token),
        wait: paths::handover_wait_for_app(&holder.token),
        here: paths::handover(&holder.token),
    };
    let of_link = SignInHolder::HandOver(hand_over.id);
    let vendor =
        VendorPart::new(app, &shell, stored, (of_link, &holder.browser), forms, None).await?;
    let is_stopped = hand_over.step == Stage::Completing;
    let (checks, cause) = match entered(app, holder).await? {
        false if is_stopped => {
            let standing = TaskStanding::of(app, holder, &shell, false).await?;
            (None, standing.cause)
        }
        false => (None, None),
        true => {
            let standing = TaskStanding::of(app, holder, &shell, true).await?;
            let shown = standing.shown;
            let mut result =
                VerifyResult::new(app, &shell, stored, (&shown, OwnPage::ENTERED), |code| {
                    holder.stuck(code)
                });
            if is_stopped {
                (result.progress, result.notice) = (standing.progress, standing.notice);
                result.cause = standing.cause;
            }
            let checks = Checks {
                result,
                reachable: own
                    .as_ref()
                    .and_then(|own| reachable(&shown, stored, &own.client_id)),
            };
            (Some(checks), None)
        }
    };
    Ok(EnterDetailsPage {
        frame: TaskFrame::new(app, holder, refusals.answer),
        details: paths::handover_details(&holder.token),
        form,
        offer,
        vendor,
        tasks,
        mark: paths::handover_task(&holder.token),
        seen: (&stored.onboarding).into(),
        saved: own.map(|own| SavedSecret {
            at: shell.when(own.created_at),
            fingerprint: own.fingerprint,
            is_refused: checks
                .as_ref()
                .is_some_and(|checks| checks.result.progress == Progress::Failed),
        }),
        checks,
        cause,
        shell,
    })
}
