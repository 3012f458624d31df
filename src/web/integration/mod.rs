//! The integration afterwards: what is connected, what was read, who did what. All of it is for
//! reading; nothing here changes anything.

mod activity;
mod credentials;
mod data;
mod overview;
mod permissions;
mod records;
mod settings;
mod webhooks;

use axum::Router;
use axum::routing::get;

use super::access::FirmAccess;
use super::answer::{SeeOther, see_other};
use super::error::PageError;
use super::view::{Nav, Shell};
use crate::app::App;
use crate::identity::FirmId;
use crate::onboarding::ledger::IntegrationState;
use crate::paths;
use crate::store::integrations::{self, Integration};

/// The pages of an integration.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::INTEGRATION, get(overview::get))
        .route(&page("data"), get(data::get))
        .route(paths::DATA_SET, get(records::list))
        .route(paths::RECORD, get(records::one))
        .route(&page("webhooks"), get(webhooks::get))
        .route(&page("settings"), get(settings::get))
        .route(&page("permissions"), get(permissions::get))
        .route(&page("credentials"), get(credentials::get))
        .route(&page("activity"), get(activity::get))
}

fn page(name: &str) -> String {
    paths::route(paths::INTEGRATION_PAGE, "page", name)
}

/// The firm's integration, or where to go as long as there is none to look at.
async fn connected(
    app: &App,
    access: &FirmAccess,
) -> Result<Result<Integration, SeeOther>, PageError> {
    let firm = access.firm.id;
    let mut conn = app.db.acquire().await?;
    let live = integrations::find_live(&mut conn, firm.into()).await?;
    Ok(match live {
        Some(integration) => match integration.state {
            IntegrationState::Connected | IntegrationState::Paused => Ok(integration),
            IntegrationState::SettingUp | IntegrationState::Disconnected => Err(to_setup(access)),
        },
        None => Err(to_setup(access)),
    })
}

fn to_setup(access: &FirmAccess) -> SeeOther {
    let firm = access.firm.id;
    let to = match &access.firm.onboarding {
        Some(stored) => paths::step(firm, stored.onboarding.stage),
        None => paths::concierge(firm),
    };
    see_other(to).with_message("Procore is not connected yet.")
}

/// The line of pages above the content.
fn pages(shell: &Shell, firm: FirmId) -> Nav {
    let below = |name| paths::integration_page(firm, name);
    let links = [
        ("Overview", paths::integration(firm)),
        ("Data", below("data")),
        ("Webhooks", below("webhooks")),
        ("Settings", below("settings")),
        ("Permissions", below("permissions")),
        ("Credentials", below("credentials")),
        ("Activity", below("activity")),
    ];
    Nav::new("Procore integration", &shell.path, links)
}
