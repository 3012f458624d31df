//! The tasks in Procore that a colleague ticks.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::frame::back_to_page;
use super::holder::Holder;
use crate::app::App;
use crate::flows::{Seen, mark_task};
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::wizard::tasks::MarkForm;

pub(super) async fn post(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<MarkForm>,
) -> Result<Response, PageError> {
    let (task, mark) = input.parse()?;
    let onboarding = &holder.held.stored.onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    match mark_task::run(&app, &holder.actor(), seen, (&task.key, task.waits), mark).await {
        Ok(_) => Ok(see_other(format!("{}#task-{}", holder.home(), task.key)).into_response()),
        Err(error) => back_to_page(&holder, Err(error)),
    }
}
