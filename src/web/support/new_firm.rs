//! `/support/firms/new`: a new firm with its first invitation.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::app::App;
use crate::flows::create_firm::{NewFirm, Prefill};
use crate::flows::take_in_firm::{self, TakeInFirmOutcome, WantedFirm};
use crate::identity::{DeskVerb, Email, FirmId, parse_name};
use crate::paths;
use crate::text::{forms, notices};
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "support/new_firm.html")]
struct NewFirmPage {
    shell: Shell,
    form: FormState,
    /// The id that the firm will get, so that a form sent twice creates one firm.
    id: FirmId,
}

#[derive(Deserialize)]
pub(crate) struct NewFirmForm {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    email: String,
}

impl NewFirmForm {
    fn parse(&self, id: FirmId) -> Result<WantedFirm, FormState> {
        let reference = clean(&self.reference);
        let mut form = FormState::default()
            .keep("name", clean(&self.name))
            .keep("reference", reference.as_str())
            .keep("email", clean(&self.email));
        let name = form.check("name", parse_name(&self.name));
        let external_reference = form.check(
            "reference",
            Some(reference)
                .filter(|reference| !reference.is_empty())
                .map(|reference| parse_name(&reference))
                .transpose(),
        );
        let email = form.check("email", Email::parse(&clean(&self.email)));
        match (name, external_reference, email) {
            (Some(name), Some(external_reference), Some(admin)) => Ok(WantedFirm {
                id,
                firm: NewFirm {
                    name,
                    external_reference,
                    prefill: Prefill::default(),
                },
                admin,
            }),
            _ => Err(form),
        }
    }

    fn form(&self) -> FormState {
        FormState::default()
            .keep("name", clean(&self.name))
            .keep("reference", clean(&self.reference))
            .keep("email", clean(&self.email))
    }
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::CreateFirm)?;
    ok(&NewFirmPage {
        shell: support.shell(&app),
        form: FormState::default(),
        id: app.clock.new_id(),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    support: SupportAccess,
    Form(input): Form<NewFirmForm>,
) -> Result<Response, PageError> {
    let id: FirmId = input.id.parse().map_err(|_| PageError::Unreadable)?;
    let again = |form| {
        let shell = support.shell(&app);
        refused(&NewFirmPage { shell, form, id })
    };
    let wanted = match input.parse(id) {
        Ok(wanted) => wanted,
        Err(form) => return again(form),
    };
    let mut form = input.form();
    match take_in_firm::run(&app, &support.actor, &wanted).await? {
        TakeInFirmOutcome::TakenIn(onboarding) => {
            let firm = wanted.firm.name.replace(['*', '`'], " ");
            let said = notices::firm_created(&firm, wanted.admin.as_str(), app.mails_leave());
            return Ok(see_other(paths::case(onboarding))
                .with_success(said)
                .into_response());
        }
        TakeInFirmOutcome::ReferenceTaken => form.fail("reference", forms::REFERENCE_TAKEN),
        TakeInFirmOutcome::SupportAddress => form.fail("email", forms::SUPPORT_ADDRESS),
    }
    again(form)
}
