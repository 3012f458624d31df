//! Step 3: do the Procore details work, and which company do they open?

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::checks::ChecksStep;
use super::handed::Panel;
use super::run::{Progress, ShownChecks};
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, help, rail, rows};
use crate::app::App;
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::store::credentials;
use crate::store::onboardings::Stored;
use crate::text::checks as text;
use crate::verdict::{Check, CheckState, ReasonCode};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{CheckRow, Notice, Rail, Shell};

#[derive(Template)]
#[template(path = "wizard/verify.html")]
struct VerifyPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    here: String,
    onward: String,
    details: String,
    progress: Progress,
    notice: Option<Notice>,
    rows: Vec<CheckRow>,
    company: Option<Company>,
    reachable: Option<ReachableCompany>,
    elsewhere: Vec<(String, String)>,
    handed: Panel,
}

/// What a person recognises their company by.
struct Company {
    name: String,
    id: String,
    environment: String,
    projects: Option<String>,
}

/// The one company that this access reaches, where another one was entered.
pub(crate) struct ReachableCompany {
    pub name: String,
    /// The details with that company's id, for the form of the step before. The secret stays.
    pub details: Vec<(&'static str, String)>,
}

pub(crate) struct VerifyStep;

impl WizardStep for VerifyStep {
    const STAGE: Stage = Stage::Verify;
}

impl ChecksStep for VerifyStep {
    const PURPOSE: CheckPurpose = CheckPurpose::Verify;
}

pub(crate) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<VerifyStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let shell = access.shell(&app);
    let shown = ShownChecks::newest(&app, stored, CheckPurpose::Verify).await?;
    let firm = access.firm.id;
    ok(&VerifyPage {
        rail: rail(&access, &shell, stored, Stage::Verify),
        seen: (&stored.onboarding).into(),
        here: paths::step(firm, Stage::Verify),
        onward: paths::confirm_step(firm, Stage::Verify),
        details: paths::step(firm, Stage::Credentials),
        progress: shown.progress(),
        notice: shown.notice(&shell),
        rows: shown
            .rows
            .iter()
            .map(|row| rows::check_row(&app, &shell, stored, row, shown.is_running()))
            .map(|row| row.stuck_at(|code| paths::stuck(firm, Stage::Verify, code)))
            .collect(),
        company: company(&shown, stored),
        reachable: offered(&app, &access, &shown, stored).await?,
        elsewhere: elsewhere(&app, &shown, stored),
        handed: Panel::new(&app, &access, &shell, Stage::Verify).await?,
        shell,
    })
}

fn company(shown: &ShownChecks, stored: &Stored) -> Option<Company> {
    if shown.progress() != Progress::Passed {
        return None;
    }
    let target = stored.target()?;
    let row = shown.rows.iter().find(|row| row.check == Check::Company)?;
    let detail = &row.result.as_ref()?.detail;
    let name = detail
        .company_name
        .clone()
        .or_else(|| stored.company_name().map(str::to_owned));
    let projects = detail
        .records
        .map(|total| text::projects(total, &detail.names));
    Some(Company {
        name: name.unwrap_or_else(|| text::NO_NAME.to_owned()),
        id: target.company_id.to_string(),
        environment: help::environment_label(&target.environment),
        projects,
    })
}

/// The company to offer to the firm's own people.
async fn offered(
    app: &App,
    access: &FirmAccess,
    shown: &ShownChecks,
    stored: &Stored,
) -> Result<Option<ReachableCompany>, PageError> {
    let Some(connection) = stored.connection.as_ref().filter(|_| !access.is_visited()) else {
        return Ok(None);
    };
    if reachable(shown, stored, "").is_none() {
        return Ok(None);
    }
    let mut conn = app.db.acquire().await?;
    let current = credentials::find_current(&mut conn, connection.firm_id, connection.id).await?;
    Ok(current.and_then(|current| reachable(shown, stored, &current.client_id)))
}

/// The company to offer instead of the one that was entered with this client id.
pub(crate) fn reachable(
    shown: &ShownChecks,
    stored: &Stored,
    client_id: &str,
) -> Option<ReachableCompany> {
    let target = stored.target()?;
    let results = shown.rows.iter().filter_map(|row| row.result.as_ref());
    let mut failed = results.filter(|result| result.state == CheckState::Failed);
    let only = failed.find_map(|result| match result.detail.visible_companies.as_slice() {
        [only] if only.id != target.company_id => Some(only),
        _ => None,
    })?;
    Some(ReachableCompany {
        name: format!("{} ({})", only.name, only.id),
        details: vec![
            ("access_way", target.access_way.as_str().to_owned()),
            ("environment", target.environment.clone()),
            ("company_id", only.id.to_string()),
            ("client_id", client_id.to_owned()),
        ],
    })
}

/// The other environments on offer, where the details were rejected in this one.
pub(crate) fn elsewhere(app: &App, shown: &ShownChecks, stored: &Stored) -> Vec<(String, String)> {
    let rejected = shown.code() == Some(ReasonCode::Credentials);
    let chosen = stored.target().map(|target| target.environment.as_str());
    app.config
        .procore_environments
        .iter()
        .filter(|environment| rejected && Some(environment.name.as_str()) != chosen)
        .map(|environment| {
            (
                environment.name.clone(),
                help::environment_label(&environment.name),
            )
        })
        .collect()
}
