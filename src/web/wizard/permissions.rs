//! Step 5: does Procore let us read exactly what was chosen?

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::checks::{ChecksStep, newest_checks};
use super::handed::Panel;
use super::run::{Progress, ShownChecks};
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, SeenInput, fixes, on_to, rail, rows};
use crate::app::App;
use crate::connection::Settings;
use crate::flows::go_on_without;
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::store::checks;
use crate::store::onboardings::Stored;
use crate::text::checks as text;
use crate::text::verdict::permissions_as_text;
use crate::verdict;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{CheckState, FixCard, Notice, Rail, Shell, When, XrayRow};

/// Earlier runs shown below the newest.
const HISTORY: i64 = 10;

#[derive(Template)]
#[template(path = "wizard/permissions.html")]
struct PermissionsPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    here: String,
    onward: String,
    settings: String,
    progress: Progress,
    notice: Option<Notice>,
    /// What to do about the rows that failed.
    card: Option<FixCard>,
    open: Vec<XrayRow>,
    passed: Vec<XrayRow>,
    /// What may be gone on without, and where.
    without: Option<(String, String)>,
    smallest: Smallest,
    history: Vec<Earlier>,
    handed: Panel,
}

/// The smallest permissions that the choice needs.
pub(crate) struct Smallest {
    /// Tool, level, and what for.
    pub needs: Vec<(String, String, String)>,
    pub text: String,
    /// What "Admin on everything" would grant beyond that: the tool, and the level that is enough.
    pub not_needed: Vec<(String, String)>,
}

struct Earlier {
    what: &'static str,
    who: String,
    at: When,
    outcome: String,
}

pub(crate) struct PermissionsStep;

impl WizardStep for PermissionsStep {
    const STAGE: Stage = Stage::Permissions;
}

impl ChecksStep for PermissionsStep {
    const PURPOSE: CheckPurpose = CheckPurpose::Permissions;
}

pub(crate) async fn get(
    State(app): State<App>,
    StepAccess(mut access, _): StepAccess<PermissionsStep>,
) -> Result<Response, PageError> {
    let shown = newest_checks(&app, &mut access, CheckPurpose::Permissions).await?;
    let (stored, shell) = (access.onboarding()?, access.shell(&app));
    let firm = access.firm.id;
    let mut all: Vec<XrayRow> = shown
        .rows
        .iter()
        .filter_map(|row| {
            let xray = rows::xray_row(&app, &shell, stored, row, shown.is_running())?;
            Some(xray.kept(shown.is_kept(row)))
        })
        .map(|row| row.stuck_at(|code| paths::stuck(firm, Stage::Permissions, code)))
        .collect();
    all.sort_by_key(|row| rows::by_urgency(row.state));
    let (passed, open) = all
        .into_iter()
        .partition(|row| row.state == CheckState::Passed);
    ok(&PermissionsPage {
        rail: rail(&access, &shell, stored, Stage::Permissions),
        seen: (&stored.onboarding).into(),
        here: paths::step(firm, Stage::Permissions),
        onward: paths::confirm_step(firm, Stage::Permissions),
        settings: paths::step(firm, Stage::Settings),
        progress: shown.progress(),
        notice: shown.notice(&shell),
        card: fixes::card(&app, stored, &shown).map(|card| {
            let stuck = |code: &str| paths::stuck(firm, Stage::Permissions, code);
            FixCard::with_stuck(&card, stuck)
        }),
        open,
        passed,
        without: without(&access, stored, &shown),
        smallest: smallest(stored.settings(), &app.config.product_name),
        history: history(&app, &shell, stored).await?,
        handed: Panel::new(&app, &access, &shell, Stage::Permissions).await?,
        shell,
    })
}

/// *Go on without …*, where other data is left to go on with.
fn without(access: &FirmAccess, stored: &Stored, shown: &ShownChecks) -> Option<(String, String)> {
    let without = go_on_without::dispensable(&shown.rows);
    let chosen = stored.settings()?.choices();
    let is_some_left = (1..chosen.len()).contains(&without.len());
    is_some_left.then(|| {
        let labels: Vec<_> = without.iter().map(|set| set.label().to_owned()).collect();
        (
            text::go_on_without(&labels),
            paths::go_on_without(access.firm.id),
        )
    })
}

pub(super) async fn go_on_without(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let result = go_on_without::run(&app, &access.actor, input.seen()?).await;
    Ok(on_to(&access, result)?.into_response())
}

/// The smallest permissions for a choice.
pub(crate) fn smallest(settings: Option<&Settings>, product: &str) -> Smallest {
    let choices = settings.map_or(&[][..], |settings| settings.choices());
    let needs = verdict::smallest_permissions(choices);
    Smallest {
        text: permissions_as_text(&needs, product),
        not_needed: verdict::not_needed(&needs)
            .into_iter()
            .map(|tool| (tool.tool.to_owned(), tool.enough.label().to_owned()))
            .collect(),
        needs: needs
            .iter()
            .map(|need| {
                (
                    need.tool.label().to_owned(),
                    need.level_in_words(),
                    need.because(),
                )
            })
            .collect(),
    }
}

async fn history(app: &App, shell: &Shell, stored: &Stored) -> Result<Vec<Earlier>, PageError> {
    let mut conn = app.db.acquire().await?;
    let (firm_id, connection) = (stored.onboarding.firm_id, stored.onboarding.connection_id);
    let runs = match connection {
        Some(id) => checks::list_history(&mut conn, firm_id, id, HISTORY).await?,
        None => Vec::new(),
    };
    Ok(runs
        .into_iter()
        .map(|run| Earlier {
            what: run.purpose.label(),
            who: run.started_by,
            at: shell.when(run.started_at),
            outcome: match (run.outcome, run.code) {
                (Some(checks::CheckOutcome::Passed), _) => text::ENDED_PASSED.to_owned(),
                (Some(checks::CheckOutcome::Failed), code) => text::ended_failed(code),
                (Some(checks::CheckOutcome::Waiting), code) => text::why_waiting(code).to_owned(),
                (None, _) => text::ENDED_OPEN.to_owned(),
            },
        })
        .collect())
}
