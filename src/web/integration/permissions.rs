//! The newest result of the permission checks.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{check_choice, connected, pages};
use crate::app::App;
use crate::help;
use crate::paths;
use crate::store::checks::CheckRow;
use crate::verdict::Check;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Nav, Notice, Shell, When, XrayRow};
use crate::web::wizard::permissions::{Smallest, smallest};
use crate::web::wizard::rows::{by_urgency, xray_row};
use crate::web::wizard::run::{Progress, ShownChecks};

#[derive(Template)]
#[template(path = "integration/permissions.html")]
struct IntegrationPermissionsPage {
    shell: Shell,
    pages: Nav,
    checked: Option<When>,
    here: String,
    /// Nothing is asked while the connection is paused.
    paused: bool,
    progress: Progress,
    notice: Option<Notice>,
    /// What to do about the rows that failed.
    card: Option<FixCard>,
    rows: Vec<XrayRow>,
    /// What the choice needs, where the access in use was not checked tool by tool.
    smallest: Smallest,
}

pub(super) async fn get(
    State(app): State<App>,
    mut access: FirmAccess,
) -> Result<Response, PageError> {
    let shown = match connected(&access) {
        Ok(_) => ShownChecks::in_use(&app, access.onboarding()?).await?,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    access.reload(&app).await?;
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let stored = access.onboarding()?;
    let shell = access.shell(&app);
    // What was left out afterwards is not brought, even if the check had passed.
    let brought = |row: &CheckRow| match row.check {
        Check::DataSet(data_set) => settings.choice(data_set).is_some(),
        _ => true,
    };
    let (progress, notice) = (shown.progress(), shown.notice(&shell));
    let last = shown.checked_at().map(|at| shell.when(at));
    let running = shown.is_running();
    let checked: Vec<CheckRow> = shown.rows.into_iter().filter(brought).collect();
    let mut rows: Vec<XrayRow> = checked
        .iter()
        .filter_map(|row| xray_row(&app, &shell, stored, row, running))
        .collect();
    rows.sort_by_key(|row| by_urgency(row.state));
    ok(&IntegrationPermissionsPage {
        pages: pages(&shell, access.firm.id),
        here: paths::integration_page(access.firm.id, "permissions"),
        paused: connection.pause.is_some(),
        progress,
        notice,
        checked: last,
        card: help::fix_card(&app, stored, &checked)
            .as_ref()
            .map(FixCard::from),
        rows,
        smallest: smallest(Some(settings), &app.config.product_name),
        shell,
    })
}

/// *Check again*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let settings = match connected(&access) {
        Ok((_, settings)) => settings,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let here = paths::integration_page(access.firm.id, "permissions");
    check_choice(&app, &access, settings, here).await
}
