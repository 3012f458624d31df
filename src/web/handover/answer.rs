//! *Done* and *I can't*.

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::frame::{Refusals, back_to_page};
use super::holder::Holder;
use super::page::show;
use crate::app::App;
use crate::flows::Error;
use crate::flows::hand_over::answer::{self, ColleagueAnswer};
use crate::identity::{Remark, RemarkError};
use crate::onboarding::hand_over::purpose;
use crate::text::checks::Standing;
use crate::text::forms;
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::wizard::run::ShownChecks;

#[derive(Deserialize)]
pub(crate) struct HandOverAnswerForm {
    #[serde(default)]
    reason: String,
}

pub(super) async fn done(State(app): State<App>, holder: Holder) -> Result<Response, PageError> {
    let told = told(&app, &holder).await?;
    let actor = holder.actor();
    let result = answer::run(
        &app,
        &actor,
        &holder.held,
        ColleagueAnswer::Done,
        told.as_deref(),
    )
    .await;
    back_to_page(&holder, result)
}

pub(super) async fn cannot(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<HandOverAnswerForm>,
) -> Result<Response, PageError> {
    let reason = match Remark::reason(&clean(&input.reason)) {
        Ok(reason) => reason,
        Err(RemarkError::Secret) => return refuse_secret(&app, &holder).await,
        Err(error @ RemarkError::TooLong(_)) => {
            let mut form = FormState::default().keep("reason", clean(&input.reason));
            form.fail("reason", error.to_string());
            return show(&app, &holder, refused(form)).await;
        }
        Err(RemarkError::NoReason | RemarkError::NoNote) => {
            let mut form = FormState::default();
            form.fail("reason", forms::WHY_NOT);
            return show(&app, &holder, refused(form)).await;
        }
    };
    let told = told(&app, &holder).await?;
    let answer = ColleagueAnswer::Cannot(&reason);
    match answer::run(&app, &holder.actor(), &holder.held, answer, told.as_deref()).await {
        Err(Error::HoldsSecret) => refuse_secret(&app, &holder).await,
        result => back_to_page(&holder, result),
    }
}

/// The state of the checks, for the mail to the person who asked.
async fn told(app: &App, holder: &Holder) -> Result<Option<String>, Error> {
    let hand_over = &holder.held.hand_over;
    let checks = purpose(hand_over.task, hand_over.step);
    let shown = ShownChecks::newest(app, &holder.held.stored, checks).await?;
    Ok(shown.standing().map(Standing::in_mail))
}

/// Refuses a reason that contains a secret, without showing it again.
async fn refuse_secret(app: &App, holder: &Holder) -> Result<Response, PageError> {
    let mut form = FormState::default();
    form.fail("reason", forms::SECRET_IN_WHY_NOT);
    show(app, holder, refused(form)).await
}

fn refused(answer: FormState) -> Refusals {
    Refusals {
        details: None,
        answer,
    }
}
