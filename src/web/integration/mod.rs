//! The details of a connection: what is connected, what was read, who did what, and how it ends.

mod actions;
pub(super) mod activity;
mod activity_file;
mod credentials;
mod data;
mod disconnect;
mod events;
mod health;
mod overview;
mod permissions;
mod projects;
mod record_place;
mod records;
mod replace;
mod settings;
mod settings_review;
mod webhook_triggers;
mod webhooks;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sqlx::PgConnection;

use super::access::FirmAccess;
use super::answer::{SeeOther, see_other};
use super::error::PageError;
use super::view::{Nav, Shell};
use crate::app::App;
use crate::connection::{Connection, ConnectionState, Settings};
use crate::flows::{Error, start_checks};
use crate::identity::FirmId;
use crate::paths;
use crate::store::{StoreError, credentials as stored};
use crate::text::connection::replacement;
use crate::text::pages as text;
use crate::text::setup::NOT_CONNECTED_YET;

/// The pages of a connection.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(projects::routes())
        .route(paths::INTEGRATION, get(overview::get))
        .route(paths::CHECK_NOW, post(health::check_now))
        .route(paths::PAUSE, post(actions::pause))
        .route(paths::RESUME, post(actions::resume))
        .route(paths::RECONNECT, post(actions::post_reconnect))
        .route(paths::SYNC_NOW, post(actions::sync_now))
        .route(paths::REPAIR, post(webhooks::repair))
        .route(&page("data"), get(data::get))
        .route(paths::DATA_SET, get(records::list))
        .route(paths::RECORD, get(records::one))
        .route(&page("events"), get(events::get))
        .route(&page("webhooks"), get(webhooks::get))
        .route(paths::SETTINGS, get(settings::get).post(settings::post))
        .route(paths::TRY_CHANGE_AGAIN, post(settings::try_again))
        .route(
            paths::SETTINGS_REVIEW,
            get(settings_review::get).post(settings_review::post),
        )
        .route(paths::CHECK_DELIVERIES, post(webhooks::check_deliveries))
        .route(paths::TEST_ADDRESS, post(webhooks::test_address))
        .route(paths::ACTIVITY_FILE, get(activity_file::get))
        .route(
            &page("permissions"),
            get(permissions::get).post(permissions::post),
        )
        .route(&page("credentials"), get(credentials::get))
        .route(&page("activity"), get(activity::get))
        .route(
            paths::REPLACE_CREDENTIALS,
            get(replace::get).post(replace::post),
        )
        .route(
            &page("disconnect"),
            get(disconnect::get).post(disconnect::post),
        )
        .route(&page("removal"), get(disconnect::removal))
}

fn page(name: &str) -> String {
    paths::route(paths::INTEGRATION_PAGE, "page", name)
}

/// The firm's connection with what it brings, or where to go as long as it is not connected.
fn connected(access: &FirmAccess) -> Result<(&Connection, &Settings), SeeOther> {
    let stored = access.firm.onboarding.as_ref();
    let connection = stored.and_then(|stored| stored.connection.as_ref());
    match connection.map(|connection| (connection, connection.state, &connection.settings)) {
        Some((connection, ConnectionState::Connected, Some(settings))) => {
            Ok((connection, settings))
        }
        Some((
            _,
            ConnectionState::Connected
            | ConnectionState::SettingUp
            | ConnectionState::Removing
            | ConnectionState::Disconnected,
            _,
        ))
        | None => Err(to_setup(access)),
    }
}

/// Why nothing opens the company, where our own app did: what somebody proved is over.
async fn proof_ended(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Option<String>, StoreError> {
    if connection.target.access_way.has_own_key()
        || stored::find_access(conn, connection).await?.is_some()
    {
        return Ok(None);
    }
    let why = stored::why_unproven(conn, connection).await?;
    Ok(Some(replacement::proof_ended(
        &connection.shown_name(),
        why,
    )))
}

/// Starts checking a choice and leads to the page that shows it; where nobody has proven that the company is the
/// firm's, to the page that says why and asks to sign in with Procore.
async fn check_choice(
    app: &App,
    access: &FirmAccess,
    settings: &Settings,
    shown: String,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    let started = start_checks::of_choice(app, &access.actor, onboarding, settings).await;
    let to = match started {
        Ok(()) => shown,
        Err(Error::NotProven) => paths::replace_credentials(access.firm.id),
        Err(error) => return Err(error.into()),
    };
    Ok(see_other(to).into_response())
}

fn to_setup(access: &FirmAccess) -> SeeOther {
    let firm = access.firm.id;
    let to = match &access.firm.onboarding {
        Some(stored) => paths::step(firm, stored.onboarding.stage),
        None => paths::concierge(firm),
    };
    see_other(to).with_message(NOT_CONNECTED_YET)
}

/// The line of pages above the content.
fn pages(shell: &Shell, firm: FirmId) -> Nav {
    let below = |name| paths::integration_page(firm, name);
    let links = [
        (text::OVERVIEW, paths::integration(firm)),
        (text::DATA, below("data")),
        (text::PROJECTS, paths::projects(firm)),
        (text::EVENTS, below("events")),
        (text::WEBHOOKS, below("webhooks")),
        (text::SETTINGS, below("settings")),
        (text::PERMISSIONS, below("permissions")),
        (text::CREDENTIALS, below("credentials")),
        (text::ACTIVITY, below("activity")),
    ];
    Nav::new(text::PROCORE_INTEGRATION, &shell.path, links)
}

/// The line of pages, with the one marked that a page stands below.
fn under(shell: &Shell, firm: FirmId, page: &str) -> Nav {
    let mut pages = pages(shell, firm);
    let above = paths::integration_page(firm, page);
    for item in &mut pages.items {
        item.current = item.link.href == above;
    }
    pages
}
