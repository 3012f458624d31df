//! The task of changing permissions in Procore.

use askama::Template;

use super::frame::{Refusals, TaskFrame};
use super::holder::Holder;
use super::standing::TaskStanding;
use crate::app::App;
use crate::connection::AccessWay;
use crate::content::{self, PathId};
use crate::help;
use crate::onboarding::CheckPurpose;
use crate::onboarding::hand_over::purpose;
use crate::text;
use crate::web::error::PageError;
use crate::web::view::{CheckRow, CheckState, FixCard, Notice, Remedy, Shell, XrayRow};
use crate::web::wizard::handed::fixed;
use crate::web::wizard::permissions::{Smallest, smallest};
use crate::web::wizard::rows;
use crate::web::wizard::run::Progress;

#[derive(Template)]
#[template(path = "handover/fix.html")]
pub(crate) struct FixPermissionsPage {
    shell: Shell,
    frame: TaskFrame,
    product: String,
    company: Option<String>,
    progress: Progress,
    notice: Option<Notice>,
    /// `2 of 3 fixed`, once something was found to be fixed.
    fixed: Option<String>,
    card: Option<FixCard>,
    rows: Vec<CheckRow>,
    open: Vec<XrayRow>,
    passed: Vec<XrayRow>,
    smallest: Option<Smallest>,
    paths: Vec<Remedy>,
}

/// The page, with the same rows that the admin sees.
pub(super) async fn page(
    app: &App,
    holder: &Holder,
    refusals: Refusals,
) -> Result<FixPermissionsPage, PageError> {
    let hand_over = &holder.held.hand_over;
    let stored = &holder.held.stored;
    let shell = holder.shell(app);
    let checks = purpose(hand_over.task, hand_over.step);
    let standing = TaskStanding::of(app, holder, &shell, false).await?;
    let (shown, card) = (standing.shown, standing.card);
    let running = shown.is_running();
    let (mut rows, mut xray) = (Vec::new(), Vec::new());
    match checks {
        CheckPurpose::Verify => rows.extend(shown.rows.iter().map(|row| {
            let mut row =
                rows::check_row(app, &shell, stored, row, running).kept(shown.is_kept(row));
            // What failed is fixed by the card above the rows.
            row.remedy = row.remedy.filter(|_| row.state != CheckState::Failed);
            row.stuck_at(|code| holder.stuck(code))
        })),
        CheckPurpose::Permissions => xray.extend(shown.rows.iter().filter_map(|stored_row| {
            let row = rows::xray_row(app, &shell, stored, stored_row, running)?;
            let row = row.kept(shown.is_kept(stored_row));
            Some(row.stuck_at(|code| holder.stuck(code)))
        })),
    }
    xray.sort_by_key(|row| rows::by_urgency(row.state));
    let (passed, open) = xray
        .into_iter()
        .partition(|row| row.state == CheckState::Passed);
    let settings = match checks {
        CheckPurpose::Verify => None,
        CheckPurpose::Permissions => stored.settings(),
    };
    let target = stored.target();
    Ok(FixPermissionsPage {
        frame: TaskFrame::new(app, holder, refusals.answer),
        product: app.config.product_name.clone(),
        company: target
            .map(|target| text::hand_over::company(stored.company_name(), target.company_id)),
        progress: standing.progress,
        notice: standing.notice,
        fixed: match fixed(hand_over, &shown) {
            (_, 0) => None,
            (fixed, total) => Some(text::hand_over::fixed(fixed, total)),
        },
        rows,
        open,
        passed,
        smallest: settings.map(|settings| smallest(Some(settings), &app.config.product_name)),
        paths: paths(app, holder, card.as_ref()),
        card: card.map(|card| FixCard::with_stuck(&card, |code| holder.stuck(code))),
        shell,
    })
}

/// The click paths that the remedies refer to, with their drawings, each once. The one for setting up
/// access is left out: it is long, and the remedies say what to change about it.
fn paths(app: &App, holder: &Holder, card: Option<&content::FixCard>) -> Vec<Remedy> {
    let see = card.map_or(&[][..], |card| &card.see).iter();
    let sets_up = AccessWay::ALL.map(PathId::of);
    let values = help::values(app, Some(&holder.held.stored));
    see.filter(|id| !sets_up.contains(id))
        .filter_map(|id| {
            let path = help::path(*id, &values)?;
            Some(Remedy::from(&path).stuck_at(&holder.stuck(id.key())))
        })
        .collect()
}
