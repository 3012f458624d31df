//! `/firms/{firm}/people/{person}/remove`: asks for confirmation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::remove_member::{self, RemoveMemberOutcome};
use crate::identity::{FirmId, PersonId, Verb};
use crate::paths;
use crate::store::memberships;
use crate::text::notices;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{NoticeKind, Shell};

#[derive(Template)]
#[template(path = "people/remove.html")]
struct RemoveMemberPage {
    shell: Shell,
    name: String,
    firm: String,
    is_reader: bool,
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
        .find(|member| member.person == person)
        .ok_or(PageError::Missing)?;
    ok(&RemoveMemberPage {
        shell: access.shell(&app),
        is_reader: person == access.session.person,
        name: member.name,
        firm: access.firm.name.clone(),
        action: paths::remove_member(firm, person),
        back: paths::people(firm),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, person)): Path<(FirmId, PersonId)>,
) -> Result<Response, PageError> {
    let people = paths::people(access.firm.id);
    Ok(
        match remove_member::run(&app, &access.actor, person).await? {
            RemoveMemberOutcome::Removed if person == access.session.person => {
                see_other(paths::HOME).with_success(notices::left(&access.firm.name))
            }
            RemoveMemberOutcome::Removed => see_other(people).with_success(notices::PERSON_REMOVED),
            RemoveMemberOutcome::LastOne => {
                see_other(people).with(NoticeKind::NeedsYou, notices::LAST_PERSON)
            }
        }
        .into_response(),
    )
}
