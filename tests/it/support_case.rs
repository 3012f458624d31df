//! The case: what support sees of a firm, and what it never sees.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use uuid::Uuid;

use crate::harness::desk::Desk;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET};

async fn stuck_at_verify() -> Desk {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.uninstall().await;
    walk.check(Stage::Verify).await;
    Desk::at(walk).await
}

#[tokio::test]
async fn the_case_says_where_a_firm_stands_and_why() {
    let desk = stuck_at_verify().await;
    let page = desk.page().await;
    assert_eq!(page.h1(), "Firm 1");
    assert!(page.has_text("Step 3 of 6, Verify"), "{}", page.text());
    assert!(page.has_text("Ref PC-NOT-INSTALLED"));
    assert!(page.has_text("Their Procore admin"));
    for fact in ["Company ID", "5358233", "Production", "Last contact"] {
        assert!(page.has_text(fact), "{fact}");
    }
    // The rows are those that the firm sees.
    let firms = desk.walk.page(Stage::Verify).await;
    let rows = firms.texts(".check-name");
    assert!(rows.len() >= 3);
    let mut seen = page.texts(".check-name");
    seen.retain(|row| rows.contains(row));
    seen.sort();
    let mut rows = rows.clone();
    rows.sort();
    assert_eq!(seen, rows);
}

#[tokio::test]
async fn the_timeline_tells_who_did_what_from_where_and_goes_back_page_by_page() {
    let desk = stuck_at_verify().await;
    for round in 0..26 {
        let fields = [("assignee", "nobody"), ("reason", "Round")];
        desk.act("Assign to me", &fields).await;
        assert_eq!(desk.deeds().await, round + 1);
    }
    let page = desk.page().await;
    let newest = page.texts(".timeline .entry");
    assert_eq!(newest.len(), 30);
    assert!(newest[0].contains("Assigned the case") && newest[0].contains("nobody"));
    assert!(newest[0].contains("“Round”") && newest[0].contains("Support only"));
    assert!(newest[0].contains("from 203.0.113.1"), "{}", newest[0]);
    let older = page.link("Next").expect("there is more");
    let before = desk.support.browser.get(&older).await;
    let texts = before.texts(".timeline .entry");
    assert!(!texts.is_empty());
    let all = [newest, texts].concat().join("\n");
    assert!(all.contains("Entered the Procore details"), "{all}");
    // Checks that were started and ended stand together, under their day.
    assert_eq!(page.texts(".timeline-day > h3"), ["Today"]);
    let runs = page.texts(".timeline .run");
    assert!(
        runs.iter()
            .any(|run| run.starts_with("Check of the Procore details")
                && run.contains("Started")
                && !run.contains("Entered")),
        "{runs:?}"
    );
    assert!(before.link("First page").is_some());
    // Nothing of what is for support alone reaches the firm.
    let firms = paths::integration_page(desk.walk.admin.firm, "activity");
    let page = desk.walk.admin.browser.visit(&firms).await;
    assert!(!page.html.contains("Round"), "{}", page.text());
}

#[tokio::test]
async fn people_invitations_and_mails_stand_beside_it() {
    let desk = stuck_at_verify().await;
    let people = paths::people(desk.walk.admin.firm);
    let invite = [("email", "bo@firm.example")];
    desk.walk.admin.browser.post(&people, &invite).await;
    let page = desk.page().await;
    assert!(page.has_text("Admin 2") || page.has_text(&desk.walk.admin.email));
    assert!(page.has_text("Last signed in") && page.has_text("Second factor off"));
    assert!(page.has_text("bo@firm.example") && page.has_text("Invited by"));
    let mail = page
        .link("Connect Procore to Concierge for Firm 1")
        .unwrap();
    let mail = desk.support.browser.get(&mail).await;
    assert!(mail.has_text("[link hidden]"), "{}", mail.text());
}

#[tokio::test]
async fn notes_are_for_support_and_refuse_secrets() {
    let desk = stuck_at_verify().await;
    let notes = paths::case_action(desk.onboarding, "notes");
    let browser = &desk.support.browser;
    for (note, error) in [
        ("", "Enter a note"),
        (
            &*format!("Their secret is {CLIENT_SECRET}."),
            "This looks like",
        ),
        (&*format!("id={CLIENT_ID}"), "This looks like"),
        (&*"word ".repeat(1_000), "Use at most 4000 characters"),
    ] {
        let page = browser.post(&notes, &[("note", note)]).await;
        assert_eq!(page.status, 422);
        assert!(
            page.error_for("note").starts_with(error),
            "{}",
            page.error_for("note")
        );
        assert!(!page.html.contains(CLIENT_SECRET) && !page.html.contains(CLIENT_ID));
    }
    let words = "Dana said:\nthe <admin> is back on Monday";
    for _ in 0..2 {
        let page = browser.submit(&notes, &[("note", words)]).await;
        assert!(page.has_text("The note is saved."), "{}", page.text());
    }
    let page = desk.page().await;
    assert_eq!(page.texts(".notes-body").len(), 1, "sent twice, kept once");
    assert!(page.html.contains("the &#60;admin&#62; is back"));
    let firms = desk.walk.page(Stage::Verify).await;
    assert!(!firms.html.contains("Dana"));
}

#[tokio::test]
async fn a_short_secret_is_known_by_its_fingerprint() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let details = [
        ("access_way", "own_app"),
        ("company_id", "5358233"),
        ("client_id", "abc"),
        ("client_secret", "hunter2"),
    ];
    walk.enter_details(&details).await;
    let desk = Desk::at(walk).await;
    let notes = paths::case_action(desk.onboarding, "notes");
    for word in ["hunter2", "abc"] {
        let note = format!("They typed ({word}).");
        let page = desk.support.browser.post(&notes, &[("note", &note)]).await;
        assert_eq!(page.status, 422, "{word}");
        assert!(!page.html.contains("They typed"));
    }
    let ask = desk.ask("Assign to me").await;
    let fields = [("assignee", "nobody"), ("reason", "It is hunter2")];
    let page = desk.confirm(&ask, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.error_for("reason").starts_with("This looks like"));
    assert!(!page.html.contains("hunter2"));
    assert_eq!(desk.deeds().await, 0);
}

#[tokio::test]
async fn an_archived_setup_is_found_from_the_new_one_and_can_only_be_looked_at() {
    let desk = stuck_at_verify().await;
    let again = paths::start_again(desk.walk.admin.firm);
    let page = desk.walk.admin.browser.get(&again).await;
    desk.walk.press(&page, "Start again", &[]).await;
    let old = desk.page().await;
    assert!(old.has_text("This setup was closed."), "{}", old.text());
    for (label, action) in [
        ("Check again now", "check-again"),
        ("Retry", "retry"),
        ("Send a fresh link", "link"),
        ("Snooze until", "snooze"),
    ] {
        assert_eq!(
            desk.why_not(label, action).await,
            "This setup was closed.",
            "{label}"
        );
    }
    let new = old.link("Open at Review the steps").expect("the new one");
    let new = desk.support.browser.get(&new).await;
    assert!(new.has_text("Nobody has begun."));
    let back = new.texts("#others ~ ul a").concat();
    assert!(back.starts_with("Closed"), "{back}");
}

#[tokio::test]
async fn only_support_finds_the_case_and_only_a_real_one() {
    let desk = stuck_at_verify().await;
    let lead = desk.walk.app.support(SupportRole::Lead).await;
    let actions = [
        "",
        "/check-again",
        "/retry",
        "/link",
        "/fixes",
        "/assign",
        "/snooze",
    ];
    for action in actions {
        let path = format!("{}{action}", desk.case());
        for support in [&desk.support, &lead] {
            let page = support.browser.visit(&path).await;
            assert_eq!(page.status, 200, "{path}");
        }
        assert_eq!(
            desk.walk.admin.browser.get(&path).await.status,
            404,
            "{path}"
        );
        if !action.is_empty() {
            let page = desk
                .walk
                .admin
                .browser
                .post(&path, &[("reason", "x")])
                .await;
            assert_eq!(page.status, 404, "{path}");
        }
        for nobody in [Uuid::new_v4().to_string(), "1".to_owned()] {
            let path = format!("/support/onboardings/{nobody}{action}");
            assert_eq!(desk.support.browser.get(&path).await.status, 404, "{path}");
        }
    }
    assert_eq!(desk.deeds().await, 0);
}

#[tokio::test]
async fn no_page_of_a_case_holds_more_than_four_characters_of_the_client_id() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["projects", "users"]).await;
    walk.sandbox.revoke_secret().await;
    walk.complete().await;
    let desk = Desk::at(walk).await;
    let page = desk.page().await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert!(page.html.contains(&CLIENT_ID[..4]));
    let mut pages = vec![page];
    for action in ["check-again", "retry", "link", "fixes", "assign", "snooze"] {
        let path = paths::case_action(desk.onboarding, action);
        pages.push(desk.support.browser.visit(&path).await);
    }
    let sent = desk.act(
        "Send these fixes",
        &[("reader", "other"), ("email", "pat@firm.example")],
    );
    pages.push(sent.await);
    let mail = desk
        .page()
        .await
        .link("What to change in Procore for Firm 1")
        .unwrap();
    pages.push(desk.support.browser.get(&mail).await);
    for page in &pages {
        assert!(!page.html.contains(&CLIENT_ID[..5]), "{}", page.h1());
        assert!(!page.html.contains(&CLIENT_SECRET[15..25]), "{}", page.h1());
        assert!(
            page.html.len() < 100_000,
            "{}: {}",
            page.h1(),
            page.html.len()
        );
    }
}

#[tokio::test]
async fn once_checks_passed_the_case_says_whose_turn_it_is() {
    let desk = Desk::at(Walk::start().await).await;
    for (stage, says) in [
        (
            Stage::Credentials,
            "It is the firm’s turn: it enters its Procore details.",
        ),
        (
            Stage::Settings,
            "It is the firm’s turn: it looks at its choice of data and saves it.",
        ),
        (
            Stage::Permissions,
            "It is the firm’s turn: it has the permissions checked.",
        ),
    ] {
        desk.walk.up_to(stage, &["projects"]).await;
        let page = desk.page().await;
        assert!(page.has_text(says), "{stage:?}: {}", page.text());
    }
    desk.walk.check(Stage::Permissions).await;
    let page = desk.page().await;
    let says = "All checks passed. It is the firm’s turn: it continues to the plan.";
    assert!(page.has_text(says), "{}", page.text());
    // Since when is a time, which follows the word.
    assert!(page.has_text("Like this since09:0"), "{}", page.text());
}
