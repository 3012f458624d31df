//! The task's page, and *Check again* on it.

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::frame::{Refusals, back_to_page};
use super::holder::Holder;
use super::{enter, fix, over};
use crate::app::App;
use crate::flows::{retry_run, start_checks};
use crate::identity::Task;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::purpose;
use crate::web::answer::{ok, refused};
use crate::web::error::PageError;
use crate::web::wizard::checks::offered;

/// What *Check again* sends.
#[derive(Default, Deserialize)]
pub(crate) struct CheckInput {
    /// Environments where the holder of the secret agreed to try it, too.
    #[serde(default)]
    elsewhere: Vec<String>,
}

pub(super) async fn get(State(app): State<App>, holder: Holder) -> Result<Response, PageError> {
    show(&app, &holder, Refusals::default()).await
}

/// The page in the current state of the link, with the mistakes of a refused form.
pub(super) async fn show(
    app: &App,
    holder: &Holder,
    refusals: Refusals,
) -> Result<Response, PageError> {
    if !holder.held.state.is_open() {
        return over::show(app, holder);
    }
    let fine = refusals.is_none();
    match holder.held.hand_over.task {
        Task::EnterCredentials => {
            let page = enter::page(app, holder, refusals).await?;
            if fine { ok(&page) } else { refused(&page) }
        }
        Task::FixPermissions => {
            let page = fix::page(app, holder, refusals).await?;
            if fine { ok(&page) } else { refused(&page) }
        }
    }
}

/// *Check again*.
pub(super) async fn check(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<CheckInput>,
) -> Result<Response, PageError> {
    let hand_over = &holder.held.hand_over;
    let checks = purpose(hand_over.task, hand_over.step);
    // Only the person who holds the secret may agree to send it to another environment.
    let elsewhere = match hand_over.task {
        Task::EnterCredentials => offered(&app, input.elsewhere),
        Task::FixPermissions => Vec::new(),
    };
    let id = hand_over.onboarding_id;
    if hand_over.step == Stage::Completing {
        let resumed = retry_run::run(&app, &holder.actor(), id).await;
        return back_to_page(&holder, resumed.map(drop));
    }
    let started = start_checks::run(&app, &holder.actor(), id, checks, elsewhere).await;
    back_to_page(&holder, started.map(drop))
}
