//! A page that is read while something ends shows it as under way, or with what it came to.

use std::pin::pin;

use concierge::onboarding::Stage;
use concierge::paths;
use futures_util::future::{Either, select};
use procore_sandbox::testing::Sandbox;
use sqlx::AssertSqlSafe;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::browser::Browser;
use crate::harness::case::case_of;
use crate::harness::page::Page;
use crate::harness::walk::Walk;
use crate::locks::until_somebody_waits;
use crate::projects_board::connected;
use concierge::identity::SupportRole;

const LIVE: &str = "[data-live=on]";

/// Changes each at least one row.
async fn change(app: &TestApp, changes: &[&'static str]) {
    for change in changes {
        let done = sqlx::query(*change).execute(app.db()).await.unwrap();
        assert!(done.rows_affected() > 0, "{change}");
    }
}

/// The page as somebody gets it who reads `table` just after the changes, and what comes before it there
/// just before them.
async fn read_across(
    (app, browser): (&TestApp, &Browser),
    path: &str,
    table: &str,
    changes: &[&'static str],
) -> Page {
    let mut tx = app.db().begin().await.unwrap();
    let lock = format!("lock table {table} in access exclusive mode");
    let locked = sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await;
    locked.unwrap();
    let changed = async {
        until_somebody_waits(app.db()).await;
        for change in changes {
            let done = sqlx::query(*change).execute(&mut *tx).await.unwrap();
            assert!(done.rows_affected() > 0, "{change}");
        }
        tx.commit().await.unwrap();
    };
    let page = pin!(browser.get(path));
    let page = match select(page, pin!(changed)).await {
        Either::Left(_) => panic!("{path} did not read {table}"),
        Either::Right(((), page)) => page.await,
    };
    assert_eq!(page.status, 200, "{path}");
    page
}

/// A firm whose webhook was switched off in Procore, which a look found.
async fn with_drift() -> (Sandbox, TestApp, FirmAdmin) {
    let (sandbox, app, admin) = connected(2).await;
    sandbox.set_hook_active(false).await;
    admin.browser.post(&paths::check_now(admin.firm), &[]).await;
    app.run_jobs().await;
    (sandbox, app, admin)
}

const LOOKS: &str = "
    insert into probe (firm_id, connection_id, subject, looked_at)
    select firm_id, connection_id, subject, created_at + interval '1 second'
    from connection,
         unnest('{access,permissions,projects,webhook,deliveries,installation}'::text[]) as subject";

#[tokio::test]
async fn a_look_is_under_way_or_shown_with_what_it_found() {
    let (_sandbox, app, admin) = with_drift().await;
    let is_looked_for = &[
        "delete from probe",
        "update incident set ended_at = seen_at",
        "update work set due_at = due_at - interval '1 day' where kind = 'watch_connection'",
    ];
    change(&app, is_looked_for).await;
    let path = paths::integration(admin.firm);
    let found = &[
        "update incident set ended_at = null",
        LOOKS,
        "update work set due_at = due_at + interval '1 day' where kind = 'watch_connection'",
    ];
    let page = read_across((&app, &admin.browser), &path, "probe", found).await;
    assert!(page.has_text("Degraded"), "{}", page.text());
    assert!(page.texts(LIVE).is_empty());

    // It ends between the looks and the incidents, which were read before and after it.
    change(&app, &["update incident set ended_at = seen_at"]).await;
    let ended = &["update incident set ended_at = null", "delete from probe"];
    let page = read_across((&app, &admin.browser), &path, "outage", ended).await;
    assert_eq!(page.texts(LIVE).len(), 1, "{}", page.text());
}

#[tokio::test]
async fn a_reconnection_is_under_way_until_what_passed_was_looked_at() {
    let (sandbox, app, admin) = connected(2).await;
    let path = paths::integration(admin.firm);
    sandbox.uninstall().await;
    admin.browser.post(&paths::check_now(admin.firm), &[]).await;
    app.run_jobs().await;
    app.advance(chrono::TimeDelta::minutes(1));
    admin.browser.post(&paths::reconnect(admin.firm), &[]).await;
    let passed = &[
        "update check_run set finished_at = started_at, outcome = 'passed' where finished_at is null",
        "delete from probe",
    ];
    let page = read_across((&app, &admin.browser), &path, "check_run", passed).await;
    assert!(page.has_text("Asking Procore now"), "{}", page.text());
    assert!(page.button("Reconnect").is_none());
    assert_eq!(page.texts(LIVE).len(), 1);

    change(&app, &[LOOKS]).await;
    let page = admin.browser.get(&path).await;
    assert!(page.button("Reconnect").is_some(), "it is still broken");
    assert!(page.texts(LIVE).is_empty());
}

#[tokio::test]
async fn reading_that_begins_is_under_way() {
    let (_sandbox, app, admin) = connected(2).await;
    let path = paths::integration(admin.firm);
    admin.browser.post(&paths::sync_now(admin.firm), &[]).await;
    let begun = &[
        "insert into run (firm_id, run_id, connection_id, kind, state, started_by, started_at)
         select firm_id, gen_random_uuid(), connection_id, 'reconcile', 'running', 'Test', created_at
         from connection",
        "update work set due_at = due_at + interval '1 day' where kind = 'reconcile'",
    ];
    let page = read_across((&app, &admin.browser), &path, "work", begun).await;
    assert!(page.button("Sync now").is_none(), "{}", page.text());
    assert_eq!(page.texts(LIVE).len(), 1);
}

#[tokio::test]
async fn the_ledger_is_followed_until_the_next_page_has_its_place() {
    let (_sandbox, app, admin) = connected(2).await;
    let under_way = &[
        "update onboarding set stage = 'completing'",
        "update run set state = 'running' where kind = 'completion'",
    ];
    change(&app, under_way).await;
    let path = paths::step(admin.firm, Stage::Complete);
    let done = &[
        "update run set state = 'done' where kind = 'completion'",
        "update onboarding set stage = 'done'",
    ];
    let page = read_across((&app, &admin.browser), &path, "run", done).await;
    assert_eq!(page.texts(LIVE).len(), 1, "{}", page.text());
}

#[tokio::test]
async fn a_change_of_settings_is_under_way_or_what_it_changed_is_shown() {
    let (_sandbox, app, admin) = connected(2).await;
    change(
        &app,
        &[
            "insert into run (firm_id, run_id, connection_id, kind, state, started_by, started_at)
             select firm_id, gen_random_uuid(), connection_id, 'change', 'running', 'Test', created_at
             from connection",
        ],
    )
    .await;
    let path = paths::settings(admin.firm);
    let done = &[
        "update run set state = 'done' where kind = 'change'",
        r#"update connection set settings = settings || '[{"data_set": "offices"}]'"#,
    ];
    let page = read_across((&app, &admin.browser), &path, "run", done).await;
    let ticked = page.values("input[name=data][checked]");
    assert_eq!(ticked, ["projects", "offices"], "{}", page.text());
    assert!(page.texts(LIVE).is_empty());
}

#[tokio::test]
async fn a_repair_is_under_way_or_what_it_repaired_is_over() {
    let (sandbox, app, admin) = with_drift().await;
    let under_way = &[
        "insert into run (firm_id, run_id, connection_id, kind, state, started_by, started_at)
         select firm_id, gen_random_uuid(), connection_id, 'repair', 'running', 'Test', created_at
         from connection",
    ];
    change(&app, under_way).await;
    let path = paths::integration_page(admin.firm, "webhooks");
    let done = &[
        "update run set state = 'done' where kind = 'repair'",
        "update incident set ended_at = seen_at",
    ];
    let page = read_across((&app, &admin.browser), &path, "run", done).await;
    assert!(page.button("Repair").is_none(), "{}", page.text());

    // Repaired, and to be looked at.
    let looked_for = &[
        "update incident set ended_at = null",
        "delete from probe",
        "update work set due_at = due_at - interval '1 day' where kind = 'watch_connection'",
    ];
    change(&app, looked_for).await;
    let page = admin.browser.get(&path).await;
    assert!(page.has_text("Asking Procore now"), "{}", page.text());
    assert!(page.button("Repair").is_none());
    assert_eq!(page.texts(LIVE).len(), 1);

    // Nothing but access is looked at while that is gone.
    sandbox.uninstall().await;
    app.run_jobs().await;
    admin.browser.post(&paths::check_now(admin.firm), &[]).await;
    app.run_jobs().await;
    let page = admin.browser.get(&path).await;
    assert!(page.has_text("The overview says why"), "{}", page.text());
    assert!(page.texts(LIVE).is_empty(), "{}", page.text());
}

/// A project that is being brought.
const BEING_BROUGHT: [&str; 2] = [
    r#"update project set state = 'integrating', settings = '[{"data_set": "rfis"}]'
       where project_id = (select min(project_id) from project)"#,
    "insert into run (firm_id, run_id, connection_id, project_id, kind, state, started_by, started_at)
     select firm_id, gen_random_uuid(), connection_id, project_id, 'project', 'running', 'Test', now()
     from project where state = 'integrating'",
];
const BROUGHT: [&str; 2] = [
    "update run set state = 'done' where kind = 'project'",
    "update project set state = 'integrated' where state = 'integrating'",
];

#[tokio::test]
async fn a_project_is_being_brought_or_shown_as_integrated() {
    let (_sandbox, app, admin) = connected(2).await;
    change(&app, &BEING_BROUGHT).await;
    let id = "select project_id from project where state = 'integrating'";
    let id: i64 = sqlx::query_scalar(id).fetch_one(app.db()).await.unwrap();
    let path = paths::project(admin.firm, id);
    let page = read_across((&app, &admin.browser), &path, "hook", &BROUGHT).await;
    assert_eq!(page.texts(LIVE).len(), 1, "{}", page.text());

    // The other way round: it begins while the page is read.
    change(
        &app,
        &["update project set state = 'queued' where state = 'integrated'"],
    )
    .await;
    let begun = &[
        "update run set state = 'running' where kind = 'project'",
        "update project set state = 'integrating' where state = 'queued'",
    ];
    let page = read_across((&app, &admin.browser), &path, "project", begun).await;
    assert_eq!(page.texts(LIVE).len(), 1, "{}", page.text());

    // It stopped, and somebody tries again.
    let stopped = &[
        "update run set state = 'needs_person', code = 'PC-WEBHOOK-LEVEL' where kind = 'project'",
        "insert into work (kind, key, firm_id, due_at)
         select 'project_run', run_id, firm_id, started_at - interval '1 year' from run where kind = 'project'",
    ];
    change(&app, stopped).await;
    let tried = &[
        BROUGHT[0],
        BROUGHT[1],
        "delete from work where kind = 'project_run'",
    ];
    let page = read_across((&app, &admin.browser), &path, "work", tried).await;
    assert!(page.button("Try again").is_none(), "{}", page.text());
    assert!(page.button("Sync now").is_some());
}

#[tokio::test]
async fn nothing_is_followed_while_the_connection_rests() {
    let (_sandbox, app, admin) = connected(2).await;
    let id = "update project set look_asked_at = look_due_at where project_id =
                  (select min(project_id) from project) returning project_id";
    let id: i64 = sqlx::query_scalar(id).fetch_one(app.db()).await.unwrap();
    let change_of_settings =
        "insert into run (firm_id, run_id, connection_id, kind, state, started_by, started_at)
         select firm_id, gen_random_uuid(), connection_id, 'change', 'running', 'Test', created_at
         from connection";
    change(&app, &[change_of_settings]).await;
    let firm = admin.firm;
    let pages = [
        paths::projects(firm),
        paths::project(firm, id),
        paths::settings(firm),
    ];
    for path in &pages {
        let page = admin.browser.get(path).await;
        assert_eq!(page.texts(LIVE).len(), 1, "{path}: {}", page.text());
    }
    admin.browser.post(&paths::pause(firm), &[]).await;
    for path in &pages {
        let page = admin.browser.get(path).await;
        assert!(page.texts(LIVE).is_empty(), "{path}: {}", page.text());
        assert!(page.has_text("The connection is paused"), "{path}");
        assert!(page.button("Check again").is_none(), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_followed_but_what_runs_is() {
    let (sandbox, app, admin) = connected(2).await;
    let id = "select min(project_id) from project";
    let id: i64 = sqlx::query_scalar(id).fetch_one(app.db()).await.unwrap();
    sandbox.uninstall().await;
    admin.browser.post(&paths::check_now(admin.firm), &[]).await;
    app.run_jobs().await;
    change(&app, &["update project set look_asked_at = look_due_at"]).await;
    let (board, project) = (paths::projects(admin.firm), paths::project(admin.firm, id));
    for path in [&board, &project] {
        let page = admin.browser.get(path).await;
        assert!(page.texts(LIVE).is_empty(), "{path}: {}", page.text());
        assert!(
            page.has_text("Procore does not let us in at the moment"),
            "{path}"
        );
        assert!(page.button("Check again").is_none(), "{path}");
    }
    let asked = &[("project", &*id.to_string())];
    let page = admin
        .browser
        .post(&paths::check_projects(admin.firm), asked)
        .await;
    assert_eq!(
        page.location.as_deref(),
        Some(&*board),
        "an old page leads to the new one"
    );

    change(&app, &BEING_BROUGHT).await;
    for path in [&board, &project] {
        let page = admin.browser.get(path).await;
        assert_eq!(page.texts(LIVE).len(), 1, "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn the_board_is_followed_or_shows_all_of_what_was_brought() {
    let (_sandbox, app, admin) = connected(2).await;
    change(&app, &BEING_BROUGHT).await;
    let path = paths::projects(admin.firm);
    let page = read_across((&app, &admin.browser), &path, "project_count", &BROUGHT).await;
    let rows = page.texts("#projects").concat();
    assert!(!rows.contains("Being set up"), "{rows}");
    assert!(page.texts(LIVE).is_empty());
}

/// A setup whose details are being checked.
async fn while_checked() -> Walk {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Verify, &[]).await;
    if page.button("Verify").is_some() {
        walk.press(&page, "Verify", &[]).await;
    }
    walk
}

/// The check passes, and names the company.
const CHECK_PASSES: [&str; 2] = [
    "update check_run set finished_at = started_at, outcome = 'passed'",
    "update onboarding set version = version + 1",
];

#[tokio::test]
async fn a_passed_check_can_be_confirmed_at_once() {
    let walk = while_checked().await;
    let (app, admin) = (&walk.app, &walk.admin);
    let page = read_across(
        (app, &admin.browser),
        &walk.at(Stage::Verify),
        "check_run",
        &CHECK_PASSES,
    )
    .await;
    let version = sqlx::query_scalar("select version from onboarding");
    let version: i64 = version.fetch_one(app.db()).await.unwrap();
    assert_eq!(page.value_of("version"), version.to_string());
    let page = walk.press(&page, "Continue", &[]).await;
    assert_eq!(
        page.h1(),
        "Choose what to bring from Procore",
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_page_never_confirms_another_choice_than_it_shows() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects"]).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    let chosen = &[
        r#"update connection set settings = '[{"data_set": "offices"}]'"#,
        "update onboarding set version = version + 1",
    ];
    let (app, admin) = (&walk.app, &walk.admin);
    let path = walk.at(Stage::Permissions);
    let page = read_across((app, &admin.browser), &path, "check_row", chosen).await;
    assert!(page.button("Continue").is_none(), "{}", page.text());
    assert!(page.button("Check again").is_some());
}

#[tokio::test]
async fn support_sees_a_case_as_its_checks_left_it() {
    let walk = while_checked().await;
    let app = &walk.app;
    let support = app.support(SupportRole::Staff).await;
    let case = paths::case(case_of(app, walk.admin.firm).await);
    let page = read_across((app, &support.browser), &case, "check_run", &CHECK_PASSES).await;
    let version = sqlx::query_scalar("select version from onboarding");
    let version: i64 = version.fetch_one(app.db()).await.unwrap();
    assert_eq!(page.value_of("version"), version.to_string());
    assert!(page.texts(LIVE).is_empty());
}
