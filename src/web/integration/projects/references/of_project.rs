//! The reference of one project, on its page.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::stored;
use crate::app::App;
use crate::connection::{ReferenceChange, parse_reference};
use crate::flows::save_references;
use crate::paths;
use crate::text::references as text;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::integration::projects::one;
use crate::web::wizard::SeenInput;

#[derive(Deserialize)]
pub(crate) struct ReferenceForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    reference: String,
    /// What the page showed.
    #[serde(default)]
    was: String,
}

/// The form as the page shows it first.
pub(in crate::web::integration::projects) fn reference_form(reference: &str) -> FormState {
    FormState::default()
        .keep("reference", reference)
        .keep("was", reference)
}

/// *Save* beside the reference.
pub(in crate::web::integration::projects) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
    Form(input): Form<ReferenceForm>,
) -> Result<Response, PageError> {
    let seen = input.seen.seen()?;
    let typed = clean(&input.reference);
    let mut form = reference_form(&typed).keep("was", input.was.as_str());
    let after = parse_reference(&input.reference).map_err(|_| text::too_long());
    let Some(after) = form.check("reference", after) else {
        return one::show(&app, &access, id, Some(form)).await;
    };
    let change = ReferenceChange {
        project_id: id,
        before: stored(&input.was),
        after,
    };
    let saved = save_references::run(&app, &access.actor, seen, &[change]).await?;
    let back = see_other(paths::project(access.firm.id, id));
    Ok(back.with_message(text::saved(saved)).into_response())
}
