//! The task's page, and *Check again* on it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::holder::Holder;
use super::{enter, fix, over};
use crate::app::App;
use crate::flows::{Error, start_checks};
use crate::identity::Task;
use crate::onboarding::hand_over::purpose;
use crate::paths;
use crate::web::answer::{ok, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::wizard::checks::offered;

/// What both task pages have in common.
pub struct TaskFrame {
    /// Who asked.
    pub by: String,
    pub firm: String,
    pub until: String,
    /// The page's own address.
    pub here: String,
    pub check: String,
    pub done: String,
    pub cannot: String,
    /// The form of *I can't*.
    pub answer: FormState,
}

impl TaskFrame {
    pub fn new(app: &App, holder: &Holder, answer: FormState) -> Self {
        let hand_over = &holder.held.hand_over;
        Self {
            by: hand_over.asked_by.clone(),
            firm: holder.held.firm.name.clone(),
            until: holder.shell(app).when(hand_over.expires_at).day(),
            here: holder.home(),
            check: paths::handover_check(&holder.token),
            done: paths::handover_done(&holder.token),
            cannot: paths::handover_cannot(&holder.token),
            answer,
        }
    }
}

/// The form that was refused, if any.
#[derive(Default)]
pub struct Refusals {
    /// The Procore details.
    pub details: Option<FormState>,
    /// The reason of *I can't*.
    pub answer: FormState,
}

impl Refusals {
    fn is_none(&self) -> bool {
        self.details.is_none() && self.answer.is_valid()
    }
}

/// What *Check again* sends.
#[derive(Default, Deserialize)]
pub struct CheckInput {
    /// Environments where the holder of the secret agreed to try it, too.
    #[serde(default)]
    elsewhere: Vec<String>,
}

pub async fn get(State(app): State<App>, holder: Holder) -> Result<Response, PageError> {
    show(&app, &holder, Refusals::default()).await
}

/// The page in the current state of the link, with the mistakes of a refused form.
pub async fn show(app: &App, holder: &Holder, refusals: Refusals) -> Result<Response, PageError> {
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
pub async fn check(
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
    let started = start_checks::run(&app, &holder.actor(), id, checks, elsewhere).await;
    back_to_page(&holder, started.map(drop))
}

/// Back to the page, which says so if the link has ended meanwhile.
pub fn back_to_page(holder: &Holder, result: Result<(), Error>) -> Result<Response, PageError> {
    match result {
        Ok(()) | Err(Error::Stale) => Ok(holder.back().into_response()),
        Err(Error::Refused(refused)) => Ok(holder
            .back()
            .with_message(format!("{refused}."))
            .into_response()),
        Err(error) => Err(error.into()),
    }
}
