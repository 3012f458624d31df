//! What the firm reads before its connection ends, and while Procore does not let us take it back.

use chrono::TimeDelta;
use concierge::paths;
use procore_sandbox::testing::{COMPANY_NAME, Fail, Sandbox};

use crate::harness::page::Page;
use crate::harness::walk::Walk;

const SECRETS: &str =
    "select count(*) from credential c join connection n using (firm_id, connection_id)
                       where firm_id = $1 and n.state <> 'connected' and c.secret is not null";

async fn page(walk: &Walk, name: &str) -> Page {
    let path = paths::integration_page(walk.admin.firm, name);
    walk.admin.browser.get(&path).await
}

/// The admin types the company's name and disconnects.
async fn disconnect(walk: &Walk) -> Page {
    let asked = page(walk, "disconnect").await;
    let named = [("company_name", COMPANY_NAME)];
    walk.press(&asked, "Disconnect", &named).await
}

fn assert_has(page: &Page, texts: &[&str]) {
    for text in texts {
        assert!(page.has_text(text), "{text}: {}", page.text());
    }
}

async fn hook(sandbox: &Sandbox) -> String {
    sandbox.state().await.hooks.remove(0).id
}

#[tokio::test]
async fn the_page_lists_what_stops_what_is_deleted_and_what_is_kept() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let hook = hook(&walk.sandbox).await;
    let asked = page(&walk, "disconnect").await;
    let in_procore = format!("In Procore: webhook {hook}, which delivers to");
    let records = "select count(*) from record where firm_id = $1 and data_set = 'offices'";
    let records = sqlx::query_scalar::<_, i64>(records).bind(walk.admin.firm);
    let records = records.fetch_one(walk.app.db()).await.unwrap();
    let offices = format!("Offices: {records}, unless you delete the data below.");
    assert_has(
        &asked,
        &[
            "What stops",
            "Nothing is read from Procore any more",
            "What Procore still delivers to us is refused and not stored.",
            "The company is free at once",
            "What is deleted",
            &in_procore,
            "our token is no longer valid, and your Client secret is wiped.",
            "for at most 30 days. It goes with the last webhook.",
            "What is kept",
            "The activity of your firm, and who may act for it.",
            &offices,
        ],
    );
    assert!(!asked.has_text("What stays in Procore"));

    let ended = disconnect(&walk).await;
    assert_has(
        &ended,
        &["We are removing our webhook from Procore.", "until 1 April"],
    );
    walk.app.run_jobs().await;
    let ended = walk
        .admin
        .browser
        .get(&paths::integration(walk.admin.firm))
        .await;
    let done = "Our webhook is removed from Procore, and the Client secret is wiped.";
    assert_has(&ended, &[done, "Offices"]);
    assert!(!ended.has_text("By hand:"), "{}", ended.text());
}

/// The firm connects again meanwhile, so the notice stands beside the new connection and has a page.
#[tokio::test]
async fn a_refused_removal_is_told_on_its_pages_until_the_secret_is_wiped() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let hook = hook(&walk.sandbox).await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    disconnect(&walk).await;
    walk.app.run_jobs().await;

    let overview = paths::integration(walk.admin.firm);
    let refused =
        format!("Procore does not let us remove our webhook {hook} (Ref PC-WEBHOOK-LEVEL).");
    let kept = "for this alone and until 1 April";
    let ended = walk.admin.browser.get(&overview).await;
    let by_hand = "By hand:";
    assert_has(&ended, &[&refused, kept, by_hand]);
    assert_eq!(secrets(&walk).await, 1);

    let again = ended.button("Connect again").expect("it may be connected");
    walk.admin.browser.submit(&again, &[]).await;
    walk.sandbox.set_level("webhooks_api", "Standard").await;
    let removals = Fail::status(403).method("DELETE");
    let removals = removals.on("/rest/v2.0/companies").times(10_000);
    walk.sandbox.fail_next(removals).await;
    walk.sandbox.forget_tokens().await;
    walk.connect(&["offices"]).await;
    let earlier = format!("The connection to {COMPANY_NAME} that ended on 2 March:");
    for address in [paths::concierge(walk.admin.firm), overview.clone()] {
        let beside = walk.admin.browser.get(&address).await;
        assert_has(&beside, &[&earlier, kept, "View removal"]);
    }
    let removal = page(&walk, "removal").await;
    assert_has(&removal, &["our webhook", &hook, kept, by_hand]);
    assert_eq!(secrets(&walk).await, 1);

    walk.advance(TimeDelta::days(31)).await;
    walk.app.run_jobs().await;
    assert_eq!(secrets(&walk).await, 0, "wiped after 30 days");
    // The session has ended meanwhile.
    let admin = walk.app.admin_of(walk.admin.firm).await;
    let removal = paths::integration_page(admin.firm, "removal");
    let removal = admin.browser.get(&removal).await;
    let left = format!("The Client secret is wiped. We could not remove our webhook {hook}:");
    assert_has(&removal, &[&left, "What it delivers is refused.", by_hand]);
    let overview = admin.browser.get(&overview).await;
    assert!(!overview.has_text("View removal"), "{}", overview.text());
}

async fn secrets(walk: &Walk) -> i64 {
    let secrets = sqlx::query_scalar(SECRETS).bind(walk.admin.firm);
    secrets.fetch_one(walk.app.db()).await.unwrap()
}
