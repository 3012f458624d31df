//! Step 6: the plan, and its confirmation. Afterwards the same address shows the progress.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::run::{Progress, ShownChecks};
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, SeenInput, done, ledger, on_to, progress, rail};
use crate::app::App;
use crate::catalog::Choice;
use crate::connection::Settings;
use crate::flows::start_completion;
use crate::help;
use crate::onboarding::CheckPurpose;
use crate::onboarding::{Refused, Stage};
use crate::paths;
use crate::store::checks::CheckRow;
use crate::store::credentials::{self, Proof, StoredAccess};
use crate::store::onboardings::Stored;
use crate::text::checks::shown_as_numbers;
use crate::text::count::grouped;
use crate::text::plan as text;
use crate::text::vendor::proven_by;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{DataFlow, Rail, Shell};

/// Calls of a completion besides those that read data: access, webhook, triggers, catalog and the
/// final checks.
const OTHER_CALLS: u64 = 12;

#[derive(Template)]
#[template(path = "wizard/complete.html")]
struct CompletePage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    here: String,
    summary: Vec<(&'static str, String, String)>,
    triggers: Vec<&'static str>,
    records: String,
    calls: String,
    /// The lists whose names cannot be read.
    left_out: Option<String>,
    flow: DataFlow,
}

pub(crate) struct CompleteStep;

impl WizardStep for CompleteStep {
    const STAGE: Stage = Stage::Complete;
}

pub(super) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<CompleteStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    match stored.onboarding.stage {
        Stage::Completing => progress::page(&app, &access, stored).await,
        Stage::Done => done::page(&app, &access, stored).await,
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => plan(&app, &access, stored).await,
    }
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SeenInput>,
) -> Result<Response, PageError> {
    let result = start_completion::run(&app, &access.actor, input.seen()?).await;
    Ok(on_to(&access, result)?.into_response())
}

async fn plan(app: &App, access: &FirmAccess, stored: &Stored) -> Result<Response, PageError> {
    let onboarding = &stored.onboarding;
    let Some(settings) = stored.settings() else {
        return Ok(
            super::to_missing_step(access, Refused::Before(Stage::Settings)).into_response(),
        );
    };
    let shell = access.shell(app);
    let shown = ShownChecks::newest(app, stored, CheckPurpose::Permissions).await?;
    // Being checked again, or Procore does not answer: the plan would be refused.
    if shown.progress() != Progress::Passed {
        let refused = Refused::NotPassed(Stage::Permissions);
        return Ok(super::to_missing_step(access, refused).into_response());
    }
    let sets: Vec<(Choice, Expected)> = settings
        .choices()
        .iter()
        .map(|choice| (*choice, Expected::of(*choice, &shown.rows)))
        .collect();
    let records: u64 = sets
        .iter()
        .filter_map(|(_, expected)| expected.records)
        .sum();
    let uncounted: Vec<&str> = sets
        .iter()
        .filter(|(_, expected)| expected.records.is_none())
        .map(|(choice, _)| choice.data_set.label())
        .collect();
    let calls: u64 = sets.iter().map(|(_, expected)| expected.calls).sum::<u64>() + OTHER_CALLS;
    let triggers = resources(settings);
    let results = shown.rows.iter().filter_map(|row| row.result.as_ref());
    let left_out: Vec<String> = results.flat_map(|it| it.detail.left_out.clone()).collect();
    ok(&CompletePage {
        rail: rail(access, &shell, stored, Stage::Complete),
        seen: onboarding.into(),
        here: paths::step(access.firm.id, Stage::Complete),
        summary: summary(app, access, stored, settings).await?,
        flow: flow(app, stored, &sets),
        triggers,
        records: text::records_to_read(records, &uncounted),
        calls: text::about(calls),
        left_out: (!left_out.is_empty()).then(|| shown_as_numbers(&left_out)),
        shell,
    })
}

async fn summary(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    settings: &Settings,
) -> Result<Vec<(&'static str, String, String)>, PageError> {
    let mut conn = app.db.acquire().await?;
    let credential = match &stored.connection {
        Some(it) => credentials::find_access(&mut conn, it).await?,
        None => None,
    };
    let step = |stage| paths::step(access.firm.id, stage);
    let mut rows = Vec::new();
    if let Some(target) = stored.target() {
        let name = stored.company_name().unwrap_or(text::YOUR_COMPANY);
        let environment = help::environment_label(&target.environment);
        let company = format!("{name} ({}), {environment}", target.company_id);
        rows.push((text::COMPANY, company, step(Stage::Credentials)));
        rows.push((
            text::ACCESS,
            target.access_way.label().to_owned(),
            step(Stage::Credentials),
        ));
    }
    match credential {
        Some(StoredAccess::FirmClient(own)) => {
            let secret = text::saved_secret(&own.fingerprint);
            rows.push((text::SECRET, secret, step(Stage::Credentials)));
        }
        Some(StoredAccess::VendorClient(Proof { person, .. })) => {
            let proven = proven_by(&person.name, &person.login);
            rows.push((text::PROOF, proven, step(Stage::Credentials)));
        }
        None => {}
    }
    let chosen: Vec<&str> = settings
        .choices()
        .iter()
        .map(|choice| choice.data_set.label())
        .collect();
    rows.push((text::DATA, chosen.join(", "), step(Stage::Settings)));
    Ok(rows)
}

/// The expected amount, from the list totals that the checks saw.
struct Expected {
    records: Option<u64>,
    calls: u64,
}

impl Expected {
    fn of(choice: Choice, rows: &[CheckRow]) -> Self {
        let records = ledger::expected(choice.data_set, rows);
        let main = choice.data_set.entry().main_read();
        let pages = match (records, main.paged) {
            (Some(records), true) => records.div_ceil(u64::from(main.page_size)).max(1),
            (None, _) | (_, false) => 1,
        };
        let other_lists = choice.reads().filter(|read| read.name != main.name).count() as u64;
        Self {
            records,
            calls: pages + other_lists,
        }
    }
}

/// Which data goes which way, drawn from this firm's own choices.
fn flow(app: &App, stored: &Stored, sets: &[(Choice, Expected)]) -> DataFlow {
    let company = stored.company_name().unwrap_or(text::YOUR_COMPANY);
    let flow = DataFlow::new(
        "flow",
        text::FLOW,
        (text::PROCORE, company),
        (app.config.product_name.as_str(), text::READ_ONLY),
    );
    let flow = sets.iter().fold(flow, |flow, (choice, expected)| {
        let entry = choice.data_set.entry();
        let amount = text::records(expected.records);
        let webhooks: Vec<&str> = entry.webhooks().collect();
        let live = !webhooks.is_empty();
        flow.lane(choice.label(), amount, text::arrives(&webhooks), live)
    });
    let live = |choice: &Choice| {
        let webhooks: Vec<&str> = choice.data_set.entry().webhooks().collect();
        webhooks.join(", ")
    };
    flow.column(text::REQUESTS, sets.iter().map(|(_, it)| grouped(it.calls)))
        .column(text::ANNOUNCED, sets.iter().map(|(it, _)| live(it)))
}

/// The resources that the webhook will announce, if the company's Procore offers them.
fn resources(settings: &Settings) -> Vec<&'static str> {
    let mut names: Vec<&str> = settings
        .choices()
        .iter()
        .flat_map(|choice| choice.data_set.entry().webhooks())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
