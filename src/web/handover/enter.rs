//! The task of entering the Procore details.

use askama::Template;

use super::frame::{Refusals, TaskFrame};
use super::holder::Holder;
use crate::app::App;
use crate::onboarding::CheckPurpose;
use crate::paths;
use crate::store::credentials;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{CheckRow, Notice, SavedSecret, Shell};
use crate::web::wizard::details::{Offer, blank};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::verify::{ReachableCompany, elsewhere, reachable};
use crate::web::wizard::{help, rows};

#[derive(Template)]
#[template(path = "handover/enter.html")]
pub(crate) struct EnterDetailsPage {
    shell: Shell,
    frame: TaskFrame,
    details: String,
    form: FormState,
    offer: Offer,
    saved: Option<SavedSecret>,
    /// The checks of the details that were entered with this link.
    checks: Option<Checks>,
}

struct Checks {
    progress: Progress,
    notice: Option<Notice>,
    rows: Vec<CheckRow>,
    elsewhere: Vec<(String, String)>,
    reachable: Option<ReachableCompany>,
}

/// The page. The colleague sees and corrects their own details; those of others are not shown.
pub(super) async fn page(
    app: &App,
    holder: &Holder,
    refusals: Refusals,
) -> Result<EnterDetailsPage, PageError> {
    let hand_over = &holder.held.hand_over;
    let stored = &holder.held.stored;
    let shell = holder.shell(app);
    let mut conn = app.db.acquire().await?;
    let current = match &stored.connection {
        Some(it) => credentials::find_current(&mut conn, it.firm_id, it.id).await?,
        None => None,
    };
    drop(conn);
    let own = current.filter(|current| Some(current.id) == hand_over.credential_id);
    let form = match refusals.details {
        Some(form) => form,
        None => {
            let client_id = own.as_ref().map_or("", |own| own.client_id.as_str());
            let form = blank(stored, None, client_id);
            match (stored.target(), hand_over.company_id) {
                (None, Some(known)) => form.keep("company_id", known.to_string()),
                (None, None) | (Some(_), _) => form,
            }
        }
    };
    let values = help::values(app, Some(stored));
    let offer = Offer::new(app, &values, &form, |text| holder.stuck(text));
    let checks = match &own {
        None => None,
        Some(own) => {
            let shown = ShownChecks::newest(app, stored, CheckPurpose::Verify).await?;
            let rows = shown.rows.iter();
            Some(Checks {
                progress: shown.progress(),
                notice: shown.notice(&shell),
                rows: rows
                    .map(|row| rows::check_row(app, &shell, stored, row, shown.is_running()))
                    .map(|row| row.stuck_at(|code| holder.stuck(code)))
                    .collect(),
                elsewhere: elsewhere(app, &shown, stored),
                reachable: reachable(&shown, stored, &own.client_id),
            })
        }
    };
    Ok(EnterDetailsPage {
        frame: TaskFrame::new(app, holder, refusals.answer),
        details: paths::handover_details(&holder.token),
        form,
        offer,
        saved: own.map(|own| SavedSecret {
            at: shell.when(own.created_at),
            fingerprint: own.fingerprint,
            is_refused: checks
                .as_ref()
                .is_some_and(|checks| checks.progress == Progress::Failed),
        }),
        checks,
        shell,
    })
}
