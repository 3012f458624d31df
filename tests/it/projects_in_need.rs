//! Integrated projects that need the same are one cause: for the firm, on support's queue and in its file.

use concierge::catalog::DataSet;
use concierge::identity::SupportRole;
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::case::case_of;
use crate::harness::site::choices;
use crate::projects_board::{after, connected, ids, integrate};

const HALF_AN_HOUR: i64 = 30 * 60;

async fn incidents(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select code from incident where ended_at is null order by code")
        .fetch_all(app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn so_many_of_the_projects_are_told_on_the_tile_the_queue_and_its_file() {
    let (sandbox, app, admin) = connected(3).await;
    let projects = ids(&app).await;
    let sets = choices(&[DataSet::Rfis, DataSet::Locations]);
    integrate(&app, &admin, &projects, &sets).await;
    for project in &projects[..2] {
        sandbox.set_project_level(*project, "rfi", "None").await;
    }
    for _ in 0..54 {
        after(&app, &sandbox, HALF_AN_HOUR).await;
    }
    assert_eq!(incidents(&app).await, ["PC-LEVEL:rfis"]);

    let told = "2 of 3 projects need something";
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    let tile = admin.browser.get(&paths::concierge(admin.firm)).await;
    assert!(tile.has_text(told), "{}", tile.text());
    let support = app.support(SupportRole::Staff).await;
    let queue = support.browser.get(paths::SUPPORT).await;
    assert!(queue.has_text(told), "{}", queue.text());
    let file = support.browser.get(paths::SUPPORT_EXPORT).await;
    assert!(file.html.contains(told), "{}", file.html);
    let case = case_of(&app, admin.firm).await;
    let case = support.browser.get(&paths::case(case)).await;
    assert!(case.has_text(told), "{}", case.text());
    assert!(case.texts("h3").contains(&"Projects".to_owned()));
    let named: Vec<String> =
        sqlx::query_scalar("select name from project where project_id = any($1)")
            .bind(&projects[..2])
            .fetch_all(app.db())
            .await
            .unwrap();
    for name in named {
        assert!(case.has_text(&name), "{name}: {}", case.text());
    }
    assert!(case.has_text("Ref PC-LEVEL:rfis"));

    for project in &projects[..2] {
        sandbox
            .set_project_level(*project, "rfi", "Read Only")
            .await;
    }
    for _ in 0..54 {
        after(&app, &sandbox, HALF_AN_HOUR).await;
    }
    assert!(incidents(&app).await.is_empty());
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    let tile = admin.browser.get(&paths::concierge(admin.firm)).await;
    assert!(!tile.has_text("need something"), "{}", tile.text());
    sandbox.assert_no_violations().await;
}
