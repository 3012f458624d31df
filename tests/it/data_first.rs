//! What to bring is asked first, and everything after it follows from that.

use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::page::Page;
use crate::harness::walk::Walk;

const TICKED: &str = "input[name=data][checked] + label";

/// Sets the levels that a page prints, and None on every other tool that we know.
async fn follow_the_list(walk: &Walk, page: &Page) {
    let printed = page.code("permission-list");
    for (tool, label) in [
        ("admin", "Admin"),
        ("directory", "Directory"),
        ("portfolio", "Portfolio"),
        ("webhooks_api", "Webhooks API"),
    ] {
        let line = printed.split_once(&format!("- {label}: "));
        let is_set_to = |level: &&str| line.is_some_and(|(_, line)| line.starts_with(level));
        let levels = ["Read Only", "Standard", "Admin"].into_iter();
        let level = levels.into_iter().find(is_set_to).unwrap_or("None");
        walk.sandbox.set_level(tool, level).await;
    }
}

#[tokio::test]
async fn the_first_step_asks_what_to_bring_and_the_fourth_shows_it() {
    let walk = Walk::start().await;
    let review = walk.page(Stage::Review).await;
    assert_eq!(
        review.texts(TICKED),
        ["Projects"],
        "the least that is useful"
    );
    assert!(review.has_text("can take days"), "{}", review.text());

    let refused = walk.press(&review, "Continue", &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_for("data").starts_with("Choose at least one"));

    let details = walk.review(&["users", "trades"]).await;
    assert_eq!(details.h1(), "Enter your Procore details");
    assert!(details.has_text("Directory: Read Only, Webhooks API: Standard"));
    assert!(details.has_text("Admin: Read Only (may not be needed)"));
    assert!(!details.has_text("Portfolio: Read Only"));
    let settings = walk.up_to(Stage::Settings, &[]).await;
    assert_eq!(settings.texts(TICKED), ["People", "Trades"]);
}

#[tokio::test]
async fn another_choice_at_the_first_step_asks_for_the_permissions_again() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    let old = walk.page(Stage::Review).await;

    let same = walk.review(&["projects"]).await;
    assert_eq!(same.h1(), "Check what will happen", "nothing was reset");
    let other = walk.review(&["projects", "offices"]).await;
    assert_eq!(other.h1(), "Check permissions");
    let settings = walk.page(Stage::Settings).await;
    assert_eq!(settings.texts(TICKED), ["Projects", "Offices"]);

    let late = walk.press(&old, "Continue", &[("data", "users")]).await;
    assert_eq!(late.status, 409);
    assert!(
        late.has_text("Saved now: Projects, Offices"),
        "{}",
        late.text()
    );
    assert_eq!(late.texts(TICKED), ["People"], "the reader's own choice");
}

#[tokio::test]
async fn a_choice_is_kept_where_somebody_else_enters_the_details() {
    let walk = Walk::start().await;
    let review = walk.page(Stage::Review).await;
    let asks = [("data", "offices"), ("ask", "admin")];
    let page = walk.press(&review, "Ask my Procore admin", &asks).await;
    assert_eq!(page.h1(), "Ask my Procore admin");
    let review = walk.page(Stage::Review).await;
    assert_eq!(review.texts(TICKED), ["Offices"]);
}

#[tokio::test]
async fn exactly_the_printed_levels_are_enough() {
    for data in [
        &["projects"][..],
        &["projects", "users"],
        &["vendors", "cost_codes"],
        &[
            "projects",
            "users",
            "vendors",
            "departments",
            "offices",
            "programs",
            "trades",
            "cost_codes",
        ],
    ] {
        let walk = Walk::start().await;
        let page = walk.up_to(Stage::Permissions, data).await;
        follow_the_list(&walk, &page).await;
        let page = walk.check(Stage::Permissions).await;
        assert!(
            page.button("Continue").is_some(),
            "{data:?}: {}",
            page.text()
        );
        for row in page.texts("table.xray tbody") {
            let is_portfolio_low = row.contains("Portfolio") && row.contains("None");
            assert!(!is_portfolio_low, "{data:?}: {row}");
        }
        walk.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn projects_alone_come_with_numbers_for_stages_and_that_is_all() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Permissions, &["projects"]).await;
    follow_the_list(&walk, &page).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("Shown as numbers"), "{}", page.text());
    let plan = walk.press(&page, "Continue", &[]).await;
    assert!(plan.has_text("Shown as numbers"), "{}", plan.text());
    walk.complete().await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected", "{}", page.text());
}

#[tokio::test]
async fn what_may_never_be_readable_can_be_gone_on_without() {
    let walk = Walk::start().await;
    walk.sandbox.set_level("admin", "None").await;
    walk.up_to(Stage::Permissions, &["projects", "departments", "trades"])
        .await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:admin"), "{}", page.text());
    assert_eq!(page.button("Continue"), None);

    walk.press(&page, "Go on without Departments and Trades", &[])
        .await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    let settings = walk.page(Stage::Settings).await;
    assert_eq!(settings.texts(TICKED), ["Projects"]);

    let page = walk.connect(&["projects"]).await;
    let sets = page.texts("[aria-labelledby=without-title] dt");
    assert_eq!(sets, ["Departments", "Trades", "Names"]);
    assert!(page.has_text("names: project stages"), "{}", page.text());
}

#[tokio::test]
async fn the_only_choice_is_not_gone_on_without() {
    let walk = Walk::start().await;
    walk.sandbox.set_level("admin", "None").await;
    walk.up_to(Stage::Permissions, &["trades"]).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:admin"), "{}", page.text());
    assert_eq!(page.button("Go on without Trades"), None);
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let seen = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
    ];
    let address = paths::go_on_without(walk.admin.firm);
    let page = walk.admin.browser.submit(&address, &seen).await;
    assert!(page.has_text("has to pass first"), "{}", page.text());
}

#[tokio::test]
async fn a_confirmed_step_that_fails_later_is_open_again_everywhere() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["projects", "users"]).await;
    walk.sandbox.set_level("directory", "None").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("Ref PC-LEVEL:directory"), "{}", page.text());
    assert_eq!(page.button("Continue"), None);
    assert!(
        page.button("Send these fixes to my Procore admin")
            .is_some()
    );
    assert!(
        page.has_text("Needs attention"),
        "the rail: {}",
        page.text()
    );
    assert_eq!(walk.stage().await, Stage::Permissions);

    let tile = paths::concierge(walk.admin.firm);
    let tile = walk.admin.browser.visit(&tile).await;
    assert!(
        tile.has_text("Step 5 of 6 needs attention"),
        "{}",
        tile.text()
    );
    let plan = walk.page(Stage::Complete).await;
    assert_eq!(
        plan.h1(),
        "Check permissions",
        "no plan by the older result"
    );

    walk.sandbox.set_level("directory", "Read Only").await;
    let page = walk.check(Stage::Permissions).await;
    walk.press(&page, "Continue", &[]).await;
    let page = walk.check(Stage::Verify).await;
    assert_eq!(walk.stage().await, Stage::Complete, "{}", page.text());
    walk.sandbox.revoke_secret().await;
    walk.check(Stage::Verify).await;
    assert_eq!(walk.stage().await, Stage::Verify);
}

#[tokio::test]
async fn no_plan_is_shown_while_its_permissions_are_not_known() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    let page = walk.page(Stage::Permissions).await;
    walk.press(&page, "Check again", &[]).await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Check permissions");
    assert!(page.has_text("has to pass first"), "{}", page.text());
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Check what will happen");
}

#[tokio::test]
async fn procores_own_pages_stand_beside_the_steps_of_the_way_in_use() {
    const LEVELS: &str = "Building Data Connection Applications";
    const OF_ACCOUNT: &str = "Configure Service Account Permissions";
    for (way, linked, other) in [
        ("own_app", LEVELS, OF_ACCOUNT),
        ("legacy_account", OF_ACCOUNT, LEVELS),
    ] {
        let walk = Walk::start().await;
        let mut details = Walk::good_details();
        details[0].1 = way;
        walk.up_to(Stage::Credentials, &["users"]).await;
        walk.enter_details(&details).await;
        walk.up_to(Stage::Permissions, &["users"]).await;
        walk.sandbox.set_level("directory", "None").await;
        let card = walk.check(Stage::Permissions).await;
        let stuck = card.link("I can't find this (step 1)").expect("a step");
        let stuck = walk.admin.browser.get(&stuck).await;
        for page in [&card, &stuck] {
            let sources = page.texts("a[rel=noreferrer]");
            assert!(sources.contains(&linked.to_owned()), "{way}: {sources:?}");
            assert!(!sources.contains(&other.to_owned()), "{way}: {sources:?}");
        }

        walk.sandbox.revoke_secret().await;
        let cause = walk.check(Stage::Verify).await;
        let expected = if way == "own_app" {
            "Credentials"
        } else {
            OF_ACCOUNT
        };
        let sources = cause.texts(".cause a[rel=noreferrer]");
        assert!(sources.contains(&expected.to_owned()), "{way}: {sources:?}");
    }
}
