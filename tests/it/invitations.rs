//! Invitations: by mail, single use, for one address.

use chrono::TimeDelta;
use concierge::identity::{Actor, SupportRole};
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};

const NEW_PASSWORD: &str = "four brave badgers sing";

#[tokio::test]
async fn an_invited_person_creates_an_account_and_is_in() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let people = paths::people(admin.firm);
    let page = admin
        .browser
        .submit(&people, &[("email", "Bo@firm.example")])
        .await;
    assert!(page.has_text("bo@firm.example is invited. This installation sends no mail"));
    assert!(page.has_text("Expires"), "{}", page.text());

    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    let browser = app.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.h1(), "Join Firm 1");
    assert!(page.has_text("Admin 2 invites you"), "{}", page.text());
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));

    let page = browser
        .post(&link, &[("name", "Bo"), ("password", "Password1234")])
        .await;
    assert_eq!(page.status, 422);
    let easy = "This password is easy to guess. Choose one that others would not think of";
    assert_eq!(page.error_for("password"), easy);
    assert_eq!(page.value_of("name"), "Bo");

    let page = browser
        .post(&link, &[("name", "Bo"), ("password", NEW_PASSWORD)])
        .await;
    assert_eq!(page.location, Some(paths::concierge(admin.firm)));
    let page = browser.get(&people).await;
    assert_eq!(page.status, 200);
    assert!(page.has_text("Bo (you)"));
    let verbs = app.activity_of(admin.firm).await;
    assert!(
        verbs.ends_with(&["invitation.sent".into(), "invitation.accepted".into()]),
        "{verbs:?}"
    );
}

#[tokio::test]
async fn a_firm_sends_only_so_many_mails_in_a_while() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let people = paths::people(admin.firm);
    let invite = async |nth: i32| {
        let email = format!("bo{nth}@firm.example");
        admin.browser.post(&people, &[("email", &email)]).await
    };
    for nth in 1..=40 {
        assert_eq!(invite(nth).await.status, 303, "{nth}");
    }
    let page = invite(41).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.h1(), "Too many mails at once");
    let sent = async || -> i64 {
        sqlx::query_scalar("select count(*) from mail where kind = 'invitation'")
            .fetch_one(app.db())
            .await
            .unwrap()
    };
    assert_eq!(sent().await, 40);

    // Another firm is not held back, and this one not for long.
    let other = app.firm_admin().await;
    let page = other
        .browser
        .post(&paths::people(other.firm), &[("email", "bo@firm.example")])
        .await;
    assert_eq!(page.status, 303);
    app.advance(TimeDelta::minutes(1));
    assert_eq!(invite(42).await.status, 303);
    assert_eq!(sent().await, 42);
}

#[tokio::test]
async fn a_link_works_once() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin
        .browser
        .post(&paths::people(admin.firm), &[("email", "bo@firm.example")])
        .await;
    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    let fields = [("name", "Bo"), ("password", NEW_PASSWORD)];
    app.browser().post(&link, &fields).await;

    let page = app.browser().get(&link).await;
    assert_eq!(
        (page.status, page.h1()),
        (410, "This invitation was accepted".to_owned())
    );
    let page = app.browser().post(&link, &fields).await;
    assert_eq!(page.status, 410);
}

#[tokio::test]
async fn an_expired_link_leads_to_a_fresh_one_for_the_same_address_only() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin
        .browser
        .post(&paths::people(admin.firm), &[("email", "bo@firm.example")])
        .await;
    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    app.advance(TimeDelta::days(7));

    let browser = app.browser();
    let page = browser.get(&link).await;
    assert_eq!(
        (page.status, page.h1()),
        (410, "This invitation has expired".to_owned())
    );
    let renew = page.button("Send me a new link").unwrap();
    let page = browser
        .post(&renew, &[("email", "thief@evil.example")])
        .await;
    assert_eq!(page.h1(), "A link is kept for you");
    assert_eq!(app.mails_to("thief@evil.example").await, 0);
    assert_eq!(app.mails_to("bo@firm.example").await, 2);

    let fresh = app.links_in_mail_to("bo@firm.example").await.remove(0);
    assert_ne!(fresh, link);
    let page = browser.get(&link).await;
    assert_eq!(page.h1(), "This invitation no longer works");
    assert_eq!(page.button("Send me a new link"), None);
    let page = browser
        .post(&fresh, &[("name", "Bo"), ("password", NEW_PASSWORD)])
        .await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn asking_for_fresh_links_is_slowed_down() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin
        .browser
        .post(&paths::people(admin.firm), &[("email", "bo@firm.example")])
        .await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
        app.advance(TimeDelta::days(7));
        app.advance(TimeDelta::seconds(1));
        let renew = format!("{link}/renew");
        answers.push(app.browser().post(&renew, &[]).await.status);
    }
    assert_eq!(answers, [200; 5], "a week apart, nobody is slowed down");

    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    app.advance(TimeDelta::days(7));
    let renew = format!("{link}/renew");
    let first = app.browser().post(&renew, &[]).await.status;
    let again = app.browser().post(&renew, &[]).await.status;
    assert_eq!(
        (first, again),
        (200, 409),
        "a link that was replaced renews nothing"
    );
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_does_nothing() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let people = paths::people(admin.firm);
    let page = admin
        .browser
        .submit(&people, &[("email", "bo@firm.example")])
        .await;
    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    let revoke = page
        .button("Take back the invitation to bo@firm.example")
        .unwrap();
    let page = admin.browser.submit(&revoke, &[]).await;
    assert!(!page.has_text("Invited"));

    let page = app.browser().get(&link).await;
    assert_eq!(page.h1(), "This invitation no longer works");
    let page = app.browser().post(&format!("{link}/renew"), &[]).await;
    assert_eq!(page.status, 409);
    assert_eq!(
        admin.browser.post(&revoke, &[]).await.status,
        409,
        "already taken back"
    );
}

#[tokio::test]
async fn sending_again_replaces_the_link() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let people = paths::people(admin.firm);
    let page = admin
        .browser
        .submit(&people, &[("email", "bo@firm.example")])
        .await;
    let old = app.links_in_mail_to("bo@firm.example").await.remove(0);
    let resend = page.button("Send again to bo@firm.example").unwrap();
    admin.browser.submit(&resend, &[]).await;
    let new = app.links_in_mail_to("bo@firm.example").await.remove(0);
    assert_eq!(app.browser().get(&old).await.status, 410);
    assert_eq!(app.browser().get(&new).await.status, 200);
}

#[tokio::test]
async fn somebody_with_an_account_joins_with_its_password_or_while_signed_in() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    let invite = [("email", two.email.as_str())];
    one.browser.post(&paths::people(one.firm), &invite).await;
    let link = app.links_in_mail_to(&two.email).await.remove(0);

    let stranger = app.browser();
    let page = stranger.get(&link).await;
    assert!(page.texts("input").len() == 1 || page.has_text("Enter its password"));
    let page = stranger
        .post(&link, &[("password", "not the password")])
        .await;
    assert_eq!(
        page.error_for("password"),
        "This is not the password of your account"
    );

    let page = two.browser.get(&link).await;
    assert!(page.has_text("You are signed in as"), "{}", page.text());
    let page = two.browser.post(&link, &[]).await;
    assert_eq!(page.location, Some(paths::concierge(one.firm)));

    let page = two.browser.visit(paths::HOME).await;
    assert_eq!(page.h1(), "Choose a firm");
    assert_eq!(page.link("Firm 1"), Some(paths::concierge(one.firm)));
    assert_eq!(page.link("Firm 3"), Some(paths::concierge(two.firm)));

    let page = one.browser.post(&paths::people(one.firm), &invite).await;
    assert_eq!(
        page.error_for("email"),
        "This person can already act for Firm 1"
    );
}

#[tokio::test]
async fn an_invitation_with_the_right_password_still_asks_for_the_second_factor() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    two.browser.enrol(&app).await;
    one.browser
        .post(&paths::people(one.firm), &[("email", two.email.as_str())])
        .await;
    let link = app.links_in_mail_to(&two.email).await.remove(0);

    let browser = app.browser();
    let page = browser.post(&link, &[("password", PASSWORD)]).await;
    assert!(page.location.unwrap().starts_with(paths::SIGN_IN_CODE));
    assert_eq!(browser.get(paths::FIRMS).await.status, 303, "not in yet");
    assert_eq!(two.browser.get(&paths::people(one.firm)).await.status, 200);
}

#[tokio::test]
async fn a_support_person_is_invited_by_the_operator_and_must_enrol() {
    use concierge::flows::{create_person::PersonRole, invite_person};
    use concierge::identity::Email;
    let app = TestApp::start().await;
    let email = Email::parse("sam@concierge.example").unwrap();
    let actor = Actor::System { firm: None };
    let place = PersonRole::Support(SupportRole::Staff);
    invite_person::run(&app.app, &actor, &email, place)
        .await
        .unwrap();
    let link = app
        .links_in_mail_to("sam@concierge.example")
        .await
        .remove(0);

    let browser = app.browser();
    assert_eq!(browser.get(&link).await.h1(), "Join the support team");
    let page = browser
        .post(&link, &[("name", "Sam"), ("password", NEW_PASSWORD)])
        .await;
    assert_eq!(page.location.as_deref(), Some(paths::ACCOUNT_SECOND_FACTOR));
    assert_eq!(
        browser.visit(paths::SUPPORT_MAIL).await.h1(),
        "Second factor"
    );
    browser.enrol(&app).await;
    assert_eq!(browser.get(paths::SUPPORT_MAIL).await.h1(), "Mail");
}

#[tokio::test]
async fn support_and_firms_stay_apart() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let invite = [("email", support.email.as_str())];
    let page = admin
        .browser
        .post(&paths::people(admin.firm), &invite)
        .await;
    assert_eq!(
        page.status, 303,
        "the firm does not learn whose address it is"
    );
    let link = app.links_in_mail_to(&support.email).await.remove(0);
    let page = support.browser.post(&link, &[]).await;
    assert_eq!(page.status, 422);
    assert!(page.has_text("A support account cannot act for a firm"));
    let people = admin.browser.get(&paths::people(admin.firm)).await;
    assert!(!people.has_text("Support 3"), "not a member");
}

#[tokio::test]
async fn a_link_that_nobody_made_is_no_page() {
    let app = TestApp::start().await;
    for path in ["/invitations/abc", "/reset/abc", "/invitations/%00"] {
        assert_eq!(app.browser().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_person_who_entered_the_code_is_not_asked_again() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    two.browser.enrol(&app).await;
    let invite = [("email", two.email.as_str())];
    one.browser.post(&paths::people(one.firm), &invite).await;
    let link = app.links_in_mail_to(&two.email).await.remove(0);
    two.browser.post(&link, &[]).await;
    assert_eq!(two.browser.get(&paths::people(one.firm)).await.status, 200);
}
