//! What Procore gives up delivering to a project's webhook is read instead.

use concierge::catalog::DataSet;

use crate::harness::site::choices;
use crate::projects_board::{after, connected, ids, integrate};

/// Nobody listens at our address. Meetings cannot be asked for what changed, and were just read whole.
#[tokio::test]
async fn what_was_never_delivered_is_read_within_a_day() {
    is_read_within_a_day(0).await;
}

#[tokio::test]
async fn what_was_never_delivered_is_read_however_much_it_was() {
    is_read_within_a_day(201).await;
}

/// A meeting is deleted, after so many other changes.
async fn is_read_within_a_day(changes: usize) {
    let (sandbox, app, admin) = connected(1).await;
    let project = ids(&app).await[0];
    let sets = choices(&[DataSet::Rfis, DataSet::Meetings]);
    integrate(&app, &admin, &[project], &sets).await;
    let there = "select procore_id from record
                 where kind = 'meetings' and gone_at is null order by procore_id";
    let known: Vec<i64> = sqlx::query_scalar(there).fetch_all(app.db()).await.unwrap();
    let (deleted, left) = known.split_first().expect("meetings");
    for number in 0..changes {
        let title = serde_json::json!({ "title": format!("Meeting {number}") });
        sandbox
            .edit_project_record(project, "meetings", *deleted, title)
            .await;
    }
    sandbox
        .delete_project_record(project, "meetings", *deleted)
        .await;
    for _ in 0..58 {
        sandbox.settled_deliveries().await;
        after(&app, &sandbox, 30 * 60).await;
    }
    let known: Vec<i64> = sqlx::query_scalar(there).fetch_all(app.db()).await.unwrap();
    assert_eq!(known, left);
    let received: i64 = sqlx::query_scalar("select count(*) from event")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(received, 0, "no event told of it");
    sandbox.assert_no_violations().await;
}
