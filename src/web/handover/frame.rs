//! What the pages of a task have in common.

use axum::response::{IntoResponse, Response};

use super::holder::Holder;
use crate::app::App;
use crate::flows::Error;
use crate::paths;
use crate::web::error::PageError;
use crate::web::form::FormState;

/// What both task pages have in common.
pub(crate) struct TaskFrame {
    /// Who asked.
    pub by: String,
    pub firm: String,
    /// What they say in their own words.
    pub message: Option<String>,
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
    pub(super) fn new(app: &App, holder: &Holder, answer: FormState) -> Self {
        let hand_over = &holder.held.hand_over;
        Self {
            by: hand_over.asked_by.clone(),
            firm: holder.held.firm.name.clone(),
            message: hand_over.message.clone(),
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
pub(crate) struct Refusals {
    /// The Procore details.
    pub details: Option<FormState>,
    /// The reason of *I can't*.
    pub answer: FormState,
}

impl Refusals {
    pub(super) fn is_none(&self) -> bool {
        self.details.is_none() && self.answer.is_valid()
    }
}

/// Back to the page, which says so if the link has ended meanwhile.
pub(crate) fn back_to_page(
    holder: &Holder,
    result: Result<(), Error>,
) -> Result<Response, PageError> {
    match result {
        Ok(()) | Err(Error::Stale) => Ok(holder.back().into_response()),
        Err(Error::Refused(refused)) => Ok(holder
            .back()
            .with_message(refused.to_string())
            .into_response()),
        Err(error) => Err(error.into()),
    }
}
