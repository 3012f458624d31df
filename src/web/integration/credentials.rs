//! The key and secret in use: never the secret, and four characters of the key.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;

use super::{connected, pages, proof_ended};
use crate::app::App;
use crate::connection::Connection;
use crate::help;
use crate::paths;
use crate::store::credentials::{self, StoredAccess};
use crate::store::projects_seen;
use crate::store::sign_ins::SeenProject;
use crate::text::time::duration;
use crate::text::vendor;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Notice, Shell, When};

/// Characters of the Client ID that are shown.
const SHOWN: usize = 4;
/// Projects that are named.
const NAMED: i64 = 10;
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
    /// The beginning of the firm's Client ID, and the secret's fingerprint.
    key: Option<(String, String)>,
    /// Who proved the company by signing in with Procore.
    proven_by: Option<String>,
    /// Why that opens nothing any more.
    over: Option<Notice>,
    /// Projects that this person sees and that are not shared with us.
    unshared: Option<String>,
    by: String,
    at: When,
    age: String,
    is_old: bool,
    replace: String,
}

pub(super) async fn get(
    State(app): State<App>,
    mut access: FirmAccess,
) -> Result<Response, PageError> {
    let mut stored = match connected(&access) {
        Ok((connection, _)) => given(&app, connection).await?,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if stored.is_none() {
        access.reload(&app).await?; // another way to give access has taken over
    }
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if stored.is_none() {
        stored = given(&app, connection).await?;
    }
    let mut conn = app.db.acquire().await?;
    let (firm, id) = (connection.firm_id, connection.id);
    let (unshared, count) = projects_seen::list_unshared(&mut conn, firm, id, None, NAMED).await?;
    let over = proof_ended(&mut conn, connection).await?;
    drop(conn);
    let stored = stored.ok_or(PageError::Missing)?;
    let (by, at) = (stored.created_by().to_owned(), stored.created_at());
    let target = &connection.target;

    let shell = access.shell(&app);
    let unshared: Vec<String> = unshared.iter().map(SeenProject::shown).collect();
    let unshared = (count > 0).then(|| vendor::not_shared(&unshared, count));
    let (key, proven_by) = match stored {
        StoredAccess::FirmClient(own) => {
            let shown: String = own.client_id.chars().take(SHOWN).collect();
            (Some((format!("{shown}…"), own.fingerprint)), None)
        }
        StoredAccess::VendorClient(proof) => {
            let person = proof.person;
            (None, Some(vendor::proven_by(&person.name, &person.login)))
        }
    };
    ok(&IntegrationCredentialsPage {
        pages: pages(&shell, access.firm.id),
        company_id: target.company_id,
        environment: help::environment_label(&target.environment),
        way: target.access_way.label(),
        is_old: key.is_some() && shell.now - at > OLD,
        key,
        proven_by,
        over: over.map(Notice::needs_you),
        unshared,
        by,
        age: duration(shell.now - at),
        at: shell.when(at),
        replace: paths::replace_credentials(access.firm.id),
        shell,
    })
}

/// What gives access, in the way that the connection is known to have it.
async fn given(app: &App, connection: &Connection) -> Result<Option<StoredAccess>, PageError> {
    let mut conn = app.db.acquire().await?;
    Ok(credentials::find_given(&mut conn, connection).await?)
}
