//! The board of projects: how each is, what is in the way, and the way to integrating it.

use concierge::catalog::DataSet;
use concierge::paths;
use procore_sandbox::testing::{Fail, Sandbox, SandboxOptions};

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::confirmed::confirm;
use crate::harness::page::Page;
use crate::harness::site::{START, choices};

/// A firm whose company has so many projects, connected and looked at.
async fn connected(projects: usize) -> (Sandbox, TestApp, FirmAdmin) {
    let options = SandboxOptions::default()
        .switch("freeze")
        .flag("now", START)
        .flag("projects", projects)
        .flag("inactive-projects", 0);
    let sandbox = Sandbox::start(options).await;
    let app = TestApp::start_with(&[
        ("PROCORE_LOGIN_URL", &sandbox.url),
        ("PROCORE_API_URL", &sandbox.url),
        ("PROCORE_WEB_URL", &sandbox.url),
    ])
    .await;
    let admin = app.firm_admin().await;
    confirm(&app.app, admin.firm, choices(&[DataSet::Projects])).await;
    app.run_jobs().await;
    (sandbox, app, admin)
}

/// So much time passes, and then all that is due is done.
async fn after(app: &TestApp, sandbox: &Sandbox, seconds: i64) {
    app.advance(chrono::TimeDelta::seconds(seconds));
    sandbox.advance_clock(seconds).await;
    app.run_jobs().await;
}

async fn board(admin: &FirmAdmin, query: &str) -> Page {
    let address = format!("{}{query}", paths::projects(admin.firm));
    let page = admin.browser.get(&address).await;
    assert_eq!((page.status, page.h1().as_str()), (200, "Projects"));
    page
}

/// The numbers in Procore of the projects that can be ticked.
fn free(page: &Page) -> Vec<i64> {
    let ids = page.values("input[name=project]");
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

async fn ids(app: &TestApp) -> Vec<i64> {
    sqlx::query_scalar("select project_id from project order by project_id")
        .fetch_all(app.db())
        .await
        .unwrap()
}

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

    let page = board(&admin, "?state=not-ready").await;
    assert_eq!(free(&page), [off]);
    assert!(
        page.has_text("Turn on RFIs in 1 project"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Ref PC-PROJECT-TOOL"));

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
    sandbox.assert_no_violations().await;
}

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
async fn a_project_that_is_not_shared_any_more_says_so() {
    let (sandbox, app, admin) = connected(2).await;
    let gone = ids(&app).await[1];
    after(&app, &sandbox, 60).await;
    sandbox.withdraw_project(gone).await;
    let check = paths::check_projects(admin.firm);
    let id = gone.to_string();
    admin.browser.submit(&check, &[("project", &id)]).await;
    app.run_jobs().await;
    let page = admin.browser.get(&paths::project(admin.firm, gone)).await;
    assert!(
        page.has_text("Procore does not show us this project"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Share 1 project with the app"));
    assert!(page.has_text("Ref PC-HIDDEN"));
}

#[tokio::test]
async fn the_board_is_searched_sorted_and_paged_by_its_address() {
    let (_sandbox, app, admin) = connected(120).await;
    let first = board(&admin, "").await;
    let numbers = free(&first);
    assert_eq!(numbers.len(), 50);
    let next = first.link("Next").expect("more");
    let second = admin.browser.get(&next).await;
    let third = admin.browser.get(&second.link("Next").expect("more")).await;
    assert!(third.link("Next").is_none());
    let mut all = [numbers, free(&second), free(&third)].concat();
    all.sort_unstable();
    assert_eq!(all, ids(&app).await, "each once");

    let newest = free(&board(&admin, "?sort=newest").await);
    let mut largest = ids(&app).await;
    largest.reverse();
    assert_eq!(newest, largest[..50]);

    let (id, name): (i64, String) =
        sqlx::query_as("select project_id, name::text from project order by project_id limit 1")
            .fetch_one(app.db())
            .await
            .unwrap();
    let search: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let found = board(&admin, &format!("?q={search}")).await;
    assert!(free(&found).contains(&id));
    let none = board(&admin, "?q=%25%25").await;
    assert!(none.has_text("No project found"));
    let odd = board(&admin, "?q=%00&state=nonsense&sort=x&after=5").await;
    assert_eq!(odd.status, 200);

    let stranger = app.firm_admin().await;
    let foreign = stranger.browser.get(&paths::projects(admin.firm)).await;
    assert_eq!(foreign.status, 404);
    let foreign = stranger.browser.get(&paths::project(admin.firm, id)).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(
        admin
            .browser
            .get(&paths::project(admin.firm, 5))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn one_project_is_chosen_planned_and_integrated() {
    let (sandbox, app, admin) = connected(2).await;
    after(&app, &sandbox, 60).await;
    let [first, second] = ids(&app).await[..] else {
        panic!("two projects")
    };
    sandbox.switch_project_tool(first, "meetings", false).await;
    let check = paths::check_projects(admin.firm);
    let id = first.to_string();
    admin.browser.submit(&check, &[("project", &id)]).await;
    app.run_jobs().await;

    let nothing = admin
        .browser
        .get(&paths::choose_for_projects(admin.firm))
        .await;
    let back = admin.browser.follow(nothing).await;
    assert!(back.has_text("Tick at least one project first."));

    let choose = format!(
        "{}?project={first}&project={second}",
        paths::choose_for_projects(admin.firm)
    );
    let page = admin.browser.get(&choose).await;
    assert_eq!(page.h1(), "What to bring of these projects");
    assert!(
        page.has_text("Not possible in 1 of the 2 projects yet: Meetings is switched off."),
        "{}",
        page.text()
    );
    let both = [("project", id.as_str()), ("project", &second.to_string())];
    let form = paths::choose_for_projects(admin.firm);
    let refused = admin.browser.post(&form, &both).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.error_for("data").is_empty());

    let chosen = [
        &both[..],
        &[("data", "rfis"), ("data", "meetings"), ("data", "projects")],
    ]
    .concat();
    let plan = admin.browser.submit(&form, &chosen).await;
    assert_eq!(plan.h1(), "Review the plan");
    assert!(plan.has_text("2 new webhooks, one in each project"));
    assert!(plan.has_text("RFIs, Meetings"));
    assert!(
        plan.has_text("About 9 calls to Procore for each project"),
        "{}",
        plan.text()
    );
    assert!(plan.has_text("Turn on Meetings in 1 project"));

    let form = plan
        .forms()
        .into_iter()
        .find(|it| it.action.contains("/plan"));
    let form = form.expect("the form of the plan");
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect();
    let board = admin.browser.submit(&form.action, &fields).await;
    assert!(
        board.has_text("We are setting up 2 projects"),
        "{}",
        board.text()
    );
    assert!(board.has_text("0 of 2 projects done"));
    let again = admin.browser.submit(&form.action, &fields).await;
    assert!(again.has_text("Nothing was begun"), "{}", again.text());
    app.run_jobs().await;

    let page = admin.browser.get(&paths::project(admin.firm, second)).await;
    assert!(page.has_text("Integrated since"), "{}", page.text());
    assert!(page.has_text("Procore announces changes to us"));
    let records = page.link("RFIs").expect("the records");
    let records = admin.browser.get(&records).await;
    assert!(records.has_text("RFIs of "), "{}", records.text());
    let record = records.values("th a");
    assert!(records.texts("tbody tr").len() > 1, "{record:?}");

    let page = admin.browser.get(&paths::project(admin.firm, first)).await;
    assert!(page.has_text("Needs you"), "{}", page.text());
    assert!(page.has_text("Turn on Meetings in 1 project"));
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn all_that_the_board_finds_are_chosen_at_once() {
    let (sandbox, app, admin) = connected(60).await;
    let page = board(&admin, "").await;
    let all = page.link("Integrate all that are found").expect("all");
    let page = admin.browser.get(&all).await;
    assert!(page.has_text("60 projects: "), "{}", page.text());
    let form = paths::choose_for_projects(admin.firm);
    let plan = admin
        .browser
        .submit(&form, &[("all", "1"), ("data", "locations")])
        .await;
    assert!(plan.has_text("60 new webhooks"), "{}", plan.text());
    assert!(plan.has_text("We have not checked 60 projects yet"));
    let form = plan
        .forms()
        .into_iter()
        .find(|it| it.action.contains("/plan"));
    let form = form.expect("the form of the plan");
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect();
    admin.browser.submit(&form.action, &fields).await;
    after(&app, &sandbox, 0).await;
    let page = board(&admin, "?state=integrated").await;
    assert!(page.has_text("60 are integrated"), "{}", page.text());
}
