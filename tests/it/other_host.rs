//! Requests for another host than the public address's.

use concierge::paths;
use secrecy::SecretString;

use crate::harness::app::{PASSWORD, PUBLIC_URL, TestApp};

#[tokio::test]
async fn another_host_gets_a_page_that_names_the_public_address() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let stranger = app.browser().asking_for("evil.example");
    for name in admin.browser.cookies() {
        let value = admin.browser.cookie(&name).unwrap();
        stranger.set_cookie(&name, &value);
    }
    let cookies = stranger.cookies();
    let mut style = String::new();
    for path in [paths::HOME, paths::SIGN_IN, paths::ACCOUNT, "/nothing"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 421, "{path}");
        assert_eq!(page.h1(), "This page has another address");
        let public = format!("{PUBLIC_URL}/");
        assert_eq!(page.link(&public).as_deref(), Some(public.as_str()));
        assert!(page.header("set-cookie").is_none());
        let at = page.html.find("/static/").unwrap();
        let end = page.html[at..].find('"').unwrap();
        style = page.html[at..at + end].to_owned();
    }
    let fields = [("email", admin.email.as_str()), ("password", PASSWORD)];
    let page = stranger.post(paths::SIGN_IN, &fields).await;
    assert_eq!(page.status, 421);
    assert_eq!(stranger.cookies(), cookies);

    for path in [paths::HEALTH, paths::READINESS, &style] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    let delivery = stranger
        .post(&paths::webhook(&SecretString::from("nobodys")), &[])
        .await;
    assert_eq!(delivery.status, 404, "a delivery proves itself");
}

#[tokio::test]
async fn only_a_trusted_proxy_says_which_host_was_asked_for() {
    let settings = [("CONCIERGE_TRUSTED_PROXIES", "10.0.0.1")];
    let app = TestApp::start_with(&settings).await;
    const OURS: &str = "concierge.example";
    for (peer, host, forwarded, status) in [
        ("203.0.113.9", OURS, &[][..], 200),
        (
            "203.0.113.9",
            OURS,
            &[("x-forwarded-host", "evil.example")],
            200,
        ),
        (
            "203.0.113.9",
            "evil.example",
            &[("x-forwarded-host", OURS)],
            421,
        ),
        ("10.0.0.1", "app:8080", &[], 421),
        ("10.0.0.1", "app:8080", &[("x-forwarded-host", OURS)], 200),
        (
            "10.0.0.1",
            "app:8080",
            &[("forwarded", "for=192.0.2.1;host=concierge.example")],
            200,
        ),
        (
            "10.0.0.1",
            OURS,
            &[("x-forwarded-host", "evil.example")],
            421,
        ),
        (
            "10.0.0.1",
            "app:8080",
            &[("x-forwarded-host", "concierge.example, evil.example")],
            421,
        ),
    ] {
        let browser = app.browser_at(peer).asking_for(host);
        let page = browser.get_with(paths::SIGN_IN, forwarded).await;
        assert_eq!(page.status, status, "{peer} {host} {forwarded:?}");
    }
}

#[tokio::test]
async fn the_host_is_read_from_the_header_that_proxies_set_and_from_no_other() {
    const USUAL: &[(&str, &str)] = &[("x-forwarded-host", "concierge.example")];
    const STANDARD: &[(&str, &str)] = &[("forwarded", "for=192.0.2.1;host=concierge.example")];
    const DISAGREEING: &[(&str, &str)] = &[
        ("x-forwarded-host", "concierge.example"),
        ("forwarded", "for=192.0.2.1;host=evil.example"),
    ];
    for (header, forwarded, status) in [
        ("X-Forwarded-For", USUAL, 200),
        ("X-Forwarded-For", STANDARD, 421),
        ("X-Forwarded-For", DISAGREEING, 200),
        ("Forwarded", USUAL, 421),
        ("Forwarded", STANDARD, 200),
        ("Forwarded", DISAGREEING, 421),
        ("", USUAL, 200),
        ("", STANDARD, 200),
        ("", DISAGREEING, 421),
    ] {
        let settings = [
            ("CONCIERGE_TRUSTED_PROXIES", "10.0.0.1"),
            ("CONCIERGE_PROXY_HEADER", header),
        ];
        let app = TestApp::start_with(&settings).await;
        let proxied = app.browser_at("10.0.0.1").asking_for("app:8080");
        let page = proxied.get_with(paths::SIGN_IN, forwarded).await;
        assert_eq!(page.status, status, "{header:?} {forwarded:?}");

        let stranger = app.browser_at("203.0.113.9").asking_for("evil.example");
        let page = stranger.get_with(paths::SIGN_IN, forwarded).await;
        assert_eq!(page.status, 421, "no proxy of ours: {forwarded:?}");
    }
}
