//! The rows of a verification as pages show them.

use crate::app::App;
use crate::content;
use crate::help::{self, OwnPage};
use crate::store::checks::CheckRow as StoredRow;
use crate::store::onboardings::Stored;
use crate::text::checks as text;
use crate::verdict::{self, Check, CheckResult, ReasonCode, Said};
use crate::web::view::{CheckRow, CheckState, Remedy, Shell, XrayRow};

/// One row of the first verification.
pub(crate) fn check_row(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    checked: &StoredRow,
    running: bool,
) -> CheckRow {
    let id = id(&checked.check);
    let what = checked.check.label();
    let Some(result) = &checked.result else {
        let state = if running {
            CheckState::Running
        } else {
            CheckState::NotRun
        };
        return CheckRow::new(id, state, what);
    };
    let mut row = CheckRow::new(id, shown(result), what);
    let remedy = remedy(app, shell, stored, result, OwnPage::CHECKS);
    row = row.answer(match &remedy {
        Some(remedy) => format!("{} {} {}", remedy.tried, remedy.answered, remedy.likely),
        None => text::answered(result),
    });
    row.said = said(result);
    if let Some(code) = result.reason {
        row = row.code(code.to_string());
    }
    let tested = result.state != verdict::CheckState::NotTested;
    if let Some(at) = checked.checked_at.filter(|_| tested) {
        row = row.at(shell.when(at));
    }
    match remedy {
        Some(remedy) => row.remedy(Remedy::from(&remedy)),
        None => row,
    }
}

/// Whether a row of the permission check repeats what the first verification shows.
pub(crate) fn is_known_already(stored: &StoredRow) -> bool {
    let repeats = match stored.check {
        Check::Reach | Check::Credentials | Check::Connected | Check::Company => true,
        Check::Webhooks | Check::DataSet(_) | Check::ProjectsVisible | Check::Excess => false,
    };
    let result = stored.result.as_ref();
    repeats && result.is_none_or(CheckResult::lets_pass)
}

/// One row of the permission check; none for what the first verification shows.
pub(crate) fn xray_row(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    checked: &StoredRow,
    running: bool,
) -> Option<XrayRow> {
    let result = checked.result.as_ref();
    let state = match result {
        Some(result) => shown(result),
        None if running => CheckState::Running,
        None => CheckState::NotRun,
    };
    if is_known_already(checked) {
        return None;
    }
    let (usual, needed_for) = checked.check.tool_and_purpose();
    // The list that is refused may need another tool than the one the data set is named for.
    let decides = result.and_then(|result| result.tool);
    let tool = decides.map_or(usual, |tool| tool.label().to_owned());
    let remedy = result.and_then(|result| remedy(app, shell, stored, result, OwnPage::CHECKS));
    Some(XrayRow {
        id: id(&checked.check),
        state,
        tool,
        needed_for,
        needed: checked
            .check
            .needed(result.and_then(|result| result.needed))
            .to_owned(),
        found: result.and_then(text::found),
        evidence: text::evidence(result),
        who: match &remedy {
            Some(remedy) => remedy.who.clone(),
            None => text::SOMEBODY_IN_PROCORE.to_owned(),
        },
        said: result.and_then(said),
        code: result
            .and_then(|result| result.reason)
            .map(|code| code.to_string()),
        at: checked.checked_at.map(|at| shell.when(at)),
        kept: false,
        // What failed is fixed together with the rest, by the card above the rows.
        remedy: remedy
            .as_ref()
            .filter(|_| state != CheckState::Failed)
            .map(Remedy::from),
    })
}

/// The id of a row on its page.
pub(crate) fn id(check: &Check) -> String {
    format!("check-{}", check.key().replace(':', "-"))
}

/// What Procore said, where that helps the firm. About a key that it does not know, it says nothing
/// that we do not say better.
pub(crate) fn said(result: &CheckResult) -> Option<String> {
    let helps = result.state == verdict::CheckState::Failed
        && result.reason != Some(ReasonCode::Credentials)
        && result.reason != Some(ReasonCode::Environment);
    result.detail.words.as_ref().filter(|_| helps)?.quote()
}

/// Procore's whole answer, for support.
pub(crate) fn said_in_full(checked: &StoredRow) -> Option<String> {
    let result = checked.result.as_ref()?;
    result.detail.words.as_ref().map(Said::in_full)
}

/// Sort key: failures first, then warnings, passed rows last.
pub(crate) fn by_urgency(state: CheckState) -> u8 {
    match state {
        CheckState::Failed => 0,
        CheckState::Waiting => 1,
        CheckState::Warning => 2,
        CheckState::Running => 3,
        CheckState::NotTested | CheckState::NotRun => 4,
        CheckState::Passed => 5,
    }
}

fn shown(result: &CheckResult) -> CheckState {
    match result.state {
        verdict::CheckState::Passed => CheckState::Passed,
        verdict::CheckState::Failed => CheckState::Failed,
        verdict::CheckState::Warning => CheckState::Warning,
        verdict::CheckState::Waiting => CheckState::Waiting,
        verdict::CheckState::NotTested => CheckState::NotTested,
    }
}

/// The remedy for a row.
pub(crate) fn remedy(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    result: &CheckResult,
    page: OwnPage,
) -> Option<content::Remedy> {
    let until = result.until.map(|until| shell.when(until).time());
    help::remedy(
        result,
        stored,
        help::values(app, Some(stored)),
        until.as_deref(),
        page,
    )
}
