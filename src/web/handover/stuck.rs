//! *I can't find this*, for a colleague.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::holder::Holder;
use super::over;
use crate::app::App;
use crate::flows::{Error, report_stuck};
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::wizard::stuck::{StuckForm, StuckPage, StuckQuery, find, refuse_secret};

/// The name of this page in records.
const PAGE: &str = "hand_over";

pub(super) async fn get(
    State(app): State<App>,
    holder: Holder,
    Query(asked): Query<StuckQuery>,
) -> Result<Response, PageError> {
    if !holder.held.state.is_open() {
        return over::show(&app, &holder);
    }
    ok(&show(&app, &holder, &asked, FormState::default()).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    holder: Holder,
    Query(asked): Query<StuckQuery>,
    Form(input): Form<StuckForm>,
) -> Result<Response, PageError> {
    if !holder.held.state.is_open() {
        return over::show(&app, &holder);
    }
    let stored = &holder.held.stored;
    let step = find(&app, &holder.shell(&app), stored, &asked).await?;
    let (form, stuck) = input.read(step, PAGE);
    let Some(stuck) = stuck else {
        return refused(&show(&app, &holder, &asked, form).await?);
    };
    match report_stuck::run(&app, &holder.actor(), stored.onboarding.id, &stuck).await {
        Ok(()) => {
            let noted = format!("{}&noted=1", own_address(&holder, &asked));
            Ok(see_other(noted).into_response())
        }
        Err(Error::HoldsSecret) => {
            let form = refuse_secret(FormState::default());
            refused(&show(&app, &holder, &asked, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    app: &App,
    holder: &Holder,
    asked: &StuckQuery,
    form: FormState,
) -> Result<StuckPage, PageError> {
    let shell = holder.shell(app);
    Ok(StuckPage {
        step: find(app, &shell, &holder.held.stored, asked).await?,
        noted: asked.is_noted(),
        here: own_address(holder, asked),
        back: holder.home(),
        form,
        shell,
    })
}

fn own_address(holder: &Holder, asked: &StuckQuery) -> String {
    format!("{}&step={}", holder.stuck(asked.text()), asked.step())
}
