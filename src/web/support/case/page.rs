//! The case: where it stands and why, what can be done, and everything that is known.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::actions::Actions;
use super::ask::AskFields;
use super::firm_side::{FirmSide, Runs};
use super::in_place::InPlaceAction;
use super::known::Known;
use super::{CaseAccess, assign, snooze, unread};
use crate::app::App;
use crate::help;
use crate::identity::ActivityId;
use crate::onboarding::situation::{SituationCode, WaitingOn};
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::text::situation::firms_turn;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::removal::RemovalStatus;
use crate::web::support::reason;
use crate::web::view::{Notice, NoticeKind, Shell, Since, When};
use crate::web::wizard::run::ShownChecks;

/// Where notes are posted.
pub(super) const NOTES: &str = "notes";

#[derive(Template)]
#[template(path = "support/case/page.html")]
pub(crate) struct CasePage {
    shell: Shell,
    firm: String,
    step: &'static str,
    number: usize,
    state: Notice,
    /// How far the removal is that follows its end.
    removal: Option<Notice>,
    /// The reference that the firm sees, too.
    code: Option<String>,
    facts: CaseFacts,
    actions: Actions,
    /// What every form of the page carries.
    seen: AskFields,
    /// Who can look after it, and where that is sent.
    assignees: Vec<(String, String)>,
    assign: String,
    firm_side: FirmSide,
    known: Known,
    /// Every field of the page.
    form: FormState,
    notes: String,
    /// The address of this page.
    here: String,
    /// Where what could not be read is shown.
    unread: String,
    /// Where a lead removes the firm.
    remove_firm: Option<String>,
}

/// The facts in the header.
struct CaseFacts {
    reference: Option<String>,
    waiting_on: &'static str,
    since: Since,
    progress: When,
    due: Option<When>,
    assignee: Option<String>,
    is_mine: bool,
    snoozed_until: Option<When>,
    contacted: Option<When>,
}

/// Which part of the timeline is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CaseQuery {
    before: Option<ActivityId>,
}

pub(super) async fn get(
    State(app): State<App>,
    access: CaseAccess,
    Query(at): Query<CaseQuery>,
) -> Result<Response, PageError> {
    ok(&build(&app, &access, at, FormState::default(), None).await?)
}

/// The page, with its fields as they were filled in; `notice` says why nothing was done.
pub(super) async fn build(
    app: &App,
    access: &CaseAccess,
    at: CaseQuery,
    mut form: FormState,
    notice: Option<Notice>,
) -> Result<CasePage, PageError> {
    let runs = Runs::newest(app, &access.case.stored).await?;
    let reloaded;
    let (access, runs) = match runs.move_on() {
        true => (access, runs), // the page polls on
        false => {
            reloaded = access.reloaded(app).await?;
            let runs = match reloaded.version() == access.version() {
                true => runs,
                false => Runs::newest(app, &reloaded.case.stored).await?,
            };
            (&reloaded, runs)
        }
    };
    let (mut shell, onboarding) = (access.shell(app), access.onboarding());
    shell.flash = notice.or(shell.flash);
    form.propose("day", || snooze::proposed(&shell));
    form.propose("assignee", || assign::chosen(access));
    let line = &access.case.line;
    Ok(CasePage {
        firm: access.case.firm.name.clone(),
        step: onboarding.stage.label(),
        number: onboarding.stage.number(),
        removal: removal(app, &shell, access).await?,
        state: state(app, access).await?,
        code: line.situation.reason.map(|reason| reason.to_string()),
        facts: facts(&shell, access),
        actions: Actions::of(app, access).await?,
        seen: access.seen(),
        assignees: assign::choices(app, access).await?,
        assign: access.at(assign::Assign::SLUG),
        firm_side: FirmSide::of(app, &shell, &access.case.stored, runs).await?,
        known: Known::of(app, &shell, access, at.before).await?,
        notes: access.at(NOTES),
        here: paths::case(onboarding.id),
        unread: access.at(unread::SLUG),
        remove_firm: access
            .can_remove_firm()
            .then(|| paths::remove_firm(access.case.firm.id)),
        form,
        shell,
    })
}

async fn removal(
    app: &App,
    shell: &Shell,
    access: &CaseAccess,
) -> Result<Option<Notice>, PageError> {
    let connection = match (
        &access.onboarding().archived_at,
        &access.case.stored.connection,
    ) {
        (Some(_), Some(connection)) => connection,
        (Some(_) | None, _) => return Ok(None),
    };
    let mut conn = app.db.acquire().await?;
    let status = RemovalStatus::load(&mut conn, connection).await?;
    Ok(status.map(|status| status.notice(shell, "")))
}

async fn state(app: &App, access: &CaseAccess) -> Result<Notice, PageError> {
    let (line, stored) = (&access.case.line, &access.case.stored);
    let situation = &line.situation;
    let kind = match situation.party {
        WaitingOn::Us => NoticeKind::NeedsYou,
        WaitingOn::Firm | WaitingOn::ProcoreAdmin | WaitingOn::Procore => NoticeKind::Waiting,
        WaitingOn::Nobody => NoticeKind::Info,
    };
    let text = match situation.code {
        SituationCode::InProgress | SituationCode::Idle => {
            let stage = stored.onboarding.stage;
            let checks = match stage {
                Stage::Permissions => CheckPurpose::Permissions,
                _ => CheckPurpose::Verify,
            };
            let shown = ShownChecks::newest(app, stored, checks).await?;
            firms_turn(stage, shown.standing()).to_owned()
        }
        code => {
            let known = help::values(app, Some(stored));
            reason::sentence(code, situation.reason, &known)
        }
    };
    Ok(Notice::new(kind, text))
}

fn facts(shell: &Shell, access: &CaseAccess) -> CaseFacts {
    let line = &access.case.line;
    CaseFacts {
        reference: access.case.firm.external_reference.clone(),
        waiting_on: line.situation.party.label(),
        since: shell.when(line.situation.since).into(),
        progress: shell.when(line.progress_at),
        due: line.due_at.map(|at| shell.when(at)),
        assignee: line.assignee.as_ref().map(|it| it.name.clone()),
        is_mine: access.is_mine(),
        // A snooze in the past has ended.
        snoozed_until: line
            .snoozed_until
            .filter(|until| *until > shell.now)
            .map(|at| shell.when(at)),
        contacted: line.contacted_at.map(|at| shell.when(at)),
    }
}
