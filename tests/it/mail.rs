//! The outbox, and the way out of it.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::mail;
use concierge::paths;
use concierge::store::work::{self, Room};
use concierge::work::LEASE;
use concierge::worker;
use tokio_util::sync::CancellationToken;

use crate::harness::app::{TestApp, drain};
use crate::harness::smtp::FakeSmtp;

pub(crate) async fn start(smtp: &FakeSmtp) -> TestApp {
    let url = smtp.url();
    let settings = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "Concierge <mail@concierge.example>"),
    ];
    TestApp::start_with(&settings).await
}

/// Where the only invitation stands: its state, attempts, and whether it still holds links.
async fn state(app: &TestApp) -> (String, i32, bool) {
    sqlx::query_as("select state, attempts, links is not null from mail where kind = 'invitation'")
        .fetch_one(app.db())
        .await
        .unwrap()
}

async fn invite(app: &TestApp) {
    let admin = app.firm_admin().await;
    let page = admin
        .browser
        .post(&paths::people(admin.firm), &[("email", "bo@firm.example")])
        .await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn a_mail_is_sent_with_its_link_in_both_forms_which_is_wiped_then() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    invite(&app).await;
    assert_eq!(state(&app).await, ("queued".into(), 0, true));
    let dump: String = sqlx::query_scalar("select text || html from mail")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(
        !dump.contains("/invitations/"),
        "the link is sealed: {dump}"
    );

    app.run_jobs().await;
    assert_eq!(state(&app).await, ("sent".into(), 1, false));
    let received = smtp.received();
    assert_eq!(received.len(), 1);
    let text = &received[0];
    assert!(text.contains("To: bo@firm.example"), "{text}");
    assert!(text.contains("multipart/alternative"), "{text}");
    let links = text
        .replace("=\r\n", "")
        .matches("https://concierge.example/invitations/")
        .count();
    assert!(links >= 2, "in text and in HTML: {text}");
}

#[tokio::test]
async fn a_mail_that_fails_is_tried_again_with_growing_waits_and_then_given_up() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    smtp.answer("451 try again later");
    invite(&app).await;
    app.run_jobs().await;
    assert_eq!(state(&app).await, ("queued".into(), 1, true));
    app.run_jobs().await;
    assert_eq!(state(&app).await.1, 1, "not before the wait is over");

    app.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    assert_eq!(state(&app).await.1, 2);
    for _ in 0..10 {
        app.advance(TimeDelta::hours(16));
        app.run_jobs().await;
    }
    let (state, attempts, has_links) = state(&app).await;
    assert_eq!((state.as_str(), attempts, has_links), ("failed", 8, true));
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    smtp.answer("550 no such mailbox bo@firm.example");
    invite(&app).await;
    app.run_jobs().await;
    assert_eq!(state(&app).await.0, "failed");
    let failure: String = sqlx::query_scalar("select failure from mail")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(
        !failure.contains("bo@"),
        "the answer's words are not kept: {failure}"
    );
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_refuses_no_mail_for_good() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    smtp.greet(Some("554 5.7.1 your password was changed"));
    invite(&app).await;
    app.run_jobs().await;
    assert_eq!(state(&app).await, ("queued".into(), 1, true));
    smtp.greet(None);
    app.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    assert_eq!(state(&app).await, ("sent".into(), 2, false));
}

#[tokio::test]
async fn two_workers_send_a_mail_once() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    for _ in 0..5 {
        invite(&app).await;
    }
    let workers = [(); 2].map(|()| worker::new(app.app.clone(), CancellationToken::new()));
    let (one, two) = tokio::join!(drain(&workers[0]), drain(&workers[1]));
    assert_eq!(one + two, 5);
    assert_eq!(smtp.received().len(), 5);
}

#[tokio::test]
async fn mails_in_a_row_share_connections() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    for _ in 0..3 {
        invite(&app).await;
    }
    app.run_jobs().await;
    assert_eq!(smtp.received().len(), 3);
    assert_eq!(smtp.connections(), 2, "one is tried out, one sends");
}

#[tokio::test]
async fn a_worker_that_died_over_a_mail_is_replaced_after_its_lease() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    invite(&app).await;
    let room = Room {
        kind: mail::KIND,
        free: 1,
        per_firm: 1,
    };
    let mut conn = app.db().acquire().await.unwrap();
    let taken = work::claim(&mut conn, &[room], app.now(), app.now() + LEASE).await;
    assert_eq!(taken.unwrap().len(), 1);
    app.run_jobs().await;
    assert_eq!(
        smtp.received().len(),
        0,
        "the other one may be working on it"
    );
    app.advance(LEASE);
    app.run_jobs().await;
    assert_eq!(smtp.received().len(), 1);
}

#[tokio::test]
async fn without_smtp_mails_are_kept_and_support_reads_them_without_links() {
    let app = TestApp::start().await;
    invite(&app).await;
    app.run_jobs().await;
    assert_eq!(state(&app).await, ("kept".into(), 0, true));

    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT_MAIL).await;
    assert!(page.has_text("Kept here") && page.has_text("bo@firm.example"));
    let mail = page
        .link("Connect Procore to Concierge for Firm 1")
        .unwrap();
    let page = support.browser.get(&mail).await;
    assert!(page.has_text("[link hidden]"), "{}", page.text());
    assert!(!page.html.contains("/invitations/"));
}

#[tokio::test]
async fn what_was_kept_is_sent_once_there_is_a_way_out() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    invite(&app).await;
    let kept = "update mail set state = 'kept', created_at = $1";
    let clear = "delete from work";
    for (age, sent) in [(TimeDelta::days(8), 0), (TimeDelta::days(6), 1)] {
        sqlx::query(clear).execute(app.db()).await.unwrap();
        let written = sqlx::query(kept).bind(app.now() - age);
        written.execute(app.db()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(smtp.received().len(), sent);
    }
}

#[tokio::test]
async fn the_demo_shows_links_in_clear() {
    let app = TestApp::start_as(&[], |config| config.demo = true).await;
    invite(&app).await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT_MAIL).await;
    let mail = page
        .link("Connect Procore to Concierge for Firm 1")
        .unwrap();
    let page = support.browser.get(&mail).await;
    assert!(
        page.has_text("https://concierge.example/invitations/"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_slow_recipient_holds_up_nobody() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    smtp.say_nothing_for("slow@firm.example");
    let admin = app.firm_admin().await;
    for email in ["slow@firm.example", "bo@firm.example", "cy@firm.example"] {
        let people = paths::people(admin.firm);
        let page = admin.browser.post(&people, &[("email", email)]).await;
        assert_eq!(page.status, 303);
    }
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker::run(app.app.clone(), stop));
    while smtp.received().len() < 2 {
        tokio::task::yield_now().await;
    }
    working.abort();
}

#[tokio::test]
async fn a_domain_beyond_ascii_is_sent_to_in_its_ascii_form() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    let admin = app.firm_admin().await;
    for email in ["info@bücher.example", "jürgen@firm.example"] {
        let people = paths::people(admin.firm);
        let page = admin.browser.post(&people, &[("email", email)]).await;
        assert_eq!(page.status, 303);
    }
    app.run_jobs().await;

    let received = smtp.received();
    assert_eq!(received.len(), 1, "the server knows no SMTPUTF8");
    assert!(
        received[0].contains("To: info@xn--bcher-kva.example"),
        "{}",
        received[0]
    );
    let failure: String = sqlx::query_scalar("select failure from mail where state = 'failed'")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(failure.contains("before the @"), "{failure}");
}

#[tokio::test]
async fn a_mail_that_was_not_delivered_is_sent_again_from_the_console() {
    let smtp = FakeSmtp::start().await;
    let app = start(&smtp).await;
    smtp.answer("550 no such mailbox");
    invite(&app).await;
    app.run_jobs().await;
    assert_eq!(state(&app).await, ("failed".into(), 1, true));
    smtp.answer("250 ok");

    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT_MAIL).await;
    let mail = page
        .link("Connect Procore to Concierge for Firm 1")
        .unwrap();
    let page = support.browser.get(&mail).await;
    let page = support.browser.get(&page.link("Send again").unwrap()).await;
    assert!(
        page.has_text("It goes to bo@firm.example"),
        "{}",
        page.text()
    );
    let again = page.button("Send again").unwrap();
    let page = support.browser.submit(&again, &[]).await;
    assert!(
        page.has_text("The mail is on its way again."),
        "{}",
        page.text()
    );
    assert_eq!(
        support.browser.post(&again, &[]).await.status,
        409,
        "once is enough"
    );

    app.run_jobs().await;
    assert_eq!(state(&app).await, ("sent".into(), 1, false));
    let received = smtp.received();
    let to_bo = received.iter().filter(|it| it.contains("bo@firm.example"));
    assert_eq!(to_bo.count(), 1);
    let recorded: i64 = sqlx::query_scalar(
        "select count(*) from activity where verb = 'mail.sent_again' and firm_id is not null",
    )
    .fetch_one(app.db())
    .await
    .unwrap();
    assert_eq!(recorded, 1);
}

#[tokio::test]
async fn what_is_done_in_vain_sends_nothing() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin
        .browser
        .post(&paths::people(admin.firm), &[("email", &admin.email)])
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(app.mails_to(&admin.email).await, 0);
}

#[tokio::test]
async fn a_page_says_on_its_way_only_where_mails_leave() {
    let smtp = FakeSmtp::start().await;
    for (app, invited, reset) in [
        (start(&smtp).await, "is on its way", "Check your mail"),
        (
            TestApp::start().await,
            "This installation sends no mail",
            "A link is kept for you",
        ),
    ] {
        let admin = app.firm_admin().await;
        let people = paths::people(admin.firm);
        let ask = [("email", "bo@firm.example")];
        let page = admin.browser.submit(&people, &ask).await;
        assert!(page.has_text(invited), "{}", page.text());
        let page = app.browser().submit(paths::RESET, &ask).await;
        assert_eq!(page.h1(), reset);
    }
}
