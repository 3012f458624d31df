use chrono::{DateTime, Utc};

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_779_000_000, 0).expect("a real moment")
}

fn html() -> String {
    Styleguide::new(Shell::new("Concierge", now()))
        .render()
        .expect("the page renders")
}

#[test]
fn ids_are_unique_and_every_control_is_named() {
    let page = scraper::Html::parse_document(&html());
    let all = |selector: &str| {
        let selector = scraper::Selector::parse(selector).expect("a selector");
        page.select(&selector)
            .map(|element| element.value().clone())
            .collect::<Vec<_>>()
    };
    let mut ids: Vec<_> = all("[id]")
        .iter()
        .filter_map(|element| element.id().map(str::to_owned))
        .collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");

    let labels: Vec<_> = all("label[for]")
        .iter()
        .filter_map(|label| label.attr("for").map(str::to_owned))
        .collect();
    for control in all("input:not([type=hidden]), select, textarea") {
        let id = control.id().unwrap_or_default();
        assert!(labels.iter().any(|label| label == id), "no label for {id}");
    }
    for described in all("[aria-describedby]") {
        for id in described
            .attr("aria-describedby")
            .unwrap_or_default()
            .split_whitespace()
        {
            assert!(
                ids.iter().any(|known| known == id),
                "nothing has the id {id}"
            );
        }
    }
    assert_eq!(all("h1").len(), 1);
}

#[test]
fn nothing_needs_inline_code() {
    let html = html();
    for forbidden in [
        " style=",
        " onclick=",
        " onsubmit=",
        "<script>",
        "javascript:",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn every_file_that_the_page_loads_is_there() {
    let page = scraper::Html::parse_document(&html());
    let selector =
        scraper::Selector::parse("link[href], script[src], img[src]").expect("a selector");
    let loaded: Vec<_> = page
        .select(&selector)
        .filter_map(|element| element.attr("href").or(element.attr("src")))
        .collect();
    assert!(loaded.len() >= 4);
    // A name that does not exist comes out of `assets::url` as it went in.
    assert!(
        loaded.iter().all(|address| address.starts_with("/static/")),
        "{loaded:?}"
    );
}
