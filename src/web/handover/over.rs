//! A link that no longer works says why, and what to do instead.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::holder::Holder;
use crate::app::App;
use crate::flows::hand_over::renew as renewal;
use crate::onboarding::hand_over::{End, Outcome, State as Standing};
use crate::paths;
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
pub fn show(app: &App, holder: &Holder) -> Result<Response, PageError> {
    let hand_over = &holder.held.hand_over;
    let by = &hand_over.asked_by;
    let firm = &holder.held.firm.name;
    let (heading, text) = match holder.held.state {
        Standing::Finished(Outcome::Done) => (
            "Thank you, this is done",
            format!("You said so, and {by} of {firm} was told by mail. You can close this page."),
        ),
        Standing::Finished(Outcome::Cannot) => (
            "You gave this back",
            format!(
                "{by} of {firm} was told by mail, with your reason. If you can do it after all, ask \
                 them to send the link again."
            ),
        ),
        Standing::Ended(End::Expired) => (
            "This link has expired",
            "A link works for seven days. We can send a new one to the address that this one was \
             sent to."
                .to_owned(),
        ),
        Standing::Ended(End::Replaced) => (
            "There is a newer link",
            "Only the newest one works. Use the link in the newest mail; it may have been sent to a \
             colleague of yours."
                .to_owned(),
        ),
        Standing::Ended(End::Revoked) => (
            "This link was taken back",
            format!("{firm} does not need this from you any more. For questions, ask {by}."),
        ),
        Standing::Ended(End::Overtaken) => (
            "Nothing is left to do here",
            format!(
                "The setup of {firm} went on in the meantime: other details were entered, or this \
                 step is done. For questions, ask {by}."
            ),
        ),
        Standing::Ended(End::Closed) => (
            "This setup was closed",
            format!("{firm} closed it or started again, so nothing is left to do. For questions, ask {by}."),
        ),
        // Not shown while the link works.
        Standing::Sent | Standing::Opened => ("This link works", "Open it again.".to_owned()),
    };
    let renew = match holder.held.state {
        Standing::Ended(End::Expired) => Some(paths::handover_renew(&holder.token)),
        Standing::Sent | Standing::Opened | Standing::Finished(_) | Standing::Ended(_) => None,
    };
    page(
        StatusCode::GONE,
        &HandOverEndedPage {
            shell: holder.shell(app),
            heading,
            text,
            renew,
        },
    )
}

/// *Send me a new link*: answers the same whether or not one was sent.
pub async fn renew(State(app): State<App>, holder: Holder) -> Result<Response, PageError> {
    renewal::run(&app, &holder.token, holder.source().0).await?;
    ok(&LinkRenewedPage {
        shell: holder.shell(&app),
    })
}
