//! Where a list ends: pages that are empty, repeated, larger than asked for, or come in turns.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::lists::{PATH, ample, read_all, rows};
use crate::procore::testing::{Fake, json, json_with, list};
use crate::procore::*;

#[tokio::test]
async fn an_empty_page_in_the_middle_is_not_the_end_of_a_short_list_either() {
    let next = ("link", format!("<{PATH}?page=9>; rel=\"next\""));
    let fake = Fake::start(move |seen| {
        let company = |id: i64| json!([{"id": id, "name": "Acme", "is_active": true}]);
        let body = match seen.query.get("page")?.as_str() {
            "1" => company(5),
            "3" => company(6),
            _ => json!([]), // pages 2, 4 and 5
        };
        Some(json_with(
            body,
            &[&ample()[..], std::slice::from_ref(&next)].concat(),
        ))
    })
    .await;
    let listed = fake.api().companies().await.unwrap();
    assert_eq!((listed.companies.len(), listed.is_whole), (2, true));
    // Rows came on two pages, and another may have moved between them: the list is read twice.
    assert_eq!(fake.calls().len(), 2 * 5);
}

#[tokio::test]
async fn a_list_that_repeats_its_page_ends_after_one_repetition() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH => Some(json_with(
            rows(1, 1),
            &[("link", format!("<{PATH}?page=1>; rel=\"next\""))],
        )),
        _ => None,
    })
    .await;
    assert_eq!(read_all(&fake.api(), list(PATH, 1)).await, [1]);
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_list_that_ignores_paging_ends() {
    // It gives fewer rows than were asked for, or more, every time.
    for length in [2, 9] {
        let fake =
            Fake::start(move |seen| (seen.path == PATH).then(|| json_with(rows(1, length), &[])))
                .await;
        assert_eq!(read_once(&fake, 3).await, (length as usize, true));
        assert_eq!(fake.calls().len(), 2);
    }
}

#[tokio::test]
async fn a_full_page_that_repeats_proves_nothing() {
    // It cuts its list to the size that was asked for, and ignores the number.
    let fake = Fake::start(|seen| {
        let size: i64 = seen.query.get("per_page")?.parse().ok()?;
        match seen.path.ends_with("/hooks") {
            true => json(json!({"data": hooks(1..=size.min(250))})),
            false => json(rows(1, size.min(250))),
        }
    })
    .await;
    assert_eq!(read_once(&fake, 100).await, (100, false));
    assert_eq!(fake.calls().len(), 2);
    let hooks = fake.api().webhooks().hooks("ours").await;
    let Err(Error::Unexpected(answer)) = hooks else {
        panic!("{hooks:?}")
    };
    assert!(answer.text.contains("whose end was not seen"), "{answer:?}");
}

#[tokio::test]
async fn pages_larger_than_asked_for_are_not_taken_for_the_whole_list() {
    let fake = Fake::start(|seen| {
        let page: i64 = seen.query.get("page")?.parse().ok()?;
        json(rows((page - 1) * 5 + 1, 12.min(page * 5)))
    })
    .await;
    assert_eq!(
        read_all(&fake.api(), list(PATH, 3)).await,
        (1..=12).collect::<Vec<_>>()
    );
    let fake = Fake::start(|seen| {
        let page: i64 = seen.query.get("page")?.parse().ok()?;
        json(json!({"data": hooks((page - 1) * 150 + 1..=200.min(page * 150))}))
    })
    .await;
    assert_eq!(
        fake.api().webhooks().hooks("ours").await.unwrap().len(),
        200
    );
}

fn hooks(ids: RangeInclusive<i64>) -> Vec<Value> {
    let hook = |id: i64| json!({"id": id.to_string(), "namespace": "ours"});
    ids.map(hook).collect()
}

/// What a reading of a list shows that another one confirms: the rows that came, and whether they are
/// all.
async fn read_once(fake: &Fake, size: u32) -> (usize, bool) {
    let (api, mut request) = (fake.api(), list(PATH, size));
    let (mut tally, mut ids) = (Tally::default(), HashSet::new());
    let mut unread = 0;
    loop {
        fake.clock.advance(chrono::TimeDelta::seconds(1));
        let page = api.list_page(&request).await.unwrap();
        ids.extend(page.records.iter().map(|record| record.id));
        unread += page.unread.len();
        tally.add_page(page.fresh, page.total, true);
        if page.cut_short {
            tally.cut_short();
        }
        match page.next {
            Some(next) => request.page = next,
            None => break,
        }
    }
    tally.end_part();
    let came = ids.len() + unread;
    (came, tally.gap(came as u64, true).is_none())
}

#[tokio::test]
async fn pages_that_come_in_turns_end_and_prove_nothing() {
    let fake = Fake::start(|seen| {
        let turn: i64 = seen.query.get("page")?.parse().ok()?;
        let from = (turn % 2) * 3;
        json(rows(from + 1, from + 3))
    })
    .await;
    assert_eq!(read_once(&fake, 3).await, (6, false));
    assert_eq!(fake.calls().len(), 4);
}

#[tokio::test]
async fn rows_without_an_id_do_not_hide_that_a_page_repeats() {
    let fake = Fake::start(|seen| {
        (seen.path == PATH).then(|| json_with(json!([{"name": "a"}, {"id": null}]), &[]))
    })
    .await;
    assert_eq!(read_once(&fake, 3).await, (2, true));
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_repeated_page_that_still_links_to_a_next_one_proves_nothing() {
    let next = ("link", format!("<{PATH}?page=2>; rel=\"next\""));
    let link = std::slice::from_ref(&next).to_owned();
    let fake = Fake::start(move |seen| {
        let hooks = json!({"data": [{"id": "a", "namespace": "ours"}]});
        match seen.path.as_str() {
            PATH => Some(json_with(rows(1, 2), &link)),
            path if path.ends_with("/hooks") => Some(json_with(hooks, &link)),
            _ => None,
        }
    })
    .await;
    assert_eq!(read_once(&fake, 2).await, (2, false));
    let hooks = fake.api().webhooks().hooks("ours").await;
    assert!(matches!(hooks, Err(Error::Unexpected(_))), "{hooks:?}");
}

#[tokio::test]
async fn the_same_row_that_cannot_be_read_counts_each_time() {
    let fake = Fake::start(|seen| {
        let page: usize = seen.query.get("page")?.parse().ok()?;
        let body = [r#"[{"id":1},{"id":null}]"#, r#"[{"id":null},{"id":2}]"#].get(page - 1)?;
        Some(json_with(
            serde_json::from_str::<Value>(body).unwrap(),
            &[("total", "4".into())],
        ))
    })
    .await;
    assert_eq!(read_once(&fake, 2).await, (4, true));
}
