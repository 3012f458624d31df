//! The six steps of the setup, up to the confirmed plan.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::walk::Walk;
use procore_sandbox::testing::{Fail, SandboxOptions};

#[tokio::test]
async fn a_firm_walks_from_the_concierge_page_to_the_plan() {
    let walk = Walk::start().await;
    let concierge = walk
        .admin
        .browser
        .get(&paths::concierge(walk.admin.firm))
        .await;
    let review = concierge.link("Integrate with Procore").unwrap();
    assert_eq!(review, walk.at(Stage::Review));

    let verify = walk.up_to(Stage::Verify, &[]).await;
    assert_eq!(verify.h1(), "Check your details");
    let settings = walk.up_to(Stage::Settings, &[]).await;
    assert!(settings.has_text("Choose what to bring from Procore"));
    let plan = walk.up_to(Stage::Complete, &["projects", "users"]).await;

    assert_eq!(plan.h1(), "Check what will happen");
    assert!(
        plan.has_text("Harbor & Lane Construction"),
        "{}",
        plan.text()
    );
    assert!(plan.button("Complete integration").is_some());
    let state = walk.sandbox.state().await;
    assert!(
        state.hooks.is_empty(),
        "nothing happens in Procore before the plan is confirmed"
    );
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn steps_ahead_lead_to_the_one_that_is_missing() {
    let walk = Walk::start().await;
    for step in [
        Stage::Credentials,
        Stage::Verify,
        Stage::Settings,
        Stage::Permissions,
        Stage::Complete,
    ] {
        let page = walk.page(step).await;
        assert_eq!(page.h1(), "Connect Procore to Concierge", "{step:?}");
        assert!(page.has_text("“Review the steps” comes first"), "{step:?}");
    }
}

#[tokio::test]
async fn an_old_page_is_told_who_changed_what_and_loses_nothing() {
    let walk = Walk::start().await;
    let old = walk.up_to(Stage::Settings, &[]).await;
    walk.press(&old, "Save and continue", &[("data", "projects")])
        .await;

    let late = walk
        .press(
            &old,
            "Save and continue",
            &[("data", "trades"), ("data", "users")],
        )
        .await;

    assert_eq!(late.status, 409);
    assert!(late.has_text("This was changed by"), "{}", late.text());
    assert!(late.has_text("Saved now: Projects"));
    let ticked = late.texts("input[name=data][checked] + label");
    assert_eq!(ticked, ["People", "Trades"]);
    let saved = walk
        .press(&late, "Save and continue", &[("data", "trades")])
        .await;
    assert_eq!(
        saved.h1(),
        "Check permissions",
        "the page that explains can be sent"
    );
}

#[tokio::test]
async fn the_same_page_sent_twice_does_it_once() {
    let walk = Walk::start().await;
    let review = walk.page(Stage::Review).await;
    let projects = [("data", "projects")];
    walk.press(&review, "Continue", &projects).await;
    assert_eq!(
        walk.press(&review, "Continue", &projects).await.h1(),
        "Enter your Procore details"
    );

    let details = walk.page(Stage::Credentials).await;
    walk.press(&details, "Save and continue", &Walk::good_details())
        .await;
    let again = walk
        .press(&details, "Save and continue", &Walk::good_details())
        .await;
    assert_eq!(again.h1(), "Check your details");
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    let entered = verbs
        .iter()
        .filter(|verb| *verb == "setup.details_entered")
        .count();
    assert_eq!(entered, 1);
}

#[tokio::test]
async fn new_details_ask_for_the_checks_again_and_keep_the_settings() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(page.has_text("are checked again"), "it says so before");

    let same = walk.enter_details(&Walk::good_details()).await;
    assert_eq!(same.h1(), "Check what will happen", "nothing was reset");
    let choice = walk.page(Stage::Settings).await;
    let projects = [("data", "projects")];
    let same = walk.press(&choice, "Save and continue", &projects).await;
    assert_eq!(same.h1(), "Check what will happen", "nothing was reset");

    let secret = "a-new-secret-of-the-same-app";
    walk.sandbox.replace_secret(secret).await;
    walk.sandbox.forget_tokens().await;
    let mut new = Walk::good_details();
    new[3].1 = secret;
    walk.enter_details(&new).await;
    let complete = walk.page(Stage::Complete).await;
    assert!(
        complete.has_text("“Verify” comes first"),
        "{}",
        complete.text()
    );
    let verify = walk.check(Stage::Verify).await;
    let next = walk.press(&verify, "Continue", &[]).await;
    assert_eq!(next.h1(), "Check permissions", "the settings were kept");
}

#[tokio::test]
async fn a_second_admin_stands_exactly_there() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let colleague = walk.app.admin_of(walk.admin.firm).await;
    let concierge = colleague
        .browser
        .get(&paths::concierge(colleague.firm))
        .await;
    let next = colleague
        .browser
        .visit(&concierge.link("Continue setup").unwrap())
        .await;
    assert_eq!(next.h1(), "Choose what to bring from Procore");
}

#[tokio::test]
async fn an_outage_is_waited_out_and_never_blamed_on_the_secret() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.down().await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("Procore is not answering"), "{}", page.text());
    assert!(page.has_text("PC-UNREACHABLE"));
    assert!(page.texts(".check.is-done").is_empty(), "{}", page.text());
    assert!(!page.has_text("PC-CREDENTIALS"));
    assert_eq!(page.button("Continue"), None);
    assert!(
        page.html.contains(r#"id="checks" data-live="on""#),
        "the page looks again by itself"
    );
    assert!(page.html.contains(r#"http-equiv="refresh" content="16""#));

    walk.sandbox.up().await;
    walk.app.advance(TimeDelta::minutes(5));
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
}

#[tokio::test]
async fn a_wrong_secret_is_named_and_a_new_one_fixes_it() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let mut wrong = Walk::good_details();
    wrong[3].1 = "this-is-not-the-secret";
    walk.enter_details(&wrong).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert!(page.has_text("Needs attention"));

    walk.enter_details(&Walk::good_details()).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
}

#[tokio::test]
async fn the_cause_is_the_headline_and_its_cure_the_main_button() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let mut wrong = Walk::good_details();
    wrong[3].1 = "this-is-not-the-secret";
    let running = walk.enter_details(&wrong).await;
    assert!(
        running.has_text("Checking."),
        "the checks started by themselves"
    );
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    let cause = "Procore did not recognise this Client ID and secret";
    assert_eq!(page.texts(".cause h2"), [cause]);
    assert_eq!(
        page.texts(".actions-main .button"),
        ["Enter the secret again", "Check again"]
    );
    let cure = page.link("Enter the secret again").unwrap();
    assert_eq!(
        cure,
        format!("{}#client_secret", walk.at(Stage::Credentials))
    );

    walk.enter_details(&[
        ("company_id", "424242"),
        Walk::good_details()[0],
        Walk::good_details()[2],
        Walk::good_details()[3],
    ])
    .await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert_eq!(
        page.texts(".actions-main .button"),
        ["Use company 5358233", "Check again"]
    );
}

#[tokio::test]
async fn no_project_is_a_warning_already_where_projects_are_wanted() {
    for (data, warns) in [("projects", true), ("offices", false)] {
        let walk = Walk::start().await;
        walk.sandbox.permit_projects(&[]).await;
        walk.up_to(Stage::Verify, &[data]).await;
        let page = walk.check(Stage::Verify).await;
        assert!(page.button("Continue").is_some(), "{}", page.text());
        assert_eq!(
            page.has_text("Ref PC-NO-PROJECTS"),
            warns,
            "{}",
            page.text()
        );
    }
}

#[tokio::test]
async fn all_mistakes_are_told_at_once_the_missing_secret_too() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let page = walk.enter_details(&[("access_way", "own_app")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.texts(".summary-errors li"),
        [
            "Enter your Company ID",
            "Enter the Client ID",
            "Enter the client secret"
        ]
    );

    let mut pasted = Walk::good_details();
    pasted[1].1 = "https://files.example.com/5358233/company/home";
    let page = walk.enter_details(&pasted).await;
    let error = page.error_for("company_id");
    assert!(
        error.starts_with("This address is not one of Procore’s"),
        "{error}"
    );
    pasted[1].1 = "https://us02.procore.com/5358233/company/home";
    let page = walk.enter_details(&pasted).await;
    assert_eq!(page.h1(), "Check your details", "{}", page.text());
    let stored = walk.page(Stage::Credentials).await;
    assert_eq!(stored.value_of("company_id"), "5358233");
}

#[tokio::test]
async fn settings_say_which_levels_another_choice_changes() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Settings, &["projects"]).await;
    assert!(
        page.has_text("What you saved so far does not need this level"),
        "{}",
        page.text()
    );
    let both = [("data", "projects"), ("data", "users")];
    let page = walk.press(&page, "Save and continue", &both).await;
    assert!(
        page.has_text("Directory from None to Read Only"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn checking_again_asks_only_for_what_failed() {
    let walk = Walk::start().await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    walk.up_to(Stage::Verify, &[]).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-WEBHOOK-LEVEL"), "{}", page.text());
    let lists = walk.sandbox.requests("GET", "/rest/v1.0/companies").await;

    walk.sandbox.set_level("webhooks_api", "Standard").await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
    assert_eq!(
        walk.sandbox.requests("GET", "/rest/v1.0/companies").await,
        lists
    );
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_level_that_is_too_low_is_named_with_tool_and_remedy() {
    let walk = Walk::start().await;
    walk.sandbox.set_level("directory", "None").await;
    walk.up_to(Stage::Permissions, &["projects", "users"]).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:directory"), "{}", page.text());
    assert!(page.has_text("Read Only"));
    assert_eq!(page.button("Continue"), None);
    let onward = paths::confirm_step(walk.admin.firm, Stage::Permissions);
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let seen = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
    ];
    let refused = walk.admin.browser.submit(&onward, &seen).await;
    assert!(refused.has_text("“Permissions” has to pass first"));

    walk.sandbox.set_level("directory", "Read Only").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
}

#[tokio::test]
async fn a_company_belongs_to_one_firm_at_a_time() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let second = walk.another_firm().await;
    second.up_to(Stage::Verify, &[]).await;
    let page = second.check(Stage::Verify).await;
    assert!(page.has_text("PC-TAKEN"), "{}", page.text());
    assert_eq!(page.button("Continue"), None);
}

#[tokio::test]
async fn starting_again_says_what_happens_and_keeps_a_copy_without_the_secret() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let page = walk
        .admin
        .browser
        .get(&paths::start_again(walk.admin.firm))
        .await;
    let review = walk.press(&page, "Start again", &[]).await;
    assert_eq!(review.h1(), "Connect Procore to Concierge");
    assert!(review.has_text("You are back at the first step"));

    let second = walk.another_firm().await;
    second.up_to(Stage::Settings, &[]).await; // the company was released
}

#[tokio::test]
async fn nothing_chosen_is_explained() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Settings, &[]).await;
    let page = walk.press(&page, "Save and continue", &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.error_for("data"),
        "Choose at least one kind of data to bring from Procore"
    );
}

#[tokio::test]
async fn a_mix_up_of_environments_is_found_only_after_the_admin_agrees() {
    let elsewhere = procore_sandbox::testing::Sandbox::start(SandboxOptions::default()).await;
    let own = format!("rehearsal={0}|{0}|{0}", elsewhere.url);
    let environments = format!("production,{own}");
    let walk = Walk::start_with(
        SandboxOptions::default(),
        &[("PROCORE_ENVIRONMENTS", &environments)],
    )
    .await;
    walk.sandbox
        .replace_secret("another-secret-that-is-good-here")
        .await;
    walk.up_to(Stage::Verify, &[]).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert_eq!(
        elsewhere.requests("POST", "/oauth/token").await,
        0,
        "not without consent"
    );

    walk.press(
        &page,
        "Try them in rehearsal",
        &[("elsewhere", "rehearsal")],
    )
    .await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("PC-ENVIRONMENT"), "{}", page.text());
    assert_eq!(elsewhere.requests("POST", "/oauth/token").await, 1);
}

#[tokio::test]
async fn html_where_json_was_due_is_our_riddle_not_the_firms_fault() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox
        .fail_next(Fail::html(200).on("/rest/v1.0/settings/permissions"))
        .await;
    let page = walk.check(Stage::Verify).await;
    assert!(!page.has_text("PC-CREDENTIALS"), "{}", page.text());
}
