//! Step 2: the Procore details.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::SecretString;
use serde::Deserialize;

use super::details::{self, DetailsInput, Offer};
use super::handed::Panel;
use super::step::{StepAccess, WizardStep};
use super::tasks::{self, TaskGroup};
use super::vendor::{VendorForms, VendorPart};
use super::{SeenFields, SeenInput, changed_meanwhile, on_to, rail};
use crate::app::App;
use crate::connection::AccessWay;
use crate::content::PathId;
use crate::flows;
use crate::flows::submit_credentials::{self, ClientSecretError, SubmitError};
use crate::help;
use crate::identity::Verb;
use crate::onboarding::{Onboarding, Refused, Stage};
use crate::paths;
use crate::store::credentials::{self, Credential};
use crate::store::onboardings::Stored;
use crate::store::sign_ins::SignInHolder;
use crate::text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, page, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Notice, Rail, SavedSecret, Shell};
use axum::http::StatusCode;

/// What support sees instead of the form: nothing that gives access.
#[derive(Template)]
#[template(path = "wizard/credentials_kept.html")]
struct KeptCredentialsPage {
    shell: Shell,
    rail: Rail,
    company: Option<i64>,
    environment: Option<String>,
    way: Option<&'static str>,
    /// The first characters of the Client ID.
    client: String,
    saved: Option<SavedSecret>,
}

#[derive(Template)]
#[template(path = "wizard/credentials.html")]
struct CredentialsPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    form: FormState,
    /// What saving resets, or what somebody else saved meanwhile.
    notice: Option<Notice>,
    saved: Option<SavedSecret>,
    offer: Offer,
    vendor: Option<VendorPart>,
    tasks: Vec<TaskGroup>,
    mark: String,
    handed: Panel,
}

/// Which way of access the page shows first.
#[derive(Deserialize)]
pub(crate) struct CredentialsQuery {
    way: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct CredentialsForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(flatten)]
    details: DetailsInput,
}

pub(crate) struct CredentialsStep;

impl WizardStep for CredentialsStep {
    const STAGE: Stage = Stage::Credentials;
}

pub(super) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<CredentialsStep>,
    Query(shown): Query<CredentialsQuery>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let current = current(&app, stored).await?;
    if access.is_visited() {
        return ok(&kept(&app, &access, stored, current));
    }
    let client_id = current.as_ref().map_or("", |it| it.client_id.as_str());
    let way = shown.way.as_deref().and_then(AccessWay::from_stored);
    let form = details::blank(&app, stored, way, client_id);
    let notice = resets(&stored.onboarding);
    ok(&build(&app, &access, stored, form, current, notice).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<CredentialsForm>,
) -> Result<Response, PageError> {
    access.actor.may(Verb::SubmitCredentials)?;
    let stored = access.onboarding()?;
    if stored.onboarding.stage == Stage::Done {
        return Ok(to_replacement(&access));
    }
    let current = current(&app, stored).await?;
    let client = current.as_ref().map(|current| current.client_id.as_str());
    let (mut form, details) = input.details.parse(&app, client);
    let Some(details) = details else {
        let notice = resets(&stored.onboarding);
        return refused(&build(&app, &access, stored, form, current, notice).await?);
    };
    let seen = input.seen.seen()?;
    let result = match submit_credentials::run(&app, &access.actor, seen, &details).await {
        Ok(next) => Ok(next),
        Err(SubmitError::SecretMissing) => {
            form.fail("client_secret", ClientSecretError::Missing.to_string());
            let notice = resets(&stored.onboarding);
            return refused(&build(&app, &access, stored, form, current, notice).await?);
        }
        Err(SubmitError::Flow(flows::Error::Stale)) => {
            let saved = stored.target().map(|target| {
                let environment = help::environment_label(&target.environment);
                text::connection::company(target.company_id, &environment)
            });
            let own_input = text::setup::OWN_DETAILS;
            let shell = access.shell(&app);
            let notice = Some(changed_meanwhile(&shell, stored, saved, own_input));
            let answer = build(&app, &access, stored, form, current, notice).await?;
            return page(StatusCode::CONFLICT, &answer);
        }
        Err(SubmitError::Flow(flows::Error::Refused(Refused::Connected))) => {
            return Ok(to_replacement(&access));
        }
        Err(SubmitError::Flow(error)) => Err(error),
    };
    Ok(on_to(&access, result)?.into_response())
}

/// The page again, with what was wrong with the choice of a company.
pub(super) async fn refuse(
    app: &App,
    access: &FirmAccess,
    choice: FormState,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let current = current(app, stored).await?;
    let client_id = current.as_ref().map_or("", |it| it.client_id.as_str());
    let way = Some(AccessWay::VendorApp);
    let mut form = details::blank(app, stored, way, client_id);
    for field in ["company", "waiting_company"] {
        if let Some(text) = choice.error(field) {
            form.fail(field, text.to_owned());
            form.set(field, choice.value(field));
        }
    }
    refused(&build(app, access, stored, form, current, None).await?)
}

/// Once Procore is connected, the details in use go on working until new ones have passed.
fn to_replacement(access: &FirmAccess) -> Response {
    see_other(paths::replace_credentials(access.firm.id))
        .with_message(text::connection::replacement::CONNECTED)
        .into_response()
}

async fn current(app: &App, stored: &Stored) -> Result<Option<Credential>, PageError> {
    let Some(connection) = &stored.connection else {
        return Ok(None);
    };
    let mut conn = app.db.acquire().await?;
    Ok(credentials::find_current(&mut conn, connection.firm_id, connection.id).await?)
}

fn kept(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    current: Option<Credential>,
) -> KeptCredentialsPage {
    let shell = access.shell(app);
    let target = stored.target();
    let client = current
        .as_ref()
        .map(|current| shortened(&current.client_id));
    KeptCredentialsPage {
        rail: rail(access, &shell, stored, Stage::Credentials),
        company: target.map(|target| target.company_id),
        environment: target.map(|target| help::environment_label(&target.environment)),
        way: target.map(|target| target.access_way.label()),
        client: client.unwrap_or_default(),
        saved: saved(&shell, current, access.firm.needs_credentials()),
        shell,
    }
}

/// The part of a Client ID that support may see.
fn shortened(client_id: &str) -> String {
    let shown: String = client_id.chars().take(4).collect();
    format!("{shown}…")
}

fn saved(shell: &Shell, current: Option<Credential>, is_refused: bool) -> Option<SavedSecret> {
    let current = current?;
    Some(SavedSecret {
        at: shell.when(current.created_at),
        fingerprint: current.fingerprint,
        is_refused,
    })
}

async fn build(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    form: FormState,
    current: Option<Credential>,
    notice: Option<Notice>,
) -> Result<CredentialsPage, PageError> {
    let shell = access.shell(app);
    let firm = access.firm.id;
    let saved = saved(&shell, current, access.firm.needs_credentials());
    let values = help::values(app, Some(stored));
    let stuck = |text: &str| paths::stuck(firm, Stage::Credentials, text);
    let holder = SignInHolder::Session(access.session.session_id);
    let here = paths::step(firm, Stage::Credentials);
    let forms = VendorForms::of_firm(firm, here);
    Ok(CredentialsPage {
        vendor: VendorPart::new(
            app,
            &shell,
            stored,
            (holder, &SecretString::default()),
            forms,
            None,
        )
        .await?,
        rail: rail(access, &shell, stored, Stage::Credentials),
        seen: (&stored.onboarding).into(),
        notice,
        saved,
        tasks: tasks::groups(&shell, stored, &values, &stuck(PathId::OwnApp.key())),
        mark: paths::mark_task(firm),
        offer: Offer::new(app, &values, &form, stuck),
        handed: Panel::new(app, access, &shell, Stage::Credentials).await?,
        form,
        shell,
    })
}

/// Announces what a change here leads to, and which answers it resets.
fn resets(onboarding: &Onboarding) -> Option<Notice> {
    if onboarding.stage == Stage::Completing {
        return Some(Notice::info(text::setup::DETAILS_KEEP_PLAN));
    }
    let resets = onboarding.reset_by_changing(Stage::Credentials);
    (!resets.is_empty()).then(|| Notice::info(text::setup::details_reset(resets)))
}
