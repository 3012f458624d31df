//! `/` redirects to where a person works; `/firms` is for people with several firms.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::access::SignedIn;
use super::answer::{ok, see_other};
use super::error::PageError;
use super::view::{Link, Shell};
use crate::app::App;
use crate::paths;
use crate::store::firms;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::HOME, get(home))
        .route(paths::FIRMS, get(choose))
}

#[derive(Template)]
#[template(path = "account/firms.html")]
struct Firms {
    shell: Shell,
    firms: Vec<Link>,
}

async fn home(State(app): State<App>, person: SignedIn) -> Result<Response, PageError> {
    if person.session.support_role.is_some() {
        return Ok(see_other(paths::SUPPORT).into_response());
    }
    let mut conn = app.db.acquire().await?;
    let firms = firms::list_of_person(&mut conn, person.session.person).await?;
    Ok(match firms.as_slice() {
        [only] => see_other(paths::concierge(only.id)).into_response(),
        [] | [_, ..] => see_other(paths::FIRMS).into_response(),
    })
}

async fn choose(State(app): State<App>, person: SignedIn) -> Result<Response, PageError> {
    let mut conn = app.db.acquire().await?;
    let firms = firms::list_of_person(&mut conn, person.session.person).await?;
    ok(&Firms {
        shell: person.shell(&app),
        firms: firms
            .into_iter()
            .map(|firm| Link::new(firm.name, paths::concierge(firm.id)))
            .collect(),
    })
}
