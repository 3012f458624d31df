use chrono::TimeDelta;

use super::*;
use crate::catalog::DataSet;

fn full_reader(data_set: DataSet, include_inactive: bool) -> ListReader {
    let choice = Choice {
        data_set,
        include_inactive,
    };
    ListReader::whole(FirmId::NIL, ConnectionId::NIL, 7, [choice], |_| true)
}

fn list_request(reader: &ListReader, name: &str, at: &ListCursor) -> ListRequest {
    let (choice, read) = reader.list(name).unwrap();
    let cursor = SyncCursor::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    reader.list_request(choice, read, at, &cursor)
}

#[test]
fn requests_the_largest_page_with_the_catalogs_parameters() {
    let reader = full_reader(DataSet::Projects, true);
    let asked = list_request(&reader, "projects", &ListCursor::begin("projects", None));
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
    let at = ListCursor::begin("standard_cost_codes", Some(42));
    let asked = list_request(&reader, "standard_cost_codes", &at);
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
    let reader = ListReader::changes(FirmId::NIL, ConnectionId::NIL, 7, choices, since);
    let names: Vec<_> = reader.lists.iter().map(|(_, read)| read.name).collect();
    assert_eq!(
        names,
        ["projects"],
        "the others cannot be asked for changes"
    );
    let (choice, read) = reader.list("projects").unwrap();
    let until = since + TimeDelta::hours(1);
    let asked = reader.list_request(
        choice,
        read,
        &ListCursor::begin("projects", None),
        &SyncCursor::begin(since, until),
    );
    let window = "1970-01-01T00:00:00Z...1970-01-01T01:00:00Z".to_owned();
    assert!(asked.query.contains(&("filters[updated_at]", window)));
}

#[test]
fn smaller_pages_restart_the_list_until_the_smallest_size() {
    let reader = full_reader(DataSet::Companies, false);
    let (choice, read) = reader.list("vendors").unwrap();
    let mut cursor = SyncCursor::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    let mut at = ListCursor::begin("vendors", None);
    at.page = Some(PageCursor::at(3));
    at.rows = 4000;
    cursor.current = Some(at);
    let mut sizes = Vec::new();
    loop {
        let at = cursor.current.clone().unwrap();
        let request = PageRequest {
            read,
            record_set: reader.record_set(choice, read),
            list: reader.list_request(choice, read, &at, &cursor),
            cursor: cursor.clone(),
        };
        sizes.push(request.list.per_page.unwrap());
        match request.smaller() {
            Some(smaller) => cursor = smaller,
            None => break,
        }
    }
    assert_eq!(sizes, [2000, 1000, 500, 250, 125]);
    assert_eq!(cursor.rows(), 0);
    assert_eq!(cursor.current.unwrap().page, Some(PageCursor::first()));
}

#[test]
fn a_list_is_trusted_only_if_all_rows_came_and_its_length_did_not_change() {
    for (rows, total, steady, trusted) in [
        (10, Some(10), true, true),
        (9, Some(10), true, false),
        (10, Some(10), false, false),
        (10, None, true, false),
    ] {
        let mut cursor = SyncCursor::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let mut at = ListCursor::begin("vendors", None);
        (at.rows, at.total, at.complete) = (rows, total, steady);
        at.finish_parent();
        cursor.finish_list(at);
        assert_eq!(cursor.is_trusted("vendors"), trusted, "{rows} of {total:?}");
        assert_eq!(cursor.rows(), rows);
        assert_eq!(cursor.total(), Some(rows));
    }
}

#[test]
fn a_cursor_survives_storage() {
    let mut cursor = SyncCursor::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    cursor.current = Some(ListCursor::begin("vendors", Some(3)));
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
