//! Deliveries that arrive while another is stored share the next transaction.

use sqlx::{Postgres, Transaction};
use tokio::task::{JoinHandle, yield_now};

use super::{Desk, event};
use crate::locks::{until_so_many_wait, until_somebody_waits};

fn numbered(number: usize) -> String {
    event(&format!("01JMYXMZRBVKK0PC6XS8{number:06}"))
}

impl Desk {
    /// Keeps what is stored next from coming to its end.
    async fn stall(&self) -> Transaction<'static, Postgres> {
        for sql in [
            "create function stall() returns trigger language plpgsql as $$
             begin perform pg_advisory_xact_lock_shared(7); return new; end $$",
            "create trigger stall before insert on event for each row execute function stall()",
        ] {
            sqlx::query(sql).execute(self.db()).await.unwrap();
        }
        let mut stall = self.db().begin().await.unwrap();
        let locked = sqlx::query("select pg_advisory_xact_lock(7)").execute(&mut *stall);
        locked.await.unwrap();
        stall
    }

    fn send(&self, body: &str) -> JoinHandle<u16> {
        let request = self.client.post(&self.address).body(body.to_owned());
        let request = request.header(http::header::AUTHORIZATION, &self.authorization);
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    }

    /// Sends a delivery and returns once it is being stored.
    async fn send_first(&self, body: &str) -> JoinHandle<u16> {
        let sent = self.send(body);
        until_somebody_waits(self.db()).await;
        sent
    }

    /// Sends one delivery after the other and returns once all wait for the first.
    async fn send_behind(&self, bodies: &[String]) -> Vec<JoinHandle<u16>> {
        let mut sent = Vec::new();
        for body in bodies {
            let waiting = self.site.app.deliveries.waiting();
            sent.push(self.send(body));
            while self.site.app.deliveries.waiting() == waiting {
                yield_now().await;
            }
        }
        sent
    }

    /// How many transactions stored the events.
    async fn transactions(&self) -> i64 {
        sqlx::query_scalar("select count(distinct xmin::text) from event")
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// How much work on events there is, once all is put.
    async fn work_on_events(&self) -> i64 {
        self.site.app.deliveries.put_work().await;
        sqlx::query_scalar("select count(*) from work where kind = 'events'")
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// Cuts the connection that waits for a lock; returns once it is gone.
    async fn cut_connection(&self) {
        until_somebody_waits(self.db()).await;
        let cut = "select pg_terminate_backend(pid, 60000) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock'";
        let cut: Vec<bool> = sqlx::query_scalar(cut).fetch_all(self.db()).await.unwrap();
        assert_eq!(cut, [true]);
    }
}

#[tokio::test]
async fn what_arrives_meanwhile_shares_the_next_transaction() {
    let desk = Desk::open().await;
    let stall = desk.stall().await;
    let first = desk.send_first(&numbered(0)).await;
    let mut bodies: Vec<String> = (1..=20).map(numbered).collect();
    bodies.extend([numbered(0), numbered(7)]); // again
    let others = desk.send_behind(&bodies).await;
    // Somebody who does not know the secret is among them.
    let body = numbered(21);
    let refused = desk.deliver(&desk.address, "Bearer wrong", &body);
    assert_eq!(refused.await, 401);
    assert!(!first.is_finished() && others.iter().all(|it| !it.is_finished()));
    assert_eq!(desk.stored().await, 0);

    stall.rollback().await.unwrap();
    for sent in others.into_iter().chain([first]) {
        assert_eq!(sent.await.unwrap(), 204);
    }
    assert_eq!(desk.stored().await, 21);
    assert_eq!(desk.transactions().await, 2);
    assert_eq!(desk.work_on_events().await, 1);
}

#[tokio::test]
async fn what_the_database_refuses_neither_fails_nor_doubles_its_neighbours() {
    let desk = Desk::open().await;
    for sql in [
        "create function refuse() returns trigger language plpgsql as $$
         begin raise exception 'not this one'; end $$",
        "create trigger refuse before insert on event for each row
         when (new.body ->> 'resource_name' = 'Poison') execute function refuse()",
    ] {
        sqlx::query(sql).execute(desk.db()).await.unwrap();
    }
    // Out of the range of dates; and refused for a reason that may pass.
    let ancient = r#"{"id":"a","timestamp":"-9999-01-01T00:00:00Z"}"#;
    let poison = r#"{"id":"b","resource_name":"Poison"}"#;

    let stall = desk.stall().await;
    let hung_up = desk.send_first(&numbered(0)).await;
    let bodies = [
        numbered(1),
        ancient.to_owned(),
        numbered(2),
        poison.to_owned(),
        format!("[{},{ancient},{}]", numbered(3), numbered(4)),
        numbered(5),
    ];
    let sent = desk.send_behind(&bodies).await;
    hung_up.abort();
    stall.rollback().await.unwrap();
    let mut answered = Vec::new();
    for sent in sent {
        answered.push(sent.await.unwrap());
    }
    assert_eq!(answered, [204, 204, 204, 503, 204, 204]);
    assert_eq!(desk.stored().await, 6, "what nobody waited for, too");
    let unread = desk.unread().await;
    assert_eq!(unread, [(2, ancient.len() as i32, false)]);

    sqlx::query("drop trigger refuse on event")
        .execute(desk.db())
        .await
        .unwrap();
    for body in &bodies {
        assert_eq!(desk.send(body).await.unwrap(), 204);
    }
    assert_eq!(desk.stored().await, 7);
}

#[tokio::test]
async fn a_connection_that_is_cut_loses_nothing_that_was_accepted() {
    let desk = Desk::open().await;
    let stall = desk.stall().await;
    let first = desk.send_first(&numbered(0)).await;
    let bodies: Vec<String> = (1..=5).map(numbered).collect();
    let others = desk.send_behind(&bodies).await;
    desk.cut_connection().await;
    desk.cut_connection().await; // the second try
    assert_eq!(first.await.unwrap(), 503);
    // It may have been stored without an answer, so it is looked for.
    assert_eq!(desk.work_on_events().await, 1);

    // The others were not part of that. Their connection is cut once.
    desk.cut_connection().await;
    until_somebody_waits(desk.db()).await;
    stall.rollback().await.unwrap();
    for sent in others {
        assert_eq!(sent.await.unwrap(), 204);
    }
    assert_eq!(desk.stored().await, 5);
    assert_eq!(desk.send(&numbered(0)).await.unwrap(), 204);
    assert_eq!(desk.stored().await, 6);
}

#[tokio::test]
async fn a_delivery_is_turned_away_while_too_many_events_wait() {
    let desk = Desk::open().await;
    let stall = desk.stall().await;
    let first = desk.send_first(&numbered(0)).await;
    let many: Vec<String> = (1..=5_000).map(numbered).collect();
    let many = format!("[{}]", many.join(","));
    let others = desk.send_behind(&[many]).await;
    assert_eq!(desk.send(&numbered(5_001)).await.unwrap(), 503);

    stall.rollback().await.unwrap();
    for sent in others.into_iter().chain([first]) {
        assert_eq!(sent.await.unwrap(), 204);
    }
    assert_eq!(desk.send(&numbered(5_001)).await.unwrap(), 204);
    assert_eq!(desk.stored().await, 5_002);
}

#[tokio::test]
async fn who_closes_a_hook_waits_for_what_is_being_stored_and_is_before_the_next() {
    let desk = Desk::open().await;
    let stall = desk.stall().await;
    let first = desk.send_first(&numbered(0)).await;
    let db = desk.db().clone();
    let closing = tokio::spawn(async move {
        let close = sqlx::query("update hook set closed_at = now()").execute(&db);
        close.await.unwrap();
    });
    until_so_many_wait(desk.db(), 2).await;
    let second = desk.send_behind(&[numbered(1)]).await.remove(0);
    assert!(!closing.is_finished());

    stall.rollback().await.unwrap();
    assert_eq!(first.await.unwrap(), 204);
    closing.await.unwrap();
    assert_eq!(second.await.unwrap(), 404);
    assert_eq!(desk.stored().await, 1);
}

#[tokio::test]
async fn a_change_of_hooks_that_is_given_up_turns_nothing_away() {
    let desk = Desk::open().await;
    for events in [0, 3] {
        // The address is not known at first, and known then.
        let mut change = desk.db().begin().await.unwrap();
        let closed = sqlx::query("update hook set closed_at = now()").execute(&mut *change);
        assert_eq!(closed.await.unwrap().rows_affected(), 1);
        // One waits for the change; the others wait for that one, and hold no connection.
        let first = desk.send_first(&numbered(events)).await;
        let behind = [numbered(events + 1), numbered(events + 2)];
        let others = desk.send_behind(&behind).await;
        let refused = desk.deliver(&desk.address, "Bearer wrong", &behind[0]);
        assert_eq!(refused.await, 401);
        let elsewhere = format!("{}x", desk.address);
        let missing = desk.deliver(&elsewhere, &desk.authorization, &behind[0]);
        assert_eq!(missing.await, 404);

        change.rollback().await.unwrap();
        for sent in others.into_iter().chain([first]) {
            assert_eq!(sent.await.unwrap(), 204);
        }
        assert_eq!(desk.stored().await, events as i64 + 3);
    }
}
