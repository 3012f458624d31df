//! The removal of a firm that is cut short.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use chrono::TimeDelta;
use concierge::connection::ProcoreTidying;
use concierge::flows::remove_firm;
use concierge::identity::Actor;
use concierge::work::{Lease, Worker};
use concierge::worker;
use tokio_util::sync::CancellationToken;

use crate::harness::dump::{dump, lines_with};
use crate::harness::walk::Walk;
use crate::remove_firm::{FIRM, assert_nothing_typed_is_left, connected, receipt};

/// Drops `work` after so many steps, as a crash would; returns whether it came to its end.
async fn killed_after(steps: usize, work: impl Future) -> bool {
    let (mut work, mut taken) = (pin!(work), 0);
    poll_fn(|context| {
        if taken == steps {
            return Poll::Ready(false);
        }
        taken += 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// What is left to do for removed firms, until nothing is.
async fn claimed(walk: &Walk, worker: &Worker) -> Option<Lease> {
    loop {
        // The lease of the one that was killed lapses, and so does what it waited for.
        walk.advance(TimeDelta::hours(2)).await;
        let claimed = worker.claim().await.unwrap().into_iter();
        let mut leases = claimed.map(|(lease, _)| lease);
        if let Some(lease) = leases.find(|lease| lease.kind == "clean_up") {
            return Some(lease);
        }
        // A claim passes over what is locked, as it is until the killed one's connection is closed.
        let is_left: bool =
            sqlx::query_scalar("select exists (select from work where kind = 'clean_up')")
                .fetch_one(walk.app.db())
                .await
                .unwrap();
        if !is_left {
            return None;
        }
    }
}

#[tokio::test]
async fn a_removal_that_is_killed_again_and_again_ends_the_same() {
    let (walk, typed) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let records: i64 = sqlx::query_scalar("select count(*) from record where firm_id = $1")
        .bind(firm.0)
        .fetch_one(app.db())
        .await
        .unwrap();
    let operator = Actor::System { firm: None };
    for steps in 0.. {
        let removal = remove_firm::run(&app.app, &operator, firm, FIRM, TimeDelta::zero());
        if killed_after(steps, removal).await {
            break;
        }
    }
    let worker = worker::new(app.app.clone(), CancellationToken::new());
    let mut kills = 0;
    for steps in 0.. {
        let Some(lease) = claimed(&walk, &worker).await else {
            break;
        };
        kills += usize::from(!killed_after(steps, worker.attend(&lease)).await);
    }
    assert!(kills > 2, "{kills}");

    let receipt = receipt(app, firm).await;
    assert_eq!(receipt.procore, ProcoreTidying::Removed);
    assert_eq!(receipt.rows["firm"], 1);
    assert_eq!(receipt.rows["person"], 2);
    assert_eq!(receipt.rows["record"], records);
    assert!(receipt.rows_gone_at.is_some());
    assert_eq!(receipt.access_kept_until, None);
    assert!(walk.sandbox.state().await.hooks.is_empty());
    let after = dump(app.db()).await;
    assert_nothing_typed_is_left(&after, &typed);
    assert_eq!(lines_with(&after, &firm.to_string()).len(), 1);
}
