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

/// Each step in a sentence.
const STEPS: [(Stage, &str); 6] = [
    (Stage::Review, "This page: what you need, and what happens."),
    (
        Stage::Credentials,
        "You enter the Client ID and secret that let us read from Procore.",
    ),
    (
        Stage::Verify,
        "We check them, and show you which company they open.",
    ),
    (Stage::Settings, "You choose which data to bring."),
    (
        Stage::Permissions,
        "We check that Procore lets us read exactly that, and say how to fix what it does not.",
    ),
    (
        Stage::Complete,
        "You see the plan and confirm it. Then we set up live updates and read the data once.",
    ),
];

pub struct ReviewStep;

impl WizardStep for ReviewStep {
    const STAGE: Stage = Stage::Review;
}

pub async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<ReviewStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let shell = access.shell(&app);
    ok(&ReviewPage {
        rail: rail(&access, &shell, stored, Stage::Review),
        seen: (&stored.onboarding).into(),
        steps: STEPS.map(|(step, text)| (step.label(), text)),
        handed: Panel::new(&app, &access, &shell, Stage::Review).await?,
        shell,
    })
}

pub async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let result = confirm_review::run(&app, &access.actor, input.seen()?).await;
    Ok(on_to(&access, result)?.into_response())
}
