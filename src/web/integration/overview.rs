//! The overview: state in one sentence, and everything at a glance.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::health::HealthPanel;
use super::{connected, disconnect, pages};
use crate::app::App;
use crate::connection::Connection;
use crate::help;
use crate::paths;
use crate::store::{credentials, hooks, memberships, readings, records, unread};
use crate::text::connection::{NO_WEBHOOK, connected_since, webhook};
use crate::web::access::FirmAccess;
use crate::web::answer::{SeeOther, ok};
use crate::web::error::PageError;
use crate::web::view::{Incomplete, Nav, Rich, Shell, When};
use crate::web::wizard::done;

#[derive(Template)]
#[template(path = "integration/overview.html")]
struct IntegrationOverviewPage {
    shell: Shell,
    pages: Nav,
    state: Rich,
    health: HealthPanel,
    company: String,
    company_id: i64,
    company_home: Option<Url>,
    environment: String,
    reference: String,
    read_at: Option<When>,
    sets: Vec<(&'static str, String, String)>,
    hook: String,
    missing: Vec<String>,
    fingerprint: String,
    secret_at: Option<When>,
    people: Vec<String>,
    people_page: String,
    webhooks_page: String,
    credentials_page: String,
    disconnect_page: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return otherwise(&app, &access, elsewhere).await,
    };
    let firm = access.firm.id;
    let mut conn = app.db.acquire().await?;
    let counts = records::count_by_kind(&mut conn, firm, connection.id).await?;
    let hook = hooks::find_of_company(&mut conn, firm, connection.id).await?;
    let credential = credentials::find_current(&mut conn, firm, connection.id).await?;
    let reading = readings::find(&mut conn, firm, connection.id).await?;
    let unread = unread::count_by_kind(&mut conn, firm, connection.id).await?;
    let members = memberships::list(&mut conn, firm).await?;
    drop(conn);

    let shell = access.shell(&app);
    let health = HealthPanel::load(&app, &shell, access.onboarding()?, connection).await?;
    let incomplete = Incomplete::new(&shell, reading);
    let sets = settings.choices().iter().map(|choice| {
        let set = choice.data_set;
        let amount = done::amount(set, &counts, &incomplete, &unread);
        (set.label(), amount, paths::data_set(firm, set))
    });
    ok(&IntegrationOverviewPage {
        pages: pages(&shell, firm),
        state: state(&shell, connection),
        health,
        sets: sets.collect(),
        hook: match &hook {
            Some(hook) => webhook(hook.triggers.len()),
            None => NO_WEBHOOK.to_owned(),
        },
        missing: hook.map(|hook| hook.missing).unwrap_or_default(),
        fingerprint: credential
            .as_ref()
            .map(|credential| credential.fingerprint.clone())
            .unwrap_or_default(),
        secret_at: credential.map(|credential| shell.when(credential.created_at)),
        people: members.into_iter().map(|member| member.name).collect(),
        reference: done::reference(connection),
        company_home: connection.company_home(),
        environment: help::environment_label(&connection.target.environment),
        company_id: connection.target.company_id,
        read_at: connection.last_sync_at.map(|at| shell.when(at)),
        company: connection.company_name.clone().unwrap_or_default(),
        people_page: paths::people(firm),
        webhooks_page: paths::integration_page(firm, "webhooks"),
        credentials_page: paths::integration_page(firm, "credentials"),
        disconnect_page: paths::integration_page(firm, "disconnect"),
        shell,
    })
}

/// What stands here where nothing is connected: how the last connection ended, unless a new setup has
/// begun.
async fn otherwise(
    app: &App,
    access: &FirmAccess,
    elsewhere: SeeOther,
) -> Result<Response, PageError> {
    if access.firm.onboarding.is_some() {
        return Ok(elsewhere.into_response());
    }
    match disconnect::ended(app, access).await? {
        Some(page) => ok(&page),
        None => Ok(elsewhere.into_response()),
    }
}

fn state(shell: &Shell, connection: &Connection) -> Rich {
    let company = connection.company_name.as_deref().unwrap_or_default();
    let company = company.replace(['*', '`'], " ");
    let day = connection.connected_at.map(|at| shell.when(at).day());
    Rich::from(connected_since(&company, day.as_deref()))
}
