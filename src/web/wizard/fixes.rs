//! Open problems in plain words, for the mail to the person who fixes them.

use super::run::ShownChecks;
use super::{ledger, rows};
use crate::app::App;
use crate::content;
use crate::flows::hand_over::Fix;
use crate::onboarding::CheckPurpose;
use crate::store::actions::Entry;
use crate::store::onboardings::Stored;
use crate::text::mails::{self, Section};
use crate::verdict::{CheckState, ReasonCode};
use crate::web::error::PageError;
use crate::web::view::Shell;

/// The failed checks of the newest run.
pub(crate) async fn list(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    purpose: CheckPurpose,
) -> Result<Vec<Fix>, PageError> {
    let shown = ShownChecks::newest(app, stored, purpose).await?;
    let results = shown.rows.iter().filter_map(|row| row.result.as_ref());
    let failed = results.filter(|result| result.state == CheckState::Failed);
    Ok(failed
        .filter_map(|result| {
            let remedy = rows::remedy(app, shell, stored, result)?;
            Some(fix(result.check.key(), &remedy))
        })
        .collect())
}

/// The reason why a completion needs a person.
pub(crate) fn of_completion(
    app: &App,
    stored: &Stored,
    entries: &[Entry],
    code: ReasonCode,
) -> Option<Fix> {
    let remedy = ledger::remedy(app, stored, entries, code)?;
    Some(fix("completion".to_owned(), &remedy))
}

fn fix(check: String, remedy: &content::Remedy) -> Fix {
    let steps = remedy.steps.iter();
    Fix {
        check,
        section: Section {
            title: remedy.title.clone(),
            text: remedy.explanation(),
            steps: steps.map(|step| content::plain(&step.pieces)).collect(),
            small: mails::who_can_fix(&remedy.who, remedy.code),
        },
    }
}
