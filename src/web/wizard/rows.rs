//! The rows of a verification as pages show them.

use super::help;
use crate::app::App;
use crate::catalog::DataSet;
use crate::content;
use crate::store::checks::CheckRow as StoredRow;
use crate::store::onboardings::Stored;
use crate::verdict::{self, Check, CheckResult};
use crate::web::view::{CheckRow, CheckState, Remedy, Shell, XrayRow, counted, grouped};

/// One row of the first verification.
pub fn check_row(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    checked: &StoredRow,
    running: bool,
) -> CheckRow {
    let id = format!("check-{}", checked.check.key().replace(':', "-"));
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
    let remedy = remedy(app, shell, stored, result);
    row = row.answer(match &remedy {
        Some(remedy) => format!("{} {} {}", remedy.tried, remedy.answered, remedy.likely),
        None => passed_in_words(result),
    });
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
pub fn is_known_already(stored: &StoredRow) -> bool {
    let repeats = match stored.check {
        Check::Reach | Check::Credentials | Check::Connected | Check::Company => true,
        Check::Webhooks | Check::DataSet(_) | Check::ProjectsVisible | Check::Excess => false,
    };
    let result = stored.result.as_ref();
    repeats && result.is_none_or(CheckResult::lets_pass)
}

/// One row of the permission check; none for what the first verification shows.
pub fn xray_row(
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
    let (tool, needed_for) = match &checked.check {
        _ if is_known_already(checked) => return None,
        Check::DataSet(set) => (
            set.entry().needs().tool.label().to_owned(),
            set.label().to_owned(),
        ),
        Check::ProjectsVisible => ("Portfolio".to_owned(), "the projects themselves".to_owned()),
        Check::Webhooks => ("Webhooks API".to_owned(), "live updates".to_owned()),
        Check::Excess => ("Directory".to_owned(), "no more than needed".to_owned()),
        check => ("Access".to_owned(), check.label()),
    };
    let remedy = result.and_then(|result| remedy(app, shell, stored, result));
    Some(XrayRow {
        id: format!("check-{}", checked.check.key().replace(':', "-")),
        state,
        tool,
        needed_for,
        needed: needed(&checked.check, result),
        found: result.and_then(found),
        evidence: evidence(result),
        who: match &remedy {
            Some(remedy) => remedy.who.clone(),
            None => "An administrator of your Procore company".to_owned(),
        },
        code: result
            .and_then(|result| result.reason)
            .map(|code| code.to_string()),
        at: checked.checked_at.map(|at| shell.when(at)),
        remedy: remedy.as_ref().map(Remedy::from),
    })
}

/// Sort key: failures first, then warnings, passed rows last.
pub fn by_urgency(state: CheckState) -> u8 {
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
pub fn remedy(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    result: &CheckResult,
) -> Option<content::Remedy> {
    let until = result.until.map(|until| shell.when(until));
    help::remedy(result, stored, help::values(app, Some(stored)), until)
}

/// What Procore answered where nothing has to be fixed.
fn passed_in_words(result: &CheckResult) -> String {
    let said = match &result.check {
        Check::Reach => "Procore answers.".to_owned(),
        Check::Credentials => "Procore accepts the Client ID and secret.".to_owned(),
        Check::Connected => "The app is connected to your company.".to_owned(),
        Check::Company => match &result.detail.company_name {
            Some(name) => format!("Procore calls it **{}**.", name.replace('*', "∗")),
            None => "The company is there.".to_owned(),
        },
        Check::Webhooks => "Procore lets us set up live updates.".to_owned(),
        Check::DataSet(_) | Check::ProjectsVisible | Check::Excess => String::new(),
    };
    let said = if result.state == verdict::CheckState::Passed {
        said
    } else {
        String::new()
    };
    let notes = result.detail.notes.iter().map(|note| note.text());
    let words = [said.as_str()]
        .into_iter()
        .chain(notes)
        .filter(|text| !text.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn needed(check: &Check, result: Option<&CheckResult>) -> String {
    let of_set = |set: &DataSet| set.entry().needs().level.label().to_owned();
    match (result.and_then(|result| result.needed), check) {
        (Some(level), _) => level.label().to_owned(),
        (None, Check::DataSet(set)) => of_set(set),
        (None, Check::Webhooks) => "Standard".to_owned(),
        (None, Check::ProjectsVisible) => "Shared with the app".to_owned(),
        (None, Check::Excess) => "Below Admin".to_owned(),
        (None, _) => "Access".to_owned(),
    }
}

/// The level that Procore reports, or its equivalent.
fn found(result: &CheckResult) -> Option<String> {
    match (result.found, &result.check, result.detail.records) {
        (Some(level), _, _) => Some(level.label().to_owned()),
        (None, Check::ProjectsVisible, Some(shared)) => {
            Some(format!("{} shared", counted(shared, "project")))
        }
        (None, _, _) => None,
    }
}

fn evidence(result: Option<&CheckResult>) -> String {
    let Some(result) = result else {
        return "Not checked yet".to_owned();
    };
    let how = result.how.map(|how| how.label().to_owned());
    let notes = result
        .detail
        .notes
        .iter()
        .copied()
        .map(|note| note.text().to_owned());
    let records = result
        .detail
        .records
        .filter(|records| *records > 0)
        .map(|records| format!("{} listed", grouped(records)));
    let words: Vec<String> = how.into_iter().chain(records).chain(notes).collect();
    words.join(". ")
}
