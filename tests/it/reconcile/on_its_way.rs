//! What a page of a list says that was asked for before something else was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concierge::catalog::DataSet;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;
use tokio::sync::Notify;

use super::HOUR;
use crate::harness::app::work_until_nothing_is_due;
use crate::harness::gate;
use crate::harness::live::Live;
use crate::harness::site::{choices, policy};

const OFFICES: &str = "/rest/v1.0/offices";

#[tokio::test]
async fn a_deletion_counts_though_a_page_from_before_it_brings_the_record() {
    let settings = choices(&[DataSet::Offices]);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    let sandbox = &live.site.sandbox;
    sandbox.hold_deliveries().await;
    let office = json!({ "name": "Doomed" });
    let doomed = sandbox.create_record("offices", office).await;
    live.lose_events().await;
    sandbox.release_deliveries(false).await;

    // After an outage everything is read. The first answer of the list is held.
    live.site.advance(13 * HOUR).await;
    let (held, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (held.clone(), go_on.clone());
    let once = AtomicBool::new(true);
    let gate = gate::open_around(
        &sandbox.url,
        |_| Box::pin(std::future::ready(())),
        move |request| {
            let is_list = request.uri.path() == OFFICES;
            let is_held = is_list && once.swap(false, Ordering::Relaxed);
            let (tell, wait) = (tell.clone(), wait.clone());
            Box::pin(async move {
                if is_held {
                    tell.notify_one();
                    wait.notified().await;
                }
            })
        },
    )
    .await;
    let reading = live.site.app_before(&gate, policy());
    tokio::join!(work_until_nothing_is_due(&reading), async {
        held.notified().await;
        sandbox.act_on_record("offices", "delete", doomed).await;
        live.catch_up().await;
        go_on.notify_one();
    });
    let is_there = async || {
        let there = "select exists (select from record where procore_id = $1 and gone_at is null)";
        let there = sqlx::query_scalar(there).bind(doomed);
        there.fetch_one(live.db()).await.unwrap()
    };
    assert!(
        is_there().await,
        "the page from before the deletion brought it"
    );
    live.after(5 * 60).await;
    assert!(!is_there().await);
    live.assert_same(&settings).await;
}
