//! A process is killed in the middle of a completion, and another one takes over.

use std::future::{pending, ready};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use concierge::catalog::DataSet;
use concierge::ledger::RunState;
use concierge::work::LEASE;
use procore_sandbox::testing::SandboxOptions;
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep};

use crate::harness::gate;
use crate::harness::program::{Program, Running};
use crate::harness::site::{Site, choices};

/// How often the database is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

async fn worker(site: &Site, procore: &str) -> Running {
    let mut worker = Program::new(&["serve", "--role", "worker"])
        .at(site, procore)
        .start();
    worker.says("Handling jobs").await;
    worker
}

/// Projects come in three pages of at most 300.
async fn three_pages() -> Site {
    let options = SandboxOptions::default().flag("projects", 650);
    Site::confirmed(choices(&[DataSet::Projects]), options).await
}

#[tokio::test]
async fn a_killed_process_is_taken_over_when_its_lease_lapses_and_nothing_is_doubled() {
    let undisturbed = three_pages().await;
    assert_eq!(undisturbed.work_to_the_end().await, RunState::Done);
    let expected = undisturbed.outcome().await;

    let site = three_pages().await;
    // Procore answers everything but the second page, as long as the first process asks for it.
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let holds = AtomicBool::new(true);
    let procore = gate::open(&site.sandbox.url, move |request| {
        let is_second = request.uri.path() == "/rest/v1.1/projects"
            && request.uri.query().is_some_and(|query| {
                url::form_urlencoded::parse(query.as_bytes())
                    .any(|(name, page)| name == "page" && page == "2")
            });
        match is_second && holds.swap(false, Ordering::Relaxed) {
            true => {
                asked.send(()).unwrap();
                Box::pin(pending())
            }
            false => Box::pin(ready(())),
        }
    })
    .await;
    let first = worker(&site, &procore).await;
    is_asked.recv().await.unwrap();
    // The page before may be asked for and not yet be kept.
    while site.entry("sync:projects").await.cursor.is_none() {
        sleep(LOOK_EVERY).await;
    }
    let _second = worker(&site, &procore).await;
    first.kill().await;

    let leased_until: DateTime<Utc> =
        sqlx::query_scalar("select lease_until from work where kind = 'completion'")
            .fetch_one(site.db.pool())
            .await
            .unwrap();
    assert!(leased_until <= Utc::now() + LEASE, "{leased_until}");

    while site.run().await.state != RunState::Done {
        sleep(LOOK_EVERY).await;
    }
    assert!(Utc::now() >= leased_until, "not before the lease lapsed");
    assert_eq!(site.outcome().await, expected);
    site.assert_hook_is_known().await;
    site.sandbox.assert_no_violations().await;
}
