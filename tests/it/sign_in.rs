//! Signing in and out.

use chrono::TimeDelta;
use concierge::flows::tidy_up;
use concierge::identity::{PersonId, SessionLimits};
use concierge::paths;

use crate::harness::app::{PASSWORD, PUBLIC_URL, TestApp};

const REFUSED: &str = "The email or the password is not right. Check both and try again";
const SESSION: &str = "__Host-session";

#[tokio::test]
async fn somebody_who_is_not_signed_in_comes_back_to_the_page_they_asked_for() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await;
    app.member(firm, "Ada", "ada@acme.example").await;
    let browser = app.browser();
    let asked = format!("{}?tab=pending", paths::FIRMS);

    let page = browser.visit(&asked).await;
    assert_eq!(page.h1(), "Sign in");
    let form = page.button("Sign in").unwrap();
    let fields = [("email", " ADA@Acme.example"), ("password", PASSWORD)];
    let page = browser.post(&form, &fields).await;

    assert_eq!(page.status, 303);
    assert_eq!(page.location.as_deref(), Some(asked.as_str()));
}

#[tokio::test]
async fn places_elsewhere_are_not_gone_to() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await;
    app.member(firm, "Ada", "ada@acme.example").await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let browser = app.browser();
        let fields = [("email", "ada@acme.example"), ("password", PASSWORD)];
        let address = paths::with_next(paths::SIGN_IN, next);
        let page = browser.post(&address, &fields).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{next}");
    }
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_address_exists() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await;
    app.member(firm, "Ada", "ada@acme.example").await;
    let browser = app.browser();
    let mut answers = Vec::new();
    for email in ["ada@acme.example", "nobody@acme.example"] {
        let fields = [("email", email), ("password", "not the password")];
        let page = browser.post(paths::SIGN_IN, &fields).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.error_for("password"), REFUSED);
        assert_eq!(page.value_of("email"), email);
        answers.push(page.html.replace(email, "{email}"));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(browser.cookie(SESSION), None);
}

#[tokio::test]
async fn an_incomplete_form_says_what_is_missing() {
    let app = TestApp::start().await;
    let page = app.browser().post(paths::SIGN_IN, &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("email"), "Enter an email address");
    assert_eq!(page.error_for("password"), "Enter your password");
}

#[tokio::test]
async fn guessing_at_one_account_is_slowed_down_from_everywhere() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await;
    app.member(firm, "Ada", "ada@acme.example").await;
    let wrong = [("email", "ada@acme.example"), ("password", "a guess")];
    for attempt in 1..=5 {
        let browser = app.browser_at(&format!("198.51.100.{attempt}"));
        let page = browser.post(paths::SIGN_IN, &wrong).await;
        assert_eq!(page.error_for("password"), REFUSED);
    }

    let right = [("email", "ada@acme.example"), ("password", PASSWORD)];
    let browser = app.browser_at("198.51.100.9");
    let page = browser.post(paths::SIGN_IN, &right).await;
    assert_eq!(page.status, 422);
    let message = "There were too many attempts. Try again in 5 seconds";
    assert_eq!(page.error_for("password"), message);

    app.advance(TimeDelta::seconds(5));
    let page = browser.post(paths::SIGN_IN, &right).await;
    assert_eq!(page.status, 303, "after the wait, the right password works");
    let page = app.browser().post(paths::SIGN_IN, &wrong).await;
    assert_eq!(
        page.error_for("password"),
        REFUSED,
        "and counting began afresh"
    );
}

#[tokio::test]
async fn one_source_cannot_try_many_accounts() {
    let app = TestApp::start().await;
    let browser = app.browser_at("198.51.100.7");
    let mut slowed = 0;
    for attempt in 0..40 {
        let email = format!("person{attempt}@acme.example");
        let fields = [("email", email.as_str()), ("password", "Summer2026!!")];
        let page = browser.post(paths::SIGN_IN, &fields).await;
        slowed += usize::from(page.error_for("password") != REFUSED);
    }
    assert_eq!(slowed, 10, "thirty are free");

    let elsewhere = app.browser_at("198.51.100.8");
    let fields = [("email", "person1@acme.example"), ("password", "x")];
    let page = elsewhere.post(paths::SIGN_IN, &fields).await;
    assert_eq!(page.error_for("password"), REFUSED);
}

#[tokio::test]
async fn signing_in_rightly_uses_nothing_up_and_forgives_nothing_else() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let browser = app.browser_at("198.51.100.7");
    let guess = async |n: i32| {
        let email = format!("person{n}@acme.example");
        let fields = [("email", email.as_str()), ("password", "Summer2026!!")];
        let page = browser.post(paths::SIGN_IN, &fields).await;
        page.error_for("password")
    };
    let right = [("email", admin.email.as_str()), ("password", PASSWORD)];
    for n in 0..29 {
        assert_eq!(guess(n).await, REFUSED);
    }
    for _ in 0..3 {
        let page = browser.post(paths::SIGN_IN, &right).await;
        assert_eq!(page.status, 303, "a colleague in the same office");
    }
    assert_eq!(guess(29).await, REFUSED);
    assert_ne!(guess(30).await, REFUSED, "thirty are free");
}

#[tokio::test]
async fn people_of_one_office_who_sign_in_at_once_do_not_hold_each_other_up() {
    let app = TestApp::start().await;
    let (one, other) = (app.firm_admin().await, app.firm_admin().await);
    let office = app.browser_at("198.51.100.7");
    for email in [&one.email, &other.email, &one.email] {
        office.sign_in(email, PASSWORD).await;
        // The next one read the clock before, and comes to the database after.
        app.advance(TimeDelta::milliseconds(-1));
    }
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_too() {
    let app = TestApp::start().await;
    let browsers: Vec<_> = (0..12).map(|_| app.browser()).collect();
    let fields = [("email", "ada@acme.example"), ("password", "a guess")];
    let attempts = browsers
        .iter()
        .map(|browser| browser.post(paths::SIGN_IN, &fields));
    let pages = futures_util::future::join_all(attempts).await;
    let tried = pages
        .iter()
        .filter(|page| page.error_for("password") == REFUSED);
    assert_eq!(tried.count(), 5);
}

#[tokio::test]
async fn a_flood_of_sign_ins_is_told_to_try_again_and_counts_for_nobody() {
    let app = TestApp::start().await;
    let browsers: Vec<_> = (0..100)
        .map(|nth| app.browser_at(&format!("198.51.100.{nth}")))
        .collect();
    let fields = [("email", "ada@acme.example"), ("password", "a guess")];
    let attempts = browsers
        .iter()
        .map(|browser| browser.post(paths::SIGN_IN, &fields));
    let pages = futures_util::future::join_all(attempts).await;
    let turned_away = pages.iter().filter(|page| page.status == 503);
    let turned_away: Vec<_> = turned_away.map(|page| page.h1()).collect();
    assert_eq!(turned_away, vec!["Try again in a moment"; 34]);
    let counted: i64 =
        sqlx::query_scalar("select sum(attempts) from throttle where kind = 'sign_in_source'")
            .fetch_one(app.db())
            .await
            .unwrap();
    assert_eq!(counted, 66, "who was turned away has not guessed");
}

#[tokio::test]
async fn signing_in_ends_the_browsers_former_session() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let before = admin.browser.cookie(SESSION).unwrap();
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    let after = admin.browser.cookie(SESSION).unwrap();
    assert_ne!(before, after);

    let thief = app.browser();
    thief.set_cookie(SESSION, &before);
    assert_eq!(thief.visit(paths::FIRMS).await.h1(), "Sign in");
}

#[tokio::test]
async fn signing_out_ends_the_session_itself_not_only_the_cookie() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let token = admin.browser.cookie(SESSION).unwrap();

    let page = admin.browser.submit(paths::SIGN_OUT, &[]).await;
    assert_eq!(page.h1(), "Sign in");
    assert!(page.has_text("You are signed out."));
    let known = format!("__Host-device-{}", admin.person);
    assert_eq!(admin.browser.cookies(), [known], "the browser stays known");

    let thief = app.browser();
    thief.set_cookie(SESSION, &token);
    assert_eq!(thief.visit(paths::FIRMS).await.h1(), "Sign in");
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_two_weeks_in_any_case() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let still_in = async || admin.browser.get(paths::FIRMS).await.status == 200;

    app.advance(SessionLimits::FIRM_ADMIN.idle - TimeDelta::minutes(1));
    assert!(still_in().await, "shortly before the idle limit");
    app.settle().await;
    app.advance(SessionLimits::FIRM_ADMIN.idle + TimeDelta::seconds(1));
    assert!(!still_in().await, "after the idle limit");

    admin.browser.sign_in(&admin.email, PASSWORD).await;
    for _ in 0..13 {
        app.advance(TimeDelta::hours(23));
        assert!(still_in().await);
        app.settle().await;
    }
    app.advance(TimeDelta::hours(23));
    assert!(still_in().await, "in the fourteenth day");
    app.settle().await;
    app.advance(TimeDelta::hours(20));
    assert!(!still_in().await, "after two weeks");
}

#[tokio::test]
async fn reading_pages_writes_nothing_but_the_last_use() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let seen_before = app.last_seen(admin.person).await;
    app.advance(TimeDelta::minutes(4));
    admin.browser.get(paths::FIRMS).await;
    app.advance(TimeDelta::seconds(59));
    admin.browser.get(paths::FIRMS).await;
    assert_eq!(app.last_seen(admin.person).await, seen_before);
}

#[tokio::test]
async fn a_post_from_another_site_gets_nowhere() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin
        .browser
        .post_from_elsewhere(paths::SIGN_OUT, &[])
        .await;
    assert_eq!(page.status, 403);
    assert_eq!(page.h1(), "This came from another site");
    assert_eq!(admin.browser.get(paths::FIRMS).await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_scheme_is_another_site_and_is_not_read() {
    let app = TestApp::start().await;
    let fields = [("email", "somebody@firm.example"), ("password", PASSWORD)];
    for (origin, heading) in [
        (
            "http://concierge.example",
            "This page works over https only",
        ),
        ("http://evil.example", "This came from another site"),
        ("https://evil.example", "This came from another site"),
    ] {
        let page = app
            .browser()
            .post_from(origin, paths::SIGN_IN, &fields)
            .await;
        assert_eq!(
            (page.status, page.h1()),
            (403, heading.to_owned()),
            "{origin}"
        );
        assert_eq!(page.header("connection"), Some("close"), "{origin}");
    }
    let page = app
        .browser()
        .post_from(PUBLIC_URL, paths::SIGN_IN, &fields)
        .await;
    assert_eq!(page.status, 422, "it was read and answered");
    assert_eq!(page.header("connection"), None);
}

#[tokio::test]
async fn a_sign_in_page_over_plain_http_says_so() {
    let app = TestApp::start_with(&[("CONCIERGE_TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    let (direct, behind) = (app.browser(), app.browser_at("10.0.0.1"));
    for (browser, headers, said) in [
        (&direct, &[][..], true),
        (&direct, &[("sec-fetch-site", "none")], false),
        (&behind, &[("x-forwarded-proto", "http")], true),
        (&behind, &[("x-forwarded-proto", "https")], false),
        (&behind, &[], false),
    ] {
        let page = browser.get_with(paths::SIGN_IN, headers).await;
        let text = page.text();
        assert_eq!(
            text.contains("opened without encryption"),
            said,
            "{headers:?}"
        );
        assert_eq!(
            text.contains("Open https://concierge.example/"),
            said,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn on_a_loopback_address_the_cookie_does_without_https() {
    let settings = [("CONCIERGE_PUBLIC_URL", "http://localhost:8080")];
    let app = TestApp::start_with(&settings).await;
    let admin = app.firm_admin().await;
    let known = format!("concierge-device-{}", admin.person);
    assert_eq!(
        admin.browser.cookies(),
        [known.as_str(), "concierge-session"]
    );
    let page = admin.browser.get(paths::ACCOUNT).await;
    assert!(page.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn what_is_over_is_tidied_away_and_what_lives_stays() {
    let app = TestApp::start().await;
    let old = app.firm_admin().await;
    app.advance(SessionLimits::FIRM_ADMIN.absolute);
    let new = app.firm_admin().await;
    tidy_up::run(&app.app).await.unwrap();
    let sessions = async |person: PersonId| -> i64 {
        sqlx::query_scalar("select count(*) from session where person_id = $1")
            .bind(person.0)
            .fetch_one(app.db())
            .await
            .unwrap()
    };
    assert_eq!(
        (sessions(old.person).await, sessions(new.person).await),
        (0, 1)
    );
    let attempts: i64 = sqlx::query_scalar("select count(*) from throttle where last_at < $1")
        .bind(app.now())
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(attempts, 0);
}
