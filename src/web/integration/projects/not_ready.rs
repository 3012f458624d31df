//! What the projects need that are not ready, as one card over all that the board finds.

use sqlx::PgConnection;

use super::asked::BoardQuery;
use crate::app::App;
use crate::connection::ShownProject;
use crate::help;
use crate::identity::{ConnectionId, FirmId};
use crate::store::projects::{self, NotReady};
use crate::text::projects::{self as text, CHECK_AGAIN};
use crate::verdict::{ProjectFix, merged_fixes};
use crate::web::access::FirmAccess;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Link};

/// Projects that the card is about where others are shown as well: the board stays fast with thousands.
const AT_A_GLANCE: i64 = 50;
/// The same where only those are shown that are not ready.
const AT_MOST: i64 = 1_000;

/// What has to be done in Procore.
pub(super) struct NotReadyCard {
    pub card: FixCard,
    /// It is folded where other projects are shown as well.
    pub is_folded: bool,
    /// Where the card is about more projects, if it leaves some out here.
    pub all: Option<Link>,
}

/// What stands in the way of those that the board finds; nothing where it shows others alone. The company has
/// `not_ready` projects that are not ready.
pub(super) async fn count(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    asked: &BoardQuery,
    not_ready: i64,
) -> Result<NotReady, PageError> {
    let Some(at_most) = at_most(asked).filter(|_| not_ready > 0) else {
        return Ok(NotReady::default());
    };
    Ok(projects::count_obstacles(conn, of, &asked.filter(), at_most).await?)
}

fn at_most(asked: &BoardQuery) -> Option<i64> {
    match asked.state() {
        None => Some(AT_A_GLANCE),
        Some(ShownProject::NotReady) => Some(AT_MOST),
        Some(
            ShownProject::NotChecked
            | ShownProject::Ready
            | ShownProject::Integrated
            | ShownProject::Unavailable,
        ) => None,
    }
}

/// The card, if anything stands in the way.
pub(super) fn card(
    app: &App,
    access: &FirmAccess,
    asked: &BoardQuery,
    found: NotReady,
) -> Result<Option<NotReadyCard>, PageError> {
    let fixes = merged_fixes(found.obstacles.into_iter().map(|it| {
        ProjectFix {
            obstacle: it.obstacle,
            named: (it.first.iter())
                .map(|(number, name, id)| text::title(number, name, *id))
                .collect(),
            projects: it.projects,
        }
    }));
    let stored = access.onboarding()?;
    let again = help::once_resumed(stored, CHECK_AGAIN);
    let Some(mut card) = help::card_of_projects(app, stored, &fixes, again) else {
        return Ok(None);
    };
    let limit = at_most(asked).map(i64::unsigned_abs);
    let is_cut = limit.is_some_and(|limit| found.projects >= limit);
    if is_cut {
        card.why.push(text::first_not_ready(found.projects));
    }
    let is_folded = asked.state().is_none();
    Ok(Some(NotReadyCard {
        card: FixCard::from(&card),
        is_folded,
        all: (is_cut && is_folded).then(|| {
            let all = asked.in_state(ShownProject::NotReady);
            Link::new(text::ALL_NOT_READY, all.address(access.firm.id, None))
        }),
    }))
}
