//! Looks at projects: when each comes, in which order, and with how many calls.

use std::sync::{Arc, Mutex};

use concierge::catalog::DataSet;
use concierge::paths;
use procore_sandbox::testing::Fail;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::gate;
use crate::harness::live::Live;
use crate::harness::site::{choices, policy};
use crate::projects_board::{after, board, connected, free, ids};

#[tokio::test]
async fn projects_are_looked_at_by_themselves_with_one_call_each() {
    let (sandbox, app, admin) = connected(3).await;
    let page = board(&admin, "").await;
    assert!(page.has_text("Not checked (3)"), "{}", page.text());
    assert_eq!(free(&page).len(), 3);

    let off = ids(&app).await[0];
    sandbox.switch_project_tool(off, "rfi", false).await;
    after(&app, &sandbox, 60).await;
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 3);
    let page = board(&admin, "").await;
    assert!(page.has_text("Ready (2)") && page.has_text("Not ready (1)"));
    assert!(page.has_text("RFIs is switched off"), "{}", page.text());
    let rows = page.texts("tbody tr");
    let ready = rows.iter().filter(|row| row.contains("Ready"));
    for row in ready {
        assert!(row.contains("needed tools are on: Read Only on"), "{row}");
        assert!(row.contains("Standard on Webhooks API"), "{row}");
    }
    assert!(rows.concat().contains("needed tools are on: Read Only on"));

    let only = board(&admin, "?state=not-ready").await;
    assert_eq!(free(&only), [off]);
    for page in [page, only] {
        assert!(
            page.has_text("Turn on RFIs in 1 project"),
            "{}",
            page.text()
        );
        assert!(page.has_text("Ref PC-PROJECT-TOOL"));
    }
    let others = board(&admin, "?state=ready").await;
    assert!(!others.has_text("Turn on RFIs"), "{}", others.text());

    // What was found is good for a week, unless somebody asks.
    after(&app, &sandbox, 60 * 60).await;
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 3);
    sandbox.switch_project_tool(off, "rfi", true).await;
    let id = off.to_string();
    let check = paths::check_projects(admin.firm);
    admin.browser.submit(&check, &[("project", &id)]).await;
    assert!(board(&admin, "").await.has_text("Checking now"));
    app.run_jobs().await;
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 4);
    assert!(board(&admin, "").await.has_text("Ready (3)"));

    // Then again, after what keeps our copy right, which comes first.
    after(&app, &sandbox, 6 * 24 * 60 * 60).await;
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 4);
    for _ in 0..52 {
        after(&app, &sandbox, 30 * 60).await;
    }
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 7);
    sandbox.assert_no_violations().await;
}

/// Sixty projects take two pages of the board.
#[tokio::test]
async fn looks_for_which_nobody_waits_give_way_to_a_reconcile() {
    let (sandbox, app, admin) = connected(3).await;
    sqlx::query("update work set due_at = 'epoch' where kind = 'reconcile'")
        .execute(app.db())
        .await
        .unwrap();
    // It does not come to its end.
    let away = Fail::status(500).on("/rest/v1.1/projects").times(50);
    sandbox.fail_next(away).await;
    let asked = ids(&app).await[0].to_string();
    let check = paths::check_projects(admin.firm);
    admin.browser.submit(&check, &[("project", &asked)]).await;
    after(&app, &sandbox, 60).await;
    let looks = "/rest/v1.0/tools";
    assert_eq!(sandbox.requests("GET", looks).await, 1, "the one asked for");
    sandbox.up().await;
    after(&app, &sandbox, 60 * 60).await;
    assert_eq!(sandbox.requests("GET", looks).await, 3);
}

#[tokio::test]
async fn a_company_that_refuses_the_one_list_is_asked_for_two_and_that_is_remembered() {
    let (sandbox, app, admin) = connected(3).await;
    sandbox
        .control(
            "refuse",
            serde_json::json!({ "path": "/rest/v1.0/tools", "status": 403 }),
        )
        .await;
    after(&app, &sandbox, 60).await;
    assert!(board(&admin, "").await.has_text("Ready (3)"));
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/tools").await, 1);
    let two = "/rest/v1.0/projects/{project_id}/tools";
    assert_eq!(sandbox.requests("GET", two).await, 3);
}

#[tokio::test]
async fn looks_go_in_turn_and_a_wish_that_comes_during_one_is_not_lost() {
    let mut live = Live::with_projects(4).await;
    live.catch_up().await;
    live.only_projects().await;
    let [integrated, asked, older, newest] = live.project_ids().await[..] else {
        panic!("four projects")
    };
    live.integrate(&[integrated], &choices(&[DataSet::Locations]))
        .await;
    live.catch_up().await;
    // An event speaks of one of them.
    live.only_projects().await;
    let sandbox = &live.site.sandbox;
    let looks = "/rest/v1.0/tools";
    sandbox.reset_requests().await;
    let renamed = serde_json::json!({ "name": "Renamed" });
    sandbox.edit_record("projects", older, renamed).await;
    live.catch_up().await;
    assert_eq!(sandbox.requests("GET", looks).await, 3, "and what was due");
    sandbox.reset_requests().await;
    let renamed = serde_json::json!({ "name": "Renamed again" });
    sandbox.edit_record("projects", older, renamed).await;
    live.catch_up().await;
    assert_eq!(sandbox.requests("GET", looks).await, 1);

    let due = "update project set look_due_at = 'epoch'";
    sqlx::query(due).execute(live.db()).await.unwrap();
    let ask = "update project set look_due_at = 'epoch', look_asked_at = now(),
                   look_requests = look_requests + 1 where project_id = $1";
    let wish = sqlx::query(ask).bind(asked).execute(live.db());
    wish.await.unwrap();
    let (db, seen) = (live.db().clone(), Arc::new(Mutex::new(Vec::new())));
    let noted = seen.clone();
    let gate = gate::open(&live.site.sandbox.url, move |request| {
        let is_look = request.uri.path() == looks;
        let query = request.uri.query().unwrap_or_default().as_bytes();
        let mut query = url::form_urlencoded::parse(query);
        let project = query.find(|(name, _)| name == "project_id");
        let is_first = is_look && {
            let mut noted = noted.lock().unwrap();
            noted.extend(project.and_then(|(_, id)| id.parse::<i64>().ok()));
            noted.len() == 1
        };
        let db = db.clone();
        Box::pin(async move {
            if is_first {
                let again = sqlx::query(ask).bind(asked).execute(&db);
                again.await.unwrap();
            }
        })
    })
    .await;
    live.site.app = live.site.app_before(&gate, policy());
    let put = "insert into work (kind, key, firm_id, due_at)
               select 'look_at_projects', connection_id, firm_id, '2000-01-01' from connection
               on conflict (kind, key) do update set due_at = excluded.due_at";
    sqlx::query(put).execute(live.db()).await.unwrap();
    work_until_nothing_is_due(&live.site.app).await;
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen, [asked, integrated, newest, older, asked]);
    let due =
        "select count(*) from project where look_due_at = 'epoch' or look_asked_at is not null";
    let due: i64 = sqlx::query_scalar(due).fetch_one(live.db()).await.unwrap();
    assert_eq!(due, 0);
}
