//! Lists: the fewest calls, whatever way Procore tells where the end is.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::procore::testing::{Fake, Seen, json, json_with, list, reply};
use crate::procore::*;

const PATH: &str = "/rest/v1.0/vendors";

fn rows(from: i64, to: i64) -> Value {
    (from..=to)
        .map(|id| json!({"id": id, "updated_at": "2026-01-02T03:04:05Z"}))
        .collect()
}

/// The rows of a page of `size` in a list of `total`.
fn page_of(seen: &Seen, total: i64) -> Value {
    let number = |name: &str| seen.query[name].parse::<i64>().unwrap();
    let (page, size) = (number("page"), number("per_page"));
    rows((page - 1) * size + 1, total.min(page * size))
}

/// Reads a list to its end and gives the ids.
async fn read_all(api: &CompanyApi, mut request: ListRequest) -> Vec<i64> {
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
async fn without_any_header_a_short_page_is_the_last() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH => json(page_of(seen, 7)),
        _ => None,
    })
    .await;
    assert_eq!(read_all(&fake.api(), list(PATH, 3)).await.len(), 7);
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn the_link_is_followed_and_filters_survive() {
    let fake = Fake::start(|seen| {
        let next = match seen.query.get("page").map(String::as_str) {
            Some("1") => r#"</rest/v1.0/vendors?page=2&per_page=2&filters%5Bx%5D=y>; rel="next""#,
            Some("2") => r#"</rest/v1.0/vendors?after=abc&filters%5Bx%5D=y>; rel="next""#,
            None if seen.query.contains_key("after") => {
                r#"</rest/v1.0/vendors?page=1>; rel="first""#
            }
            Some(_) | None => return None,
        };
        let first = i64::try_from(seen.before).unwrap() * 2 + 1;
        Some(json_with(rows(first, first + 1), &[("link", next.into())]))
    })
    .await;
    let mut request = list(PATH, 2);
    request.query = vec![("filters[x]", "y".into())];
    assert_eq!(
        read_all(&fake.api(), request).await,
        (1..=6).collect::<Vec<_>>()
    );
    assert!(
        fake.calls()
            .iter()
            .all(|call| call.query["filters[x]"] == "y")
    );
    assert_eq!(fake.calls()[2].query["after"], "abc");
}

#[tokio::test]
async fn a_link_to_another_host_gets_no_token() {
    let elsewhere = Fake::start(|_| json(rows(1, 1))).await;
    let link = format!(
        "<{}/rest/v1.0/vendors?page=2>; rel=\"next\"",
        elsewhere.url()
    );
    let fake = Fake::start(move |seen| match seen.path.as_str() {
        PATH => Some(json_with(rows(1, 1), &[("link", link.clone())])),
        _ => None,
    })
    .await;
    let error = fake.api().list_page(&list(PATH, 1)).await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    assert!(elsewhere.calls().is_empty());

    let off_host = fake
        .api()
        .list_page(&list("//127.0.0.1:9/rest", 1))
        .await
        .unwrap_err();
    assert!(matches!(off_host, Error::Unexpected(_)), "{off_host}");
}

#[tokio::test]
async fn a_link_that_leads_back_ends_it() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH => Some(json_with(
            rows(1, 1),
            &[("link", format!("<{PATH}?page=1>; rel=\"next\""))],
        )),
        _ => None,
    })
    .await;
    let error = fake.api().list_page(&list(PATH, 1)).await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
}

#[tokio::test]
async fn a_list_that_ignores_paging_ends() {
    // It gives the same three rows for every page of three.
    let fake = Fake::start(|seen| (seen.path == PATH).then(|| json_with(rows(1, 3), &[]))).await;
    assert_eq!(read_all(&fake.api(), list(PATH, 3)).await, [1, 2, 3]);
    // It gives more than was asked for: that is all there is.
    let fake = Fake::start(|seen| (seen.path == PATH).then(|| json_with(rows(1, 9), &[]))).await;
    assert_eq!(read_all(&fake.api(), list(PATH, 3)).await.len(), 9);
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn a_list_that_does_not_page_is_asked_for_whole() {
    let fake = Fake::start(|seen| (seen.path == PATH).then(|| json_with(rows(1, 3), &[]))).await;
    let request = ListRequest {
        per_page: None,
        ..list(PATH, 1)
    };
    let page = fake.api().list_page(&request).await.unwrap();
    assert_eq!(
        (page.records.len(), page.total, page.next),
        (3, Some(3), None)
    );
    assert!(fake.calls()[0].query.is_empty());
}

#[tokio::test]
async fn a_page_that_takes_procore_too_long_is_asked_for_in_halves() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        PATH if seen.query["per_page"].parse::<u32>().unwrap() > 50 => {
            Some(reply(408, "application/json", "{}"))
        }
        PATH => Some(json_with(page_of(seen, 250), &[("total", "250".into())])),
        _ => None,
    })
    .await;
    let mut request = list(PATH, 200);
    request.page = PageCursor::at(2);
    assert_eq!(
        read_all(&fake.api(), request).await,
        (201..=250).collect::<Vec<_>>()
    );
    assert_eq!(fake.calls().len(), 3);
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
    let fake =
        Fake::start(move |seen| (seen.path == PATH).then(|| json_with(body.clone(), &[]))).await;
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
async fn a_row_without_an_id_is_unexpected() {
    for body in [
        json!([{"name": "x"}]),
        json!([null]),
        json!({"rows": []}),
        json!("none"),
    ] {
        let fake =
            Fake::start(move |seen| (seen.path == PATH).then(|| json_with(body.clone(), &[])))
                .await;
        let error = fake.api().list_page(&list(PATH, 9)).await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)), "{error}");
    }
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
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However the end is told, every row is read once, in the fewest calls.
    #[test]
    fn every_row_is_read_once(total in 0i64..40, size in 1u32..12, told in 0u8..3) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fake = Fake::start(move |seen| {
                if seen.path != PATH {
                    return None;
                }
                let page: i64 = seen.query["page"].parse().unwrap();
                let more = page * i64::from(size) < total;
                let link = match more {
                    true => format!("<{PATH}?page={}&per_page={size}>; rel=\"next\"", page + 1),
                    false => format!("<{PATH}?page=1&per_page={size}>; rel=\"first\""),
                };
                let headers = match told {
                    0 => vec![],
                    1 => vec![("total", total.to_string())],
                    _ => vec![("link", link)],
                };
                Some(json_with(page_of(seen, total), &headers))
            })
            .await;
            // Many small pages: this is not about rates.
            let api = fake.api();
            let mut request = list(PATH, size);
            let mut ids = Vec::new();
            while let Some(next) = {
                fake.clock.advance(chrono::TimeDelta::seconds(1));
                let page = api.list_page(&request).await.unwrap();
                ids.extend(page.records.iter().map(|record| record.id));
                page.next
            } {
                request.page = next;
            }
            assert_eq!(ids, (1..=total).collect::<Vec<_>>());
            let full = total as u64 / u64::from(size);
            let fewest = (total as u64).div_ceil(u64::from(size)).max(1);
            let most = if told == 0 { full + 1 } else { fewest };
            assert!(fake.calls().len() as u64 <= most, "{} calls", fake.calls().len());
        });
    }
}
