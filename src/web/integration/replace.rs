//! `/firms/{firm}/procore/credentials/replace`: another Client ID and secret, while the old ones work.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{connected, pages, proof_ended};
use crate::app::App;
use crate::connection::Connection;
use crate::flows::replace_credentials::{self, ReplacementOutcome};
use crate::flows::submit_credentials::{ClientId, ClientSecret};
use crate::help;
use crate::identity::Verb;
use crate::paths;
use crate::store::checks;
use crate::store::credentials::{self, CredentialState, CredentialSummary};
use crate::store::sign_ins::SignInHolder;
use crate::text::connection::replacement as text;
use crate::text::forms;
use crate::text::projects::sentences;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::{FixCard, Nav, Notice, Shell};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::vendor::{VendorForms, VendorPart};
use crate::web::wizard::{SeenFields, SeenInput};

#[derive(Template)]
#[template(path = "integration/replace.html")]
struct ReplaceCredentialsPage {
    shell: Shell,
    pages: Nav,
    form: FormState,
    /// The vendor's own app instead of a key.
    vendor: Option<VendorPart>,
    /// It gives access now.
    by_app: bool,
    /// What was proven is over, so nothing opens the company.
    is_over: bool,
    company: String,
    client_id_hint: &'static str,
    /// How the details stand that were entered last.
    notice: Option<Notice>,
    card: Option<FixCard>,
    /// They are being checked, or wait for Procore.
    is_moving: bool,
    seen: SeenFields,
    here: String,
    back: String,
}

#[derive(Deserialize)]
pub(crate) struct ReplaceCredentialsForm {
    #[serde(default)]
    client_id: String,
    #[serde(default = "no_secret")]
    client_secret: SecretString,
    #[serde(flatten)]
    seen: SeenInput,
}

fn no_secret() -> SecretString {
    SecretString::from("")
}

pub(super) async fn get(
    State(app): State<App>,
    mut access: FirmAccess,
) -> Result<Response, PageError> {
    let newest = match connected(&access) {
        Ok((connection, _)) => newest(&app, connection).await?,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    access.reload(&app).await?;
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if access.is_visited() {
        // Secrets stay with the firm.
        let credentials = paths::integration_page(access.firm.id, "credentials");
        return Ok(see_other(credentials).into_response());
    }
    let form = FormState::default();
    ok(&build(&app, &access, (connection, newest), form).await?)
}

/// The details that were entered last.
async fn newest(
    app: &App,
    connection: &Connection,
) -> Result<Option<CredentialSummary>, PageError> {
    let mut conn = app.db.acquire().await?;
    let (firm, id) = (connection.firm_id, connection.id);
    Ok(credentials::find_newest(&mut conn, firm, id).await?)
}

/// *Check and replace*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<ReplaceCredentialsForm>,
) -> Result<Response, PageError> {
    access.actor.may(Verb::ReplaceCredentials)?;
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let mut form = FormState::default().keep("client_id", clean(&input.client_id));
    let client_id = form.check("client_id", ClientId::parse(&input.client_id));
    let secret = ClientSecret::parse(input.client_secret.expose_secret());
    let secret = form.check("client_secret", secret);
    if let (Some(client_id), Some(secret)) = (&client_id, &secret)
        && secret.equals(client_id)
    {
        form.fail("client_secret", forms::SAME_TWICE);
    }
    match (client_id, secret) {
        (Some(client_id), Some(secret)) if form.is_valid() => {
            let (actor, seen) = (&access.actor, input.seen.seen()?);
            match replace_credentials::run(&app, actor, seen, &client_id, &secret).await? {
                ReplacementOutcome::Checking => {
                    Ok(see_other(paths::replace_credentials(access.firm.id)).into_response())
                }
                ReplacementOutcome::AlreadyInUse => {
                    form.fail("client_secret", text::ALREADY_IN_USE);
                    let newest = newest(&app, connection).await?;
                    refused(&build(&app, &access, (connection, newest), form).await?)
                }
            }
        }
        _ => {
            let newest = newest(&app, connection).await?;
            refused(&build(&app, &access, (connection, newest), form).await?)
        }
    }
}

async fn build(
    app: &App,
    access: &FirmAccess,
    (connection, newest): (&Connection, Option<CredentialSummary>),
    form: FormState,
) -> Result<ReplaceCredentialsPage, PageError> {
    let stored = access.onboarding()?;
    let shell = access.shell(app);
    let firm = connection.firm_id;
    let mut conn = app.db.acquire().await?;
    let run = match &newest {
        Some(newest) => checks::find_of_credential(&mut conn, firm, newest.id).await?,
        None => None,
    };
    let rows = match &run {
        Some(run) => checks::list_rows(&mut conn, firm, run.id).await?,
        None => Vec::new(),
    };
    let by_app = !connection.target.access_way.has_own_key();
    let over = proof_ended(&mut conn, connection).await?;
    drop(conn);
    let shown = ShownChecks { run, rows };
    let company = connection.shown_name().into_owned();
    let since = connection.connected_at;
    let is_over = over.is_some();
    let (notice, card, is_moving) = match newest.map(|newest| (newest.state, newest.created_at)) {
        Some((CredentialState::Candidate, _)) => match shown.progress() {
            // What they came to is being concluded.
            Progress::Passed | Progress::Failed | Progress::NotStarted => {
                (Some(Notice::info(text::CONCLUDING)), None, true)
            }
            Progress::Running | Progress::Waiting => (shown.notice(&shell), None, true),
        },
        Some((CredentialState::Refused, _)) => {
            let notice = match (shown.code(), &over) {
                (_, Some(over)) => sentences(text::NOT_PASSED, over),
                (_, None) if by_app => text::REFUSED_OF_APP.to_owned(),
                (Some(ReasonCode::Company | ReasonCode::NotInstalled), None) => {
                    text::another_company(&company)
                }
                (Some(_) | None, None) => text::REFUSED.to_owned(),
            };
            let card = help::card_of_new_details(app, stored, &shown.rows);
            let card = card.as_ref().map(FixCard::from);
            (Some(Notice::needs_you(notice)), card, false)
        }
        Some((CredentialState::Current | CredentialState::Retired, _)) | None if over.is_some() => {
            (over.map(Notice::needs_you), None, false)
        }
        Some((CredentialState::Current, at)) if since.is_some_and(|since| since < at) => {
            let when = shell.when(at).relative();
            let text = match by_app {
                true => text::proven_again(&when),
                false => text::replaced(&when),
            };
            (Some(Notice::success(text)), None, false)
        }
        Some((CredentialState::Current | CredentialState::Retired, _)) | None => {
            (None, None, false)
        }
    };
    let holder = SignInHolder::Session(access.session.session_id);
    let here = paths::replace_credentials(access.firm.id);
    let forms = VendorForms::of_firm(access.firm.id, here);
    let only = Some(connection.target.environment.as_str());
    let vendor = VendorPart::new(
        app,
        &shell,
        stored,
        (holder, &SecretString::default()),
        forms,
        only,
    )
    .await?;
    Ok(ReplaceCredentialsPage {
        client_id_hint: text::client_id_hint(connection.target.access_way),
        vendor,
        by_app,
        is_over,
        pages: pages(&shell, access.firm.id),
        form,
        company,
        notice,
        card,
        is_moving,
        seen: SeenFields::from(&stored.onboarding),
        here: paths::replace_credentials(access.firm.id),
        back: paths::integration_page(access.firm.id, "credentials"),
        shell,
    })
}
