//! Lists: the fewest calls, however Procore tells where the end is.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::procore::testing::{Fake, Seen, json, json_with, list, quick, reply};
use crate::procore::*;

pub(super) const PATH: &str = "/rest/v1.0/vendors";

pub(super) fn rows(from: i64, to: i64) -> Value {
    (from..=to)
        .map(|id| json!({"id": id, "updated_at": "2026-01-02T03:04:05Z"}))
        .collect()
}

/// Rate headers for as many calls as a test makes.
pub(super) fn ample() -> [(&'static str, String); 3] {
    [
        ("x-rate-limit-limit", "100000".to_owned()),
        ("x-rate-limit-remaining", "99999".to_owned()),
        ("x-rate-limit-reset", "10".to_owned()),
    ]
}

/// The rows of a page of `size` in a list of `total`.
fn page_of(seen: &Seen, total: i64) -> Value {
    let number = |name: &str| seen.query[name].parse::<i64>().unwrap();
    let (page, size) = (number("page"), number("per_page"));
    rows((page - 1) * size + 1, total.min(page * size))
}

/// Reads a list to its end and gives the ids.
pub(super) async fn read_all(api: &CompanyApi, mut request: ListRequest) -> Vec<i64> {
    let mut ids = Vec::new();
    loop {
        let page = api.list_page(&request).await.unwrap();
        ids.extend(page.records.iter().map(|record| record.id));
        match page.next {
            // As a restarted process would: the cursor is kept as JSON.
            Some(next) => {
                let kept = serde_json::to_string(&next).unwrap();
                request.page = serde_json::from_str(&kept).unwrap();
            }
            None => return ids,
        }
    }
}

#[tokio::test]
async fn a_total_saves_the_call_for_an_empty_page() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH => Some(json_with(
            page_of(seen, 6),
            &[("total", "6".into()), ("per-page", "3".into())],
        )),
        _ => None,
    })
    .await;
    let ids = read_all(&fake.api(), list(PATH, 3)).await;
    assert_eq!(ids, (1..=6).collect::<Vec<_>>());
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn without_any_header_only_an_empty_page_is_the_end() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH => json(page_of(seen, 7)),
        _ => None,
    })
    .await;
    assert_eq!(read_all(&fake.api(), list(PATH, 3)).await.len(), 7);
    assert_eq!(fake.calls().len(), 4);
}

#[tokio::test]
async fn a_link_is_a_hint_that_more_follows_and_filters_survive() {
    let fake = Fake::start(|seen| {
        let next = match seen.query.get("page")?.as_str() {
            "1" => r#"</rest/v1.0/vendors?page=2&per_page=2>; rel="next""#,
            "2" => r#"</rest/v1.0/vendors?after=abc>; rel="next""#,
            "3" => r#"</rest/v1.0/vendors?page=1>; rel="first""#,
            _ => return None,
        };
        Some(json_with(page_of(seen, 6), &[("link", next.into())]))
    })
    .await;
    let mut request = list(PATH, 2);
    request.query = vec![("filters[x]", "y".into())];
    assert_eq!(
        read_all(&fake.api(), request).await,
        (1..=6).collect::<Vec<_>>()
    );
    let calls = fake.calls();
    assert!(calls.iter().all(|call| call.query["filters[x]"] == "y"));
}

#[tokio::test]
async fn a_link_to_another_host_is_never_followed_and_ends_nothing() {
    let elsewhere = Fake::start(|_| json(rows(1, 1))).await;
    let link = format!("<{}{PATH}?page=2>; rel=\"next\"", elsewhere.url());
    let fake = Fake::start(move |seen| match seen.path.as_str() {
        PATH if seen.query["page"] == "3" => Some(json_with(rows(3, 3), &[("total", "3".into())])),
        PATH => Some(json_with(
            page_of(seen, 3),
            &[("link", link.clone()), ("total", "3".into())],
        )),
        _ => None,
    })
    .await;
    assert_eq!(read_all(&fake.api(), list(PATH, 1)).await, [1, 2, 3]);
    assert!(elsewhere.calls().is_empty());

    let off_host = fake
        .api()
        .list_page(&list("//127.0.0.1:9/rest", 1))
        .await
        .unwrap_err();
    assert!(matches!(off_host, Error::Unexpected(_)), "{off_host}");
}

#[tokio::test]
async fn a_list_that_does_not_page_is_asked_for_whole() {
    let fake = Fake::start(|seen| (seen.path == PATH).then(|| json_with(rows(1, 3), &[]))).await;
    let request = ListRequest {
        per_page: None,
        grouped_in: None,
        ..list(PATH, 1)
    };
    let page = fake.api().list_page(&request).await.unwrap();
    assert_eq!((page.records.len(), page.total, page.next), (3, None, None));
    assert!(fake.calls()[0].query.is_empty());
}

#[tokio::test]
async fn a_page_that_fails_for_its_size_is_told_from_an_outage() {
    let (too_large, away) = ([408, 504], [502, 503]);
    for status in too_large.into_iter().chain(away) {
        let fake = Fake::start(move |seen| {
            (seen.path == PATH).then(|| reply(status, "application/json", "{}"))
        })
        .await;
        let error = fake.api().list_page(&list(PATH, 2000)).await.unwrap_err();
        assert_eq!(
            error.may_be_too_large(),
            too_large.contains(&status),
            "{error}"
        );
    }
    let policy = Policy {
        largest_body: 5_000,
        ..quick()
    };
    let fake =
        Fake::start(|seen| (seen.path == PATH).then(|| json_with(page_of(seen, 900), &[]))).await;
    let api = fake.api_with(policy);
    let error = api.list_page(&list(PATH, 200)).await.unwrap_err();
    assert!(error.may_be_too_large(), "{error}");
    let smaller = ListRequest {
        page: PageCursor::first().smaller(200).unwrap(),
        ..list(PATH, 200)
    };
    assert_eq!(api.list_page(&smaller).await.unwrap().records.len(), 100);

    let cut = Fake::answering(200, "application/json", r#"[{"id": 1}, {"id"#).await;
    let error = cut.api().list_page(&list(PATH, 200)).await.unwrap_err();
    assert!(error.may_be_too_large(), "{error}");
}

#[tokio::test]
async fn hooks_are_listed_whole_or_not_at_all() {
    for (totals, listed) in [([2, 2, 2], true), ([3, 2, 2], true), ([3, 3, 3], false)] {
        let fake = Fake::start(move |seen| {
            let reading = seen.before.min(2);
            let hook = |id: &str| json!({"id": id, "namespace": "ours"});
            let body = json!({"data": [hook("a"), hook("b")]});
            let total = ("total", totals[reading].to_string());
            match seen.query.get("page")?.as_str() {
                "1" => Some(json_with(body, &[total])),
                _ => Some(json_with(json!({"data": []}), &[total])),
            }
        })
        .await;
        let hooks = fake.api().webhooks().hooks("ours").await;
        assert_eq!(hooks.is_ok(), listed, "{totals:?}: {hooks:?}");
        if let Err(error) = hooks {
            assert!(matches!(error, Error::Unexpected(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn records_are_read_in_every_dress() {
    let body = json!({"data": [
        {"id": "5982324300946918154", "name": "v2"},
        {"id": 562_949_953_421_312_i64, "updated_at": "2026-04-20T18:09:33Z", "x": {"id": 1}},
        {"updated_at": "yesterday", "id": 3},
        {"id": 4, "updated_at": null},
        77,
    ]});
    let fake = Fake::start(move |seen| {
        (seen.path == PATH).then(|| json_with(body.clone(), &[("total", "5".into())]))
    })
    .await;
    let page = fake.api().list_page(&list(PATH, 100)).await.unwrap();
    let ids: Vec<i64> = page.records.iter().map(|record| record.id).collect();
    assert_eq!(
        ids,
        [5_982_324_300_946_918_154, 562_949_953_421_312, 3, 4, 77]
    );
    let dated = page
        .records
        .iter()
        .filter(|record| record.updated_at.is_some())
        .count();
    assert_eq!(dated, 1);
    assert_eq!(
        page.records[0].body.get(),
        r#"{"id":"5982324300946918154","name":"v2"}"#
    );
    assert_eq!(page.total, Some(5));
}

#[tokio::test]
async fn what_is_no_list_is_unexpected() {
    for body in [json!({"rows": []}), json!("none")] {
        let fake =
            Fake::start(move |seen| (seen.path == PATH).then(|| json_with(body.clone(), &[])))
                .await;
        let error = fake.api().list_page(&list(PATH, 9)).await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)), "{error}");
    }
}

#[tokio::test]
async fn a_row_without_an_id_is_left_aside() {
    let rows = json!([{"name": "x"}, {"id": "7.0"}, null]);
    let fake =
        Fake::start(move |seen| (seen.path == PATH).then(|| json_with(rows.clone(), &[]))).await;
    let page = fake.api().list_page(&list(PATH, 9)).await.unwrap();
    assert_eq!(page.records[0].id, 7);
    assert_eq!(page.unread, [r#"{"name":"x"}"#, "null"]);
}

#[tokio::test]
async fn a_probe_asks_for_few_rows_and_tells_a_reduced_view() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/whole" => Some(json_with(
            json!([{"id": 1, "email_address": null}]),
            &[("total", "812".into())],
        )),
        "/reduced" => Some(json_with(
            json!([{"id": 1, "name": "x"}]),
            &[("total", "812".into())],
        )),
        "/empty" => json(json!([])),
        _ => None,
    })
    .await;
    let api = fake.api();
    let expected = ["email_address", "updated_at"];
    let probe = |path| list(path, 3);

    let whole = api.probe(&probe("/whole"), &expected).await.unwrap();
    let seen = |probe: &Probe| (probe.total, probe.rows.len(), probe.reduced);
    assert_eq!(seen(&whole), (Some(812), 1, false));
    assert!(
        api.probe(&probe("/reduced"), &expected)
            .await
            .unwrap()
            .reduced
    );
    assert!(!api.probe(&probe("/reduced"), &[]).await.unwrap().reduced);
    let empty = api.probe(&probe("/empty"), &expected).await.unwrap();
    assert_eq!(seen(&empty), (Some(0), 0, false));
    assert!(
        fake.calls()
            .iter()
            .all(|call| call.query["per_page"] == "3")
    );
    fake.clock.advance(chrono::TimeDelta::seconds(1)); // this Procore names no windows
    let hidden = api.probe(&probe("/hidden"), &expected).await.unwrap_err();
    assert!(matches!(hidden, Error::NotVisible(_)), "{hidden}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(28))]

    /// However the end is told and however few rows a page has, every row is read once, in the
    /// fewest calls.
    #[test]
    fn every_row_is_read_once(total in 0i64..40, size in 1u32..12, most_rows in 1i64..12, told in 0u8..7) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let given = i64::from(size).min(most_rows); // the server's own limit
            let fake = Fake::start(move |seen| {
                if seen.path != PATH {
                    return None;
                }
                let page: i64 = seen.query["page"].parse().unwrap();
                let first = ("link", format!("<{PATH}?page=1>; rel=\"first\""));
                let preload = ("link", "</style.css>; rel=\"preload\"".to_owned());
                let next = (page * given < total)
                    .then(|| ("link", format!("<https://us02.test{PATH}?page={}>; rel=\"next\"", page + 1)));
                let total_header = ("total", total.to_string());
                let headers = match told {
                    0 => vec![],
                    1 => vec![total_header],
                    2 => next.into_iter().chain([first]).collect(),
                    3 => [preload, first].into_iter().chain(next).collect(),
                    4 => [preload, total_header].into_iter().chain(next).collect(),
                    5 => vec![first, total_header], // links of the list, none to its next page
                    _ => vec![preload],
                };
                let (from, to) = ((page - 1) * given + 1, total.min(page * given));
                Some(json_with(rows(from, to), &headers))
            })
            .await;
            // Many small pages: this is not about rates.
            let api = fake.api();
            let mut request = list(PATH, size);
            let (mut ids, mut tally) = (Vec::new(), Tally::default());
            loop {
                fake.clock.advance(chrono::TimeDelta::seconds(1));
                let page = api.list_page(&request).await.unwrap();
                ids.extend(page.records.iter().map(|record| record.id));
                tally.add_page(page.fresh, page.total, true);
                match page.next {
                    Some(next) => request.page = next,
                    None => break,
                }
            }
            tally.end_part();
            assert_eq!(ids, (1..=total).collect::<Vec<_>>());
            assert_eq!(tally.gap(ids.len() as u64, true), None);
            let pages = (total as u64).div_ceil(given as u64).max(1) as usize;
            let untold = matches!(told, 0 | 6) && total > 0;
            assert_eq!(fake.calls().len(), pages + usize::from(untold));
        });
    }
}
