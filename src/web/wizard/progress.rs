//! Step 6 while the plan is carried out: the ledger, live.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::handed::Panel;
use super::ledger::{self, OverallProgress};
use super::on_to;
use super::rail::rail_of;
use super::run::ShownChecks;
use super::verify::CauseToFix;
use crate::app::App;
use crate::catalog::DataSet;
use crate::flows::leave_out_data_set::{self, LeftOut};
use crate::flows::retry_run;
use crate::help::{self, OwnPage};
use crate::ledger::RunState;
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::store::actions::{self, Entry};
use crate::store::onboardings::Stored;
use crate::store::runs;
use crate::text::plan as text;
use crate::verdict::{Party, ReasonCode};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{LedgerRow, Notice, NoticeKind, Rail, Shell};

#[derive(Template)]
#[template(path = "wizard/progress.html")]
struct ProgressPage {
    shell: Shell,
    rail: Rail,
    here: String,
    /// Whether anything moves by itself, so that the page refreshes itself.
    moving: bool,
    notice: Notice,
    trouble: Option<Trouble>,
    /// Whether what has to be fixed is fixed in Procore.
    in_procore: bool,
    overall: Option<OverallProgress>,
    rows: Vec<LedgerRow>,
    try_again: String,
    leave_out: String,
    handed: Panel,
}

/// What somebody has to fix.
struct Trouble {
    /// What it is, with what ends it.
    cause: Option<CauseToFix>,
    /// Who can do it, where there is no help for the cause.
    who: &'static str,
    code: ReasonCode,
    /// What corrects the Procore details, if they are the cause, and where.
    cure: Option<(&'static str, String)>,
    /// Data sets that may be left out instead.
    optional: Vec<DataSet>,
}

/// The page while a plan is carried out.
pub(super) async fn page(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
) -> Result<Response, PageError> {
    let onboarding = &stored.onboarding;
    let mut conn = app.db.acquire().await?;
    let connection = onboarding.connection_id.ok_or(PageError::Missing)?;
    let run = runs::find_newest(&mut conn, access.firm.id, connection).await?;
    let run = run.ok_or(PageError::Missing)?;
    let entries = actions::list(&mut conn, run.firm_id, run.id).await?;
    drop(conn);

    let found = ShownChecks::newest(app, stored, CheckPurpose::Permissions).await?;
    let shell = access.shell(app);
    let firm = access.firm.id;
    let needs_person = run.state == RunState::NeedsPerson;
    ok(&ProgressPage {
        rail: rail_of(access, &shell, stored, Stage::Completing, needs_person),
        here: paths::step(firm, Stage::Complete),
        // A run that is over has just moved the setup on: the page follows.
        moving: !needs_person,
        notice: ledger::notice(&shell, &run, &entries),
        trouble: match run.code {
            Some(code) if needs_person => Some(trouble(app, access, stored, &entries, code)),
            Some(_) | None => None,
        },
        in_procore: run.code.map(ReasonCode::party) == Some(Party::ProcoreAdmin),
        overall: ledger::overall(&shell, &run, &entries, &found.rows),
        rows: ledger::rows(&shell, &entries),
        try_again: paths::try_again(firm),
        leave_out: paths::leave_out(firm),
        handed: Panel::new(app, access, &shell, Stage::Completing).await?,
        shell,
    })
}

/// *Try again*.
pub(super) async fn try_again(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = &access.onboarding()?.onboarding;
    let result = retry_run::run(&app, &access.actor, onboarding.id).await;
    Ok(on_to(&access, result)?.into_response())
}

#[derive(Deserialize)]
pub(crate) struct LeaveOut {
    #[serde(default)]
    data_set: String,
}

/// Leaves out a data set that cannot be read.
pub(super) async fn leave_out(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<LeaveOut>,
) -> Result<Response, PageError> {
    let data_set = DataSet::from_key(&input.data_set).ok_or(PageError::Unreadable)?;
    let onboarding = &access.onboarding()?.onboarding;
    let (left_out, next) =
        leave_out_data_set::run(&app, &access.actor, onboarding.id, data_set).await?;
    let onward = see_other(paths::step(access.firm.id, next));
    let label = data_set.label();
    let answer = match left_out {
        LeftOut::Done => onward.with_success(text::left_out(label)),
        LeftOut::NoTrouble => onward,
        LeftOut::OnlyOne => onward.with(NoticeKind::NeedsYou, text::all_that_was_chosen(label)),
    };
    Ok(answer.into_response())
}

fn trouble(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    entries: &[Entry],
    code: ReasonCode,
) -> Trouble {
    let mut optional: Vec<DataSet> = entries
        .iter()
        .filter(|entry| help::is_stopped(entry))
        // Without what access as a whole lacks, nothing else can be read either.
        .filter(|entry| entry.code.is_some_and(|code| !code.stops_everything()))
        .filter_map(|entry| entry.action.data_set())
        .collect();
    optional.dedup();
    let firm = access.firm.id;
    let stuck = |code: &str| paths::stuck(firm, Stage::Complete, code);
    let cause = CauseToFix::of_completion(app, stored, entries, (code, OwnPage::RUN), stuck);
    let details = paths::step(firm, Stage::Credentials);
    let cure = cause.as_ref().and_then(CauseToFix::cure);
    Trouble {
        cure: cure.map(|(label, field)| (label, format!("{details}#{field}"))),
        cause,
        who: code.party().label(),
        code,
        optional,
    }
}
