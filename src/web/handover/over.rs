//! A link whose task was answered says thank you; one that no longer works says why, and what to do
//! instead.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::holder::Holder;
use crate::app::App;
use crate::flows::hand_over::renew as renewal;
use crate::onboarding::hand_over::{End, HandOverState};
use crate::paths;
use crate::text;
use crate::web::answer::{ok, page};
use crate::web::error::PageError;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "handover/over.html")]
struct HandOverEndedPage {
    shell: Shell,
    heading: &'static str,
    text: String,
    /// Where to ask for a fresh link, if that makes sense.
    renew: Option<String>,
}

#[derive(Template)]
#[template(path = "handover/sent.html")]
struct LinkRenewedPage {
    shell: Shell,
}

/// The page of a link that has ended.
pub(super) fn show(app: &App, holder: &Holder) -> Result<Response, PageError> {
    let hand_over = &holder.held.hand_over;
    let by = &hand_over.asked_by;
    let firm = &holder.held.firm.name;
    let (heading, text) = text::hand_over::over(holder.held.state, firm, by);
    let renew = match holder.held.state {
        HandOverState::Ended(End::Expired) => Some(paths::handover_renew(&holder.token)),
        HandOverState::Sent
        | HandOverState::Opened
        | HandOverState::Finished(_)
        | HandOverState::Ended(_) => None,
    };
    // A task that was answered is no dead end: the page says thank you.
    let status = match holder.held.state {
        HandOverState::Finished(_) => StatusCode::OK,
        HandOverState::Sent | HandOverState::Opened | HandOverState::Ended(_) => StatusCode::GONE,
    };
    page(
        status,
        &HandOverEndedPage {
            shell: holder.shell(app),
            heading,
            text,
            renew,
        },
    )
}

/// *Send me a new link*: answers the same whether or not one was sent.
pub(super) async fn renew(State(app): State<App>, holder: Holder) -> Result<Response, PageError> {
    renewal::run(&app, &holder.token, holder.source().0).await?;
    ok(&LinkRenewedPage {
        shell: holder.shell(&app),
    })
}
