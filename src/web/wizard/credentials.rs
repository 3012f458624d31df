//! Step 2: the Procore details.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{SeenFields, SeenInput, help, on_to, rail, reachable};
use crate::app::App;
use crate::content::PathId;
use crate::flows;
use crate::flows::submit_credentials::{
    self, ClientId, ClientSecret, ClientSecretError, CompanyId, Details, SubmitError,
};
use crate::onboarding::{AccessWay, Onboarding, Stage, Target};
use crate::store::credentials::{self, Credential};
use crate::store::onboardings::Stored;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, page, refused};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::{Notice, Rail, Remedy, SavedSecret, Shell};
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "wizard/credentials.html")]
struct Page {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    form: FormState,
    /// What saving will reset, or what somebody else saved meanwhile.
    notice: Option<Notice>,
    ways: Vec<Way>,
    environments: Vec<(String, String)>,
    saved: Option<SavedSecret>,
    paths: Vec<Path>,
}

struct Way {
    value: &'static str,
    id: &'static str,
    label: &'static str,
    hint: &'static str,
}

/// The click path for one way of giving access.
struct Path {
    way: &'static str,
    intro: String,
    notice: Option<String>,
    needs: Vec<String>,
    remedy: Remedy,
    notes: Vec<String>,
}

/// Which way of access the page shows first.
#[derive(Deserialize)]
pub struct Shown {
    way: Option<String>,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    access_way: String,
    #[serde(default)]
    environment: String,
    #[serde(default)]
    company_id: String,
    #[serde(default)]
    client_id: String,
    #[serde(default = "no_secret")]
    client_secret: SecretString,
}

fn no_secret() -> SecretString {
    SecretString::from("")
}

impl Input {
    /// Reads the form, all mistakes at once. A secret left empty means the stored one, if any.
    fn parse(&self, app: &App) -> (FormState, Option<Details>) {
        let environment = match self.environment.as_str() {
            "" => app
                .config
                .procore_environments
                .first()
                .map_or("", |first| first.name.as_str()),
            chosen => chosen,
        };
        let mut form = FormState::default()
            .keep("access_way", self.access_way.as_str())
            .keep("environment", environment)
            .keep("company_id", clean(&self.company_id))
            .keep("client_id", clean(&self.client_id));
        let way = form.check(
            "access_way",
            AccessWay::from_stored(&self.access_way).ok_or("Choose how your firm gives access"),
        );
        let environment = form.check(
            "environment",
            app.config
                .procore_environment(environment)
                .ok_or("Choose a Procore environment"),
        );
        let company_id = form.check("company_id", CompanyId::parse(&self.company_id));
        let client_id = form.check("client_id", ClientId::parse(&self.client_id));
        let secret = form.check("client_secret", parse_secret(&self.client_secret));
        if let (Some(Some(secret)), Some(client_id)) = (&secret, &client_id)
            && secret.equals(client_id)
        {
            form.fail(
                "client_secret",
                "Client ID and client secret are the same. Copy the second value from Procore again",
            );
        }
        let details = match (way, environment, company_id, client_id, secret) {
            (Some(way), Some(environment), Some(company_id), Some(client_id), Some(secret))
                if form.is_valid() =>
            {
                Some(Details {
                    target: Target {
                        environment: environment.name.clone(),
                        company_id: company_id.get(),
                        access_way: way,
                    },
                    client_id,
                    client_secret: secret,
                })
            }
            _ => None,
        };
        (form, details)
    }
}

fn parse_secret(secret: &SecretString) -> Result<Option<ClientSecret>, ClientSecretError> {
    let secret = secret.expose_secret();
    if clean(secret).is_empty() {
        return Ok(None);
    }
    ClientSecret::parse(secret).map(Some)
}

pub async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(shown): Query<Shown>,
) -> Result<Response, PageError> {
    let stored = match reachable(&access, Stage::Credentials)? {
        Ok(stored) => stored,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let current = current(&app, &stored.onboarding).await?;
    let target = stored.onboarding.target.as_ref();
    let way = shown
        .way
        .as_deref()
        .and_then(AccessWay::from_stored)
        .or(target.map(|target| target.access_way))
        .unwrap_or(AccessWay::OwnApp);
    let form = FormState::default()
        .keep("access_way", way.as_str())
        .keep(
            "environment",
            target.map_or("", |target| target.environment.as_str()),
        )
        .keep(
            "company_id",
            target
                .map(|it| it.company_id.to_string())
                .unwrap_or_default(),
        )
        .keep(
            "client_id",
            current
                .as_ref()
                .map(|it| it.client_id.clone())
                .unwrap_or_default(),
        );
    ok(&build(
        &app,
        &access,
        stored,
        form,
        current,
        resets(&stored.onboarding),
    ))
}

pub async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let (mut form, details) = input.parse(&app);
    let current = current(&app, &stored.onboarding).await?;
    let Some(details) = details else {
        let notice = resets(&stored.onboarding);
        return refused(&build(&app, &access, stored, form, current, notice));
    };
    let seen = input.seen.seen()?;
    let completing = stored.onboarding.stage == Stage::Completing;
    let next = if completing {
        Stage::Complete
    } else {
        Stage::Verify
    };
    let result = match submit_credentials::run(&app, &access.actor, seen, &details).await {
        Ok(()) => Ok(()),
        Err(SubmitError::SecretMissing) => {
            form.fail("client_secret", SubmitError::SecretMissing.to_string());
            let notice = resets(&stored.onboarding);
            return refused(&build(&app, &access, stored, form, current, notice));
        }
        Err(SubmitError::Flow(flows::Error::Stale)) => {
            let notice = Some(changed_meanwhile(&app, &access, stored));
            let answer = build(&app, &access, stored, form, current, notice);
            return page(StatusCode::CONFLICT, &answer);
        }
        Err(SubmitError::Flow(error)) => Err(error),
    };
    Ok(on_to(&access, next, result)?.into_response())
}

async fn current(app: &App, onboarding: &Onboarding) -> Result<Option<Credential>, PageError> {
    let mut conn = app.db.acquire().await?;
    Ok(credentials::find_current(&mut conn, onboarding.firm_id, onboarding.id).await?)
}

fn build(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    form: FormState,
    current: Option<Credential>,
    notice: Option<Notice>,
) -> Page {
    let shell = access.shell(app);
    let saved = current
        .filter(|current| current.secret.is_some())
        .map(|current| SavedSecret {
            at: shell.when(current.created_at),
            fingerprint: current.fingerprint,
        });
    let environments = app.config.procore_environments.iter();
    Page {
        rail: rail(
            access,
            &shell,
            stored,
            Stage::Credentials,
            access.firm.is_stuck(),
        ),
        seen: (&stored.onboarding).into(),
        notice,
        ways: ways(),
        environments: environments
            .map(|environment| {
                (
                    environment.name.clone(),
                    help::environment_label(&environment.name),
                )
            })
            .collect(),
        saved,
        paths: AccessWay::ALL
            .into_iter()
            .filter_map(|way| path(app, access, way, &form))
            .collect(),
        form,
        shell,
    }
}

fn ways() -> Vec<Way> {
    let way = |way: AccessWay, id, hint| Way {
        value: way.as_str(),
        id,
        label: way.label(),
        hint,
    };
    vec![
        way(
            AccessWay::OwnApp,
            "access_way",
            "An app in Procore’s developer portal, installed in your company.",
        ),
        way(
            AccessWay::LegacyAccount,
            "access_way_legacy",
            "Procore closed these in March 2025. One that still works can be used; new ones cannot be made.",
        ),
    ]
}

fn path(app: &App, access: &FirmAccess, way: AccessWay, form: &FormState) -> Option<Path> {
    let values = help::values(
        app,
        access.onboarding().ok().map(|stored| &stored.onboarding),
    )
    .with(
        crate::content::Placeholder::CompanyId,
        form.value("company_id"),
    );
    let path = help::path(PathId::of(way), &values)?;
    Some(Path {
        way: way.as_str(),
        intro: path.intro.clone(),
        notice: path.notice.clone(),
        needs: path.needs.clone(),
        remedy: Remedy::from(&path),
        notes: path.notes.clone(),
    })
}

/// Says before it happens which answers a change here resets.
fn resets(onboarding: &Onboarding) -> Option<Notice> {
    if onboarding.reset_by_changing(Stage::Credentials).is_empty() {
        return None;
    }
    Some(Notice::info(
        "Saving other details means checking again: **Verify** and **Permissions**. Your settings stay.",
    ))
}

fn changed_meanwhile(app: &App, access: &FirmAccess, stored: &Stored) -> Notice {
    let at = access.shell(app).when(stored.onboarding.updated_at);
    let saved = stored.onboarding.target.as_ref().map(|target| {
        format!(
            " Saved now: Company ID {} in {}.",
            target.company_id,
            help::environment_label(&target.environment)
        )
    });
    Notice::needs_you(format!(
        "This was changed by {} at {}.{} What you typed is below; the secret has to be entered again. Save to replace it.",
        stored.changed_by,
        at.time(),
        saved.unwrap_or_default(),
    ))
}
