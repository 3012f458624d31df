//! Lists that change while they are read, that move to another address, or hold rows that stay unread.

use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::engine::NoFaults;
use concierge::flows::tidy_up;
use concierge::identity::RunId;
use concierge::ledger::{ActionState, RunState};
use procore_sandbox::testing::{BodyChange, Change, Fail, SandboxOptions};
use serde_json::json;
use uuid::Uuid;

use crate::harness::site::{Site, choices, work_on};

const VENDORS: &str = "/rest/v1.0/vendors";
const ITEMS: &str = "/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/segment_items";
const ALWAYS: u32 = 10_000;

fn vendors(count: u32) -> SandboxOptions {
    SandboxOptions::default()
        .flag("vendors", count)
        .flag("inactive-vendors", 0)
}

async fn count(site: &Site, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(site.db.pool())
        .await
        .unwrap()
}

fn clamped() -> Change {
    Change {
        per_page_max: Some(100),
        ..Change::default()
    }
}

/// The run that reads short lists again.
async fn reading(site: &Site) -> RunId {
    let run = sqlx::query_scalar("select run_id from run where kind = 'reading'");
    let run: Uuid = run.fetch_one(site.db.pool()).await.unwrap();
    RunId(run)
}

/// A firm whose completion is over, while its companies are short: one of them cannot be read.
async fn short() -> Site {
    let site = Site::confirmed(choices(&[DataSet::Companies]), vendors(250)).await;
    let change = Change {
        hidden_rows: 1,
        body: BodyChange {
            at: "/0".to_owned(),
            raw: [("id".to_owned(), "null".to_owned())].into(),
            ..BodyChange::default()
        },
        ..Change::default()
    };
    let odd = Fail::change(change).on(VENDORS).times(ALWAYS);
    site.sandbox.fail_next(odd).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("sync:vendors").await.state, ActionState::Short);
    assert_eq!(count(&site, "select count(*) from unread_record").await, 1);
    site
}

#[tokio::test]
async fn a_record_that_takes_the_place_of_a_deleted_one_hides_no_other() {
    let with_inactive = Choice {
        include_inactive: true,
        ..Choice::of(DataSet::Companies)
    };
    let settings = Settings::new([with_inactive]).unwrap();
    let site = Site::confirmed(settings, vendors(250)).await;
    let delete = json!({"dataset": "vendors", "action": "delete"});
    let create = json!({"dataset": "vendors", "action": "create", "fields": {"name": "New"}});
    // One goes after the first page; one comes before the second, which fails at first.
    let first = Fail {
        kind: Fail::change(clamped()).kind,
        ..Fail::then("records", delete)
    };
    let second = Fail {
        kind: Fail::status(502).kind,
        ..Fail::then("records", create)
    };
    let rest = Fail::change(clamped()).times(ALWAYS);
    for fail in [first, second, rest] {
        site.sandbox.fail_next(fail.on(VENDORS)).await;
    }

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("sync:vendors").await.state, ActionState::Done);
    let there = "select count(*) from record where kind = 'vendors' and gone_at is null";
    assert_eq!(count(&site, there).await, 250);
    let gone = "select count(gone_at) from record where kind = 'vendors'";
    assert_eq!(count(&site, gone).await, 1);
}

#[tokio::test]
async fn the_same_unreadable_row_on_several_pages_does_not_keep_a_list_short() {
    let site = Site::confirmed(choices(&[DataSet::Companies]), vendors(250)).await;
    let change = Change {
        hidden_rows: 3,
        body: BodyChange {
            add: vec![json!({"id": null})],
            ..BodyChange::default()
        },
        ..clamped()
    };
    // Two readings of three pages, not what is asked for changes.
    let pages = Fail::change(change).on(VENDORS).times(6);
    site.sandbox.fail_next(pages).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("sync:vendors").await.state, ActionState::Done);
    let unread = "select sum(times) from unread_record";
    assert_eq!(count(&site, unread).await, 3);
}

#[tokio::test]
async fn a_row_that_can_be_read_again_is_no_longer_counted() {
    let as_it_was = "select";
    let while_the_clock_was_ahead =
        "update unread_record set last_seen_at = last_seen_at + interval '1 day'";
    for seen in [as_it_was, while_the_clock_was_ahead] {
        let site = short().await;
        sqlx::query(seen).execute(site.db.pool()).await.unwrap();
        site.sandbox.up().await;
        site.advance(30 * 60).await;
        work_on(&site.app, &NoFaults, reading(&site).await).await;
        let unread = count(&site, "select count(*) from unread_record").await;
        assert_eq!(unread, 0, "{seen}");
    }
}

#[tokio::test]
async fn a_row_that_did_not_come_again_is_kept_for_thirty_days() {
    let site = short().await;
    for (days, left) in [(30, 1), (1, 0)] {
        site.advance(days * 24 * 60 * 60).await;
        tidy_up::run(&site.app).await.unwrap();
        let unread = count(&site, "select count(*) from unread_record").await;
        assert_eq!(unread, left, "{days}");
    }
}

#[tokio::test]
async fn a_row_that_only_an_earlier_reading_met_is_not_counted_while_its_list_is_short() {
    let site = Site::confirmed(choices(&[DataSet::Companies]), vendors(250)).await;
    let short = Change {
        hidden_rows: 1,
        ..Change::default()
    };
    let odd = BodyChange {
        at: "/0".to_owned(),
        raw: [("id".to_owned(), "null".to_owned())].into(),
        ..BodyChange::default()
    };
    let first = Change {
        body: odd,
        ..short.clone()
    };
    for fail in [Fail::change(first), Fail::change(short).times(ALWAYS)] {
        site.sandbox.fail_next(fail.on(VENDORS)).await;
    }

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("sync:vendors").await.state, ActionState::Short);
    assert_eq!(count(&site, "select count(*) from unread_record").await, 0);
}

#[tokio::test]
async fn a_list_that_moves_in_the_middle_begins_again_at_its_successor() {
    let options = SandboxOptions::default()
        .flag("cost-codes", 4100)
        .flag("cost-code-lists", 1);
    let site = Site::confirmed(choices(&[DataSet::CostCodes]), options).await;
    // The lists and the first page of codes come from the old address.
    let gone = Fail::status(410).on("/rest/v1.0/standard_cost_code");
    site.sandbox.fail_next(gone.after(2).times(ALWAYS)).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let entry = site.entry("sync:cost_codes").await;
    assert_eq!((entry.state, entry.records), (ActionState::Done, 4100));
    // All three pages, twice: codes do not tell when they changed.
    assert_eq!(site.sandbox.requests("GET", ITEMS).await, 2 * 3);
    site.sandbox.assert_no_violations().await;
}
