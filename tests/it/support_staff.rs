//! Who is support: leads invite them, and take their access away at once.

use concierge::identity::{Email, LinkId, SupportRole};
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};

const STAFF: &str = paths::SUPPORT_STAFF;
const NEW: &str = "sam@concierge.example";

#[tokio::test]
async fn a_lead_sees_everybody_and_how_they_sign_in() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    let staff = app.support(SupportRole::Staff).await;
    app.firm_admin().await;
    let page = lead.browser.get(STAFF).await;
    assert_eq!(page.h1(), "Staff");
    let rows = page.texts("tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains("(you)") && rows[0].contains("Lead"));
    assert!(rows[0].contains("The last lead cannot be removed"));
    assert!(rows[1].contains(&staff.email) && rows[1].contains("Staff"));
    assert!(rows[1].contains("On") && rows[1].contains("just now"));
}

#[tokio::test]
async fn a_lead_invites_and_the_link_leads_in_past_a_second_factor() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    let fields = [("email", NEW), ("role", "lead")];
    let page = lead.browser.submit(STAFF, &fields).await;
    assert!(page.has_text("sam@concierge.example is invited. This installation sends no mail"));
    assert!(page.has_text("Invited") && page.has_text("by Support 1"));

    let link = app.links_in_mail_to(NEW).await.remove(0);
    let browser = app.browser();
    let fields = [("name", "Sam"), ("password", "five loud badgers dance")];
    let page = browser.post(&link, &fields).await;
    assert_eq!(page.location.as_deref(), Some(paths::ACCOUNT_SECOND_FACTOR));
    assert_eq!(browser.visit(STAFF).await.h1(), "Second factor");
    let page = lead.browser.get(STAFF).await;
    assert!(page.has_text("Not set up yet"), "{}", page.text());
    browser.enrol(&app).await;
    let page = browser.get(STAFF).await;
    assert_eq!(page.h1(), "Staff", "invited as a lead");
    assert!(!page.has_text("Invited"));
}

#[tokio::test]
async fn an_invitation_is_sent_again_or_taken_back() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    lead.browser
        .post(STAFF, &[("email", NEW), ("role", "staff")])
        .await;
    let first = app.links_in_mail_to(NEW).await.remove(0);
    let page = lead.browser.get(STAFF).await;
    let again = page.button(&format!("Send again to {NEW}")).unwrap();
    let page = lead.browser.submit(&again, &[]).await;
    assert!(page.has_text("The older link no longer works. This installation sends no mail"));
    let second = app.links_in_mail_to(NEW).await.remove(0);
    assert_ne!(first, second);
    let old = app.browser().get(&first).await;
    assert_ne!(old.h1(), "Join the support team");
    assert_eq!(
        app.browser().get(&second).await.h1(),
        "Join the support team"
    );

    let back = page
        .button(&format!("Take back the invitation to {NEW}"))
        .unwrap();
    let page = lead.browser.submit(&back, &[]).await;
    assert!(page.has_text("Its link no longer works."));
    assert!(!page.has_text(NEW));
    assert_ne!(
        app.browser().get(&second).await.h1(),
        "Join the support team"
    );
    assert_eq!(lead.browser.post(&back, &[]).await.status, 409, "twice");
    assert_eq!(lead.browser.post(&again, &[]).await.status, 409);
}

#[tokio::test]
async fn a_form_that_cannot_be_taken_says_why() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    let admin = app.firm_admin().await;
    for (email, role, field, said) in [
        (
            "sam at home",
            "staff",
            "email",
            "Enter an email address in the form name@example.com",
        ),
        (NEW, "", "role", "Choose what they may do"),
        (NEW, "owner", "role", "Choose what they may do"),
        (
            lead.email.as_str(),
            "staff",
            "email",
            "This person is already on the support team",
        ),
        (
            admin.email.as_str(),
            "staff",
            "email",
            "This person acts for a firm, and cannot join support with the same address. Use another one",
        ),
    ] {
        let page = lead
            .browser
            .post(STAFF, &[("email", email), ("role", role)])
            .await;
        assert_eq!(page.status, 422, "{email} {role}");
        assert_eq!(page.error_for(field), said);
        assert_eq!(page.value_of("email"), email);
    }
    assert_eq!(app.mails_to(NEW).await, 0);
}

#[tokio::test]
async fn access_ends_at_once_with_all_that_hangs_on_it() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    let staff = app.support(SupportRole::Staff).await;
    let firm = app.firm("Acme Builders").await;
    app.grant(firm, staff.person, "view").await;
    sqlx::query("update queue_line set assignee_id = $1")
        .bind(staff.person.0)
        .execute(app.db())
        .await
        .unwrap();
    assert_eq!(staff.browser.get(&paths::concierge(firm)).await.status, 200);

    let page = lead.browser.get(STAFF).await;
    let remove = page.link("Remove access of Support 2").unwrap();
    let page = lead.browser.get(&remove).await;
    assert_eq!(page.h1(), "Remove the access of Support 2");
    assert!(page.has_text(&staff.email));
    let action = page.button("Remove access").unwrap();
    let page = lead.browser.submit(&action, &[]).await;
    assert!(page.has_text("Their access is removed"));
    assert!(!page.has_text(&staff.email));

    for path in [paths::SUPPORT.to_owned(), paths::concierge(firm)] {
        assert_eq!(staff.browser.visit(&path).await.h1(), "Sign in", "{path}");
    }
    let fields = [("email", staff.email.as_str()), ("password", PASSWORD)];
    let page = app.browser().post(paths::SIGN_IN, &fields).await;
    assert_eq!(page.status, 422, "they do not get in again");
    assert!(lead.browser.get(paths::SUPPORT).await.has_text("Nobody"));
    assert!(
        app.activity_of(firm)
            .await
            .contains(&"visit.ended".to_owned())
    );
    assert_eq!(
        lead.browser.post(&action, &[]).await.status,
        409,
        "removed already"
    );
    assert_eq!(lead.browser.get(&remove).await.status, 404);

    // Whoever was removed can be invited again.
    let again = [("email", staff.email.as_str()), ("role", "staff")];
    let page = lead.browser.submit(STAFF, &again).await;
    assert!(page.has_text("is invited"), "{}", page.text());
}

#[tokio::test]
async fn the_last_lead_stays() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    app.support(SupportRole::Staff).await;
    let remove = paths::remove_support(lead.person);
    let page = lead.browser.submit(&remove, &[]).await;
    assert!(
        page.has_text("The last lead cannot be removed."),
        "{}",
        page.text()
    );
    assert_eq!(lead.browser.get(STAFF).await.status, 200);
}

#[tokio::test]
async fn leaving_oneself_takes_a_page_that_says_so() {
    let app = TestApp::start().await;
    let one = app.support(SupportRole::Lead).await;
    app.support(SupportRole::Lead).await;
    let remove = paths::remove_support(one.person);
    assert!(one.browser.get(&remove).await.has_text("This is you."));
    let page = one.browser.submit(&remove, &[]).await;
    assert_eq!(page.h1(), "Sign in");
    assert_eq!(one.browser.visit(STAFF).await.h1(), "Sign in");
}

#[tokio::test]
async fn two_leads_who_remove_each_other_at_once_do_not_leave_support_without_one() {
    let app = TestApp::start().await;
    let one = app.support(SupportRole::Lead).await;
    let two = app.support(SupportRole::Lead).await;
    let (of_two, of_one) = (
        paths::remove_support(two.person),
        paths::remove_support(one.person),
    );
    tokio::join!(
        one.browser.post(&of_two, &[]),
        two.browser.post(&of_one, &[])
    );
    let left = [one.browser.get(STAFF).await, two.browser.get(STAFF).await];
    assert_eq!(left.iter().filter(|page| page.status == 200).count(), 1);
}

#[tokio::test]
async fn for_everybody_else_there_are_no_such_pages() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    let staff = app.support(SupportRole::Staff).await;
    let admin = app.firm_admin().await;
    lead.browser
        .post(STAFF, &[("email", NEW), ("role", "staff")])
        .await;
    let link: LinkId = sqlx::query_scalar("select link_id from person_link where address = $1")
        .bind(Email::parse(NEW).unwrap().as_str())
        .fetch_one(app.db())
        .await
        .unwrap();
    let remove = paths::remove_support(lead.person);
    let posts = [
        STAFF.to_owned(),
        remove.clone(),
        paths::revoke_support_invitation(link),
        paths::resend_support_invitation(link),
        // Support's invitations are not a firm's either.
        paths::revoke_invitation(admin.firm, link),
        paths::resend_invitation(admin.firm, link),
    ];
    for path in [STAFF, remove.as_str()] {
        for browser in [&staff.browser, &admin.browser] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        assert_eq!(app.browser().visit(path).await.h1(), "Sign in", "{path}");
    }
    for path in &posts {
        for browser in [&staff.browser, &admin.browser] {
            for fields in [&[("email", "x@evil.example"), ("role", "lead")][..], &[]] {
                let status = browser.post(path, fields).await.status;
                assert!([404, 409].contains(&status), "{path}: {status}");
            }
        }
    }
    assert_eq!(app.mails_to("x@evil.example").await, 0);
    let page = lead.browser.get(STAFF).await;
    assert!(
        page.has_text(NEW) && page.texts("tbody tr").len() == 3,
        "{}",
        page.text()
    );
    // A firm's invitation is not support's.
    let invite = [("email", "bo@firm.example")];
    admin
        .browser
        .post(&paths::people(admin.firm), &invite)
        .await;
    let theirs: LinkId = sqlx::query_scalar("select link_id from person_link where address = $1")
        .bind(invite[0].1)
        .fetch_one(app.db())
        .await
        .unwrap();
    let revoke = paths::revoke_support_invitation(theirs);
    assert_eq!(lead.browser.post(&revoke, &[]).await.status, 409);
}
