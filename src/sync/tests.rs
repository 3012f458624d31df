use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::catalog::{DataSet, Ids};
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::ShortList;

const SOURCE: Source = Source {
    firm_id: FirmId::NIL,
    connection_id: ConnectionId::NIL,
    ids: Ids {
        company: 7,
        project: 0,
    },
};

fn full_reader(data_set: DataSet, include_inactive: bool) -> ListReader {
    let choice = Choice {
        data_set,
        include_inactive,
    };
    ListReader::whole(SOURCE, [choice], |_| true)
}

const T: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The first request for a list.
fn list_request(
    reader: &ListReader,
    name: &str,
    parent: Option<i64>,
    until: DateTime<Utc>,
) -> ListRequest {
    let mut cursor = SyncCursor::begin(T, until);
    cursor.begin_list(name, parent, T);
    reader.page_request(&cursor).unwrap().list
}

#[test]
fn requests_the_largest_page_with_the_catalogs_parameters() {
    let reader = full_reader(DataSet::Projects, true);
    let asked = list_request(&reader, "projects", None, T);
    assert_eq!(asked.path, "/rest/v1.1/projects");
    assert_eq!(asked.per_page, Some(300));
    assert!(asked.query.contains(&("company_id", "7".to_owned())));
    assert!(
        asked
            .query
            .contains(&("filters[by_status]", "All".to_owned()))
    );
}

#[test]
fn a_list_per_parent_names_its_parent() {
    let reader = full_reader(DataSet::CostCodes, false);
    let asked = list_request(&reader, "standard_cost_codes", Some(42), T);
    assert!(
        asked
            .query
            .contains(&("standard_cost_code_list_id", "42".to_owned()))
    );
}

#[test]
fn changes_are_requested_with_both_ends_of_the_time_range() {
    let since = DateTime::UNIX_EPOCH;
    let choices = [Choice::of(DataSet::Projects), Choice::of(DataSet::Offices)];
    let reader = ListReader::changes(SOURCE, choices, |_| since);
    let names: Vec<_> = reader.lists.iter().map(|(_, read)| read.name).collect();
    assert_eq!(
        names,
        ["projects"],
        "the others cannot be asked for changes"
    );
    let asked = list_request(&reader, "projects", None, since + TimeDelta::hours(1));
    let window = "1970-01-01T00:00:00Z...1970-01-01T01:00:00Z".to_owned();
    assert!(asked.query.contains(&("filters[updated_at]", window)));
}

#[test]
fn smaller_pages_go_on_at_the_same_row() {
    let reader = full_reader(DataSet::Companies, false);
    let mut cursor = SyncCursor::begin(T, T);
    cursor.begin_list("vendors", None, T);
    cursor
        .current
        .as_mut()
        .unwrap()
        .tally
        .add_page(4000, None, true);
    let third = json!({"page": 3, "per_page": 2000, "rows_before": 4000});
    cursor.current.as_mut().unwrap().page = serde_json::from_value(third).unwrap();
    let mut positions = Vec::new();
    while let Some(smaller) = reader.page_request(&cursor).unwrap().smaller() {
        cursor = smaller;
        let page = cursor.current.clone().unwrap().page.unwrap();
        positions.push((page.page, page.size(2000)));
    }
    assert_eq!(
        positions,
        [(5, 1000), (9, 500), (17, 250), (33, 125), (41, 100)]
    );
    assert_eq!(cursor.rows(), 4000);
}

#[test]
fn a_page_size_that_works_is_kept_for_the_list() {
    let reader = full_reader(DataSet::Companies, false);
    let mut cursor = SyncCursor::begin(T, T);
    cursor.remember_page_size("vendors", 500);
    let mut again = cursor.begin_again(T, T);
    again.begin_list("vendors", None, T);
    let request = reader.page_request(&again).unwrap();
    assert_eq!(request.list.per_page, Some(500));
}

/// A list read once: rows that came, different ones among them, and the totals that came with them.
fn read_once(cursor: &mut SyncCursor, rows: u64, distinct: u64, totals: &[u64]) {
    cursor.begin_list("vendors", None, T);
    let mut at = cursor.current.take().unwrap();
    for total in totals {
        at.tally.add_page(0, Some(*total), true);
    }
    at.tally.add_page(rows, totals.last().copied(), true);
    at.tally.end_part();
    cursor.end_list(at, distinct, false);
}

#[test]
fn a_list_is_complete_only_if_all_its_rows_came_and_its_length_did_not_change() {
    for (rows, distinct, totals, complete) in [
        (10, 10, &[10][..], true),
        (10, 10, &[], true),
        (9, 9, &[10], false),
        (10, 9, &[10], false),
        (10, 9, &[], false),
        (10, 10, &[11, 10], false),
        (11, 11, &[10], false),
    ] {
        let mut cursor = SyncCursor::begin(T, T);
        read_once(&mut cursor, rows, distinct, totals);
        assert_eq!(
            cursor.complete_since("vendors").is_some(),
            complete,
            "{rows} {distinct} {totals:?}"
        );
        assert_eq!(
            cursor.is_finished("vendors"),
            complete,
            "or it is read again"
        );
    }
}

#[test]
fn a_list_whose_later_pages_have_new_rows_is_complete_once_two_readings_agree() {
    let pages = [
        [(6, true), (4, true)],
        [(6, false), (4, true)],
        [(6, true), (4, false)],
    ];
    for (pages, confirmed, complete) in [
        (pages[0], false, true),
        (pages[1], false, true), // the first page is one moment
        (pages[2], false, false),
        (pages[2], true, true),
    ] {
        let mut cursor = SyncCursor::begin(T, T);
        cursor.begin_list("vendors", None, T);
        let mut at = cursor.current.take().unwrap();
        for (rows, old) in pages {
            at.tally.add_page(rows, Some(10), old);
        }
        at.tally.end_part();
        cursor.end_list(at, 10, confirmed);
        assert_eq!(cursor.is_finished("vendors"), complete, "{pages:?}");
        assert_eq!(cursor.reading_before().is_some(), !complete, "{pages:?}");
    }
}

#[test]
fn a_list_that_moved_begins_again() {
    let reader = full_reader(DataSet::CostCodes, false);
    let mut cursor = SyncCursor::begin(T, T);
    cursor.begin_list("standard_cost_codes", Some(3), T);
    let third = json!({"page": 3, "per_page": 100, "rows_before": 200});
    cursor.current.as_mut().unwrap().page = serde_json::from_value(third).unwrap();
    let mut moved = cursor.moved("standard_cost_codes", 11);
    assert_eq!(moved.current, None);
    moved.begin_list("standard_cost_codes", Some(3), T);
    let list = reader.page_request(&moved).unwrap().list;
    assert!(list.path.contains("/segments/11/"), "{}", list.path);
    assert_eq!(list.page, PageCursor::first());
}

#[test]
fn a_list_that_never_comes_whole_is_read_three_times_and_told_as_short() {
    let mut cursor = SyncCursor::begin(T, T);
    for _ in 0..3 {
        assert!(!cursor.is_finished("vendors"));
        read_once(&mut cursor, 4098, 4098, &[4099]);
    }
    assert!(cursor.is_finished("vendors"));
    assert_eq!(cursor.complete_since("vendors"), None);
    let short = ShortList {
        list: "vendors".to_owned(),
        rows: 4098,
        total: 4099,
        changed: false,
        cut_short: false,
    };
    assert_eq!(cursor.short(), [short]);
    assert_eq!((cursor.rows(), cursor.total()), (4098, Some(4099)));
}

#[test]
fn the_cursor_of_an_earlier_release_goes_on() {
    let stored = json!({
        "began_at": "2026-03-02T09:00:00Z", "until": "2026-03-02T09:05:00Z",
        "at": {"read": "vendors", "parent": null,
               "page": {"page": 2, "per_page": 2000, "rows_before": 2000, "previous_had_rows": true},
               "page_size": null, "rows": 2000, "total": 2500, "total_before": 0, "steady": true},
        "through": [{"read": "trades", "rows": 7, "trusted": true}],
        "refused": []
    });
    let mut cursor: SyncCursor = serde_json::from_value(stored).unwrap();
    let began = "2026-03-02T09:00:00Z".parse().unwrap();
    assert_eq!(cursor.complete_since("trades"), Some(began));
    assert_eq!((cursor.rows(), cursor.total()), (2007, Some(2507)));
    let mut at = cursor.current.take().unwrap();
    assert_eq!(cursor.seen_since(&at), began);
    at.tally.add_page(500, Some(2500), true);
    at.tally.end_part();
    cursor.end_list(at, 2500, false);
    assert_eq!(cursor.complete_since("vendors"), Some(began));
}

#[test]
fn a_cursor_survives_storage() {
    let mut cursor = SyncCursor::begin(T, T);
    cursor.begin_list("vendors", Some(3), T);
    cursor.refused.push(ListRefusal {
        list: "users".to_owned(),
        code: crate::verdict::ReasonCode::Hidden,
        said: None,
    });
    let stored = serde_json::to_value(&cursor).unwrap();
    assert_eq!(
        serde_json::from_value::<SyncCursor>(stored).unwrap(),
        cursor
    );
}
