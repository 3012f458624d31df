//! The list of support people and of open invitations, and the form that invites.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::flows::create_person::PersonRole;
use crate::flows::{change_invitation, invite_person};
use crate::identity::{DeskVerb, Email, LinkId, SupportRole};
use crate::paths;
use crate::store::links::{self, Link, Purpose};
use crate::store::staff::{self, StaffMember};
use crate::text::pages;
use crate::text::{forms, notices};
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Shell, Signal, When};

#[derive(Template)]
#[template(path = "support/staff.html")]
struct StaffPage {
    shell: Shell,
    form: FormState,
    people: Vec<StaffRow>,
    invitations: Vec<StaffInvitation>,
}

struct StaffRow {
    name: String,
    email: String,
    role: &'static str,
    second_factor: (Signal, &'static str),
    last_seen: Option<When>,
    is_reader: bool,
    /// `None` for the only lead.
    remove: Option<String>,
}

struct StaffInvitation {
    email: String,
    role: &'static str,
    by: String,
    sent: When,
    expires: When,
    expired: bool,
    resend: String,
    revoke: String,
}

#[derive(Deserialize)]
pub(crate) struct StaffForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
) -> Result<Response, PageError> {
    let form = FormState::default().keep("role", SupportRole::Staff.as_str());
    ok(&show(&app, &support, form).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    support: SupportAccess,
    Form(input): Form<StaffForm>,
) -> Result<Response, PageError> {
    // Who may not see the page learns nothing from how a form is refused.
    support.actor.may_at_desk(DeskVerb::ManageSupport)?;
    let mut form = FormState::default()
        .keep("email", input.email.trim())
        .keep("role", &input.role);
    let email = form.check("email", Email::parse(&input.email));
    let role = SupportRole::from_stored(&input.role).ok_or(forms::ROLE);
    let role = form.check("role", role);
    let (Some(email), Some(role)) = (email, role) else {
        return refused(&show(&app, &support, form).await?);
    };
    match invite_person::run(&app, &support.actor, &email, PersonRole::Support(role)).await? {
        invite_person::InvitePersonOutcome::Invited { .. } => {
            let said = notices::invited(email.as_str(), app.mails_leave());
            return Ok(see_other(paths::SUPPORT_STAFF)
                .with_success(said)
                .into_response());
        }
        invite_person::InvitePersonOutcome::AlreadyHere => {
            form.fail("email", forms::SUPPORT_ALREADY);
        }
        invite_person::InvitePersonOutcome::OtherSide => {
            form.fail("email", forms::ACTS_FOR_FIRM);
        }
    }
    refused(&show(&app, &support, form).await?)
}

pub(super) async fn revoke(
    State(app): State<App>,
    support: SupportAccess,
    Path(link): Path<LinkId>,
) -> Result<Response, PageError> {
    change_invitation::revoke(&app, &support.actor, link).await?;
    Ok(see_other(paths::SUPPORT_STAFF)
        .with_success(notices::INVITATION_TAKEN_BACK)
        .into_response())
}

pub(super) async fn resend(
    State(app): State<App>,
    support: SupportAccess,
    Path(link): Path<LinkId>,
) -> Result<Response, PageError> {
    change_invitation::resend(&app, &support.actor, link).await?;
    Ok(see_other(paths::SUPPORT_STAFF)
        .with_success(notices::invited_again(app.mails_leave()))
        .into_response())
}

async fn show(app: &App, support: &SupportAccess, form: FormState) -> Result<StaffPage, PageError> {
    support.actor.may_at_desk(DeskVerb::ManageSupport)?;
    let shell = support.shell(app);
    let mut conn = app.db.acquire().await?;
    let members = staff::list(&mut conn).await?;
    let invited = links::list_support_invitations(&mut conn).await?;
    drop(conn);
    let leads = members.iter().filter(|it| it.role == SupportRole::Lead);
    let only_lead = leads.count() == 1;
    let reader = support.session.person;
    Ok(StaffPage {
        people: members
            .into_iter()
            .map(|member| StaffRow {
                is_reader: member.person == reader,
                remove: (member.role == SupportRole::Staff || !only_lead)
                    .then(|| paths::remove_support(member.person)),
                ..person(&shell, member)
            })
            .collect(),
        invitations: invited
            .into_iter()
            .map(|link| invitation(app, &shell, link))
            .collect(),
        shell,
        form,
    })
}

fn person(shell: &Shell, member: StaffMember) -> StaffRow {
    StaffRow {
        name: member.name,
        email: member.email.as_str().to_owned(),
        role: member.role.label(),
        second_factor: match member.has_second_factor {
            true => (Signal::Done, pages::ON),
            false => (Signal::Waiting, pages::NOT_SET_UP),
        },
        last_seen: member.last_seen_at.map(|at| shell.when(at)),
        is_reader: false,
        remove: None,
    }
}

fn invitation(app: &App, shell: &Shell, link: Link) -> StaffInvitation {
    StaffInvitation {
        email: link.email.as_str().to_owned(),
        role: match link.purpose {
            Purpose::JoinSupport(invited) => invited.label(),
            Purpose::JoinFirm(_) | Purpose::ResetPassword | Purpose::KeepFactor => "",
        },
        by: link
            .invited_by
            .map(|by| by.name)
            .unwrap_or_else(|| app.config.product_name.clone()),
        sent: shell.when(link.created_at),
        expires: shell.when(link.expires_at),
        expired: link.expires_at <= shell.now,
        resend: paths::resend_support_invitation(link.id),
        revoke: paths::revoke_support_invitation(link.id),
    }
}
