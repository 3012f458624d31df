//! Workers outside the test's own process, which may sleep or be killed.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;

use chrono::{DateTime, Utc};
use concierge::clock::Clock;
use concierge::engine::{FaultInjector, FaultPoint};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use tokio::process::Command;

use super::site::{PUBLIC_URL, Site, app, work_on};
use concierge::identity::RunId;

/// Names the order to a process of this test program that is to be a worker.
const ORDER: &str = "CONCIERGE_TEST_WORKER";
const DIED: &str = "died at ";
const KILL: i32 = 9;

/// What a worker elsewhere needs to know.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    database: String,
    procore: String,
    keys: String,
    now: DateTime<Utc>,
    run: RunId,
    /// Points to survive.
    survive: Vec<String>,
}

impl Order {
    pub(crate) fn new(site: &Site, run: RunId, survive: &[String]) -> Self {
        Self {
            database: site.db.url(),
            procore: site.sandbox.url.clone(),
            keys: site.keys.clone(),
            now: site.clock.now(),
            run,
            survive: survive.to_vec(),
        }
    }
}

/// Works with a runtime and connections of its own, as another process would.
pub(crate) fn work(order: &Order, faults: &dyn FaultInjector) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let pool = PgPoolOptions::new().connect(&order.database).await.unwrap();
        let clock = Clock::settable(order.now);
        let app = app(pool, &order.procore, PUBLIC_URL, &order.keys, clock);
        work_on(&app, faults, order.run).await;
        app.db.close().await;
    });
}

/// A process works on the run and is killed at the first point that is not among `survive`; gives
/// that point, or nothing if it came to the end.
pub(crate) async fn die_once(site: &Site, run: RunId, survive: &[String]) -> Option<String> {
    let order = serde_json::to_string(&Order::new(site, run, survive)).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness::dying::as_a_process", "--nocapture"])
        .env(ORDER, order)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return None;
    }
    let told = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.signal(), Some(KILL), "{told}");
    let died = said.lines().find_map(|line| line.split(DIED).nth(1));
    Some(died.unwrap_or_else(|| panic!("{told}")).to_owned())
}

/// Kills its own process.
struct Die {
    survive: Vec<String>,
}

impl FaultInjector for Die {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        let point = format!("{point:?}");
        if self.survive.contains(&point) {
            return ControlFlow::Continue(());
        }
        let mut output = std::io::stdout();
        writeln!(output, "{DIED}{point}").unwrap();
        output.flush().unwrap();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
            .unwrap();
        ControlFlow::Break(())
    }
}

/// The worker that [`die_once`] starts; in an ordinary run of the tests nobody ordered one.
#[test]
fn as_a_process() {
    let Ok(order) = std::env::var(ORDER) else {
        return;
    };
    let order: Order = serde_json::from_str(&order).unwrap();
    let survive = order.survive.clone();
    work(&order, &Die { survive });
}
