//! The key and secret in use: never the secret, and four characters of the key.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;

use super::{connected, pages};
use crate::app::App;
use crate::help;
use crate::paths;
use crate::store::credentials;
use crate::text::time::duration;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Shell, When};

/// Characters of the Client ID that are shown.
const SHOWN: usize = 4;
/// From what age on a secret is better replaced.
const OLD: TimeDelta = TimeDelta::days(365);

#[derive(Template)]
#[template(path = "integration/credentials.html")]
struct IntegrationCredentialsPage {
    shell: Shell,
    pages: Nav,
    company_id: i64,
    environment: String,
    way: &'static str,
    client: String,
    fingerprint: String,
    by: String,
    at: When,
    age: String,
    is_old: bool,
    replace: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let mut conn = app.db.acquire().await?;
    let credential =
        credentials::find_current(&mut conn, connection.firm_id, connection.id).await?;
    drop(conn);
    let credential = credential.ok_or(PageError::Missing)?;
    let target = &connection.target;

    let shell = access.shell(&app);
    let shown: String = credential.client_id.chars().take(SHOWN).collect();
    ok(&IntegrationCredentialsPage {
        pages: pages(&shell, access.firm.id),
        company_id: target.company_id,
        environment: help::environment_label(&target.environment),
        way: target.access_way.label(),
        client: format!("{shown}…"),
        fingerprint: credential.fingerprint,
        by: credential.created_by,
        at: shell.when(credential.created_at),
        age: duration(shell.now - credential.created_at),
        is_old: shell.now - credential.created_at > OLD,
        replace: paths::replace_credentials(access.firm.id),
        shell,
    })
}
