//! What stands open, as one card: on pages, and in the mail to the person who fixes it.

use super::run::ShownChecks;
use super::{help, ledger};
use crate::app::App;
use crate::content::{self, FixCard};
use crate::flows::hand_over::Fixes;
use crate::onboarding::CheckPurpose;
use crate::store::actions::Entry;
use crate::store::checks::CheckRow;
use crate::store::onboardings::Stored;
use crate::text::mails::{self, Section, SectionLine};
use crate::verdict::{CheckResult, OpenFixes, ReasonCode};
use crate::web::error::PageError;

/// The failed checks of the newest run.
pub(crate) async fn newest(
    app: &App,
    stored: &Stored,
    purpose: CheckPurpose,
) -> Result<Option<FixCard>, PageError> {
    let shown = ShownChecks::newest(app, stored, purpose).await?;
    Ok(card(app, stored, &shown))
}

/// The failed rows of a run that has ended.
pub(crate) fn card(app: &App, stored: &Stored, shown: &ShownChecks) -> Option<FixCard> {
    if shown.is_running() {
        return None;
    }
    of_rows(app, stored, &shown.rows)
}

/// The failed ones of some rows.
pub(crate) fn of_rows(app: &App, stored: &Stored, rows: &[CheckRow]) -> Option<FixCard> {
    let results = rows.iter().filter_map(|row| row.result.clone());
    let results: Vec<CheckResult> = results.collect();
    help::fix_card(&OpenFixes::of(&results)?, stored, app)
}

/// The reason why a completion needs a person.
pub(crate) fn of_completion(
    app: &App,
    stored: &Stored,
    entries: &[Entry],
    code: ReasonCode,
) -> Option<FixCard> {
    ledger::remedy(app, stored, entries, code).map(FixCard::from)
}

/// The card as a mail sets it.
pub(crate) fn in_mail(card: &FixCard) -> Fixes {
    let steps = card.steps.iter();
    let lines = card.lines.iter().map(|line| SectionLine {
        what: line.what.clone(),
        now: line.now.clone(),
        needed: line.needed.clone(),
        purpose: line.purpose.clone(),
    });
    Fixes {
        checks: card.checks.clone(),
        section: Section {
            title: card.title.clone(),
            texts: card.why.clone(),
            lines: lines.collect(),
            steps: steps.map(|it| content::plain(&it.step.pieces)).collect(),
            small: mails::who_can_fix(&card.who, &card.codes),
        },
    }
}
