//! `/support/staff/{person}/remove`: asks for confirmation, also before removing oneself.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::remove_support::{self, RemoveSupportOutcome};
use crate::identity::{DeskVerb, PersonId};
use crate::paths;
use crate::store::staff;
use crate::text::notices;
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{NoticeKind, Shell};

#[derive(Template)]
#[template(path = "support/remove_staff.html")]
struct RemoveStaffPage {
    shell: Shell,
    name: String,
    email: String,
    is_reader: bool,
    action: String,
    back: &'static str,
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
    Path(person): Path<PersonId>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::ManageSupport)?;
    let mut conn = app.db.acquire().await?;
    let members = staff::list(&mut conn).await?;
    drop(conn);
    let member = members
        .into_iter()
        .find(|member| member.person == person)
        .ok_or(PageError::Missing)?;
    ok(&RemoveStaffPage {
        shell: support.shell(&app),
        is_reader: person == support.session.person,
        name: member.name,
        email: member.email.as_str().to_owned(),
        action: paths::remove_support(person),
        back: paths::SUPPORT_STAFF,
    })
}

pub(super) async fn post(
    State(app): State<App>,
    support: SupportAccess,
    Path(person): Path<PersonId>,
) -> Result<Response, PageError> {
    Ok(
        match remove_support::run(&app, &support.actor, person).await? {
            // Their own session is among those that ended.
            RemoveSupportOutcome::Removed if person == support.session.person => {
                see_other(paths::SIGN_IN).with_success(notices::LEFT_SUPPORT)
            }
            RemoveSupportOutcome::Removed => {
                see_other(paths::SUPPORT_STAFF).with_success(notices::SUPPORT_REMOVED)
            }
            RemoveSupportOutcome::LastLead => {
                see_other(paths::SUPPORT_STAFF).with(NoticeKind::NeedsYou, notices::LAST_LEAD)
            }
        }
        .into_response(),
    )
}
