//! Step 3: do the Procore details work, and which company do they open?

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use url::Url;

use super::checks::{ChecksStep, newest_checks};
use super::handed::Panel;
use super::run::{Progress, ShownChecks};
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, ledger, rail, rows};
use crate::app::App;
use crate::connection::Connection;
use crate::help::{self, OwnPage};
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::store::actions::Entry;
use crate::store::credentials;
use crate::store::onboardings::Stored;
use crate::text::checks as text;
use crate::verdict::{self, Check, CheckState, Party, ReasonCode};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{CheckRow, Notice, Rail, Remedy, Shell};

#[derive(Template)]
#[template(path = "wizard/verify.html")]
struct VerifyPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    here: String,
    onward: String,
    details: String,
    result: VerifyResult,
    /// The main button of a failure that is in the details, and the field that it leads to.
    cure: Option<(&'static str, String)>,
    company: Option<Company>,
    reachable: Option<ReachableCompany>,
    /// Whether what failed is fixed in Procore, by the person who looks after it there.
    in_procore: bool,
    handed: Panel,
}

/// How the checks of the details stand, for the admin and for a colleague.
pub(crate) struct VerifyResult {
    pub progress: Progress,
    /// While they run or wait, and once they passed.
    pub notice: Option<Notice>,
    /// The first thing to fix; after a pass, what only warns.
    pub cause: Option<CauseToFix>,
    pub rows: Vec<CheckRow>,
    /// The other environments to try the details in.
    pub elsewhere: Vec<(String, String)>,
}

/// A cause with what to do about it.
pub(crate) struct CauseToFix {
    pub remedy: Remedy,
    pub said: Option<String>,
    pub code: ReasonCode,
}

impl CauseToFix {
    /// Why a completion needs a person; nothing where there is no help for it.
    pub(crate) fn of_completion(
        app: &App,
        stored: &Stored,
        entries: &[Entry],
        (code, page): (ReasonCode, OwnPage),
        stuck: impl Fn(&str) -> String,
    ) -> Option<Self> {
        let remedy = help::remedy_of_completion(app, stored, entries, code, page)?;
        let stopped = entries.iter().filter(|entry| help::is_stopped(entry));
        let said = stopped.flat_map(ledger::said).filter_map(|it| it.quote());
        let said: Vec<String> = said.collect();
        Some(Self {
            said: (!said.is_empty()).then(|| said.join(" ")),
            code: remedy.code,
            remedy: Remedy::from(&remedy).stuck_at(&stuck(&remedy.code.to_string())),
        })
    }

    /// Whether it is the details that have to be corrected, rather than something in Procore.
    pub(crate) fn is_in_details(&self) -> bool {
        self.code.party() == Party::FirmAdmin
    }

    /// What corrects the details, and the field where.
    pub(crate) fn cure(&self) -> Option<(&'static str, &'static str)> {
        match self.code {
            ReasonCode::Credentials => Some((text::SECRET_AGAIN, "client_secret")),
            ReasonCode::Environment => Some((text::OTHER_ENVIRONMENT, "environment")),
            ReasonCode::Company => Some((text::CORRECT_COMPANY, "company_id")),
            ReasonCode::NotYours => Some((text::PROVE_AGAIN, "vendor-title")),
            _ => None,
        }
    }
}

impl VerifyResult {
    pub(crate) fn new(
        app: &App,
        shell: &Shell,
        stored: &Stored,
        (shown, page): (&ShownChecks, OwnPage),
        stuck: impl Fn(&str) -> String,
    ) -> Self {
        let progress = shown.progress();
        let results: Vec<_> = shown
            .rows
            .iter()
            .filter_map(|row| row.result.clone())
            .collect();
        let first = verdict::first_cause(&results).filter(|result| match progress {
            Progress::Failed => result.state == CheckState::Failed,
            Progress::Passed => result.reason == Some(ReasonCode::NoProjects),
            Progress::NotStarted | Progress::Running | Progress::Waiting => false,
        });
        let cause = first.and_then(|result| {
            let remedy = rows::remedy(app, shell, stored, result, page)?;
            Some(CauseToFix {
                said: rows::said(result),
                code: remedy.code,
                remedy: Remedy::from(&remedy).stuck_at(&stuck(&remedy.code.to_string())),
            })
        });
        let cause_id = first.map(|result| rows::id(&result.check));
        Self {
            notice: match cause {
                Some(_) if progress == Progress::Failed => None,
                _ => shown.notice(shell),
            },
            rows: shown
                .rows
                .iter()
                .map(|row| {
                    rows::check_row(app, shell, stored, row, shown.is_running())
                        .kept(shown.is_kept(row))
                })
                .map(|row| match Some(&row.id) == cause_id.as_ref() {
                    true => CheckRow {
                        remedy: None,
                        ..row
                    }, // it stands above
                    false => row.stuck_at(&stuck),
                })
                .collect(),
            elsewhere: elsewhere(app, shown, stored),
            progress,
            cause,
        }
    }

    /// What is folded behind the one line that stands for it.
    pub(crate) fn fold(&self) -> String {
        let has_passed = |row: &&CheckRow| row.state == crate::web::view::CheckState::Passed;
        let passed = self.rows.iter().filter(has_passed).count();
        text::checks_passed(passed, self.rows.len())
    }
}

/// What a person recognises their company by.
struct Company {
    name: String,
    id: String,
    environment: String,
    home: Option<Url>,
    projects: Option<String>,
}

/// The one company that this access reaches, where another one was entered.
pub(crate) struct ReachableCompany {
    pub id: i64,
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
    StepAccess(mut access, _): StepAccess<VerifyStep>,
) -> Result<Response, PageError> {
    let shown = newest_checks(&app, &mut access, CheckPurpose::Verify).await?;
    let (stored, shell) = (access.onboarding()?, access.shell(&app));
    let firm = access.firm.id;
    let stuck = |code: &str| paths::stuck(firm, Stage::Verify, code);
    let result = VerifyResult::new(&app, &shell, stored, (&shown, OwnPage::CHECKS), stuck);
    let details = paths::step(firm, Stage::Credentials);
    ok(&VerifyPage {
        cure: result
            .cause
            .as_ref()
            .and_then(CauseToFix::cure)
            .map(|(label, field)| (label, format!("{details}#{field}"))),
        in_procore: result.progress == Progress::Failed
            && result.cause.as_ref().is_some_and(|it| !it.is_in_details()),
        rail: rail(&access, &shell, stored, Stage::Verify),
        seen: (&stored.onboarding).into(),
        here: paths::step(firm, Stage::Verify),
        onward: paths::confirm_step(firm, Stage::Verify),
        details,
        result,
        company: company(&shown, stored),
        reachable: offered(&app, &access, &shown, stored).await?,
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
        home: stored
            .connection
            .as_ref()
            .and_then(Connection::company_home),
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
        id: only.id,
        name: only.name.clone(),
        details: vec![
            ("access_way", target.access_way.as_str().to_owned()),
            ("environment", target.environment.clone()),
            ("company_id", only.id.to_string()),
            ("client_id", client_id.to_owned()),
        ],
    })
}

/// The other environments on offer, where the details were rejected in this one.
fn elsewhere(app: &App, shown: &ShownChecks, stored: &Stored) -> Vec<(String, String)> {
    let target = stored.target();
    let is_own = target.is_some_and(|target| target.access_way.has_own_key());
    let rejected = is_own && shown.code() == Some(ReasonCode::Credentials);
    let chosen = target.map(|target| target.environment.as_str());
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
