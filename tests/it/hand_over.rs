//! One task handed over to a colleague without an account.

use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::colleague::Colleague;
use crate::harness::page::Field;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET};

const DANA: &str = "dana@firm.example";

/// Whom the firm's onboarding waits for, and why.
async fn waits_for(walk: &Walk) -> (String, String) {
    sqlx::query_as(
        "select a.situation, a.waiting_on from queue_line a \
         join onboarding o using (firm_id, onboarding_id) \
         where a.firm_id = $1 and o.archived_at is null",
    )
    .bind(walk.admin.firm.0)
    .fetch_one(walk.app.db())
    .await
    .unwrap()
}

async fn newest_mail(walk: &Walk, to: &str) -> String {
    sqlx::query_scalar(
        "select subject || E'\\n' || text from mail where recipient = $1 order by mail_id desc limit 1",
    )
    .bind(to)
    .fetch_one(walk.app.db())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_task_is_handed_over_from_the_first_page_and_its_state_shows() {
    let walk = Walk::start().await;
    let review = walk.page(Stage::Review).await;
    assert!(review.button("Ask my Procore admin").is_some());
    let below = review.button("Someone else will do this");
    assert_eq!(below, Some(paths::hand_over_form(walk.admin.firm)));

    let dana = Colleague::asked(&walk, Stage::Review, DANA, &[("company_id", "5358233")]).await;
    assert_eq!(
        walk.stage().await,
        Stage::Credentials,
        "the person who hands over has read the page"
    );
    let credentials = walk.page(Stage::Credentials).await;
    let form = credentials.button("Ask my Procore admin");
    assert_eq!(form, Some(paths::hand_over_form(walk.admin.firm)));
    assert_eq!(credentials.button("Someone else will do this"), form);
    assert!(
        credentials.has_text("For Dana Fox since 2 March, not opened yet"),
        "{}",
        credentials.text()
    );
    let expected = ("waiting_for_admin".to_owned(), "procore_admin".to_owned());
    assert_eq!(waits_for(&walk).await, expected);

    let mail = newest_mail(&walk, DANA).await;
    assert!(mail.contains("Admin 2 asks you for Firm 1’s Procore details"));
    assert!(mail.contains("Hello Dana Fox"), "{mail}");
    assert!(!mail.contains("/handover/"), "the link is sealed: {mail}");

    let page = dana.page().await;
    assert_eq!(page.h1(), "Enter the Procore details of Firm 1");
    assert!(page.has_text("Admin 2 is connecting Firm 1’s Procore to Concierge"));
    assert!(
        page.has_text("until 9 March"),
        "how long the link works: {}",
        page.text()
    );
    assert_eq!(page.value_of("company_id"), "5358233");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(dana.browser.cookies(), Vec::<String>::new(), "no session");
    let credentials = walk.page(Stage::Credentials).await;
    assert!(credentials.has_text("For Dana Fox since 2 March, opened 09:00"));
}

#[tokio::test]
async fn nothing_is_handed_over_where_nothing_is_left_to_do() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    for step in [Stage::Credentials, Stage::Verify] {
        let page = walk.page(step).await;
        assert!(!page.has_text("Someone else will do this"), "{step:?}");
        let form = paths::hand_over(walk.admin.firm, step);
        let page = walk.admin.browser.visit(&form).await;
        assert!(
            page.has_text("There is nothing left here that a colleague could do"),
            "{}",
            page.text()
        );
    }
    walk.up_to(Stage::Permissions, &["offices"]).await;
    let page = walk.page(Stage::Permissions).await;
    assert!(page.has_text("Someone else will do this"));
}

#[tokio::test]
async fn the_colleague_enters_the_secret_which_the_admin_never_sees() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;

    let refused = dana
        .press("Save and continue", &[("access_way", "own_app")])
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.error_for("company_id"), "Enter your Company ID");

    let mut wrong = Walk::good_details();
    wrong[3].1 = "this-is-not-the-secret";
    let page = dana.press("Save and continue", &wrong).await;
    assert!(page.has_text("Checking."), "{}", page.text());
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert!(page.has_text("fingerprint"), "what they entered is saved");

    let page = dana.press("Save and continue", &Walk::good_details()).await;
    assert!(!page.html.contains(CLIENT_SECRET));
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text("All checks passed"), "{}", page.text());

    for step in [Stage::Credentials, Stage::Verify] {
        let page = walk.page(step).await;
        assert!(!page.html.contains(CLIENT_SECRET), "{step:?}");
        assert!(
            page.has_text("details entered 09:00, all checks passed"),
            "{}",
            page.text()
        );
    }
    let page = dana.press("Done", &[]).await;
    assert_eq!(
        (page.status, page.h1()),
        (200, "Thank you, this is done".to_owned())
    );
    let mail = newest_mail(&walk, &walk.admin.email).await;
    assert!(
        mail.contains("Dana Fox entered the Procore details"),
        "{mail}"
    );
    assert!(mail.contains("The checks: all checks passed."), "{mail}");
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    let told: Vec<&str> = verbs.iter().map(String::as_str).collect();
    for verb in [
        "handover.sent",
        "handover.opened",
        "setup.details_entered",
        "verification.started",
        "handover.done",
    ] {
        assert!(told.contains(&verb), "{verb}: {told:?}");
    }
    let who: Vec<String> = sqlx::query_scalar(
        "select distinct actor_name from activity where verb = 'setup.details_entered'",
    )
    .fetch_all(walk.app.db())
    .await
    .unwrap();
    assert_eq!(who, ["Dana Fox"]);
    assert_eq!(waits_for(&walk).await.1, "firm");
    assert!(walk.check(Stage::Verify).await.button("Continue").is_some());
}

#[tokio::test]
async fn a_colleague_is_offered_the_only_company_that_can_be_reached() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;
    let mut details = Walk::good_details();
    details[1].1 = "5358232"; // a slip
    dana.press("Save and continue", &details).await;
    walk.app.run_jobs().await;

    let page = dana.page().await;
    let button = "Use company 5358233";
    assert!(page.button(button).is_some(), "{}", page.text());
    let offers = |field: &Field| field.hidden && field.value == "5358233";
    let forms = page.forms();
    let offer = forms.iter().find(|form| form.fields.iter().any(offers));
    let fields = offer.expect("the offer").fields.iter();
    let fields: Vec<_> = fields
        .map(|it| (it.name.as_str(), it.value.as_str()))
        .collect();
    dana.press(button, &fields).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
}

#[tokio::test]
async fn a_colleague_neither_sees_nor_uses_what_the_admin_entered() {
    let walk = Walk::start().await;
    let mut wrong = Walk::good_details();
    wrong[3].1 = "the-admins-own-attempt";
    walk.up_to(Stage::Credentials, &[]).await;
    walk.enter_details(&wrong).await;
    walk.check(Stage::Verify).await;
    let form = walk
        .admin
        .browser
        .get(&paths::hand_over(walk.admin.firm, Stage::Verify))
        .await;
    let likely = form.texts("input[name=task][checked] + label");
    assert_eq!(
        likely,
        ["Enter the Procore details"],
        "what failed is theirs"
    );

    let enter = [("task", "enter_credentials")];
    let dana = Colleague::asked(&walk, Stage::Verify, DANA, &enter).await;
    let page = dana.page().await;
    assert_eq!(page.value_of("company_id"), "5358233", "asked for once");
    assert!(!page.html.contains(&CLIENT_ID[..5]), "nothing of the app");
    let without: Vec<_> = Walk::good_details().into_iter().take(3).collect();
    let page = dana.press("Save and continue", &without).await;
    assert_eq!(page.error_for("client_secret"), "Enter the client secret");
}

#[tokio::test]
async fn permissions_are_fixed_by_somebody_who_sees_the_same_rows() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects", "users", "trades"])
        .await;
    walk.sandbox.set_level("directory", "None").await;
    walk.sandbox.set_level("admin", "None").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:directory"), "{}", page.text());
    assert!(
        page.button("Send these fixes to my Procore admin")
            .is_some()
    );

    let form = format!(
        "{}&as=fixes",
        paths::hand_over(walk.admin.firm, Stage::Permissions)
    );
    let form = walk.admin.browser.get(&form).await;
    assert_eq!(form.h1(), "Send these fixes to my Procore admin");
    assert!(form.has_text("What they see"));
    let dana = Colleague::asked(&walk, Stage::Permissions, DANA, &[]).await;
    let mail = newest_mail(&walk, DANA).await;
    assert!(
        mail.contains("Admin 2 asks you to change permissions"),
        "{mail}"
    );
    assert!(mail.contains("Ref PC-LEVEL:directory"), "{mail}");
    assert!(
        mail.contains("Read Only"),
        "the level that is needed: {mail}"
    );
    assert!(mail.contains("App Management › View"), "the clicks: {mail}");

    let page = dana.page().await;
    assert_eq!(page.h1(), "Change permissions in Firm 1’s Procore");
    assert!(page.has_text("Company ID 5358233"), "{}", page.text());
    assert!(page.has_text("PC-LEVEL:directory"));
    assert!(page.has_text("The smallest permissions that are needed"));
    assert!(page.html.contains("<svg"), "drawings");
    let before = page.texts(".counts").concat();

    walk.sandbox.set_level("directory", "Read Only").await;
    dana.press("Check again", &[]).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    let after = page.texts(".counts").concat();
    assert_ne!(before, after);
    let admins = walk.page(Stage::Permissions).await;
    assert!(admins.has_text(&after), "{after}: {}", admins.text());

    walk.sandbox.set_level("admin", "Read Only").await;
    dana.press("Check again", &[]).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
    dana.press("Done", &[]).await;
    let mail = newest_mail(&walk, &walk.admin.email).await;
    assert!(mail.contains("Dana Fox changed the permissions"), "{mail}");
    let page = walk.page(Stage::Permissions).await;
    assert!(page.button("Continue").is_some());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_colleague_who_cannot_do_it_says_why() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;
    let page = dana.press("I can't", &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("reason"), "Enter why you cannot do it");
    let pasted = [("reason", CLIENT_SECRET)];
    let page = dana.press("I can't", &pasted).await;
    assert!(
        page.error_for("reason")
            .contains("looks like a key or a secret")
    );
    assert!(!page.html.contains(CLIENT_SECRET), "and is not shown again");

    let page = dana
        .press("I can't", &[("reason", "Bo Lane has the portal account.")])
        .await;
    assert_eq!(
        (page.status, page.h1()),
        (200, "You said that you cannot do this".to_owned())
    );
    let mail = newest_mail(&walk, &walk.admin.email).await;
    assert!(mail.contains("Dana Fox cannot enter"), "{mail}");
    assert!(mail.contains("“Bo Lane has the portal account.”"), "{mail}");
    let page = walk.page(Stage::Credentials).await;
    assert!(page.has_text("Cannot be done"), "{}", page.text());
    assert!(page.has_text("Bo Lane has the portal account."));
    assert_eq!(waits_for(&walk).await.1, "firm");
}

#[tokio::test]
async fn two_colleagues_have_one_task_each() {
    let walk = Walk::start().await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.check(Stage::Verify).await;
    let enter = [("task", "enter_credentials")];
    let fix = [("task", "fix_permissions")];
    let dana = Colleague::asked(&walk, Stage::Verify, DANA, &enter).await;
    let bo = Colleague::named(&walk, Stage::Verify, "Bo Lane", "bo@firm.example", &fix).await;
    assert_eq!(dana.page().await.status, 200);
    let page = bo.page().await;
    assert!(page.has_text("PC-WEBHOOK-LEVEL"), "{}", page.text());
    assert!(page.has_text("0 of 1 fixed"), "{}", page.text());
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("For Dana Fox since") && page.has_text("For Bo Lane since"));

    // Each may do their own task and no other.
    let page = bo.send("details", &Walk::good_details()).await;
    assert_eq!(page.status, 404);
    walk.sandbox.set_level("webhooks_api", "Standard").await;
    bo.press("Check again", &[]).await;
    walk.app.run_jobs().await;
    assert!(bo.page().await.has_text("1 of 1 fixed"));

    let page = walk.page(Stage::Verify).await;
    walk.press(&page, "Continue", &[]).await;
    // Bo did what was asked, without having said so; nothing is left for Dana.
    for (colleague, expected) in [
        (&dana, (410, "Nothing is left to do here")),
        (&bo, (200, "Thank you, this is done")),
    ] {
        let page = colleague.page().await;
        assert_eq!((page.status, page.h1().as_str()), expected);
    }
}

#[tokio::test]
async fn a_form_with_mistakes_is_shown_again() {
    let walk = Walk::start().await;
    let form = walk
        .admin
        .browser
        .get(&paths::hand_over(walk.admin.firm, Stage::Review))
        .await;
    let fields = [
        ("from", "review"),
        ("name", ""),
        ("email", "dana"),
        ("company_id", "12x"),
    ];
    let page = walk.press(&form, "Send", &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("name"), "Enter a name");
    assert!(page.error_for("email").contains("name@example.com"));
    assert!(page.error_for("company_id").contains("numbers only"));
    assert_eq!(page.value_of("email"), "dana");
    assert_eq!(walk.stage().await, Stage::Review);
}

#[tokio::test]
async fn only_the_steps_with_something_to_hand_over_offer_it() {
    let walk = Walk::start().await;
    let firm = walk.admin.firm;
    for from in ["settings", "complete", "", "kitchen"] {
        let path = format!("{}?from={from}", paths::hand_over_form(firm));
        assert_eq!(walk.admin.browser.get(&path).await.status, 404, "{from}");
    }
    let ahead = walk
        .admin
        .browser
        .visit(&paths::hand_over(firm, Stage::Permissions))
        .await;
    assert!(ahead.has_text("comes first"), "{}", ahead.text());
}
