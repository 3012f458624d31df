//! What an admin sees while the plan is carried out, at its end, and afterwards.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::confirmed::confirm;
use crate::harness::site::{START, choices};
use crate::harness::walk::Walk;
use procore_sandbox::testing::{COMPANY_NAME, Sandbox, SandboxOptions};

/// The product before a simulated Procore, both at the same time of day.
async fn product(sandbox: &Sandbox) -> TestApp {
    TestApp::start_with(&[
        ("PROCORE_LOGIN_URL", &sandbox.url),
        ("PROCORE_API_URL", &sandbox.url),
        ("PROCORE_WEB_URL", &sandbox.url),
    ])
    .await
}

async fn procore() -> Sandbox {
    Sandbox::start(
        SandboxOptions::default()
            .switch("freeze")
            .flag("now", START),
    )
    .await
}

/// An admin whose firm has confirmed the plan for these data sets.
async fn confirmed(app: &TestApp, sets: &[DataSet]) -> FirmAdmin {
    let admin = app.firm_admin().await;
    confirm(&app.app, admin.firm, choices(sets)).await;
    admin
}

fn setup(admin: &FirmAdmin) -> String {
    format!("/firms/{}/procore/setup/complete", admin.firm)
}

async fn mails(app: &TestApp, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from mail where kind = $1")
        .bind(kind)
        .fetch_one(app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_ledger_is_shown_live_and_ends_at_procore_is_connected() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Projects, DataSet::Offices]).await;

    let page = admin.browser.get(&setup(&admin)).await;
    assert_eq!((page.status, page.h1().as_str()), (200, "Setting up"));
    assert!(
        page.html.contains("http-equiv=\"refresh\""),
        "works without a script"
    );
    assert!(page.has_text("You can close this page"));
    assert!(page.has_text("Read Projects"));

    app.run_jobs().await;

    let page = admin.browser.get(&setup(&admin)).await;
    assert_eq!(page.h1(), "Procore is connected");
    assert!(page.has_text(COMPANY_NAME));
    let details = page.link("View integration").expect("a way on");
    assert_eq!(details, paths::integration(admin.firm));
    assert_eq!(mails(&app, "completed").await, 1);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_details_show_everything_that_was_read() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Projects, DataSet::Offices]).await;
    let early = admin.browser.visit(&paths::integration(admin.firm)).await;
    assert_eq!(early.h1(), "Setting up", "there is nothing to look at yet");
    app.run_jobs().await;

    let page = admin.browser.get(&paths::integration(admin.firm)).await;
    assert_eq!(page.h1(), "Procore integration");
    assert!(page.has_text(COMPANY_NAME) && page.has_text("One webhook"));
    for (name, heading) in [
        ("data", "Data from Procore"),
        ("webhooks", "Webhooks"),
        ("settings", "Settings"),
        ("permissions", "Permissions"),
        ("credentials", "Credentials"),
        ("activity", "Activity"),
    ] {
        let path = paths::integration_page(admin.firm, name);
        let page = admin.browser.get(&path).await;
        assert_eq!((page.status, page.h1().as_str()), (200, heading));
    }
    // The harness confirmed the plan without asking tool by tool.
    let permissions = paths::integration_page(admin.firm, "permissions");
    let permissions = admin.browser.get(&permissions).await;
    assert!(
        permissions.has_text("What your choice needs"),
        "{}",
        permissions.text()
    );
    assert!(permissions.has_text("Portfolio"));
    let webhooks = paths::integration_page(admin.firm, "webhooks");
    let webhooks = admin.browser.get(&webhooks).await;
    let told = &sandbox.state().await.hooks[0].destination_url;
    let secret_end = told.rsplit('/').next().unwrap();
    assert!(
        !webhooks.html.contains(secret_end),
        "the address is nobody's to know"
    );
}

#[tokio::test]
async fn records_are_found_by_name_and_shown_whole() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let (id, name): (i64, String) = sqlx::query_as(
        "select procore_id, body ->> 'name' from record order by procore_id limit 1",
    )
    .fetch_one(app.db())
    .await
    .unwrap();

    let list = paths::data_set(admin.firm, DataSet::Offices);
    let loud = name.to_uppercase();
    let search: String = url::form_urlencoded::byte_serialize(loud.as_bytes()).collect();
    let page = admin.browser.get(&format!("{list}?q={search}")).await;
    let record = page.link(&name).expect("the record is found");
    let page = admin.browser.get(&record).await;
    assert_eq!(page.h1(), name);
    assert!(page.has_text(&id.to_string()));

    let none = admin.browser.get(&format!("{list}?q=%25")).await;
    assert!(
        none.has_text("Nothing found"),
        "a percent sign means itself"
    );
    let odd = admin.browser.get(&format!("{list}?q=%00{search}")).await;
    assert!(odd.link(&name).is_some(), "{}", odd.text());
    for missing in [
        format!("{list}/offices/1"),
        format!("{list}/ships/{id}"),
        format!("{list}?kind=ships"),
        paths::data_set(admin.firm, DataSet::People),
    ] {
        assert_eq!(admin.browser.get(&missing).await.status, 404, "{missing}");
    }
    let stranger = app.firm_admin().await;
    assert_eq!(stranger.browser.get(&record).await.status, 404);
}

#[tokio::test]
async fn a_denied_data_set_is_explained_and_can_be_left_out() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::People, DataSet::Offices]).await;
    sandbox.set_level("Directory", "None").await;
    app.run_jobs().await;

    let page = admin.browser.get(&setup(&admin)).await;
    assert_eq!(page.h1(), "Setting up");
    assert!(page.has_text("Needs attention") && page.has_text("Ref PC-LEVEL:directory"));
    assert!(
        !page.html.contains("http-equiv=\"refresh\""),
        "nothing moves by itself"
    );
    assert_eq!(
        page.link("Change your Procore details"),
        None,
        "they are not the cause"
    );

    assert!(
        !page.has_text("Check again"),
        "no button of that name is here"
    );
    // What was refused was not read at all, and going on without it comes after what cures it.
    let row = page.texts(".ledger-row.is-waiting").concat();
    assert!(row.contains("Read People Not read"), "{row}");
    assert!(
        row.contains("Procore did not let us read it: level too low on Directory"),
        "{row}"
    );
    assert!(
        !page.has_text("Partly read") && !row.contains("0 records"),
        "{row}"
    );
    let buttons = page.texts(".actions-main .button");
    assert_eq!(buttons, ["Try again", "Go on without People"]);

    // Trying again in vain ends here again, and nobody is mailed twice for one cause.
    let again = page.button("Try again").expect("a button");
    assert_eq!(mails(&app, "needs_person").await, 1);
    let told: Vec<String> = sqlx::query_scalar("select text from mail where kind = 'needs_person'")
        .fetch_all(app.db())
        .await
        .unwrap();
    assert!(
        told[0].contains("PC-LEVEL:directory") && told[0].contains("1. "),
        "the whole card: {told:?}"
    );
    admin.browser.submit(&again, &[]).await;
    app.run_jobs().await;
    assert_eq!(mails(&app, "needs_person").await, 1);

    let without = page.button("Go on without People").expect("a button");
    admin
        .browser
        .submit(&without, &[("data_set", "users")])
        .await;
    app.run_jobs().await;
    let page = admin.browser.get(&setup(&admin)).await;
    assert_eq!(page.h1(), "Procore is connected");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_permissions_of_what_was_left_out_are_not_shown() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["users", "offices"]).await;
    walk.sandbox.set_level("Directory", "None").await;
    walk.complete().await;
    let page = walk.page(Stage::Complete).await;
    let without = page.button("Go on without People").expect("a button");
    let left_out = [("data_set", "users")];
    walk.admin.browser.submit(&without, &left_out).await;
    walk.app.run_jobs().await;

    // The page at the end says so, with what brings them later.
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected");
    let later = "PeopleLeft out, since our level did not let us read it. To bring it later, set Directory to Read Only";
    assert!(
        page.has_text("What was left out") && page.has_text(later),
        "{}",
        page.text()
    );
    assert_eq!(
        page.link("Settings"),
        Some(paths::settings(walk.admin.firm))
    );

    let permissions = paths::integration_page(walk.admin.firm, "permissions");
    let page = walk.admin.browser.get(&permissions).await;
    assert!(page.has_text("for Offices"), "{}", page.text());
    assert!(!page.has_text("for People"), "they are not brought");
}

#[tokio::test]
async fn a_revoked_secret_leads_to_the_procore_details() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    sandbox.revoke_secret().await;
    app.run_jobs().await;

    let page = admin.browser.get(&setup(&admin)).await;
    assert!(page.has_text("Ref PC-CREDENTIALS"));
    let details = page
        .link("Change your Procore details")
        .expect("a way to fix it");
    let page = admin.browser.visit(&details).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn a_throttle_is_shown_as_waiting_until() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    sandbox
        .fail_next(procore_sandbox::testing::Fail::throttle(600).on("/rest/v1.0/offices"))
        .await;
    app.run_jobs().await;

    let page = admin.browser.get(&setup(&admin)).await;
    assert!(page.has_text("Procore asked us to slow down. We go on at 09:10."));
    assert!(page.has_text("Ref PC-RATE"));
    assert_eq!(page.button("Try again"), None, "it goes on by itself");
}

/// Tells that something of Procore's changed, as a delivery would, and applies it.
async fn announce(app: &TestApp, id: i64, day: &str) {
    let sql = "insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
               select firm_id, connection_id, hook_id, 'event-' || $1, $2::date, $2::timestamptz, $2::timestamptz,
                      jsonb_build_object('id', 'event-' || $1, 'resource_type', 'Offices',
                                         'resource_id', $1::text, 'reason', 'update')
               from hook";
    sqlx::query(sql)
        .bind(id)
        .bind(day)
        .execute(app.db())
        .await
        .unwrap();
    let sql = "insert into work (kind, key, firm_id, due_at)
               select 'events', connection_id, firm_id, $1::timestamptz from connection
               on conflict do nothing";
    sqlx::query(sql).bind(day).execute(app.db()).await.unwrap();
    app.run_jobs().await;
}

#[tokio::test]
async fn events_are_shown_with_what_became_of_them() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let page = |name: &str| {
        let path = paths::integration_page(admin.firm, name);
        let browser = &admin.browser;
        async move { browser.get(&path).await }
    };
    assert!(page("events").await.has_text("No events yet"));
    let id: i64 = sqlx::query_scalar("select min(procore_id) from record")
        .fetch_one(app.db())
        .await
        .unwrap();
    announce(&app, id, START).await;
    announce(&app, 4_711, START).await;

    let events = page("events").await;
    assert_eq!(events.h1(), "Events");
    assert!(
        events.has_text("Offices: updated") && events.has_text("Applied: our copy is up to date")
    );
    assert!(events.has_text("Waiting"), "{}", events.text());
    let record = events.link(&format!("Number {id}")).expect("the record");
    let record = admin.browser.get(&record).await;
    assert!(
        record.has_text("Procore announced that it was updated"),
        "{}",
        record.text()
    );
    assert!(record.has_text("First read") && record.has_text("Earlier contents are not kept"));

    let path = paths::integration_page(admin.firm, "events");
    let applied = admin
        .browser
        .get(&format!("{path}?outcome=applied&kind=Offices"))
        .await;
    assert!(applied.has_text("Applied:") && !applied.has_text("Number 4711"));
    let none = admin.browser.get(&format!("{path}?outcome=gone")).await;
    assert!(none.has_text("Nothing found"));
    let past = admin
        .browser
        .get(&format!("{path}?after={START}~event-0"))
        .await;
    assert!(!past.has_text("Number"), "keyset paging: {}", past.text());

    let overview = admin.browser.get(&paths::integration(admin.firm)).await;
    assert!(
        overview.has_text("Events in the last 14 days"),
        "{}",
        overview.text()
    );
    assert!(overview.has_text("Next comparison with Procore"));
    let stranger = app.firm_admin().await;
    assert_eq!(stranger.browser.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_procore_does_not_show_is_unavailable_in_the_data() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let sql = "update record set unavailable_at = changed_at
               where procore_id = (select min(procore_id) from record)";
    sqlx::query(sql).execute(app.db()).await.unwrap();
    let data = paths::integration_page(admin.firm, "data");
    assert!(admin.browser.get(&data).await.has_text("1 unavailable"));
    let list = paths::data_set(admin.firm, DataSet::Offices);
    assert!(
        admin
            .browser
            .get(&list)
            .await
            .has_text("Unavailable: Procore does not show it now")
    );
}

#[tokio::test]
async fn the_activity_is_filtered_and_downloaded() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let sql =
        "insert into activity (activity_id, firm_id, at, actor_kind, actor_name, verb, subject,
                                     details, visible_to)
               values (gen_random_uuid(), $1, now(), 'colleague', '=cmd()', 'handover.opened', null,
                       '{}', 'firm')";
    sqlx::query(sql)
        .bind(admin.firm)
        .execute(app.db())
        .await
        .unwrap();

    let path = paths::integration_page(admin.firm, "activity");
    let page = admin.browser.get(&format!("{path}?who=system")).await;
    assert!(page.has_text("Connected Procore") && !page.has_text("=cmd()"));
    let file = page.link("Download CSV").expect("a link");
    assert_eq!(
        file,
        format!("{}?who=system", paths::activity_file(admin.firm))
    );

    let file = admin.browser.get(&paths::activity_file(admin.firm)).await;
    assert_eq!(
        file.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    let lines: Vec<&str> = file.html.lines().collect();
    assert!(
        lines[0] == "\u{feff}\"As of 2 March 2026, 09:00 UTC\"",
        "{}",
        lines[0]
    );
    assert_eq!(lines[1], "When,Kind,Who,What,About,From");
    assert!(file.html.contains(",'=cmd(),"), "no formula: {}", file.html);
    assert!(file.html.contains("Connected Procore"));
    let stranger = app.firm_admin().await;
    let refused = stranger
        .browser
        .get(&paths::activity_file(admin.firm))
        .await;
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn deliveries_are_compared_and_permissions_checked_again() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let webhooks = paths::integration_page(admin.firm, "webhooks");
    // An entry from before it named its connection is about the one that was connected then.
    let unnamed =
        "insert into activity (activity_id, firm_id, at, actor_kind, actor_name, verb, details,
                                         visible_to)
                   select gen_random_uuid(), firm_id, connected_at, 'system', 'Concierge',
                          'webhook.deliveries_compared', '{\"compared\": null}', 'firm'
                   from connection";
    sqlx::query(unnamed).execute(app.db()).await.unwrap();
    let page = admin.browser.get(&webhooks).await;
    assert!(
        page.has_text("Procore did not show what it delivered"),
        "{}",
        page.text()
    );
    let check = page.button("Check deliveries").expect("a button");
    let page = admin.browser.submit(&check, &[]).await;
    assert!(page.has_text("Comparing now"), "{}", page.text());
    app.run_jobs().await;
    let page = admin.browser.get(&webhooks).await;
    assert!(
        page.has_text("Procore delivered nothing in the last 28 days"),
        "{}",
        page.text()
    );

    assert!(page.has_text("None yet"), "{}", page.text());

    let permissions = paths::integration_page(admin.firm, "permissions");
    let page = admin.browser.get(&permissions).await;
    let again = page.button("Check again").expect("a button");
    sandbox.set_level("Admin", "None").await;
    admin.browser.submit(&again, &[]).await;
    app.run_jobs().await;
    let page = admin.browser.get(&permissions).await;
    assert!(page.has_text("Offices") && page.button("Check again").is_some());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn that_no_event_came_for_days_is_not_that_none_ever_came() {
    let sandbox = procore().await;
    let app = product(&sandbox).await;
    let admin = confirmed(&app, &[DataSet::Offices]).await;
    app.run_jobs().await;
    let overview = paths::integration(admin.firm);
    let page = admin.browser.get(&overview).await;
    assert!(page.has_text("None yet"), "{}", page.text());
    let days = TimeDelta::days(15);
    app.advance(days);
    sandbox.advance_clock(days.num_seconds()).await;
    let admin = app.admin_of(admin.firm).await;
    let page = admin.browser.get(&overview).await;
    assert!(page.has_text("None in 14 days"), "{}", page.text());
    let webhooks = paths::integration_page(admin.firm, "webhooks");
    let page = admin.browser.get(&webhooks).await;
    assert!(page.has_text("None in 7 days"), "{}", page.text());
}
