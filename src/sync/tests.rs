use chrono::TimeDelta;

use super::*;
use crate::catalog::DataSet;

fn reading(data_set: DataSet, include_inactive: bool) -> Reading {
    let choice = Choice {
        data_set,
        include_inactive,
    };
    Reading::whole(Uuid::nil(), Uuid::nil().into(), 7, [choice], |_| true)
}

fn request(reading: &Reading, name: &str, at: &At) -> ListRequest {
    let (choice, read) = reading.list(name).unwrap();
    reading.request(choice, read, at, DateTime::UNIX_EPOCH)
}

#[test]
fn asks_for_the_largest_page_with_the_catalogs_parameters() {
    let reading = reading(DataSet::Projects, true);
    let asked = request(&reading, "projects", &At::begin("projects", None));
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
    let reading = reading(DataSet::CostCodes, false);
    let at = At::begin("standard_cost_codes", Some(42));
    let asked = request(&reading, "standard_cost_codes", &at);
    assert!(
        asked
            .query
            .contains(&("standard_cost_code_list_id", "42".to_owned()))
    );
}

#[test]
fn changes_are_asked_for_with_both_ends() {
    let since = DateTime::UNIX_EPOCH;
    let choices = [Choice::of(DataSet::Projects), Choice::of(DataSet::Offices)];
    let reading = Reading::changes(Uuid::nil(), Uuid::nil().into(), 7, choices, since);
    let names: Vec<_> = reading.lists.iter().map(|(_, read)| read.name).collect();
    assert_eq!(
        names,
        ["projects"],
        "the others cannot be asked for changes"
    );
    let (choice, read) = reading.list("projects").unwrap();
    let until = since + TimeDelta::hours(1);
    let asked = reading.request(choice, read, &At::begin("projects", None), until);
    let window = "1970-01-01T00:00:00Z...1970-01-01T01:00:00Z".to_owned();
    assert!(asked.query.contains(&("filters[updated_at]", window)));
}

#[test]
fn smaller_pages_begin_the_list_again_until_they_are_small_enough() {
    let reading = reading(DataSet::Companies, false);
    let (choice, read) = reading.list("vendors").unwrap();
    let mut place = Place::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    let mut at = At::begin("vendors", None);
    at.page = Some(PageCursor::at(3));
    at.rows = 4000;
    place.at = Some(at);
    let mut sizes = Vec::new();
    loop {
        let at = place.at.clone().unwrap();
        let ask = Ask {
            read,
            shelf: reading.shelf(choice, read),
            request: reading.request(choice, read, &at, place.until),
            place: place.clone(),
        };
        sizes.push(ask.request.per_page.unwrap());
        match ask.smaller() {
            Some(smaller) => place = smaller,
            None => break,
        }
    }
    assert_eq!(sizes, [2000, 1000, 500, 250, 125]);
    assert_eq!(place.rows(), 0);
    assert_eq!(place.at.unwrap().page, Some(PageCursor::first()));
}

#[test]
fn a_list_is_trusted_only_if_all_of_it_came_and_it_stayed_as_it_was() {
    for (rows, total, steady, trusted) in [
        (10, Some(10), true, true),
        (9, Some(10), true, false),
        (10, Some(10), false, false),
        (10, None, true, false),
    ] {
        let mut place = Place::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let mut at = At::begin("vendors", None);
        (at.rows, at.total, at.steady) = (rows, total, steady);
        at.end_of_parent();
        place.close(at);
        assert_eq!(place.is_trusted("vendors"), trusted, "{rows} of {total:?}");
        assert_eq!(place.rows(), rows);
        assert_eq!(place.total(), Some(rows));
    }
}

#[test]
fn a_place_survives_storage() {
    let mut place = Place::begin(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    place.at = Some(At::begin("vendors", Some(3)));
    place.refused.push(Refusal {
        list: "users".to_owned(),
        code: crate::verdict::ReasonCode::Hidden,
    });
    let stored = serde_json::to_value(&place).unwrap();
    assert_eq!(serde_json::from_value::<Place>(stored).unwrap(), place);
}
