//! A process ends in the middle of deliveries: what it acknowledged is stored.

use std::collections::BTreeSet;

use concierge::catalog::DataSet;
use futures_util::future::join_all;
use http::header::AUTHORIZATION;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;
use tokio::sync::mpsc;

use crate::harness::live::Live;
use crate::harness::program::{Program, Running};
use crate::harness::site::choices;

/// Deliveries at the same time.
const AT_ONCE: usize = 16;
/// Acknowledged deliveries after which the process ends.
const ENOUGH: usize = 100;

/// A process that takes deliveries, and where.
async fn receiver(live: &Live) -> (Running, String) {
    let mut running = Program::new(&["serve", "--role", "web"])
        .at(&live.site, &live.site.sandbox.url)
        .start();
    let line = running.says("Listening on").await;
    let (_, address) = line.split_once("http://").expect("an address");
    let address = address.split_whitespace().next().unwrap_or_default();
    let address = address.trim_end_matches(['/', '"', ',']).to_owned();
    let (_, path) = live.address.split_once("/webhooks/").unwrap();
    (running, format!("http://{address}/webhooks/{path}"))
}

/// Delivers events of its own one after the other until the process does not answer any more.
async fn deliver(
    live: &Live,
    to: &str,
    worker: usize,
    acknowledged: mpsc::UnboundedSender<String>,
) {
    for n in 0.. {
        let ulid = format!("01JMYXMZRB{worker:04}{n:012}");
        let event = json!({
            "id": 1, "ulid": ulid, "resource_name": "Offices", "event_type": "update", "resource_id": 1,
        });
        let request = live.client.post(to).body(event.to_string());
        let answer = request
            .header(AUTHORIZATION, live.authorization.as_str())
            .send();
        match answer.await {
            Ok(answer) if answer.status() == 204 => acknowledged.send(ulid).unwrap(),
            Ok(_) | Err(_) => return,
        }
    }
}

/// What was acknowledged while `end` ended the process, and what is stored.
async fn ended_by(end: impl AsyncFnOnce(Running)) -> (BTreeSet<String>, BTreeSet<String>) {
    let live = Live::connected(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let (running, to) = receiver(&live).await;
    let (send, mut receive) = mpsc::unbounded_channel();
    let workers = join_all((0..AT_ONCE).map(|n| deliver(&live, &to, n, send.clone())));
    let ending = async {
        let mut acknowledged = BTreeSet::new();
        for _ in 0..ENOUGH {
            acknowledged.extend(receive.recv().await);
        }
        end(running).await;
        acknowledged
    };
    let (_, mut acknowledged) = tokio::join!(workers, ending);
    drop(send);
    while let Some(ulid) = receive.recv().await {
        acknowledged.insert(ulid);
    }
    let stored: Vec<String> = sqlx::query_scalar("select event_id from event")
        .fetch_all(live.db())
        .await
        .unwrap();
    (acknowledged, stored.into_iter().collect())
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed_in_the_middle() {
    let (acknowledged, stored) = ended_by(async |running| running.kill().await).await;
    assert!(acknowledged.len() >= ENOUGH);
    assert!(acknowledged.is_subset(&stored), "{acknowledged:?}");
}

#[tokio::test]
async fn a_process_that_stops_acknowledges_what_it_stores() {
    let stop = async |running: Running| {
        running.signal("TERM").await;
        assert_eq!(running.ends().await, 0);
    };
    let (acknowledged, stored) = ended_by(stop).await;
    assert!(acknowledged.len() >= ENOUGH);
    assert!(acknowledged.is_subset(&stored), "{acknowledged:?}");
}
