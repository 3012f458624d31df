//! The host's own look: logo, accent colour, help pages, and how to reach support.

use std::io::Write;

use concierge::paths;
use tempfile::NamedTempFile;

use crate::harness::app::TestApp;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><style>path{fill:#0b3d91}</style><path d="M0 0h8v8H0z"/></svg>"##;

#[tokio::test]
async fn every_page_carries_logo_accent_help_and_contact() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(LOGO.as_bytes()).unwrap();
    let app = TestApp::start_with(&[
        ("CONCIERGE_PRODUCT_NAME", "Acme Build"),
        ("CONCIERGE_LOGO_FILE", file.path().to_str().unwrap()),
        ("CONCIERGE_ACCENT", "#0b3d91"),
        ("CONCIERGE_HELP_URL", "https://help.example.com/procore"),
        (
            "CONCIERGE_SUPPORT_CONTACT",
            "help@example.com or +1 555 010 0199",
        ),
    ])
    .await;
    let admin = app.firm_admin().await;
    for path in [paths::SIGN_IN.to_owned(), paths::concierge(admin.firm)] {
        let browser = match path.as_str() {
            paths::SIGN_IN => &app.browser(),
            _ => &admin.browser,
        };
        let page = browser.get(&path).await;
        assert_eq!(
            page.link("Help").unwrap(),
            "https://help.example.com/procore"
        );
        assert_eq!(
            page.link("help@example.com").unwrap(),
            "mailto:help@example.com"
        );
        assert_eq!(page.link("+1 555 010 0199").unwrap(), "tel:+15550100199");
        assert!(
            page.html.contains(r#"alt="Acme Build""#),
            "the logo has the product's name"
        );

        let address = |before: &str| {
            let (_, rest) = page.html.split_once(before).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let logo = browser.get(&address("<img src=\"")).await;
        assert_eq!((logo.status, logo.html.as_str()), (200, LOGO));
        assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
        assert_eq!(
            logo.header("content-security-policy"),
            Some("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            "nothing in it runs, even where it is opened alone"
        );
        assert_eq!(logo.header("x-content-type-options"), Some("nosniff"));
        let accents = page
            .html
            .split("href=\"")
            .find(|it| it.contains("/accent."));
        let accent = browser
            .get(accents.unwrap().split('"').next().unwrap())
            .await;
        assert!(
            accent.html.contains("--accent: light-dark(#0b3d91, "),
            "{}",
            accent.html
        );
        assert_eq!(
            accent.header("content-type"),
            Some("text/css; charset=utf-8")
        );
    }
    assert_eq!(
        admin.browser.get(&paths::branding("logo.png")).await.status,
        404
    );
}

#[tokio::test]
async fn the_browsers_time_zone_is_confirmed_on_the_account_page() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin.browser.get("/account?zone=Asia%2FCalcutta").await;
    assert_eq!(
        page.value_of("time_zone"),
        "Asia/Kolkata",
        "under its current name"
    );
    assert!(
        page.has_text("Save to see all times in it."),
        "{}",
        page.text()
    );
    let page = admin.browser.get(paths::ACCOUNT).await;
    assert_eq!(
        page.value_of("time_zone"),
        "UTC",
        "nothing is saved by a look"
    );
}
