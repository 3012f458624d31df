//! `/reminders/{token}`: the link in a reminder that stops these mails.
//!
//! Mail scanners follow every link, so opening it changes nothing; its button does.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::SecretString;

use super::access::Visitor;
use super::answer::{ok, see_other};
use super::error::PageError;
use super::view::{Shell, When};
use crate::app::App;
use crate::flows::reminders;
use crate::paths;
use crate::text::errors;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::REMINDER, get(show).post(stop))
        .route(paths::RESUME_REMINDERS_BY_LINK, post(resume))
}

#[derive(Template)]
#[template(path = "reminders/page.html")]
struct RemindersPage {
    shell: Shell,
    heading: &'static str,
    firm: String,
    /// Since when there are none.
    stopped: Option<When>,
    /// Whether there is still a setup to be reminded of.
    is_open: bool,
    stop: String,
    resume: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    let link = reminders::look(&app, &token).await?;
    let shell = visitor.shell(&app);
    ok(&RemindersPage {
        heading: match (link.is_open, link.stopped_at) {
            (false, _) => errors::NO_REMINDERS,
            (true, Some(_)) => errors::REMINDERS_STOPPED,
            (true, None) => errors::STOP_REMINDERS,
        },
        firm: link.firm_name,
        stopped: link.stopped_at.map(|at| shell.when(at)),
        is_open: link.is_open,
        resume: paths::resume_reminders_by_link(&token),
        stop: paths::reminder(&token),
        shell,
    })
}

async fn stop(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    reminders::set_by_link(&app, &token, false, visitor.source().0).await?;
    Ok(see_other(paths::reminder(&token)).into_response())
}

async fn resume(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    reminders::set_by_link(&app, &token, true, visitor.source().0).await?;
    Ok(see_other(paths::reminder(&token)).into_response())
}
