//! The work that applies what was delivered is put after the commit, and found if it was not.

use chrono::{DateTime, Utc};
use concierge::worker;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Desk, ULID, event};

impl Desk {
    /// Receives an event and puts the work on it.
    async fn take(&self, body: &str) {
        let answered = self.deliver(&self.address, &self.authorization, body);
        assert_eq!(answered.await, 204);
    }

    /// When the work that applies events is due.
    async fn due(&self) -> Vec<DateTime<Utc>> {
        sqlx::query_scalar("select due_at from work where kind = 'events'")
            .fetch_all(self.db())
            .await
            .unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.db()).await.unwrap();
    }

    /// Looks for events whose work nobody put, and does nothing else.
    async fn look_for_left_work(&self) {
        self.execute("update work set due_at = '2000-01-01' where kind = 'put_left_events'")
            .await;
        let worker = worker::new(self.site.app.clone(), CancellationToken::new());
        for (lease, _place) in worker.claim().await.unwrap() {
            if lease.kind == "put_left_events" {
                worker.attend(&lease).await;
            }
        }
    }
}

#[tokio::test]
async fn work_is_put_for_what_is_new_and_waits_for_nobody() {
    let desk = Desk::open().await;
    let now = desk.site.app.clock.now();
    desk.take(&event(ULID)).await;
    assert_eq!(desk.due().await, [now]);

    // It comes again once it was applied.
    desk.execute("delete from work where kind = 'events'").await;
    desk.take(&event(ULID)).await;
    assert!(desk.due().await.is_empty());

    // What was to be done later is to be done now.
    desk.execute(
        "insert into work (kind, key, firm_id, due_at)
         select 'events', connection_id, firm_id, '2100-01-01' from connection",
    )
    .await;
    let another = event("01JMYXMZRBVKK0PC6XS8SA4QRA");
    desk.take(&another).await;
    assert_eq!(desk.due().await, [now]);

    // Somebody takes it at this moment.
    let mut taking = desk.db().begin().await.unwrap();
    sqlx::query("select from work where kind = 'events' for update")
        .execute(&mut *taking)
        .await
        .unwrap();
    let third = event("01JMYXMZRBVKK0PC6XS8SA4QRB");
    desk.take(&third).await;
    assert_eq!(desk.due().await, [now]);
}

#[tokio::test]
async fn what_a_killed_process_did_not_put_is_found() {
    let desk = Desk::open().await;
    let sent = desk.site.app.clock.now();
    desk.take(&event(ULID)).await;
    desk.execute("delete from work where kind = 'events'").await;
    desk.look_for_left_work().await;
    assert_eq!(desk.due().await, [sent]);

    // What was put off stays so.
    let later: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().unwrap();
    desk.execute("update work set due_at = '2100-01-01' where kind = 'events'")
        .await;
    desk.look_for_left_work().await;
    assert_eq!(desk.due().await, [later]);

    // Nothing is put for who paused, nor where nothing waits.
    desk.execute("delete from work where kind = 'events'").await;
    desk.execute("update connection set paused_at = now(), paused_by = 'Test'")
        .await;
    desk.look_for_left_work().await;
    assert!(desk.due().await.is_empty());
    desk.execute("update connection set paused_at = null, paused_by = null")
        .await;
    desk.site.advance(60).await;
    desk.look_for_left_work().await;
    assert_eq!(desk.due().await, [sent]);
    desk.execute("delete from work where kind = 'events'").await;
    desk.execute("update event set handled_at = received_at, due_at = null")
        .await;
    desk.look_for_left_work().await;
    assert!(desk.due().await.is_empty());
}

/// Other firms, each with a copy of the connection, the hook and its events.
const OTHER_FIRMS: [&str; 4] = [
    "insert into firm select (jsonb_populate_record(f, jsonb_build_object('firm_id', n))).*
     from firm f, unnest($1::uuid[]) as n",
    "insert into connection
     select (jsonb_populate_record(c, jsonb_build_object('firm_id', n, 'connection_id', n))).*
     from connection c, unnest($1::uuid[]) as n",
    "insert into hook
     select (jsonb_populate_record(h, jsonb_build_object('firm_id', n, 'connection_id', n))).*
     from hook h, unnest($1::uuid[]) as n",
    "insert into event
     select (jsonb_populate_record(e, jsonb_build_object('firm_id', n, 'connection_id', n))).*
     from event e, unnest($1::uuid[]) as n",
];

#[tokio::test]
async fn left_work_is_found_from_one_firm_to_the_next() {
    let desk = Desk::open().await;
    for ulid in [ULID, "01JMYXMZRBVKK0PC6XS8SA4QRA"] {
        desk.take(&event(ulid)).await;
    }
    let others = [1, 2, 3, u128::MAX].map(Uuid::from_u128);
    for sql in OTHER_FIRMS {
        let copied = sqlx::query(sql).bind(&others[..]).execute(desk.db()).await;
        copied.unwrap();
    }
    sqlx::query("update connection set paused_at = now(), paused_by = 'Test' where firm_id = $1")
        .bind(others[1])
        .execute(desk.db())
        .await
        .unwrap();
    desk.execute("delete from work where kind = 'events'").await;
    desk.look_for_left_work().await;
    let found: Vec<Uuid> =
        sqlx::query_scalar("select firm_id from work where kind = 'events' order by firm_id")
            .fetch_all(desk.db())
            .await
            .unwrap();
    assert_eq!(found, [others[0], others[2], desk.site.firm.0, others[3]]);
}
