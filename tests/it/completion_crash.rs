//! A completion that is cut short at any point ends as if nothing had happened: one webhook, the
//! exact triggers, every record once.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use concierge::catalog::DataSet;
use concierge::connection::Settings;
use concierge::engine::{FaultInjector, FaultPoint, NoFaults};
use concierge::ledger::{ActionState, RunState};
use concierge::procore::NewHook;
use concierge::work::LEASE;
use concierge::worker;
use tokio_util::sync::CancellationToken;

use crate::harness::dying::{self, Order};
use crate::harness::faults::EndAt;
use crate::harness::site::{NAMESPACE, PUBLIC_URL, Site, choices};
use procore_sandbox::testing::SandboxOptions;

/// Projects come in three pages of at most 300.
fn three_pages() -> SandboxOptions {
    SandboxOptions::default().flag("projects", 650)
}

/// As the lease of a worker that is no more lapses.
async fn lease_lapses(site: &Site) {
    site.advance(LEASE.num_seconds() + 1).await;
}

#[tokio::test]
async fn every_action_may_be_done_twice() {
    let sets = [DataSet::Projects, DataSet::CostCodes];
    let site = Site::confirmed(choices(&sets), SandboxOptions::default()).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let once = site.outcome().await;

    for entry in site.ledger().await {
        let sql = "update action set state = 'pending', cursor = null
                   where position = $1 or name = 'finish'";
        sqlx::query(sql)
            .bind(entry.position)
            .execute(site.db.pool())
            .await
            .unwrap();
        site.reopen().await;
        let key = entry.action.key();
        assert_eq!(site.work_to_the_end().await, RunState::Done, "{key}");
        assert_eq!(site.outcome().await, once, "{key} done twice");
        site.assert_hook_is_known().await;
    }
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_failure_before_or_after_anything_leaves_no_trace() {
    let settings = || choices(&[DataSet::Offices]);
    let undisturbed = Site::confirmed(settings(), SandboxOptions::default()).await;
    let all = EndAt::new(usize::MAX);
    undisturbed.work_under(all.as_ref()).await;
    let expected = undisturbed.outcome().await;
    assert_eq!(expected.run, RunState::Done);

    let mut site = Site::confirmed(settings(), SandboxOptions::default()).await;
    for point in 0..all.seen().len() {
        let ended = EndAt::new(point);
        site.work_under(ended.as_ref()).await;
        assert!(ended.has_ended(), "point {point} comes");
        lease_lapses(&site).await;

        let state = site.work_to_the_end().await;

        let place = ended.seen().pop();
        assert_eq!(state, RunState::Done, "after {place:?}");
        assert_eq!(site.outcome().await, expected, "after {place:?}");
        site.assert_hook_is_known().await;
        start_over(&mut site, settings()).await;
    }
    site.sandbox.assert_no_violations().await;
}

/// The firm is forgotten with everything in Procore, and another one begins.
async fn start_over(site: &mut Site, settings: Settings) {
    for hook in site.sandbox.state().await.hooks {
        let api = site.api();
        api.webhooks().delete_hook(&hook.id).await.unwrap();
    }
    sqlx::query("update connection set state = 'disconnected'")
        .execute(site.db.pool())
        .await
        .unwrap();
    sqlx::query("delete from company_claim")
        .execute(site.db.pool())
        .await
        .unwrap();
    site.sandbox.forget_tokens().await; // another credential of ours asks for its own
    site.confirm(settings).await;
}

#[tokio::test]
async fn what_a_woken_worker_created_is_removed_at_the_last_look() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let before_last_look = UntilAction::new(&site, "last_look").await;
    site.work_under(&before_last_look).await;
    lease_lapses(&site).await;

    let second = NewHook {
        namespace: NAMESPACE.to_owned(),
        destination_url: format!("{PUBLIC_URL}/webhooks/procore/another")
            .parse()
            .unwrap(),
        authorization: "Bearer another".into(),
    };
    let foreign = NewHook {
        destination_url: "https://elsewhere.example/hooks".parse().unwrap(),
        ..second.clone()
    };
    let webhooks = site.api().webhooks();
    webhooks.create_hook(&second).await.unwrap();
    let foreign = webhooks.create_hook(&foreign).await.unwrap();

    assert_eq!(site.work_to_the_end().await, RunState::Done);

    let hooks = site.sandbox.state().await.hooks;
    let ours: Vec<_> = hooks
        .iter()
        .filter(|hook| hook.destination_url.starts_with(PUBLIC_URL))
        .collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(
        hooks.len(),
        2,
        "the one that leads elsewhere is not touched"
    );
    assert!(hooks.iter().any(|hook| hook.id == foreign.id));
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_hook_of_ours_is_adopted_and_told_a_fresh_value() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let left_behind = NewHook {
        namespace: NAMESPACE.to_owned(),
        destination_url: format!("{PUBLIC_URL}/webhooks/procore/forgotten")
            .parse()
            .unwrap(),
        authorization: "Bearer forgotten".into(),
    };
    let hook = site
        .api()
        .webhooks()
        .create_hook(&left_behind)
        .await
        .unwrap();

    assert_eq!(site.work_to_the_end().await, RunState::Done);

    assert_eq!(site.entry("hook").await.outcome["how"], "adopted");
    let hooks = site.sandbox.state().await.hooks;
    assert_eq!(hooks.len(), 1);
    assert_eq!(hooks[0].id, hook.id);
    assert_ne!(hooks[0].authorization.as_deref(), Some("Bearer forgotten"));
    site.assert_hook_is_known().await;
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_worker_that_was_overtaken_writes_nothing() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let run = site.run().await;
    let (reached, is_reached) = channel();
    let (go, may_go) = channel();
    let paused = PauseAt {
        point: FaultPoint::AfterCall("create hook"),
        reached,
        may_go: Mutex::new(may_go),
    };
    let slow = Order::new(&site, run.id, &[]);
    let sleeper = std::thread::spawn(move || dying::work(&slow, &paused));
    let wait = tokio::task::spawn_blocking(move || is_reached.recv());
    wait.await.unwrap().expect("the hook is created");

    lease_lapses(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let left = site.outcome().await;
    let ledger = site.ledger().await;

    go.send(()).unwrap();
    tokio::task::spawn_blocking(move || sleeper.join())
        .await
        .unwrap()
        .expect("it finds out and stops");
    assert_eq!(site.outcome().await, left);
    assert_eq!(site.ledger().await, ledger);
    site.assert_hook_is_known().await;
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_process_that_stops_puts_its_run_down_at_once() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let run = site.run().await;
    let stop = CancellationToken::new();
    stop.cancel();
    worker::carry_out(&site.app, &NoFaults, &stop, site.firm, run.id)
        .await
        .unwrap();
    assert_eq!(site.entry("reverify").await.state, ActionState::Pending);

    // Nobody has to wait for a lease.
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Done);
}

/// `kill -9` before and after every write, call and page, each time in a process of its own.
#[tokio::test]
async fn a_killed_process_is_carried_on_from_its_last_recorded_page() {
    let settings = || choices(&[DataSet::Projects]);
    let undisturbed = Site::confirmed(settings(), three_pages()).await;
    let all = EndAt::new(usize::MAX);
    undisturbed.work_under(all.as_ref()).await;
    let expected = undisturbed.outcome().await;
    assert_eq!(expected.run, RunState::Done);
    let is_page = |point: &&FaultPoint| matches!(point, FaultPoint::AfterWrite("page"));
    let pages = all.seen().iter().filter(is_page).count();
    assert!(pages >= 3 + 3, "three pages, three lists they refer to");

    let site = Site::confirmed(settings(), three_pages()).await;
    let run = site.run().await.id;
    let mut deaths = 0;
    let mut survived = Vec::new(); // points at which a process has died already, at this place
    let mut place = String::new();
    loop {
        let now = place_of(&site).await;
        if now != place {
            place = now;
            survived.retain(|point: &String| point.contains("\"take\""));
        }
        match dying::die_once(&site, run, &survived).await {
            Some(point) => survived.push(point),
            None => break,
        }
        deaths += 1;
        lease_lapses(&site).await;
    }

    let points = all.seen().len();
    assert!(deaths >= points, "{deaths} deaths for {points} points");
    assert_eq!(site.outcome().await, expected);
    site.assert_hook_is_known().await;
    site.sandbox.assert_no_violations().await;
}

/// The action in hand and how far it is.
async fn place_of(site: &Site) -> String {
    let ledger = site.ledger().await;
    let mut open = ledger
        .iter()
        .filter(|entry| entry.state != ActionState::Done);
    let place = open
        .next()
        .map(|entry| (entry.action.key(), entry.cursor.clone()));
    format!("{place:?}")
}

/// Stops a worker before it starts an action.
struct UntilAction {
    left: Mutex<usize>,
}

impl UntilAction {
    async fn new(site: &Site, key: &str) -> Self {
        let ledger = site.ledger().await;
        let before = ledger.iter().position(|entry| entry.action.key() == key);
        Self {
            left: Mutex::new(before.expect("the ledger has it")),
        }
    }
}

impl FaultInjector for UntilAction {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        if point != FaultPoint::BeforeWrite("action started") {
            return ControlFlow::Continue(());
        }
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            return ControlFlow::Break(());
        }
        *left -= 1;
        ControlFlow::Continue(())
    }
}

/// Holds a worker at a point, as a machine that sleeps would.
struct PauseAt {
    point: FaultPoint,
    reached: Sender<()>,
    may_go: Mutex<Receiver<()>>,
}

impl FaultInjector for PauseAt {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        if point == self.point {
            self.reached.send(()).unwrap();
            self.may_go.lock().unwrap().recv().unwrap();
        }
        ControlFlow::Continue(())
    }
}

/// The points that a crash can separate; named here so that a renamed one is noticed.
#[test]
fn moments_read_as_they_are_written() {
    let point = format!("{:?}", FaultPoint::BeforeCall("delete hook"));
    assert_eq!(point, "BeforeCall(\"delete hook\")");
}
