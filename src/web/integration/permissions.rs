//! The newest result of the permission checks.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{connected, pages};
use crate::app::App;
use crate::help;
use crate::onboarding::CheckPurpose;
use crate::store::checks::{self, CheckRow};
use crate::verdict::Check;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Nav, Shell, When, XrayRow};
use crate::web::wizard::permissions::{Smallest, smallest};
use crate::web::wizard::rows::{by_urgency, xray_row};

#[derive(Template)]
#[template(path = "integration/permissions.html")]
struct IntegrationPermissionsPage {
    shell: Shell,
    pages: Nav,
    checked: Option<When>,
    /// What to do about the rows that failed.
    card: Option<FixCard>,
    rows: Vec<XrayRow>,
    /// What the choice needs, where the access in use was not checked tool by tool.
    smallest: Smallest,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm_id, id) = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let purpose = CheckPurpose::Permissions;
    let run = checks::find_counting(&mut conn, firm_id, id, purpose).await?;
    let checked = match &run {
        Some(run) => checks::list_rows(&mut conn, firm_id, run.id).await?,
        None => Vec::new(),
    };
    drop(conn);
    let shell = access.shell(&app);
    // What was left out afterwards is not brought, even if the check had passed.
    let brought = |row: &CheckRow| match row.check {
        Check::DataSet(data_set) => settings.choice(data_set).is_some(),
        _ => true,
    };
    let stored = access.onboarding()?;
    let checked: Vec<CheckRow> = checked.into_iter().filter(brought).collect();
    let mut rows: Vec<XrayRow> = checked
        .iter()
        .filter_map(|row| xray_row(&app, &shell, stored, row, false))
        .collect();
    rows.sort_by_key(|row| by_urgency(row.state));
    ok(&IntegrationPermissionsPage {
        pages: pages(&shell, access.firm.id),
        checked: run.map(|run| shell.when(run.started_at)),
        card: help::fix_card(&app, stored, &checked)
            .as_ref()
            .map(FixCard::from),
        rows,
        smallest: smallest(Some(settings), &app.config.product_name),
        shell,
    })
}
