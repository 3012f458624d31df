//! Step 1: what will happen.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::handed::Panel;
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, SeenInput, on_to, rail};
use crate::app::App;
use crate::flows::confirm_review;
use crate::onboarding::Stage;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Rail, Shell};

#[derive(Template)]
#[template(path = "wizard/review.html")]
struct ReviewPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    steps: [(&'static str, &'static str); 6],
    handed: Panel,
}

pub(crate) struct ReviewStep;

impl WizardStep for ReviewStep {
    const STAGE: Stage = Stage::Review;
}

pub(super) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<ReviewStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let shell = access.shell(&app);
    ok(&ReviewPage {
        rail: rail(&access, &shell, stored, Stage::Review),
        seen: (&stored.onboarding).into(),
        steps: Stage::STEPS.map(|step| (step.label(), step.summary())),
        handed: Panel::new(&app, &access, &shell, Stage::Review).await?,
        shell,
    })
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let result = confirm_review::run(&app, &access.actor, input.seen()?).await;
    Ok(on_to(&access, result)?.into_response())
}
