//! The six steps of the setup, one file each, and what they share.

mod again;
pub(super) mod checks;
mod complete;
mod concierge;
mod credentials;
pub(super) mod data_form;
pub(super) mod details;
pub(super) mod done;
pub(super) mod fixes;
mod hand_over;
mod hand_over_link;
pub(super) mod handed;
pub(super) mod ledger;
mod not_brought;
pub(super) mod permissions;
mod progress;
mod rail;
mod review;
pub(super) mod rows;
pub(super) mod run;
mod settings;
mod step;
pub(super) mod stuck;
pub(super) mod tasks;
pub(super) mod vendor;
pub(super) mod verify;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

use super::access::FirmAccess;
use super::answer::{SeeOther, see_other};
use super::error::PageError;
use super::view::{Notice, Shell};
use crate::app::App;
use crate::flows::{Error, Seen};
use crate::onboarding::{Onboarding, Refused, Stage};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text;

use crate::identity::OnboardingId;
use permissions::PermissionsStep;
use rail::rail;
use verify::VerifyStep;

/// The pages of the setup.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::CONCIERGE, get(concierge::get).post(concierge::post))
        .route(
            &step(paths::STEP, Stage::Review),
            get(review::get).post(review::post),
        )
        .route(
            &step(paths::STEP, Stage::Credentials),
            get(credentials::get).post(credentials::post),
        )
        .route(
            &step(paths::STEP, Stage::Verify),
            get(verify::get).post(checks::start::<VerifyStep>),
        )
        .route(
            &step(paths::CONFIRM_STEP, Stage::Verify),
            post(checks::confirm::<VerifyStep>),
        )
        .route(
            &step(paths::STEP, Stage::Settings),
            get(settings::get).post(settings::post),
        )
        .route(
            &step(paths::STEP, Stage::Permissions),
            get(permissions::get).post(checks::start::<PermissionsStep>),
        )
        .route(
            &step(paths::CONFIRM_STEP, Stage::Permissions),
            post(checks::confirm::<PermissionsStep>),
        )
        .route(
            &step(paths::STEP, Stage::Complete),
            get(complete::get).post(complete::post),
        )
        .route(paths::USE_COMPANY, post(vendor::use_company))
        .route(paths::WAIT_FOR_APP, post(vendor::wait_for_app))
        .route(paths::MARK_TASK, post(tasks::post))
        .route(paths::GO_ON_WITHOUT, post(permissions::go_on_without))
        .route(paths::TRY_AGAIN, post(progress::try_again))
        .route(paths::LEAVE_OUT, post(progress::leave_out))
        .route(paths::HAND_OVER, get(hand_over::get).post(hand_over::post))
        .route(paths::TAKE_BACK, post(hand_over_link::take_back))
        .route(paths::SEND_AGAIN, post(hand_over_link::send_again))
        .route(paths::REMIND, post(hand_over_link::remind))
        .route(paths::COPY_LINK, post(hand_over_link::copy_link))
        .route(paths::STUCK, get(stuck::get).post(stuck::post))
        .route(paths::START_AGAIN, get(again::get).post(again::post))
}

/// The route of one step.
fn step(pattern: &str, stage: Stage) -> String {
    paths::route(pattern, "step", stage.as_str())
}

/// What every form of the setup carries besides its fields: which onboarding the page showed, and
/// in which version. Strings, since flattened form fields are strings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SeenInput {
    #[serde(default)]
    onboarding: String,
    #[serde(default)]
    version: String,
}

impl SeenInput {
    /// What a form carries whose fields were read one by one.
    pub(in crate::web) fn new(onboarding: &str, version: &str) -> Self {
        Self {
            onboarding: onboarding.to_owned(),
            version: version.to_owned(),
        }
    }

    /// What the page showed. A form where that is missing or malformed counts as stale.
    pub(in crate::web) fn seen(&self) -> Result<Seen, Error> {
        match (self.onboarding.parse(), self.version.parse()) {
            (Ok(onboarding_id), Ok(version)) => Ok(Seen {
                onboarding_id,
                version,
            }),
            _ => Err(Error::Stale),
        }
    }
}

/// What a page's form carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenFields {
    pub onboarding: OnboardingId,
    pub version: i64,
}

impl From<&Onboarding> for SeenFields {
    fn from(onboarding: &Onboarding) -> Self {
        Self {
            onboarding: onboarding.id,
            version: onboarding.version,
        }
    }
}

/// Redirects to the step that has to be done first, and says so.
fn to_missing_step(access: &FirmAccess, refused: Refused) -> SeeOther {
    let step = paths::step(access.firm.id, refused.missing_step());
    match refused {
        Refused::Connected => see_other(paths::integration(access.firm.id)),
        Refused::Before(_)
        | Refused::ProofEnded
        | Refused::Running
        | Refused::OtherCompany
        | Refused::NotPassed(_)
        | Refused::Archived => see_other(step),
    }
    .with_message(refused.to_string())
}

/// The answer to a step's form: on to the next step, or to the one that is missing. Other errors are
/// pages of their own.
fn on_to(access: &FirmAccess, result: Result<Stage, Error>) -> Result<SeeOther, PageError> {
    match result {
        Ok(next) => Ok(see_other(paths::step(access.firm.id, next))),
        Err(Error::Refused(refused)) => Ok(to_missing_step(access, refused)),
        Err(error) => Err(error.into()),
    }
}

/// The same, with a sentence on what was done.
fn on_to_saying(
    access: &FirmAccess,
    result: Result<Stage, Error>,
    done: impl Into<String>,
) -> Result<SeeOther, PageError> {
    let is_done = result.is_ok();
    let answer = on_to(access, result)?;
    Ok(match is_done {
        true => answer.with_success(done),
        false => answer,
    })
}

/// What a form that was refused as stale says: who changed the step meanwhile, what is saved now,
/// and what became of the reader's own input.
fn changed_meanwhile(
    shell: &Shell,
    stored: &Stored,
    saved: Option<String>,
    own_input: &str,
) -> Notice {
    let at = shell.when(stored.onboarding.updated_at).time();
    let by = &stored.changed_by;
    Notice::needs_you(text::setup::changed_meanwhile(
        by,
        &at,
        saved.as_deref(),
        own_input,
    ))
}
