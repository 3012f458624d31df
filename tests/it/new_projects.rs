//! New projects are integrated by themselves where an admin wishes it.

use std::collections::BTreeMap;

use concierge::paths;
use procore_sandbox::testing::Sandbox;
use serde_json::json;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::page::Page;
use crate::project_references::{borrowed, carried};
use crate::projects_board::{after, connected, ids};

const HOUR: i64 = 60 * 60;

/// A form of a page, sent with further fields.
async fn send(admin: &FirmAdmin, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
    let carried = carried(page, action);
    let fields = [&borrowed(&carried)[..], fields].concat();
    admin.browser.submit(action, &fields).await
}

async fn board(admin: &FirmAdmin) -> Page {
    admin.browser.get(&paths::projects(admin.firm)).await
}

async fn wish(admin: &FirmAdmin, on: bool) -> Page {
    let fields: &[_] = if on { &[("automatic", "on")] } else { &[] };
    let action = paths::new_projects(admin.firm);
    send(admin, &board(admin).await, &action, fields).await
}

/// A button of the overview, and what is due then.
async fn press(app: &TestApp, admin: &FirmAdmin, button: &str) {
    let overview = admin.browser.get(&paths::integration(admin.firm)).await;
    let action = overview.button(button).expect("the button");
    send(admin, &overview, &action, &[]).await;
    app.run_jobs().await;
}

/// What was chosen for new projects: RFIs.
async fn choose_defaults(admin: &FirmAdmin) -> Page {
    let address = paths::project_defaults(admin.firm);
    let page = admin.browser.get(&address).await;
    send(admin, &page, &address, &[("data", "rfis")]).await
}

async fn states(app: &TestApp) -> BTreeMap<i64, String> {
    let states = "select project_id, state from project where state is not null";
    let states: Vec<(i64, String)> = sqlx::query_as(states).fetch_all(app.db()).await.unwrap();
    states.into_iter().collect()
}

/// Hours pass until so many projects are integrated or on the way: a look at projects gives way to a reconcile.
async fn until_integrated(app: &TestApp, sandbox: &Sandbox, projects: usize) {
    for _ in 0..4 {
        after(app, sandbox, HOUR).await;
        if states(app).await.len() == projects {
            return;
        }
    }
    panic!("{:?}", states(app).await);
}

async fn mails(app: &TestApp) -> Vec<(String, String)> {
    let mails = "select subject, text from mail where kind = 'new_projects' order by mail_id";
    sqlx::query_as(mails).fetch_all(app.db()).await.unwrap()
}

async fn create(sandbox: &Sandbox, name: &str) -> i64 {
    let fields = json!({ "name": name, "project_number": "" });
    sandbox.create_record("projects", fields).await
}

#[tokio::test]
async fn new_projects_are_integrated_once_they_are_ready_and_told_of_once_a_day() {
    let (sandbox, app, admin) = connected(2).await;
    after(&app, &sandbox, 60).await;
    let page = board(&admin).await;
    let first = page
        .link("choose what to bring of them")
        .expect("asked first");
    assert_eq!(first, paths::project_defaults(admin.firm));
    let page = admin.browser.get(&first).await;
    let fields = carried(&page, &first);
    let refused = admin.browser.post(&first, &borrowed(&fields)).await;
    assert_eq!(refused.status, 422);
    let page = choose_defaults(&admin).await;
    assert!(page.has_text("Saved what to bring of new projects."));
    assert!(page.has_text("Integrate new projects automatically"));
    assert!(
        page.texts("input#automatic[checked]").is_empty(),
        "off by default"
    );

    let page = wish(&admin, true).await;
    assert!(page.has_text("Turned on by Admin"), "{}", page.text());
    assert_eq!(page.texts("input#automatic[checked]").len(), 1);
    let ready = create(&sandbox, "Pier").await;
    let lacking = create(&sandbox, "Quay").await;
    sandbox.switch_project_tool(lacking, "rfi", false).await;
    let template = create(&sandbox, "Pattern").await;
    let copy = json!({ "template": true });
    sandbox.edit_record("projects", template, copy).await;
    press(&app, &admin, "Sync now").await;
    until_integrated(&app, &sandbox, 1).await;
    assert_eq!(
        states(&app).await,
        [(ready, "integrated".to_owned())].into()
    );
    let page = board(&admin).await;
    assert!(page.has_text("Integrated automatically"));
    assert!(page.has_text("RFIs is switched off"));
    assert!(page.has_text("New: will be integrated automatically once it is ready"));
    let activity = paths::integration_page(admin.firm, "activity");
    let activity = admin.browser.get(&activity).await;
    assert!(activity.has_text("Began to integrate new projects"));
    assert!(activity.has_text("Pier. As Admin"), "{}", activity.text());

    assert!(mails(&app).await.is_empty(), "they are gathered");
    after(&app, &sandbox, HOUR).await;
    let [(subject, text)] = &mails(&app).await[..] else {
        panic!("one mail")
    };
    assert_eq!(subject, "New projects in Procore need you");
    assert!(text.contains("Pier: integrated"), "{text}");
    assert!(
        text.contains("Quay: waits (RFIs is switched off)"),
        "{text}"
    );
    assert!(!text.contains("Pattern"), "{text}");

    // Ready at last: told of on the next day.
    sandbox.switch_project_tool(lacking, "rfi", true).await;
    let check = paths::check_projects(admin.firm);
    let id = lacking.to_string();
    admin.browser.submit(&check, &[("project", &id)]).await;
    app.run_jobs().await;
    assert_eq!(states(&app).await.len(), 2);
    after(&app, &sandbox, 22 * HOUR).await;
    assert_eq!(mails(&app).await.len(), 1, "not within a day");
    after(&app, &sandbox, 2 * HOUR).await;
    let told = mails(&app).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].0, "New projects in Procore are integrated");
    assert!(told[1].1.contains("Quay: integrated") && !told[1].1.contains("Pier"));
    after(&app, &sandbox, 48 * HOUR).await;
    assert_eq!(mails(&app).await.len(), 2, "nothing to tell");

    // What was removed stays out. The session has ended by now.
    let admin = app.admin_of(admin.firm).await;
    let remove = paths::remove_project(admin.firm, ready);
    let page = admin.browser.get(&remove).await;
    send(&admin, &page, &remove, &[]).await;
    after(&app, &sandbox, 10 * 60).await;
    admin
        .browser
        .submit(&check, &[("project", &ready.to_string())])
        .await;
    after(&app, &sandbox, 60).await;
    assert_eq!(
        states(&app).await,
        [(lacking, "integrated".to_owned())].into()
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_new_project_that_lacks_something_is_looked_at_every_day() {
    let (sandbox, app, admin) = connected(1).await;
    choose_defaults(&admin).await;
    wish(&admin, true).await;
    let lacking = create(&sandbox, "Quay").await;
    sandbox.switch_project_tool(lacking, "rfi", false).await;
    press(&app, &admin, "Sync now").await;
    after(&app, &sandbox, 60).await;
    assert!(states(&app).await.is_empty());
    sandbox.switch_project_tool(lacking, "rfi", true).await;
    after(&app, &sandbox, 23 * HOUR).await;
    until_integrated(&app, &sandbox, 1).await;
    assert_eq!(
        states(&app).await,
        [(lacking, "integrated".to_owned())].into()
    );
}

#[tokio::test]
async fn nothing_is_integrated_by_itself_in_a_pause_or_after_the_wish_ended() {
    let (sandbox, app, admin) = connected(1).await;
    choose_defaults(&admin).await;
    wish(&admin, true).await;
    let first = create(&sandbox, "Pier").await;
    press(&app, &admin, "Sync now").await;
    press(&app, &admin, "Pause").await;
    after(&app, &sandbox, 60).await;
    assert!(states(&app).await.is_empty());
    press(&app, &admin, "Resume").await;
    until_integrated(&app, &sandbox, 1).await;
    assert_eq!(
        states(&app).await,
        [(first, "integrated".to_owned())].into()
    );

    let page = wish(&admin, false).await;
    assert!(page.has_text("New projects are not integrated automatically."));
    create(&sandbox, "Quay").await;
    press(&app, &admin, "Sync now").await;
    after(&app, &sandbox, HOUR).await;
    assert_eq!(states(&app).await.len(), 1);
    // What came meanwhile is known, not new.
    wish(&admin, true).await;
    let check = paths::check_projects(admin.firm);
    let all: Vec<String> = ids(&app).await.iter().map(i64::to_string).collect();
    let all: Vec<(&str, &str)> = all.iter().map(|id| ("project", id.as_str())).collect();
    admin.browser.submit(&check, &all).await;
    after(&app, &sandbox, HOUR).await;
    assert_eq!(states(&app).await.len(), 1);
    let verbs = app.activity_of(admin.firm).await;
    let turned = |verb: &str| verbs.iter().filter(|it| it.as_str() == verb).count();
    assert_eq!(
        (
            turned("projects.new_wished"),
            turned("projects.new_not_wished")
        ),
        (2, 1)
    );
}

#[tokio::test]
async fn who_leaves_the_projects_out_reads_before_that_new_ones_are_not_integrated() {
    let (_sandbox, app, admin) = connected(1).await;
    let settings = paths::settings(admin.firm);
    let effect = "No longer integrated automatically";
    let chosen = [("data", "users")];
    let review = admin.browser.submit(&settings, &chosen).await;
    assert_eq!(review.h1(), "Review changes");
    assert!(!review.has_text(effect), "there is no wish");

    choose_defaults(&admin).await;
    wish(&admin, true).await;
    let review = admin.browser.submit(&settings, &chosen).await;
    assert!(review.has_text(effect), "{}", review.text());
    app.run_jobs().await;
    let address = format!("{}?data=users", paths::settings_review(admin.firm));
    let review = admin.browser.get(&address).await;
    let save = review.button("Save changes").expect("all is allowed");
    let ended = "projects.new_not_wished".to_owned();
    assert!(!app.activity_of(admin.firm).await.contains(&ended));
    send(&admin, &review, &save, &[]).await;
    assert!(app.activity_of(admin.firm).await.contains(&ended));
}
