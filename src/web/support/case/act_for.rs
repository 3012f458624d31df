//! *Act for the firm*: the firm's own pages, to do its steps; with its consent alone.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use super::{ask_consent, record_consent};
use crate::app::App;
use crate::flows::{consent, visit};
use crate::identity::Access;
use crate::paths;
use crate::store::consents::{self, Consent, Request};
use crate::web::answer::{page, see_other};
use crate::web::error::PageError;
use crate::web::view::{Link, Shell, When};

pub const LABEL: &str = "Act for the firm";
pub const ACTION: &str = "act-for";

#[derive(Template)]
#[template(path = "support/case/ask.html")]
struct Page {
    shell: Shell,
    ask: Ask,
}

/// What has to come first.
#[derive(Template)]
#[template(path = "support/case/no_consent.html")]
struct NoConsent {
    shell: Shell,
    label: &'static str,
    firm: String,
    /// When the firm was asked, and by whom.
    asked: Option<(String, When)>,
    ask: Link,
    record: Link,
    back: String,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    let mut conn = app.db.acquire().await?;
    let (firm, now) = (access.case.firm.id, app.clock.now());
    let live = consents::find_live(&mut conn, firm, now).await?;
    let asked = consents::find_request(&mut conn, firm, now - consent::QUESTION).await?;
    drop(conn);
    match live {
        Some(consent) => page(
            StatusCode::OK,
            &show(&app, &access, Some(&consent), Again::default()),
        ),
        None => page(StatusCode::OK, &no_consent(&app, &access, asked)),
    }
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<AskInput>,
) -> Result<Response, PageError> {
    let mut form = input.form();
    let Some(reason) = input.reason(&mut form) else {
        let again = show(&app, &access, None, form.into());
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.page()?;
    let result = visit::begin(&app, &access.actor, seen, Access::Act, &reason).await;
    match settle(&access.shell(&app), &access, result, "", form)? {
        Settled::Done(_) => Ok(see_other(paths::concierge(access.case.firm.id)).into_response()),
        Settled::Again(status, again) => page(status, &show(&app, &access, None, again)),
    }
}

fn show(app: &App, access: &CaseAccess, consent: Option<&Consent>, again: Again) -> Page {
    let shell = access.shell(app);
    let firm = &access.case.firm.name;
    let mut ask = Ask::new(app, access, LABEL, ACTION);
    if let Some(consent) = consent {
        ask = ask.effect(format!(
            "{} agreed. It lasts until {}, or until the firm takes it back.",
            consent.given_by,
            shell.when(consent.expires_at).exact()
        ));
    }
    let ask = ask
        .effect(format!(
            "You can do every step of {firm}, except reading or entering its client secret."
        ))
        .effect(format!(
            "Everything you do is recorded as yours, “for {firm}”."
        ))
        .effect("It ends after 8 hours, or with “Stop acting” at the top of every page.")
        .effect("The firm sees in its activity that you act, from when to when.");
    Page {
        ask: ask.filled_in(again),
        shell,
    }
}

fn no_consent(app: &App, access: &CaseAccess, asked: Option<Request>) -> NoConsent {
    let shell = access.shell(app);
    NoConsent {
        label: LABEL,
        firm: access.case.firm.name.clone(),
        asked: asked.map(|request| (request.asked_by, shell.when(request.asked_at))),
        ask: Link::new(ask_consent::LABEL, access.at(ask_consent::ACTION)),
        record: Link::new(record_consent::LABEL, access.at(record_consent::ACTION)),
        back: access.home(),
        shell,
    }
}
