//! What a stolen session, a removed person and two requests in the same instant cannot do.

use chrono::TimeDelta;
use concierge::flows::create_person::PersonRole;
use concierge::flows::invite_person::{self, InvitePersonOutcome};
use concierge::identity::{Actor, Email, FirmId, SupportRole};
use concierge::onboarding::Stage;
use concierge::paths;
use secrecy::ExposeSecret;

use crate::harness::app::{PASSWORD, PUBLIC_URL, TestApp};
use crate::harness::colleague::Colleague;
use crate::harness::totp;
use crate::harness::walk::Walk;

const NEW_PASSWORD: &str = "four brave badgers sing";

/// The kinds of the mails to somebody, oldest first.
pub(crate) async fn kinds_of_mails_to(app: &TestApp, email: &str) -> Vec<String> {
    sqlx::query_scalar("select kind from mail where recipient = $1 order by mail_id")
        .bind(email)
        .fetch_all(app.db())
        .await
        .unwrap()
}

/// An invitation from the command line; the path of its link.
async fn invited(app: &TestApp, email: &str, role: PersonRole) -> String {
    let firm = match role {
        PersonRole::Firm(firm) => Some(firm),
        PersonRole::Support(_) => None,
    };
    let email = Email::parse(email).unwrap();
    match invite_person::run(&app.app, &Actor::System { firm }, &email, role).await {
        Ok(InvitePersonOutcome::Invited { url }) => url
            .expose_secret()
            .strip_prefix(PUBLIC_URL)
            .unwrap()
            .to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_alone_sets_up_no_second_factor() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let path = paths::ACCOUNT_SECOND_FACTOR;
    let page = admin.browser.get(path).await;
    assert_eq!(page.h1(), "Second factor");

    let page = admin.browser.post(path, &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("password"), "Enter your password");
    let page = admin.browser.post(path, &[("password", "a guess")]).await;
    assert_eq!(page.error_for("password"), "This is not your password");

    // The owner begins; another session of theirs does not see the secret.
    let page = admin.browser.post(path, &[("password", PASSWORD)]).await;
    let secret = page.code("secret");
    let thief = app.browser();
    thief.sign_in(&admin.email, PASSWORD).await;
    let page = thief.get(path).await;
    assert!(!page.html.contains(&secret));
    let page = thief
        .post(paths::ACCOUNT_SECOND_FACTOR_CONFIRM, &[("code", "000000")])
        .await;
    assert_eq!(page.status, 422);
    assert!(!page.html.contains(&secret));

    let code = totp::code(&secret, app.now());
    let page = admin
        .browser
        .post(paths::ACCOUNT_SECOND_FACTOR_CONFIRM, &[("code", &code)])
        .await;
    assert_eq!(page.h1(), "Keep your recovery codes");
    assert_eq!(
        kinds_of_mails_to(&app, &admin.email).await,
        ["new_device", "second_factor_on"]
    );
}

#[tokio::test]
async fn a_session_alone_ends_nothing() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    app.advance(TimeDelta::minutes(1));
    let page = admin.browser.get(paths::ACCOUNT).await;
    assert!(page.link("Sign out everywhere").is_some());
    for path in [
        paths::ACCOUNT_SIGN_OUT_EVERYWHERE,
        paths::ACCOUNT_SECOND_FACTOR_REMOVE,
    ] {
        let page = admin.browser.post(path, &[("password", "a guess")]).await;
        assert_eq!(page.status, 422, "{path}");
        assert_eq!(page.error_for("password"), "This is not your password");
    }
    assert_eq!(admin.browser.get(paths::FIRMS).await.status, 200);

    let remove = paths::ACCOUNT_SECOND_FACTOR_REMOVE;
    let page = admin.browser.post(remove, &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 303);
    let kinds = kinds_of_mails_to(&app, &admin.email).await;
    assert_eq!(kinds, ["second_factor_on", "second_factor_off"]);
}

#[tokio::test]
async fn a_recovery_code_is_told_to_its_owner() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let path = paths::ACCOUNT_SECOND_FACTOR;
    let page = admin.browser.post(path, &[("password", PASSWORD)]).await;
    let code = totp::code(&page.code("secret"), app.now());
    let page = admin
        .browser
        .post(paths::ACCOUNT_SECOND_FACTOR_CONFIRM, &[("code", &code)])
        .await;
    let codes = page.texts("#recovery-codes li");
    for code in &codes {
        let digits = code.chars().filter(char::is_ascii_alphanumeric).count();
        assert!(digits * 5 >= 112, "{code} has at least 112 bits");
    }
    let browser = app.browser();
    browser.sign_in(&admin.email, PASSWORD).await;
    let page = browser
        .post(paths::SIGN_IN_CODE, &[("code", &codes[0])])
        .await;
    assert_eq!(page.status, 303);
    let kinds = kinds_of_mails_to(&app, &admin.email).await;
    assert_eq!(
        kinds,
        ["second_factor_on", "recovery_code_used", "new_device"]
    );
}

#[tokio::test]
async fn what_a_removed_admin_sent_no_longer_lets_anybody_in() {
    let walk = Walk::start().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let other = app.admin_of(firm).await;
    let people = paths::people(firm);
    let second = [("email", "second@elsewhere.example")];
    walk.admin.browser.post(&people, &second).await;
    let invitation = app
        .links_in_mail_to("second@elsewhere.example")
        .await
        .remove(0);
    let dana = Colleague::asked(&walk, Stage::Review, "dana@elsewhere.example", &[]).await;
    // One that others sent stays.
    let third = [("email", "third@firm.example")];
    other.browser.post(&people, &third).await;
    let stays = app.links_in_mail_to("third@firm.example").await.remove(0);

    let remove = paths::remove_member(firm, walk.admin.person);
    assert_eq!(other.browser.post(&remove, &[]).await.status, 303);
    let browser = app.browser();
    assert_eq!(browser.get(&invitation).await.status, 410);
    let fields = [("name", "Bo"), ("password", NEW_PASSWORD)];
    assert_eq!(browser.post(&invitation, &fields).await.status, 410);
    let renew = format!("{invitation}/renew");
    assert_eq!(browser.post(&renew, &[]).await.status, 409);
    let page = dana.browser.get(&dana.link).await;
    assert!(page.has_text("was taken back"), "{}", page.text());
    assert_eq!(browser.get(&stays).await.status, 200);
}

#[tokio::test]
async fn an_invitation_that_was_renewed_still_ends_with_its_sender() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let other = app.admin_of(admin.firm).await;
    let second = [("email", "second@elsewhere.example")];
    let people = paths::people(admin.firm);
    admin.browser.post(&people, &second).await;
    let link = app
        .links_in_mail_to("second@elsewhere.example")
        .await
        .remove(0);
    app.advance(TimeDelta::days(7));
    let browser = app.browser();
    let renew = format!("{link}/renew");
    assert_eq!(browser.post(&renew, &[]).await.status, 200);
    let fresh = app
        .links_in_mail_to("second@elsewhere.example")
        .await
        .remove(0);

    other.browser.sign_in(&other.email, PASSWORD).await;
    let remove = paths::remove_member(admin.firm, admin.person);
    assert_eq!(other.browser.post(&remove, &[]).await.status, 303);
    assert_eq!(browser.get(&fresh).await.status, 410);
}

#[tokio::test]
async fn what_somebody_sent_who_left_support_no_longer_lets_anybody_in() {
    let app = TestApp::start().await;
    let (lead, other) = (
        app.support(SupportRole::Lead).await,
        app.support(SupportRole::Lead).await,
    );
    let invite = [("email", "second@elsewhere.example"), ("role", "lead")];
    lead.browser.post(paths::SUPPORT_STAFF, &invite).await;
    let link = app
        .links_in_mail_to("second@elsewhere.example")
        .await
        .remove(0);
    let remove = paths::remove_support(lead.person);
    assert_eq!(other.browser.post(&remove, &[]).await.status, 303);
    assert_eq!(app.browser().get(&link).await.status, 410);
}

#[tokio::test]
async fn a_firm_can_require_a_second_factor_of_everybody() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    let other = app.admin_of(admin.firm).await;
    let people = paths::people(admin.firm);
    let page = admin.browser.get(&people).await;
    let require = page.button("Require it of everybody").unwrap();
    let page = admin
        .browser
        .submit(&require, &[("required", "true")])
        .await;
    assert!(page.has_text("Everybody here needs a second factor to sign in."));

    let page = other.browser.visit(&people).await;
    assert_eq!(page.h1(), "Second factor", "with their next click");
    assert!(page.has_text("Everybody who acts for your firm needs one."));
    app.advance(TimeDelta::hours(1));
    let path = paths::ACCOUNT_SECOND_FACTOR;
    let page = other.browser.post(path, &[]).await;
    assert_eq!(page.status, 422, "an old session proves nothing");
    other.browser.enrol(&app).await;
    assert_eq!(other.browser.get(&people).await.status, 200);

    // So does who joins later, with the password that they have just entered.
    let link = invited(&app, "bo@firm.example", PersonRole::Firm(admin.firm)).await;
    let bo = app.browser();
    let fields = [("name", "Bo"), ("password", NEW_PASSWORD)];
    let page = bo.post(&link, &fields).await;
    assert_eq!(page.location.as_deref(), Some(path));
    let page = bo.post(path, &[]).await;
    assert_eq!(page.status, 200);
    assert!(!page.code("secret").is_empty());

    let form = admin.browser.get(&people).await;
    let optional = form.button("Make it optional").unwrap();
    admin
        .browser
        .post(&optional, &[("required", "false")])
        .await;
    assert_eq!(bo.get(&people).await.status, 200);
    let verbs = app.activity_of(admin.firm).await;
    for verb in ["firm.second_factor_required", "firm.second_factor_optional"] {
        assert!(verbs.iter().any(|it| it == verb), "{verb}");
    }
}

#[tokio::test]
async fn an_installation_can_require_a_second_factor_of_firms_too() {
    let settings = [("CONCIERGE_REQUIRE_SECOND_FACTOR", "firm-admins")];
    let app = TestApp::start_with(&settings).await;
    let admin = app.firm_admin().await;
    let people = paths::people(admin.firm);
    assert_eq!(admin.browser.visit(&people).await.h1(), "Second factor");
    admin.browser.enrol(&app).await;
    assert_eq!(admin.browser.get(&people).await.status, 200);
}

async fn roles_of(app: &TestApp, email: &str) -> (bool, bool) {
    sqlx::query_as(
        "select p.support_role is not null, \
         exists (select from membership m where m.person_id = p.person_id) \
         from person p join email_address e using (person_id) where e.address = $1",
    )
    .bind(email)
    .fetch_one(app.db())
    .await
    .unwrap()
}

#[tokio::test]
async fn two_invitations_accepted_at_once_never_make_one_person_both() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme Builders").await;
    for round in 0..8 {
        let email = format!("bo{round}@firm.example");
        // In half of the rounds there is an account already, of a firm that it has left.
        let has_account = round % 2 == 0;
        if has_account {
            leave_a_firm(&app, &email).await;
        }
        let links = [
            invited(&app, &email, PersonRole::Firm(firm)).await,
            invited(&app, &email, PersonRole::Support(SupportRole::Staff)).await,
        ];
        let fields = [("name", "Bo"), ("password", PASSWORD)];
        let (one, two) = (app.browser(), app.browser());
        let (one, two) = tokio::join!(one.post(&links[0], &fields), two.post(&links[1], &fields));
        let joined = [&one, &two]
            .iter()
            .filter(|page| page.status == 303)
            .count();
        assert_eq!(joined, 1, "{} and {}", one.status, two.status);
        let (support, member) = roles_of(&app, &email).await;
        assert!(support != member, "round {round}");
    }
}

/// An account without a firm.
async fn leave_a_firm(app: &TestApp, email: &str) {
    let firm: FirmId = app.firm("Former Builders").await;
    app.admin_of(firm).await;
    let person = app.member(firm, "Bo", email).await;
    sqlx::query("delete from membership where person_id = $1")
        .bind(person.0)
        .execute(app.db())
        .await
        .unwrap();
}

#[tokio::test]
async fn one_code_one_reset_and_one_invitation_work_once_also_at_once() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;

    // An invitation.
    let link = invited(&app, "bo@firm.example", PersonRole::Firm(admin.firm)).await;
    let fields = [("name", "Bo"), ("password", NEW_PASSWORD)];
    let browsers: Vec<_> = (0..4).map(|_| app.browser()).collect();
    let tries = browsers.iter().map(|it| it.post(&link, &fields));
    let pages = futures_util::future::join_all(tries).await;
    let taken = pages.iter().filter(|page| page.status == 303).count();
    assert_eq!(taken, 1);
    assert!(
        pages
            .iter()
            .all(|page| matches!(page.status, 303 | 409 | 410))
    );

    // A reset.
    app.browser()
        .post(paths::RESET, &[("email", "bo@firm.example")])
        .await;
    app.run_jobs().await;
    let link = app.links_in_mail_to("bo@firm.example").await.remove(0);
    let browsers: Vec<_> = (0..4).map(|_| app.browser()).collect();
    let fields = [("password", PASSWORD)];
    let tries = browsers.iter().map(|it| it.post(&link, &fields));
    let pages = futures_util::future::join_all(tries).await;
    let taken = pages.iter().filter(|page| page.status == 303).count();
    assert_eq!(taken, 1);

    // A code.
    let secret = admin.browser.enrol(&app).await;
    app.advance(TimeDelta::minutes(1));
    let mut browsers = Vec::new();
    for _ in 0..4 {
        let browser = app.browser();
        browser.sign_in(&admin.email, PASSWORD).await;
        browsers.push(browser);
    }
    let code = totp::code(&secret, app.now());
    let fields = [("code", code.as_str())];
    let tries = browsers
        .iter()
        .map(|it| it.post(paths::SIGN_IN_CODE, &fields));
    let pages = futures_util::future::join_all(tries).await;
    let taken = pages.iter().filter(|page| page.status == 303).count();
    assert_eq!(taken, 1);
}
