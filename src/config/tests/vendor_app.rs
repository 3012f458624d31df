//! The vendor's own app, in each environment.

use super::*;

#[test]
fn the_vendors_app_belongs_to_an_environment() {
    let config = read_with(&[
        (
            "PROCORE_ENVIRONMENTS",
            "production,sandbox,our-own=https://a.example|https://b.example|https://c.example",
        ),
        ("PROCORE_APP_CLIENT_ID", "prod-id"),
        ("PROCORE_APP_CLIENT_SECRET", "prod-secret"),
        ("PROCORE_APP_VERSION_KEY", "key-of-production"),
        ("PROCORE_APP_CLIENT_ID_OUR_OWN", "own-id"),
        ("PROCORE_APP_CLIENT_SECRET_OUR_OWN", "own-secret"),
        (
            "PROCORE_APP_MARKETPLACE_URL_OUR_OWN",
            "https://m.example/app",
        ),
    ]);
    let config = config.unwrap();
    let production = config.vendor_app("production").unwrap();
    assert_eq!(production.client_id.as_str(), "prod-id");
    assert_eq!(production.version_key.as_deref(), Some("key-of-production"));
    assert_eq!(production.listing, None);
    let own = config.vendor_app("our-own").unwrap();
    assert_eq!(own.client_id.as_str(), "own-id");
    assert_eq!(
        own.listing.as_ref().unwrap().as_str(),
        "https://m.example/app"
    );
    assert!(config.vendor_app("sandbox").is_none());
    assert_ne!(production.token_id(), own.token_id());
    let renewed = VendorApp {
        client_secret: own.client_secret.clone(),
        ..production.clone()
    };
    assert_ne!(production.token_id(), renewed.token_id());
    assert_eq!(
        production.look_id(),
        renewed.look_id(),
        "another secret looks on"
    );
    assert_ne!(production.look_id(), own.look_id());
    assert!(!format!("{config:?}").contains("own-secret"));
    assert_eq!(
        config.sign_in_redirect().as_str(),
        "http://localhost:8080/procore/callback"
    );
}

#[test]
fn the_vendors_app_is_there_whole_or_not_at_all() {
    const KEY: (&str, &str) = ("PROCORE_APP_VERSION_KEY", "k");
    const ID: (&str, &str) = ("PROCORE_APP_CLIENT_ID", "id");
    const SECRET: (&str, &str) = ("PROCORE_APP_CLIENT_SECRET", "secret");
    const SANDBOX: (&str, &str) = ("PROCORE_ENVIRONMENTS", "sandbox");
    assert!(read_with(&[KEY]).unwrap().vendor_apps.is_empty());
    for (added, wrong) in [
        (&[ID, KEY][..], "PROCORE_APP_CLIENT_SECRET is not set"),
        (&[SECRET, KEY], "PROCORE_APP_CLIENT_ID is not set"),
        (&[ID, SECRET], "PROCORE_APP_VERSION_KEY is not set"),
        (
            &[ID, SECRET, KEY, SANDBOX],
            "PROCORE_APP_CLIENT_ID is the app of production",
        ),
        (
            &[SANDBOX, KEY, ("PROCORE_APP_CLIENT_ID_SANDBOX", "id")],
            "PROCORE_APP_CLIENT_SECRET_SANDBOX is not set",
        ),
    ] {
        let told = wrong_with(added);
        assert!(told.starts_with(wrong), "{told}");
    }
}
