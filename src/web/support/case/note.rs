//! A note about a case, for support alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::CaseAccess;
use super::page::{self, CasePage, CaseQuery};
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::{Error, write_note};
use crate::identity::{Remark, RemarkError};
use crate::text::case::NOTE_SAVED;
use crate::web::answer::{refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;

#[derive(Deserialize)]
pub(crate) struct NoteForm {
    #[serde(default)]
    note: String,
}

pub(super) async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<NoteForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default();
    let Some(body) = form.check("note", Remark::note(&input.note)) else {
        // A note that contains a secret is not shown again.
        if form.error("note") != Some(&RemarkError::Secret.to_string()) {
            form = form.keep("note", input.note.trim());
        }
        return refused(&shown(&app, &access, form).await?);
    };
    match write_note::run(&app, &access.actor, access.onboarding().id, &body).await {
        Ok(()) => {
            let answer = see_other(format!("{}#notes", access.home()));
            Ok(answer.with_success(NOTE_SAVED).into_response())
        }
        Err(CaseError::Flow(Error::HoldsSecret)) => {
            form.fail("note", RemarkError::Secret.to_string());
            refused(&shown(&app, &access, form).await?)
        }
        Err(CaseError::Flow(error)) => Err(error.into()),
        Err(CaseError::NotNow(_) | CaseError::Overtaken(_)) => Err(PageError::Stale),
    }
}

async fn shown(app: &App, access: &CaseAccess, form: FormState) -> Result<CasePage, PageError> {
    page::build(app, access, CaseQuery::default(), form, None).await
}
