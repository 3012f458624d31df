//! Lists come whole, however Procore tells of them, or are told as not complete and read again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::engine::NoFaults;
use concierge::identity::RunId;
use concierge::ledger::{ActionState, RunState};
use concierge::procore::{ListRequest, PageCursor, Policy, RecordPage};
use serde_json::{Value, json};

use crate::harness::gate;
use crate::harness::site::{Site, choices, policy, work_on};
use procore_sandbox::testing::{BodyChange, COMPANY_ID, Change, Fail, SandboxOptions};
use uuid::Uuid;

const VENDORS: &str = "/rest/v1.0/vendors";
const HOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";
/// As often as it is asked.
const ALWAYS: u32 = 10_000;
/// What these stories read of an answer.
const LARGEST_BODY: usize = 1024 * 1024;

/// More pages than one of every list that is not tiny, if they have a hundred rows.
fn several_pages() -> SandboxOptions {
    SandboxOptions::default()
        .flag("vendors", "250")
        .flag("projects", "230")
        .flag("users", "120")
        .flag("cost-codes", "460")
}

fn change() -> Change {
    Change::default()
}

/// A change that takes headers away.
fn without(names: &[&str]) -> Change {
    let headers = names.iter().map(|name| ((*name).to_owned(), Value::Null));
    Change {
        headers: headers.collect(),
        ..change()
    }
}

/// Answers every list with these changes, a hundred rows a page.
async fn clamp(site: &Site, mut change: Change) {
    change.per_page_max = Some(100);
    let lists = Fail::change(change).method("GET").per_page_over(99);
    site.sandbox.fail_next(lists.times(ALWAYS)).await;
}

/// Pages of a hundred companies, after each of which a record changes.
fn moving(change_of_record: Value) -> Fail {
    let page = Change {
        per_page_max: Some(100),
        ..change()
    };
    let kind = Fail::change(page).kind;
    let then = Fail::then("records", change_of_record);
    Fail { kind, ..then }.on(VENDORS).times(ALWAYS)
}

/// The first companies as Procore lists them.
async fn vendors(site: &Site) -> RecordPage {
    let list = ListRequest {
        action: "list companies",
        path: VENDORS.to_owned(),
        query: vec![("company_id", COMPANY_ID.to_string())],
        page: PageCursor::first(),
        per_page: Some(100),
        grouped_in: None,
    };
    site.api().list_page(&list).await.unwrap()
}

/// A worker reads again what is due.
async fn read_again(site: &Site) {
    let run = sqlx::query_scalar("select run_id from run where kind = 'reading'");
    let run: Uuid = run.fetch_one(site.db.pool()).await.unwrap();
    work_on(&site.app, &NoFaults, RunId(run)).await;
}

async fn calls(site: &Site, path: &str) -> usize {
    site.sandbox.requests("GET", path).await as usize
}

/// The state of every action that reads, by its key.
async fn readings(site: &Site) -> Vec<(String, ActionState)> {
    let ledger = site.ledger().await;
    let reads = ledger
        .iter()
        .filter(|entry| entry.action.data_set().is_some());
    reads
        .map(|entry| (entry.action.key(), entry.state))
        .collect()
}

async fn open_readings(site: &Site) -> i64 {
    sqlx::query_scalar(
        "select count(*) from run where kind = 'reading' and state not in ('done', 'abandoned')",
    )
    .fetch_one(site.db.pool())
    .await
    .unwrap()
}

/// Companies that are there, and those that are gone.
async fn count(site: &Site) -> (i64, i64) {
    let sql = "select count(*) filter (where gone_at is null), count(gone_at) from record
               where kind = 'vendors'";
    sqlx::query_as(sql).fetch_one(site.db.pool()).await.unwrap()
}

#[tokio::test]
async fn every_list_comes_whole_however_its_pages_are_told() {
    let plain = Site::confirmed(choices(&DataSet::OF_COMPANY), several_pages()).await;
    assert_eq!(plain.work_to_the_end().await, RunState::Done);
    let expected = plain.outcome().await;

    let answers = [
        (
            "a line for each relation",
            Change {
                link_lines: true,
                ..change()
            },
        ),
        (
            "another line first",
            Change {
                link_lines: true,
                link_first: Some("</app.css>; rel=preload; as=style".to_owned()),
                ..change()
            },
        ),
        (
            "links to a zone",
            Change {
                link_host: Some("https://us02.procore.com".to_owned()),
                ..change()
            },
        ),
        ("links alone", without(&["Total", "Per-Page"])),
        ("a total alone", without(&["Link", "Per-Page"])),
        ("no header", without(&["Link", "Total", "Per-Page"])),
    ];
    for (what, change) in answers {
        let site = Site::confirmed(choices(&DataSet::OF_COMPANY), several_pages()).await;
        clamp(&site, change).await;
        assert_eq!(site.work_to_the_end().await, RunState::Done, "{what}");
        let left = site.outcome().await;
        assert_eq!(left.records.len(), expected.records.len(), "{what}");
        assert_eq!(left, expected, "{what}");
        for (key, state) in site.states().await {
            assert_eq!(state, ActionState::Done, "{what}: {key}");
        }
        site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn a_short_first_page_without_headers_is_not_the_end() {
    let site = Site::confirmed(choices(&[DataSet::Companies]), several_pages()).await;
    let missing = Change {
        body: BodyChange {
            drop: 1,
            ..BodyChange::default()
        },
        per_page_max: Some(100),
        ..without(&["Link", "Total", "Per-Page"])
    };
    site.sandbox
        .fail_next(Fail::change(missing).on(VENDORS))
        .await;
    clamp(&site, without(&["Link", "Total", "Per-Page"])).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    // Nothing proves such a list but a second reading, with which the missing one comes.
    assert_eq!(count(&site).await, (250, 0));
}

#[tokio::test]
async fn a_list_that_gives_one_page_for_every_number_is_seen_after_one_repetition() {
    let site = Site::confirmed(choices(&[DataSet::Companies]), several_pages()).await;
    clamp(
        &site,
        Change {
            page: Some(1),
            ..change()
        },
    )
    .await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let entry = site.entry("sync:vendors").await;
    assert_eq!(entry.state, ActionState::Short);
    assert_eq!((entry.records, entry.total), (100, Some(250)));
    // Three readings of two pages, and what changed meanwhile.
    assert_eq!(calls(&site, VENDORS).await, 3 * 2 + 1);
}

#[tokio::test]
async fn a_record_that_is_deleted_while_its_list_is_read_hides_no_other() {
    // Only where inactive ones are read too can a missing one be gone.
    let with_inactive = Choice {
        include_inactive: true,
        ..Choice::of(DataSet::Companies)
    };
    let settings = Settings::new([with_inactive]).unwrap();
    let options = several_pages().flag("inactive-vendors", "0");
    let site = Site::confirmed(settings, options).await;
    let first = vendors(&site).await.records[0].id;
    let delete = json!({"dataset": "vendors", "action": "delete", "id": first});
    site.sandbox.fail_next(moving(delete).times(1)).await;
    clamp(&site, change()).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("sync:vendors").await.state, ActionState::Done);
    assert_eq!(count(&site).await, (249, 1));
    assert_eq!(open_readings(&site).await, 0);
}

#[tokio::test]
async fn a_list_that_never_settles_holds_up_nothing_and_is_read_until_it_does() {
    let site = Site::confirmed(
        choices(&[DataSet::Companies, DataSet::Trades]),
        several_pages(),
    )
    .await;
    let new = json!({"dataset": "vendors", "action": "create", "fields": {"name": "New"}});
    site.sandbox.fail_next(moving(new)).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let states = readings(&site).await;
    assert!(
        states.contains(&("sync:vendors".to_owned(), ActionState::Short)),
        "{states:?}"
    );
    assert!(
        states.contains(&("sync:trades".to_owned(), ActionState::Done)),
        "{states:?}"
    );
    assert_eq!(count(&site).await.1, 0);
    assert_eq!(open_readings(&site).await, 1);

    // The firm is still at work when it is read again; then the evening comes.
    for (evening, open) in [(false, 1), (true, 0)] {
        if evening {
            site.sandbox.up().await;
        }
        site.advance(30 * 60).await;
        read_again(&site).await;
        assert_eq!(open_readings(&site).await, open);
    }
    let there = vendors(&site).await.total.unwrap();
    assert_eq!(count(&site).await, (there as i64, 0));
}

#[tokio::test]
async fn a_reading_whose_workers_die_again_and_again_rests_a_day_and_needs_nobody() {
    let site = Site::confirmed(choices(&[DataSet::Companies]), several_pages()).await;
    let new = json!({"dataset": "vendors", "action": "create", "fields": {"name": "New"}});
    site.sandbox.fail_next(moving(new)).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    site.sandbox.up().await;
    let of_reading = "run_id in (select run_id from run where kind = 'reading')";
    let worn =
        format!("update action set attempts = 100 where name = 'sync:vendors' and {of_reading}");
    let worn = sqlx::AssertSqlSafe(worn);
    sqlx::query(worn).execute(site.db.pool()).await.unwrap();

    for (wait, open) in [(30 * 60, 1), (23 * 3600, 1), (2 * 3600, 0)] {
        site.advance(wait).await;
        read_again(&site).await;
        assert_eq!(open_readings(&site).await, open, "{wait}");
    }
    let needed =
        format!("select count(*) from action where {of_reading} and state = 'needs_person'");
    let needed = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(needed));
    assert_eq!(needed.fetch_one(site.db.pool()).await.unwrap(), 0);
}

#[tokio::test]
async fn nothing_is_created_on_a_list_of_hooks_that_is_not_complete() {
    let site = Site::confirmed(choices(&[DataSet::Trades]), SandboxOptions::default()).await;
    let hidden = Change {
        hidden_rows: 1,
        ..change()
    };
    let lists = Fail::change(hidden).on(HOOKS).method("GET").times(ALWAYS);
    site.sandbox.fail_next(lists).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert!(site.sandbox.state().await.hooks.is_empty());
    assert_eq!(site.entry("hook").await.state, ActionState::NeedsPerson);
}

#[tokio::test]
async fn no_trigger_is_created_on_a_list_of_them_that_is_not_complete() {
    let site = Site::confirmed(choices(&[DataSet::Trades]), SandboxOptions::default()).await;
    let hidden = Change {
        hidden_rows: 1,
        ..change()
    };
    let lists = Fail::change(hidden).on(&format!("{HOOKS}/")).method("GET");
    site.sandbox.fail_next(lists.times(ALWAYS)).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    let [hook] = &site.sandbox.state().await.hooks[..] else {
        panic!("one webhook")
    };
    assert!(hook.triggers.is_empty(), "{:?}", hook.triggers);
}

#[tokio::test]
async fn large_pages_that_fail_are_halved_and_go_on_where_they_stood() {
    let padded = Change {
        body: BodyChange {
            pad: 2 * LARGEST_BODY,
            ..BodyChange::default()
        },
        ..change()
    };
    let failures = [
        ("too large", Fail::change(padded)),
        ("504", Fail::status(504)),
        ("no answer", Fail::reset()),
        ("half an answer", Fail::truncated()),
    ];
    for (what, fail) in failures {
        let options = SandboxOptions::default().flag("projects", "650");
        let mut site = Site::confirmed(choices(&[DataSet::Projects]), options).await;
        let policy = Policy {
            largest_body: LARGEST_BODY,
            ..policy()
        };
        site.app = site.app_before(&site.sandbox.url, policy);
        // The first page comes, the larger ones after it do not.
        let large = fail.on("/rest/v1.1/projects").per_page_over(100).after(1);
        site.sandbox.fail_next(large.times(ALWAYS)).await;

        assert_eq!(site.work_to_the_end().await, RunState::Done, "{what}");
        let entry = site.entry("sync:projects").await;
        assert_eq!(
            (entry.state, entry.records),
            (ActionState::Done, 650),
            "{what}"
        );
        site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn large_pages_that_do_not_come_in_time_are_halved() {
    let options = SandboxOptions::default().flag("projects", "650");
    let mut site = Site::confirmed(choices(&[DataSet::Projects]), options).await;
    let large = Arc::new(AtomicU32::new(0));
    let (seen, path) = (large.clone(), "/rest/v1.1/projects");
    let gate = gate::open(&site.sandbox.url, move |request| {
        let query = request.uri.query().unwrap_or_default();
        let size = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "per_page")
            .and_then(|(_, rows)| rows.parse().ok());
        let is_large = request.uri.path() == path && size.is_some_and(|rows: u32| rows > 100);
        // The first page comes, the larger ones after it do not.
        let comes = !is_large || seen.fetch_add(1, Ordering::Relaxed) == 0;
        match comes {
            true => Box::pin(std::future::ready(())),
            false => Box::pin(std::future::pending()),
        }
    })
    .await;
    let hurried = Policy {
        deadline: Duration::from_secs(1),
        ..policy()
    };
    site.app = site.app_before(&gate, hurried);

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let entry = site.entry("sync:projects").await;
    let read = (entry.state, entry.records);
    assert_eq!(read, (ActionState::Done, 650));
    assert!(large.load(Ordering::Relaxed) >= 3, "300, then 150 rows");
}
