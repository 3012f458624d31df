//! `/invitations/{token}`.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::reset::LinkSent;
use super::reset_link::LinkOver;
use super::sign_in::{wait_until, welcome};
use crate::app::App;
use crate::flows::Browser;
use crate::flows::accept_invitation::{self, AcceptInvitationOutcome, Invitation, Offer, Proof};
use crate::identity::parse_name;
use crate::paths;
use crate::text::{errors, forms};
use crate::web::access::Visitor;
use crate::web::answer::{ok, page, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/invitation.html")]
struct InvitationPage {
    shell: Shell,
    form: FormState,
    /// The firm's name; support otherwise.
    firm: Option<String>,
    invited_by: Option<String>,
    email: String,
    asks: Asks,
}

/// What the page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    NameAndPassword,
    Password,
    /// The invited person is signed in.
    Nothing,
}

#[derive(Default, Deserialize)]
pub(crate) struct InvitationForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
}

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    match accept_invitation::look(&app, &token).await? {
        Invitation::Good(offer) => ok(&show(&app, &visitor, offer, FormState::default())),
        other => page(StatusCode::GONE, &over(&app, &visitor, &token, &other)),
    }
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Path(token): Path<SecretString>,
    Form(input): Form<InvitationForm>,
) -> Result<Response, PageError> {
    let offer = match accept_invitation::look(&app, &token).await? {
        Invitation::Good(offer) => offer,
        other => return page(StatusCode::GONE, &over(&app, &visitor, &token, &other)),
    };
    let mut form = FormState::default().keep("name", input.name.trim());
    let proof = match (asks(&visitor, &offer), &visitor.session) {
        (Asks::NameAndPassword, _) => match form.check("name", parse_name(&input.name)) {
            Some(name) => Proof::New {
                name,
                password: input.password,
            },
            None => return refused(&show(&app, &visitor, offer, form)),
        },
        (Asks::Nothing, Some(session)) => Proof::SignedIn(session.person),
        (Asks::Password | Asks::Nothing, _) => Proof::Password(input.password),
    };
    match accept_invitation::run(&app, &token, &proof, &browser).await? {
        AcceptInvitationOutcome::Joined { opened, firm } => {
            let next = firm.map_or(paths::SUPPORT.to_owned(), paths::concierge);
            return Ok(welcome(&app, &opened, &next));
        }
        AcceptInvitationOutcome::PasswordRefused(error) => form.fail("password", error.to_string()),
        AcceptInvitationOutcome::WrongPassword => form.fail("password", forms::NOT_OF_ACCOUNT),
        AcceptInvitationOutcome::Wait(until) => form.fail("password", wait_until(&app, until)),
        AcceptInvitationOutcome::OtherSide => form.fail_form(forms::OTHER_SIDE),
        AcceptInvitationOutcome::NotGood => return Err(PageError::Stale),
    }
    refused(&show(&app, &visitor, offer, form))
}

pub(super) async fn renew(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    match accept_invitation::renew(&app, &token, &browser).await? {
        None => ok(&LinkSent {
            shell: visitor.shell(&app),
            certain: true,
        }),
        Some(until) => {
            let invitation = accept_invitation::look(&app, &token).await?;
            let mut page = over(&app, &visitor, &token, &invitation);
            page.form.fail_form(wait_until(&app, until));
            refused(&page)
        }
    }
}

fn asks(visitor: &Visitor, offer: &Offer) -> Asks {
    let reader = visitor.session.as_ref().map(|session| session.person);
    match offer.account {
        None => Asks::NameAndPassword,
        account if account == reader => Asks::Nothing,
        Some(_) => Asks::Password,
    }
}

fn show(app: &App, visitor: &Visitor, offer: Offer, form: FormState) -> InvitationPage {
    InvitationPage {
        shell: visitor.shell(app),
        form,
        asks: asks(visitor, &offer),
        email: offer.email.as_str().to_owned(),
        firm: offer.firm,
        invited_by: offer.invited_by,
    }
}

fn over(app: &App, visitor: &Visitor, token: &SecretString, invitation: &Invitation) -> LinkOver {
    let ((heading, text), renew) = match invitation {
        Invitation::Expired => (
            errors::INVITATION_EXPIRED,
            Some(paths::renew_invitation(token)),
        ),
        Invitation::Used => (errors::INVITATION_USED, None),
        Invitation::Good(_) | Invitation::Ended => (errors::INVITATION_OVER, None),
    };
    LinkOver {
        shell: visitor.shell(app),
        heading,
        text,
        renew,
        form: FormState::default(),
    }
}
