//! The board of projects: how each is, what is in the way, and the way to integrating it.

use concierge::catalog::DataSet;
use concierge::connection::Settings;
use concierge::flows::{Seen, integrate_projects};
use concierge::identity::Actor;
use concierge::paths;
use concierge::store::onboardings;
use procore_sandbox::testing::{Sandbox, SandboxOptions};

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::case::case_of;
use crate::harness::confirmed::confirm;
use crate::harness::page::Page;
use crate::harness::site::{START, choices};
use crate::project_references::borrowed;

/// A firm whose company has so many projects, connected and looked at.
pub(crate) async fn connected(projects: usize) -> (Sandbox, TestApp, FirmAdmin) {
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
pub(crate) async fn after(app: &TestApp, sandbox: &Sandbox, seconds: i64) {
    app.advance(chrono::TimeDelta::seconds(seconds));
    sandbox.advance_clock(seconds).await;
    app.run_jobs().await;
}

pub(crate) async fn board(admin: &FirmAdmin, query: &str) -> Page {
    let address = format!("{}{query}", paths::projects(admin.firm));
    let page = admin.browser.get(&address).await;
    assert_eq!((page.status, page.h1().as_str()), (200, "Projects"));
    page
}

/// The numbers in Procore of the projects that can be ticked.
pub(crate) fn free(page: &Page) -> Vec<i64> {
    let ids = page.values("input[name=project]");
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

pub(crate) async fn ids(app: &TestApp) -> Vec<i64> {
    sqlx::query_scalar("select project_id from project order by project_id")
        .fetch_all(app.db())
        .await
        .unwrap()
}

/// These projects are integrated, and all that follows at once is done.
pub(crate) async fn integrate(
    app: &TestApp,
    admin: &FirmAdmin,
    projects: &[i64],
    settings: &Settings,
) {
    let case = case_of(app, admin.firm).await;
    let mut conn = app.db().acquire().await.unwrap();
    let stored = onboardings::find(&mut conn, admin.firm, case).await;
    drop(conn);
    let seen = Seen {
        onboarding_id: case,
        version: stored.unwrap().expect("an onboarding").onboarding.version,
    };
    let system = Actor::system_for(admin.firm);
    let integration = integrate_projects::run(&app.app, &system, seen, projects, settings).await;
    assert_eq!(integration.unwrap().queued.len(), projects.len());
    app.run_jobs().await;
}

#[tokio::test]
async fn what_projects_need_is_one_card_over_all_that_are_found() {
    let (sandbox, app, admin) = connected(60).await;
    sandbox.switch_project_tool(0, "rfi", false).await;
    let all = ids(&app).await;
    let [low, template, inactive, ..] = all[..] else {
        panic!("sixty projects")
    };
    sandbox.set_project_level(low, "meetings", "None").await;
    sandbox.switch_project_tool(low, "rfi", true).await;
    after(&app, &sandbox, 60).await;
    for (project, change) in [
        (
            template,
            "update project set is_template = true where project_id = $1",
        ),
        (
            inactive,
            "update project set is_active = false where project_id = $1",
        ),
    ] {
        let changed = sqlx::query(change).bind(project);
        changed.execute(app.db()).await.unwrap();
    }
    let page = board(&admin, "").await;
    assert!(page.has_text("Not ready (60)"), "{}", page.text());
    let told = "This is about the first 50 projects that are not ready, by number.";
    assert!(page.has_text(told), "{}", page.text());
    let all_of_them = board(&admin, "?state=not-ready").await;
    assert!(!all_of_them.has_text(told), "{}", all_of_them.text());
    for (page, more) in [(page, "and 46 more"), (all_of_them, "and 54 more")] {
        let card = page.texts(".fix-card").concat();
        assert!(card.contains("Change 2 things"), "{}", page.text());
        assert!(card.contains(more), "{card}");
        assert!(card.contains("Ref PC-PROJECT-TOOL"), "{card}");
        assert!(card.contains("Ref PC-LEVEL:meetings"), "{card}");
    }
    for (project, told) in [
        (low, "Meetings: None, needs Read Only"),
        (template, "A template or demonstration"),
        (inactive, "Not active in Procore"),
    ] {
        let number: String =
            sqlx::query_scalar("select number::text from project where project_id = $1")
                .bind(project)
                .fetch_one(app.db())
                .await
                .unwrap();
        let found = board(&admin, &format!("?q={number}")).await;
        let rows = found.texts("tbody tr");
        let row = rows
            .iter()
            .find(|row| row.starts_with(&format!("{number} ")));
        let row = row.expect("its row");
        assert!(row.contains("Not ready") && row.contains(told), "{row}");
    }
    sqlx::query("update project set name = 'Quarry Depot' where project_id = $1")
        .bind(low)
        .execute(app.db())
        .await
        .unwrap();
    let found = board(&admin, "?q=quarry").await;
    let card = found.texts(".fix-card h2");
    assert_eq!(card, ["Raise the level on Meetings in 1 project"]);
    let page = admin.browser.get(&paths::project(admin.firm, low)).await;
    let tools = page.texts("table tr");
    let of = |tool: &str| tools.iter().find(|row| row.contains(tool)).expect("a row");
    assert!(of("Meetings").contains("On") && of("Meetings").contains("None"));
    assert!(of("Webhooks API").contains("Live updates"));
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
    sqlx::query("update project set name = 'École Élémentaire' where project_id = $1")
        .bind(id)
        .execute(app.db())
        .await
        .unwrap();
    for search in ["ÉCOLE é", "École", "élémentaire"] {
        let search: String = url::form_urlencoded::byte_serialize(search.as_bytes()).collect();
        assert_eq!(free(&board(&admin, &format!("?q={search}")).await), [id]);
    }
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
    let (sandbox, app, admin) = connected(3).await;
    after(&app, &sandbox, 60).await;
    let [first, second, third] = ids(&app).await[..] else {
        panic!("three projects")
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
    assert!(again.has_text("We are setting up 2 projects"), "again");
    app.run_jobs().await;

    let page = admin.browser.get(&paths::project(admin.firm, second)).await;
    assert!(page.has_text("Integrated since"), "{}", page.text());
    assert!(page.has_text("Procore announces changes to us"));
    assert_eq!(page.texts(".health-state .tag"), ["Healthy"]);
    let brings = "RFIs, Meetings";
    assert!(page.has_text(brings), "{}", page.text());
    assert!(
        page.texts("h2")
            .contains(&"Activity of this project".to_owned())
    );
    let done = page.texts(".timeline").concat();
    assert!(done.contains("Integrated a project"), "{done}");
    let events = page.link("Events of this project").expect("its events");
    let events = admin.browser.get(&events).await;
    assert_eq!((events.status, events.h1().as_str()), (200, "Events"));
    let records = page.link("RFIs").expect("the records");
    let records = admin.browser.get(&records).await;
    assert!(records.has_text("RFIs of "), "{}", records.text());
    let record = records.values("th a");
    assert!(records.texts("tbody tr").len() > 1, "{record:?}");

    let page = admin.browser.get(&paths::project(admin.firm, first)).await;
    assert!(page.has_text("Needs you"), "{}", page.text());
    assert!(page.has_text("Turn on Meetings in 1 project"));

    // What was chosen is proposed for the next project.
    let choose = paths::choose_for_projects(admin.firm);
    let next = admin
        .browser
        .get(&format!("{choose}?project={third}"))
        .await;
    let proposed = next.values("input[name=data][checked]");
    assert_eq!(proposed, ["rfis", "meetings"]);
    sandbox.assert_no_violations().await;
}

/// The form of a plan, and its fields.
fn form_of(plan: &Page) -> (String, Vec<(String, String)>) {
    let mut forms = plan.forms().into_iter();
    let form = forms.find(|it| it.action.contains("/plan"));
    let form = form.expect("the form of the plan");
    let fields = form.fields.into_iter().map(|it| (it.name, it.value));
    (form.action, fields.collect())
}

#[tokio::test]
async fn what_is_integrated_is_what_the_plan_showed() {
    let (sandbox, app, admin) = connected(3).await;
    after(&app, &sandbox, 60).await;
    let projects = ids(&app).await;
    let form = paths::choose_for_projects(admin.firm);
    let all = [("all", "1"), ("state", "ready"), ("data", "locations")];
    let named: Vec<String> = projects.iter().map(i64::to_string).collect();
    let mut each: Vec<(&str, &str)> = named.iter().map(|id| ("project", id.as_str())).collect();
    each.push(("data", "locations"));
    let queued = "select count(*) from project where state is not null";
    for (chosen, hides, told) in [
        (&all[..], 0, "It is about 2 projects now."),
        (&each[..], 1, "It is about 1 project now."),
    ] {
        let plan = admin.browser.submit(&form, chosen).await;
        sqlx::query("update project set hidden_at = now() where project_id = $1")
            .bind(projects[hides])
            .execute(app.db())
            .await
            .unwrap();
        let (action, fields) = form_of(&plan);
        let again = admin.browser.submit(&action, &borrowed(&fields)).await;
        assert_eq!(again.h1(), "Review the plan");
        assert!(again.has_text(told), "{}", again.text());
        let begun: i64 = sqlx::query_scalar(queued)
            .fetch_one(app.db())
            .await
            .unwrap();
        assert_eq!(begun, 0, "nothing is begun");
    }
    let plan = admin.browser.submit(&form, &all).await;
    let (action, fields) = form_of(&plan);
    for time in ["first", "second"] {
        let page = admin.browser.submit(&action, &borrowed(&fields)).await;
        assert!(page.has_text("We are setting the project up"), "{time}");
        let begun: i64 = sqlx::query_scalar(queued)
            .fetch_one(app.db())
            .await
            .unwrap();
        assert_eq!(begun, 1);
    }
}

/// Looks go on while somebody reads a plan: what they find changes which projects a view shows, and not the plan.
#[tokio::test]
async fn a_plan_is_about_its_projects_though_looks_find_others_ready() {
    let (sandbox, app, admin) = connected(3).await;
    after(&app, &sandbox, 60).await;
    let form = paths::choose_for_projects(admin.firm);
    let ready = [("all", "1"), ("state", "ready"), ("data", "locations")];
    let plan = admin.browser.submit(&form, &ready).await;
    sqlx::query("update project set readiness = 'not_ready' where project_id = $1")
        .bind(ids(&app).await[0])
        .execute(app.db())
        .await
        .unwrap();
    let (action, fields) = form_of(&plan);
    let page = admin.browser.submit(&action, &borrowed(&fields)).await;
    assert!(
        page.has_text("We are setting up 3 projects"),
        "{}",
        page.text()
    );
}

/// Which projects Procore was asked for the tools of, in order; the first time, somebody asks for that one again.
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
