//! `/firms/{firm}/people/{person}/second-factor`: asks for the reset of a colleague's second factor.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::reset_factor;
use crate::identity::{FirmId, PersonId, Verb};
use crate::paths;
use crate::store::memberships;
use crate::text::notices;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "people/reset_factor.html")]
struct ResetFactorPage {
    shell: Shell,
    name: String,
    action: String,
    back: String,
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, person)): Path<(FirmId, PersonId)>,
) -> Result<Response, PageError> {
    let firm = access.actor.may(Verb::Look)?;
    let mut conn = app.db.acquire().await?;
    let members = memberships::list(&mut conn, firm).await?;
    let member = members
        .into_iter()
        .find(|it| it.person == person && it.has_second_factor)
        .ok_or(PageError::Missing)?;
    ok(&ResetFactorPage {
        shell: access.shell(&app),
        name: member.name,
        action: paths::reset_factor(firm, person),
        back: paths::people(firm),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, person)): Path<(FirmId, PersonId)>,
) -> Result<Response, PageError> {
    reset_factor::ask(&app, &access.actor, person).await?;
    Ok(see_other(paths::people(access.firm.id))
        .with_success(notices::factor_reset_asked(app.mails_leave()))
        .into_response())
}
