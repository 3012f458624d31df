//! The key and secret in use: never the secret, and four characters of the key.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{connected, pages};
use crate::app::App;
use crate::store::{credentials, onboardings};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Shell, When, duration};
use crate::web::wizard::help;

/// Characters of the Client ID that are shown.
const SHOWN: usize = 4;

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
}

pub async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let integration = match connected(&app, &access).await? {
        Ok(integration) => integration,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm_id = integration.firm_id;
    let mut conn = app.db.acquire().await?;
    let credential = credentials::find(&mut conn, firm_id, integration.credential_id).await?;
    let stored = onboardings::find(&mut conn, firm_id, integration.onboarding_id).await?;
    drop(conn);
    let credential = credential.ok_or(PageError::Missing)?;
    let target = stored.and_then(|stored| stored.onboarding.target);

    let shell = access.shell(&app);
    let shown: String = credential.client_id.chars().take(SHOWN).collect();
    ok(&IntegrationCredentialsPage {
        pages: pages(&shell, access.firm.id),
        company_id: credential.company_id,
        environment: help::environment_label(&credential.environment),
        way: target.map_or("", |target| target.access_way.label()),
        client: format!("{shown}…"),
        fingerprint: credential.fingerprint,
        by: credential.created_by,
        at: shell.when(credential.created_at),
        age: duration(shell.now - credential.created_at),
        shell,
    })
}
