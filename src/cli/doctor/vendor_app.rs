//! The vendor's own app: whether Procore accepts its key, and what has to be registered with it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::PATIENCE;
use super::report::Check;
use crate::clock::Clock;
use crate::config::{Config, VendorApp};
use crate::procore::{
    Access, Client, ClientOwner, CompanyId, Error, MemoryRates, MemoryTokens, Urgency,
};
use crate::vault::Vault;

/// One check for each environment that has an app.
pub(super) async fn checks(config: &Config) -> Vec<Check> {
    join_all(config.vendor_apps.iter().map(|app| check(config, app))).await
}

async fn check(config: &Config, app: &VendorApp) -> Check {
    let name = format!("Procore app {}", app.environment);
    let vault = Vault::new(config.encryption_keys.clone());
    let fingerprint = vault.fingerprint(app.client_secret.secret());
    let redirect = config.sign_in_redirect();
    let found =
        format!("Secret with fingerprint {fingerprint}. Redirect address to register: {redirect}");
    match timeout(PATIENCE, try_key(config, app)).await {
        Ok(Ok(())) => Check::passed(name, format!("Procore accepts the key. {found}")),
        Ok(Err(Error::BadCredentials(_))) => Check::failed(
            name,
            format!("Procore does not accept the key. {found}"),
            "Copy Client ID and client secret of this environment from the app's Credentials in \
             Procore's Developer Portal, and check that its version has the component Service \
             Account Authentication.",
        ),
        Ok(Err(error)) => Check::failed(name, format!("{error}. {found}"), WAIT),
        Err(_) => {
            let seconds = Duration::as_secs(&PATIENCE);
            Check::failed(name, format!("No answer in {seconds} s. {found}"), WAIT)
        }
    }
}

const WAIT: &str = "Procore could not be asked: try again, and see https://status.procore.com.";

/// Fetches a token and keeps nothing of it.
async fn try_key(config: &Config, app: &VendorApp) -> Result<(), Error> {
    let environment = config.procore_environment(&app.environment);
    let Some(environment) = environment else {
        return Ok(());
    };
    let client = Client::new(
        &config.product_name,
        Clock::system(),
        Arc::new(MemoryTokens::default()),
        Arc::new(MemoryRates::default()),
    );
    let access = Access {
        environment: environment.clone(),
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.clone(),
        company_id: CompanyId::NONE,
        credential: app.token_id(),
        owner: ClientOwner::Vendor,
    };
    client.company(access, Urgency::Waiting).token().await
}
