//! What the board counts by is always what the projects are, however they change and whenever the changes are
//! folded together.

use concierge::catalog::DataSet;
use concierge::connection::Settings;
use concierge::flows::fold_counts;
use concierge::paths;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::site::choices;
use crate::projects_board::{after, connected, ids, integrate};

type Count = (String, String, bool, i64);

const COUNTED: &str = "
    select shown_as, state, is_usable, sum(amount)::bigint
    from (select shown_as, state, is_usable, amount from project_count
          union all
          select shown_as, state, is_usable, amount from project_change) as it
    group by 1, 2, 3
    having sum(amount) <> 0
    order by 1, 2, 3";
const TRUE: &str = "
    select shown_as, coalesce(state, ''), hidden_at is null and is_active and not is_template, count(*)
    from project
    group by 1, 2, 3
    order by 1, 2, 3";

async fn counts(app: &TestApp, sql: &'static str) -> Vec<Count> {
    sqlx::query_as(sql).fetch_all(app.db()).await.unwrap()
}

async fn assert_true(app: &TestApp, when: &str) {
    assert_eq!(
        counts(app, COUNTED).await,
        counts(app, TRUE).await,
        "{when}"
    );
}

async fn views(app: &TestApp, admin: &FirmAdmin) -> String {
    let page = admin.browser.get(&paths::projects(admin.firm)).await;
    assert_eq!(page.status, 200);
    assert_true(app, "on the page").await;
    page.text()
}

#[tokio::test]
async fn the_counts_of_the_board_are_those_of_its_projects() {
    let (sandbox, app, admin) = connected(6).await;
    let said = views(&app, &admin).await;
    assert!(
        said.contains("All (6)") && said.contains("Not checked (6)"),
        "{said}"
    );
    after(&app, &sandbox, 60).await;
    let ids = ids(&app).await;
    let settings: Settings = choices(&[DataSet::Rfis]);
    integrate(&app, &admin, &ids[..2], &settings).await;
    after(&app, &sandbox, 60).await;
    let said = views(&app, &admin).await;
    assert!(
        said.contains("Ready (4)") && said.contains("Integrated (2)"),
        "{said}"
    );

    // Every change is a row until they are folded together, while others go on.
    let change = || async {
        sqlx::query(
            "update project
             set hidden_at = case when hidden_at is null then now() end, is_template = not is_template",
        )
        .execute(app.db())
        .await
        .unwrap();
    };
    for _ in 0..15 {
        change().await;
    }
    let said = views(&app, &admin).await;
    assert!(said.contains("Unavailable (6)"), "{said}");
    let (one, _, other) = tokio::join!(
        fold_counts::run(&app.app),
        change(),
        fold_counts::run(&app.app),
    );
    one.unwrap();
    other.unwrap();
    assert_true(&app, "after two folds and a change at once").await;
    let left: i64 = sqlx::query_scalar("select count(*) from project_change")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(left <= 12, "{left} changes are left");

    // With the last project, its counts go.
    sqlx::query("delete from project")
        .execute(app.db())
        .await
        .unwrap();
    assert_true(&app, "with no projects").await;
}
