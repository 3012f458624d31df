//! A secret that is typed again after the encryption key was rotated is the same secret.

use concierge::app::App;
use concierge::catalog::{Choice, DataSet};
use concierge::connection::{AccessWay, Settings, Target};
use concierge::flows::submit_credentials::{self, ClientId, ClientSecret, Details};
use concierge::flows::{Seen, confirm_review, rotate_keys};
use concierge::store::onboardings;
use concierge::vault::generate_key_line;
use secrecy::ExposeSecret;

use crate::harness::site::{PUBLIC_URL, Site, app};
use concierge::identity::CredentialId;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, SandboxOptions};

/// The same installation after `keys rotate`: a new key in front, and the old one still there.
async fn rotate(site: &Site) -> App {
    let new = generate_key_line("k2").unwrap();
    let keys = format!("{},{}", new.expose_secret(), site.keys);
    let (db, clock) = (site.db.pool().clone(), site.clock.clone());
    let rotated = app(db, &site.sandbox.url, PUBLIC_URL, &keys, clock);
    rotate_keys::run(&rotated, |_| {}).await.unwrap();
    rotated
}

/// Submits the details with the secret typed in full, from a page that shows the newest version.
async fn submit(app: &App, site: &Site, company_id: i64) {
    let details = Details {
        target: Target {
            environment: "production".to_owned(),
            company_id,
            access_way: AccessWay::OwnApp,
        },
        client_id: ClientId::parse(CLIENT_ID).unwrap(),
        client_secret: Some(ClientSecret::parse(CLIENT_SECRET).unwrap()),
    };
    let seen = seen(site).await;
    submit_credentials::run(app, &site.admin(), seen, &details)
        .await
        .unwrap();
}

async fn seen(site: &Site) -> Seen {
    let mut conn = site.db.pool().acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, site.firm).await.unwrap();
    let onboarding = stored.expect("an open onboarding").onboarding;
    Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    }
}

async fn current(site: &Site) -> CredentialId {
    sqlx::query_scalar("select credential_id from credential where state = 'current'")
        .fetch_one(site.db.pool())
        .await
        .unwrap()
}

fn projects() -> Settings {
    Settings::new([Choice::of(DataSet::Projects)]).unwrap()
}

#[tokio::test]
async fn the_same_details_change_nothing() {
    let site = Site::opened(SandboxOptions::default()).await;
    let before_review = seen(&site).await;
    confirm_review::run(&site.app, &site.admin(), before_review, &projects())
        .await
        .unwrap();
    submit(&site.app, &site, COMPANY_ID).await;
    let (credential, version) = (current(&site).await, seen(&site).await.version);

    let rotated = rotate(&site).await;
    submit(&rotated, &site, COMPANY_ID).await;

    assert_eq!(current(&site).await, credential);
    assert_eq!(seen(&site).await.version, version);
}

#[tokio::test]
async fn a_corrected_company_keeps_the_token() {
    let site = Site::opened(SandboxOptions::default()).await;
    let before_review = seen(&site).await;
    confirm_review::run(&site.app, &site.admin(), before_review, &projects())
        .await
        .unwrap();
    submit(&site.app, &site, COMPANY_ID).await;
    let credential = current(&site).await;
    sqlx::query("insert into procore_token (firm_id, credential_id) values ($1, $2)")
        .bind(site.firm)
        .bind(credential)
        .execute(site.db.pool())
        .await
        .unwrap();

    let rotated = rotate(&site).await;
    submit(&rotated, &site, COMPANY_ID + 1).await;

    let replaced = current(&site).await;
    let of_token: CredentialId = sqlx::query_scalar("select credential_id from procore_token")
        .fetch_one(site.db.pool())
        .await
        .unwrap();
    assert_ne!(replaced, credential);
    assert_eq!(of_token, replaced);
}
