//! What stands open, as one card: on pages, and in the mail to the person who fixes it.

use super::run::ShownChecks;
use crate::app::App;
use crate::content::FixCard;
use crate::flows::hand_over::Fixes;
use crate::help::{self, OwnPage};
use crate::onboarding::CheckPurpose;
use crate::store::actions::Entry;
use crate::store::onboardings::Stored;
use crate::verdict::ReasonCode;
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
    help::fix_card(app, stored, &shown.rows)
}

/// The reason why a completion needs a person, for a page.
pub(crate) fn of_completion(
    app: &App,
    stored: &Stored,
    entries: &[Entry],
    code: ReasonCode,
    page: OwnPage,
) -> Option<FixCard> {
    help::remedy_of_completion(app, stored, entries, code, page).map(FixCard::from)
}

/// The card as a mail sets it.
pub(crate) fn in_mail(card: &FixCard) -> Fixes {
    Fixes {
        checks: card.checks.clone(),
        section: help::section(card),
    }
}
