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
use crate::store::onboardings::Stored;
use crate::text::checks as text;
use crate::verdict::{Check, ReasonCode};
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

pub struct VerifyStep;

impl WizardStep for VerifyStep {
    const STAGE: Stage = Stage::Verify;
}

impl ChecksStep for VerifyStep {
    const PURPOSE: CheckPurpose = CheckPurpose::Verify;
}

pub async fn get(
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

/// The other environments on offer, where the details were rejected in this one.
pub fn elsewhere(app: &App, shown: &ShownChecks, stored: &Stored) -> Vec<(String, String)> {
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
