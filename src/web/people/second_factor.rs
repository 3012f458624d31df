//! `/firms/{firm}/people/second-factor`: whether everybody here needs one.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::app::App;
use crate::flows::require_second_factor;
use crate::paths;
use crate::text::notices;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;

#[derive(Deserialize)]
pub(crate) struct FactorRuleForm {
    required: bool,
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<FactorRuleForm>,
) -> Result<Response, PageError> {
    require_second_factor::run(&app, &access.actor, input.required).await?;
    let said = match input.required {
        true => notices::FACTOR_REQUIRED,
        false => notices::FACTOR_OPTIONAL,
    };
    Ok(see_other(paths::people(access.firm.id))
        .with_success(said)
        .into_response())
}
