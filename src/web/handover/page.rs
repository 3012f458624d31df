//! The task's page, and *Check again* on it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::holder::Holder;
use super::{enter, mend, over};
use crate::app::App;
use crate::flows::{Error, start_checks};
use crate::identity::Task;
use crate::onboarding::hand_over::purpose;
use crate::paths;
use crate::web::answer::{ok, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::wizard::checks::offered;

/// What both kinds of page have in common.
pub struct TaskFrame {
    /// Who asks, for which firm, for what product.
    pub by: String,
    pub firm: String,
    pub until: String,
    /// Where the page is read again.
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

/// What was refused, if anything: one form at a time is sent.
#[derive(Default)]
pub struct Refusals {
    /// The details, where they are asked for.
    pub details: Option<FormState>,
    /// The reason why not.
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

/// The page as the link stands; with what has to be put right, if anything.
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
            let page = mend::page(app, holder, refusals).await?;
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
    // Only whoever holds the secret may agree to have it sent elsewhere.
    let elsewhere = match hand_over.task {
        Task::EnterCredentials => offered(&app, input.elsewhere),
        Task::FixPermissions => Vec::new(),
    };
    let id = hand_over.onboarding_id;
    let started = start_checks::run(&app, &holder.actor(), id, checks, elsewhere).await;
    answered(&holder, started.map(drop))
}

/// Back to the page: where the link ended meanwhile, it says so.
pub fn answered(holder: &Holder, result: Result<(), Error>) -> Result<Response, PageError> {
    match result {
        Ok(()) | Err(Error::Stale) => Ok(holder.back().into_response()),
        Err(Error::Refused(refused)) => Ok(holder
            .back()
            .with_message(format!("{refused}."))
            .into_response()),
        Err(error) => Err(error.into()),
    }
}
