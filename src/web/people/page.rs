//! `/firms/{firm}/people`.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::app::App;
use crate::flows::create_person::PersonRole;
use crate::flows::{change_invitation, invite_person};
use crate::identity::{Email, FirmId, LinkId, Verb};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::{firms, links, memberships, reminders};
use crate::text::{forms, notices, pages};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Shell, When};

#[derive(Template)]
#[template(path = "people/page.html")]
struct PeoplePage {
    shell: Shell,
    form: FormState,
    firm: String,
    people: Vec<MemberRow>,
    invitations: Vec<MemberInvitation>,
    /// Whether the setup's reminders go out, and where that is changed; `None` while there is no
    /// setup to be reminded of.
    reminders: Option<Reminders>,
    second_factor: FactorRule,
    support_access: String,
    back: String,
}

/// Whether everybody here needs a second factor, and where that is changed.
struct FactorRule {
    required: bool,
    change: String,
}

struct Reminders {
    stopped: Option<When>,
    change: String,
}

struct MemberRow {
    name: String,
    email: String,
    joined: When,
    second_factor: &'static str,
    /// `None` for the reader, and where there is none.
    reset_factor: Option<String>,
    is_reader: bool,
    /// `None` while nobody else is there.
    remove: Option<String>,
}

struct MemberInvitation {
    email: String,
    by: String,
    sent: When,
    expires: When,
    expired: bool,
    resend: String,
    revoke: String,
}

#[derive(Deserialize)]
pub(crate) struct PeopleForm {
    #[serde(default)]
    email: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    ok(&show(&app, &access, FormState::default()).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<PeopleForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default().keep("email", input.email.trim());
    let Some(email) = form.check("email", Email::parse(&input.email)) else {
        return refused(&show(&app, &access, form).await?);
    };
    let role = PersonRole::Firm(access.firm.id);
    match invite_person::run(&app, &access.actor, &email, role).await? {
        invite_person::InvitePersonOutcome::Invited { .. } => {
            let said = notices::invited(email.as_str(), app.mails_leave());
            return Ok(see_other(paths::people(access.firm.id))
                .with_success(said)
                .into_response());
        }
        invite_person::InvitePersonOutcome::AlreadyHere => {
            form.fail("email", forms::acts_already(&access.firm.name));
        }
        // A firm is not told.
        invite_person::InvitePersonOutcome::OtherSide => return Err(PageError::Missing),
    }
    refused(&show(&app, &access, form).await?)
}

pub(super) async fn revoke(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, link)): Path<(FirmId, LinkId)>,
) -> Result<Response, PageError> {
    change_invitation::revoke(&app, &access.actor, link).await?;
    Ok(see_other(paths::people(access.firm.id))
        .with_success(notices::INVITATION_TAKEN_BACK)
        .into_response())
}

pub(super) async fn resend(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, link)): Path<(FirmId, LinkId)>,
) -> Result<Response, PageError> {
    change_invitation::resend(&app, &access.actor, link).await?;
    Ok(see_other(paths::people(access.firm.id))
        .with_success(notices::invited_again(app.mails_leave()))
        .into_response())
}

async fn show(app: &App, access: &FirmAccess, form: FormState) -> Result<PeoplePage, PageError> {
    let firm = access.actor.may(Verb::Look)?;
    let shell = access.shell(app);
    let mut conn = app.db.acquire().await?;
    let members = memberships::list(&mut conn, firm).await?;
    let several = members.len() > 1;
    let people = members
        .into_iter()
        .map(|member| MemberRow {
            is_reader: member.person == access.session.person,
            remove: several.then(|| paths::remove_member(firm, member.person)),
            joined: shell.when(member.joined_at),
            reset_factor: (member.has_second_factor && member.person != access.session.person)
                .then(|| paths::reset_factor(firm, member.person)),
            second_factor: match member.has_second_factor {
                true => pages::ON,
                false => pages::NOT_SET_UP,
            },
            email: member.email.as_str().to_owned(),
            name: member.name,
        })
        .collect();
    let invitations = links::list_invitations(&mut conn, firm)
        .await?
        .into_iter()
        .map(|link| MemberInvitation {
            email: link.email.as_str().to_owned(),
            by: link
                .invited_by
                .map(|by| by.name)
                .unwrap_or_else(|| app.config.product_name.clone()),
            sent: shell.when(link.created_at),
            expires: shell.when(link.expires_at),
            expired: link.expires_at <= app.clock.now(),
            resend: paths::resend_invitation(firm, link.id),
            revoke: paths::revoke_invitation(firm, link.id),
        })
        .collect();
    let open = access.firm.onboarding.as_ref();
    let open = open.filter(|stored| stored.onboarding.stage != Stage::Done);
    let reminders = match open {
        Some(stored) => {
            let stopped = reminders::stopped_at(&mut conn, firm, stored.onboarding.id).await?;
            Some(Reminders {
                change: match stopped {
                    Some(_) => paths::resume_reminders(firm),
                    None => paths::stop_reminders(firm),
                },
                stopped: stopped.map(|at| shell.when(at)),
            })
        }
        None => None,
    };
    let second_factor = FactorRule {
        required: firms::requires_second_factor(&mut conn, firm).await?,
        change: paths::require_second_factor(firm),
    };
    Ok(PeoplePage {
        shell,
        form,
        reminders,
        second_factor,
        support_access: paths::support_access(firm),
        firm: access.firm.name.clone(),
        people,
        invitations,
        back: paths::concierge(firm),
    })
}
