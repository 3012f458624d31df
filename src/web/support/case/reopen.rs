//! *Reopen*: a closed setup goes on, with every answer but the secret.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::reopen_case;
use crate::onboarding::case::{self, WhyNot};
use crate::paths;
use crate::store::cases;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::{Link, Shell};

pub const LABEL: &str = "Reopen";
pub const ACTION: &str = "reopen";

#[derive(Template)]
#[template(path = "support/case/reopen.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    /// The firm's open setup, which stands in the way.
    other: Option<Link>,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    let page_of = show(&app, &access, Again::default()).await?;
    page(StatusCode::OK, &page_of)
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<AskInput>,
) -> Result<Response, PageError> {
    let mut form = input.form();
    let Some(reason) = input.reason(&mut form) else {
        let again = show(&app, &access, form.into()).await?;
        return page(again.ask.refusal(), &again);
    };
    let seen = input.page()?;
    let result = reopen_case::run(&app, &access.actor, seen, &reason).await;
    let said = "The setup is open again.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again).await?),
    }
}

async fn show(app: &App, access: &CaseAccess, again: Again) -> Result<Page, PageError> {
    let onboarding = access.onboarding();
    let mut conn = app.db.acquire().await?;
    let all = cases::list_of_firm(&mut conn, access.case.firm.id).await?;
    drop(conn);
    let open = all
        .into_iter()
        .find(|it| it.archived_at.is_none() && it.onboarding_id != onboarding.id);
    let may = match (case::reopen(&access.evidence), &open) {
        (Ok(()), Some(_)) => Err(WhyNot::AnotherOpen),
        (may, _) => may,
    };
    let mut reopened = onboarding.clone();
    reopened.reopen(app.clock.now());
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(format!(
            "The setup goes on at “{}”. Every answer is still there, except the client secret, which was wiped.",
            reopened.stage.label()
        ))
        .effect("The Procore company is this firm’s again once its checks have passed.")
        .effect("The firm’s admins are told by mail, without your reason.")
        .unless(may);
    Ok(Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
        other: open.map(|it| Link::new("Open that setup", paths::case(it.onboarding_id))),
    })
}
