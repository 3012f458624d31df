//! The tile of the Concierge page: state, what comes next, whose turn it is, and afterwards what was brought.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::Fail;

use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

async fn tile(walk: &Walk) -> Page {
    let path = paths::concierge(walk.admin.firm);
    walk.admin.browser.visit(&path).await
}

/// State, whose turn it is, and what comes next, as the tile says them.
async fn says(walk: &Walk) -> [String; 3] {
    let page = tile(walk).await;
    [".tile-head .tag", ".tile-next .kicker", ".tile-action"].map(|css| page.texts(css).concat())
}

async fn steps(walk: &Walk) -> String {
    let page = tile(walk).await;
    let bar = page.html.split("class=\"tile-steps\"").nth(1).unwrap();
    let label = bar.split("aria-label=\"").nth(1).unwrap();
    label.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn each_step_says_what_comes_next_and_whose_turn_it_is() {
    let walk = Walk::start().await;
    let page = tile(&walk).await;
    assert!(page.has_text("You need"), "{}", page.text());
    assert!(page.has_text("Brings projects, people, companies"));
    for (stage, state, next, steps_done) in [
        (
            Stage::Review,
            "Not connected",
            "Choose what to bring from Procore",
            "0 of 6 steps done",
        ),
        (
            Stage::Credentials,
            "Step 2 of 6",
            "Enter the Client ID and secret",
            "1 of 6 steps done",
        ),
        (
            Stage::Verify,
            "Step 3 of 6",
            "Confirm your Procore company",
            "2 of 6 steps done",
        ),
        (
            Stage::Settings,
            "Step 4 of 6",
            "Look at your choice again and save it",
            "3 of 6 steps done",
        ),
        (
            Stage::Permissions,
            "Step 5 of 6",
            "Check the permissions in Procore",
            "4 of 6 steps done",
        ),
        (
            Stage::Complete,
            "Step 6 of 6",
            "Look at the plan and complete the integration",
            "5 of 6 steps done",
        ),
    ] {
        walk.up_to(stage, &["projects"]).await;
        assert_eq!(says(&walk).await, [state, "Next · Your turn", next]);
        assert_eq!(steps(&walk).await, steps_done);
        if stage > Stage::Review {
            let page = tile(&walk).await;
            assert!(!page.has_text("You need"), "only before the start");
        }
    }

    let page = walk.page(Stage::Complete).await;
    walk.press(&page, "Complete integration", &[]).await;
    assert_eq!(
        says(&walk).await,
        [
            "Setting up",
            "Next · Goes on by itself",
            "We set up live updates and read your data"
        ]
    );
    assert!(tile(&walk).await.has_text("0 of about 12 records"));

    walk.app.run_jobs().await;
    walk.app.advance(TimeDelta::minutes(5));
    let page = tile(&walk).await;
    assert_eq!(page.texts(".tile-head .tag"), ["Connected"]);
    assert_eq!(page.texts(".amounts > div"), ["Projects12"]);
    assert!(page.has_text("Last read 5 minutes ago"), "{}", page.text());
    assert!(
        page.texts(".tile-next, .tile-needs").is_empty(),
        "nothing is left to do"
    );
    assert!(page.link("View integration").is_some());
}

#[tokio::test]
async fn what_is_in_the_way_is_said_with_whose_turn_it_is() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &["projects", "users"]).await;
    let mut wrong = Walk::good_details();
    wrong[3].1 = "this-is-not-the-secret";
    walk.enter_details(&wrong).await;
    walk.app.run_jobs().await;
    assert_eq!(
        says(&walk).await,
        [
            "Step 3 of 6 needs attention",
            "Next · Your turn",
            "Enter a Client ID and secret that Procore accepts"
        ]
    );

    walk.enter_details(&Walk::good_details()).await;
    walk.up_to(Stage::Permissions, &["projects", "users"]).await;
    walk.sandbox.down().await;
    walk.check(Stage::Permissions).await;
    assert_eq!(
        says(&walk).await,
        [
            "Step 5 of 6",
            "Next · Procore’s turn",
            "We check again by ourselves as soon as Procore answers"
        ]
    );

    walk.sandbox.up().await;
    walk.sandbox.set_level("directory", "None").await;
    walk.check(Stage::Permissions).await;
    let raise = "Raise the app’s levels in Procore";
    let stuck = "Step 5 of 6 needs attention";
    assert_eq!(
        says(&walk).await,
        [stuck, "Next · Your Procore admin’s turn", raise]
    );

    // A colleague's name says whose turn it is.
    Colleague::asked(&walk, Stage::Permissions, "dana@firm.example", &[]).await;
    assert_eq!(says(&walk).await, [stuck, "Next · Dana Fox’s turn", raise]);
    let waits = "Waiting for Dana Fox: not opened yet, 0 of 1 fixed";
    assert!(tile(&walk).await.has_text(waits));
}

#[tokio::test]
async fn a_completion_that_waits_or_failed_says_who_moves_next() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    let slow = Fail::throttle(600).on("/rest/v1.0/offices");
    walk.sandbox.fail_next(slow).await;
    walk.complete().await;
    assert_eq!(
        says(&walk).await,
        [
            "Setting up",
            "Next · Procore’s turn",
            "We go on by ourselves as soon as Procore lets us"
        ]
    );

    walk.sandbox.revoke_secret().await;
    walk.advance(TimeDelta::minutes(11)).await;
    walk.app.run_jobs().await;
    assert_eq!(
        says(&walk).await,
        [
            "Step 6 of 6 needs attention",
            "Next · Your turn",
            "Enter a Client ID and secret that Procore accepts"
        ]
    );
}
