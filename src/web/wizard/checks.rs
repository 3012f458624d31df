//! *Verify*, *Check again* and *Continue*, on the two steps that check something with Procore.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::run::ShownChecks;
use super::{SeenInput, handed, on_to};
use crate::app::App;
use crate::flows::{Error, confirm_checks, start_checks};
use crate::onboarding::CheckPurpose;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::checks::CHANGED;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;

/// A step that runs checks.
pub(crate) trait ChecksStep {
    const PURPOSE: CheckPurpose;
}

/// What *Verify* and *Check again* send.
#[derive(Deserialize)]
pub(crate) struct ChecksForm {
    #[serde(flatten)]
    seen: SeenInput,
    /// Environments where the admin agreed to try the details, too.
    #[serde(default)]
    elsewhere: Vec<String>,
}

/// Starts the checks.
pub(crate) async fn start<S: ChecksStep>(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<ChecksForm>,
) -> Result<Response, PageError> {
    let onboarding = input.seen.seen()?.onboarding_id;
    let elsewhere = match S::PURPOSE {
        CheckPurpose::Verify => offered(&app, input.elsewhere),
        CheckPurpose::Permissions => Vec::new(),
    };
    let result = start_checks::run(&app, &access.actor, onboarding, S::PURPOSE, elsewhere).await;
    Ok(on_to(&access, result)?.into_response())
}

/// Moves on once the checks passed. A page that showed something else than what is stored now is
/// shown again.
pub(crate) async fn confirm<S: ChecksStep>(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let seen = input.seen()?;
    let answer = match confirm_checks::run(&app, &access.actor, seen, S::PURPOSE).await {
        Err(Error::Stale) => {
            see_other(paths::step(access.firm.id, S::PURPOSE.step())).with_message(CHANGED)
        }
        result => on_to(&access, result)?,
    };
    Ok(answer.into_response())
}

/// How the checks of a step stand, and in `access` the setup as they left it. They are of the version that is
/// read with them, which the page confirms.
pub(super) async fn newest_checks(
    app: &App,
    access: &mut FirmAccess,
    purpose: CheckPurpose,
) -> Result<ShownChecks, PageError> {
    let of = |stored: &Stored| (stored.onboarding.id, stored.onboarding.version);
    let before = access.onboarding()?;
    let version = of(before);
    let shown = ShownChecks::newest(app, before, purpose).await?;
    if shown.progress().moves() {
        return Ok(shown); // the page polls on
    }
    access.reload(app).await?;
    access.waiting = handed::waiting(app, access, &access.shell(app)).await?;
    let stored = access.onboarding()?;
    Ok(match of(stored) == version {
        true => shown,
        false => ShownChecks::newest(app, stored, purpose).await?,
    })
}

/// Those of the named Procore environments that are offered here.
pub(crate) fn offered(app: &App, mut environments: Vec<String>) -> Vec<String> {
    environments.retain(|name| app.config.procore_environment(name).is_some());
    environments
}
