//! *Start again*: says what will happen, then archives the setup.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::{SeenFields, SeenInput, on_to_saying};
use crate::app::App;
use crate::flows::start_again;
use crate::paths;
use crate::text::setup::FIRST_STEP_AGAIN;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "wizard/again.html")]
struct StartAgainPage {
    shell: Shell,
    seen: SeenFields,
    here: String,
    back: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let onboarding = &access.onboarding()?.onboarding;
    ok(&StartAgainPage {
        shell: access.shell(&app),
        seen: onboarding.into(),
        here: paths::start_again(access.firm.id),
        back: paths::step(access.firm.id, onboarding.stage),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let result = start_again::run(&app, &access.actor, input.seen()?).await;
    Ok(on_to_saying(&access, result, FIRST_STEP_AGAIN)?.into_response())
}
