//! Support writes down a consent that the firm gave by mail.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::paths;

use crate::harness::app::TestApp;
use crate::harness::case::{act, case_of};
use crate::harness::smtp::FakeSmtp;

#[tokio::test]
async fn an_answer_by_mail_is_recorded_with_its_words_and_the_firm_is_told() {
    let smtp = FakeSmtp::start().await;
    let app = crate::mail::start(&smtp).await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;

    let page = act(&support.browser, case, "record-consent", &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("who"), "Enter a name");
    assert_eq!(page.error_for("quote"), "Enter their words");
    let ahead = [("who", "Ada"), ("when", "2026-04-01"), ("quote", "Yes")];
    let page = act(&support.browser, case, "record-consent", &ahead).await;
    assert_eq!(
        page.error_for("when"),
        "The day of their mail cannot be in the future"
    );

    let fields = [
        ("who", "Ada Lovelace"),
        ("when", "2026-03-01"),
        ("quote", "Yes, go ahead with the settings."),
    ];
    let page = act(&support.browser, case, "record-consent", &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let links = app.links_in_mail_to(&admin.email).await;
    assert_eq!(
        links,
        [paths::support_access(admin.firm)],
        "they can take it back"
    );
    let page = admin.browser.get(&links[0]).await;
    for part in [
        "Ada Lovelace let support act",
        "Support 3 from support wrote this down",
        "go ahead with the settings",
        "The mail about it to the firm’s admins is waiting to be sent.",
    ] {
        assert!(page.has_text(part), "{part}: {}", page.text());
    }
    let act_for = paths::case_action(case, "act-for");
    app.advance(TimeDelta::minutes(30));
    let page = support.browser.get(&act_for).await;
    assert!(page.has_text("is waiting to be sent"), "{}", page.text());

    app.run_jobs().await;
    let page = admin.browser.get(&links[0]).await;
    assert!(
        page.has_text("Support may act for you from"),
        "{}",
        page.text()
    );
    let page = support.browser.get(&act_for).await;
    assert!(page.has_text("Support may act from"), "{}", page.text());
    let text: String =
        sqlx::query_scalar("select text from mail where recipient = $1 and kind = 'consent'")
            .bind(&admin.email)
            .fetch_one(app.db())
            .await
            .unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("from 15 minutes after this mail was sent"),
        "{text}"
    );
    app.advance(TimeDelta::minutes(14));
    let page = support.browser.get(&act_for).await;
    assert!(page.button("Act for the firm").is_none(), "{}", page.text());
    app.advance(TimeDelta::minutes(1));
    act(&support.browser, case, "act-for", &[]).await;
    assert_eq!(support.browser.get(&admin.home()).await.status, 200);
}

#[tokio::test]
async fn a_recorded_consent_does_not_begin_without_its_mail_unless_a_lead_confirms_it() {
    let app = TestApp::start().await; // without a mail server
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;
    let fields = [
        ("who", "Ada Lovelace"),
        ("when", "2026-03-01"),
        ("quote", "Yes, go ahead."),
    ];
    act(&support.browser, case, "record-consent", &fields).await;
    app.advance(TimeDelta::hours(1));
    let why = "is not sent, because no mail server is set up";
    let access = paths::support_access(admin.firm);
    let page = admin.browser.get(&access).await;
    assert!(page.has_text(why), "{}", page.text());
    let act_for = paths::case_action(case, "act-for");
    let confirm = paths::case_action(case, "confirm-consent");
    let page = support.browser.get(&confirm).await;
    assert!(
        page.has_text("Only a lead confirms a consent."),
        "{}",
        page.text()
    );
    let page = support.browser.get(&act_for).await;
    assert!(page.has_text(why), "{}", page.text());
    assert_eq!(page.link("Confirm their consent"), None, "a lead's to do");

    let lead = app.support(SupportRole::Lead).await;
    let page = lead.browser.get(&act_for).await;
    assert_eq!(page.link("Confirm their consent"), Some(confirm));
    let page = act(&lead.browser, case, "confirm-consent", &[]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    act(&support.browser, case, "act-for", &[]).await;
    assert_eq!(support.browser.get(&admin.home()).await.status, 200);
    let page = admin.browser.get(&access).await;
    assert!(
        page.has_text("from support confirmed it."),
        "{}",
        page.text()
    );
    assert!(!page.has_text(why), "{}", page.text());
    let verbs = app.activity_of(admin.firm).await;
    assert!(
        verbs.iter().any(|verb| verb == "consent.confirmed"),
        "{verbs:?}"
    );
}

#[tokio::test]
async fn what_a_lead_records_begins_at_once_and_what_others_record_can_be_stopped_before() {
    let app = TestApp::start().await;
    let fields = [
        ("who", "Ada Lovelace"),
        ("when", "2026-03-01"),
        ("quote", "Yes, go ahead."),
    ];
    for role in [SupportRole::Lead, SupportRole::Staff] {
        let admin = app.firm_admin().await;
        let support = app.support(role).await;
        let case = case_of(&app, admin.firm).await;
        act(&support.browser, case, "record-consent", &fields).await;
        if role == SupportRole::Staff {
            let page = admin.browser.get(&paths::support_access(admin.firm)).await;
            let stop = page.button("Stop it now").unwrap();
            admin.browser.submit(&stop, &[]).await;
            app.advance(TimeDelta::minutes(15));
            let page = support
                .browser
                .get(&paths::case_action(case, "act-for"))
                .await;
            assert!(page.has_text("has not agreed yet"), "{}", page.text());
        } else {
            act(&support.browser, case, "act-for", &[]).await;
            assert_eq!(support.browser.get(&admin.home()).await.status, 200);
        }
    }
}
