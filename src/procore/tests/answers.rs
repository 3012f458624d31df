//! What the caller of a read learns from each kind of answer.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use serde_json::json;

use crate::procore::testing::{COMPANY, Fake, SECRET, access, json, json_with, list, quick, reply};
use crate::procore::*;

const JSON: &str = "application/json";

#[tokio::test]
async fn every_call_names_its_company_and_product_and_carries_a_token() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.3/companies/562949953421312/me" => json(json!({
            "id": 5_982_324_300_946_918_154_i64, "name": "Concierge app", "is_active": true,
            "permission_template": {"id": 1, "name": "App"}, "vendor": null
        })),
        _ => None,
    })
    .await;

    let me = fake.api().me().await.unwrap();

    assert_eq!(me.id, 5_982_324_300_946_918_154);
    assert!(me.is_active);
    assert_eq!(me.permission_template.as_deref(), Some("App"));
    let call = &fake.calls()[0];
    assert_eq!(call.headers["procore-company-id"], COMPANY.to_string());
    assert_eq!(call.headers["authorization"], "Bearer token-1");
    assert!(call.headers["user-agent"].starts_with("Test product (concierge"));
}

#[tokio::test]
async fn an_app_that_is_not_installed_is_told_from_a_level_too_low() {
    let fake = Fake::answering(
        403,
        JSON,
        r#"{"errors":["App is not connected to this company."]}"#,
    )
    .await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::NotConnected(_)), "{error}");

    let fake = Fake::answering(403, JSON, r#"{"message":"You need more rights"}"#).await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::NotPermitted(_)), "{error}");
    assert_eq!(error.answer().unwrap().text, "You need more rights");
}

#[tokio::test]
async fn html_where_json_was_due_is_unexpected() {
    let fake = Fake::answering(200, "text/html", "<title>Sign in</title>").await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    assert_eq!(error.answer().unwrap().text, "Sign in");
}

#[tokio::test]
async fn json_of_another_shape_is_unexpected_and_repeats_no_record() {
    let fake = Fake::answering(200, JSON, r#"{"id":"abc","name":"Jane Doe"}"#).await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    assert!(!error.to_string().contains("Jane"), "{error}");
}

#[tokio::test]
async fn odd_fields_and_odd_rows_of_others_stop_nothing() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.0/companies" => Some(reply(
            200,
            JSON,
            "\u{feff}[{\"id\":null,\"name\":\"a\"},{\"id\":\"7\",\"name\":\"b \\ud83d\",\"is_active\":\"true\"}]",
        )),
        "/rest/v1.3/companies/562949953421312/me" => Some(reply(
            200,
            JSON,
            r#"{"id":"5.0","name":7,"is_active":"true","permission_template":"App","big":1e400}"#,
        )),
        path if path.ends_with("/webhooks/hooks") => Some(json_with(json!({"data": [
            {"id": 1, "namespace": "other", "created_at": "", "destination_headers": []},
            {"id": null, "namespace": "other"},
            {"id": "2", "namespace": "ours", "destination_headers": {"Authorization": "***abcde"}},
        ]}), &[("total", "3".to_owned())])),
        _ => None,
    })
    .await;
    let listed = fake.api().companies().await.unwrap();
    assert_eq!(listed.companies.len(), 1);
    assert_eq!(listed.companies[0].name, "b \u{FFFD}");
    // What cannot be read may be any company.
    assert_eq!((listed.lists(7), listed.lists(8)), (Some(true), None));
    let me = fake.api().me().await.unwrap();
    assert_eq!((me.id, me.is_active), (5, true));
    assert_eq!(me.name.as_deref(), Some("7"));
    fake.clock.advance(chrono::TimeDelta::seconds(1)); // this Procore names no windows
    let hooks = fake.api().webhooks().hooks("ours").await.unwrap();
    let ids: Vec<_> = hooks.iter().map(|hook| hook.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_no_empty_list_and_hide_which_app_is_ours() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.0/companies" => json(json!([{"id": null, "name": "a"}])),
        "/rest/v1.0/app_installations" => json(json!([{"status": "installed"}, "nonsense"])),
        _ => None,
    })
    .await;
    let listed = fake.api().companies().await.unwrap();
    assert_eq!(listed.lists(COMPANY), None);
    let mut calls = fake.calls().into_iter();
    assert!(calls.all(|it| !it.headers.contains_key("procore-company-id")));
    assert_eq!(fake.api().installation().await.unwrap(), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" | "/elsewhere" => None,
        _ => {
            let mut response = reply(302, JSON, "");
            response
                .headers_mut()
                .insert("location", "/elsewhere".parse().unwrap());
            Some(response)
        }
    })
    .await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    assert!(fake.seen_at("/elsewhere").is_empty());
}

#[tokio::test]
async fn a_read_is_tried_again_while_procore_stumbles() {
    let fake = Fake::start(|seen| match (seen.path.as_str(), seen.before) {
        ("/oauth/token", _) => None,
        (_, 0 | 1) => Some(reply(502, "text/html", "<h1>Bad gateway</h1>")),
        _ => json(json!({"id": 1})),
    })
    .await;
    assert_eq!(fake.api().me().await.unwrap().id, 1);
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn an_outage_is_unavailable_after_a_few_tries() {
    let fake = Fake::answering(500, "text/html", "<h1>Oh no</h1>").await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    assert_eq!(error.answer().unwrap().text, "Oh no");
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn a_write_is_never_tried_blindly() {
    let fake = Fake::answering(500, JSON, "{}").await;
    let error = fake.api().webhooks().delete_hook("7").await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fake = Fake::start(|_| None).await;
    let gone = Access {
        environment: Environment::new("gone", fake.url(), &url, &url).unwrap(),
        ..access(fake.url())
    };
    let client = Client::with_policy(
        "Test",
        fake.clock.clone(),
        fake.tokens.clone(),
        fake.rates.clone(),
        quick(),
    );
    let error = client
        .company(gone, Urgency::Waiting)
        .me()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    assert_eq!(error.answer().unwrap().text, "no connection");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unavailable() {
    // The kernel accepts the connection; nobody ever answers it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let fake = Fake::start(|_| None).await;
    let access = Access {
        environment: Environment::new("silent", fake.url(), &url, &url).unwrap(),
        ..access(fake.url())
    };
    let policy = Policy {
        deadline: Duration::from_millis(200),
        ..quick()
    };
    let client = Client::with_policy(
        "Test",
        fake.clock.clone(),
        fake.tokens.clone(),
        fake.rates.clone(),
        policy,
    );
    let error = client
        .company(access, Urgency::Waiting)
        .me()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" => None,
        _ => json(json!({"id": 1, "name": "x".repeat(10_000)})),
    })
    .await;
    let policy = Policy {
        largest_body: 5_000,
        ..quick()
    };
    let error = fake.api_with(policy).me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
}

#[tokio::test]
async fn an_answer_that_echoes_secrets_is_kept_without_them() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" => None,
        _ => {
            let echo = format!("{} and {SECRET}", seen.headers["authorization"]);
            let mut response = reply(403, JSON, &json!({"errors": [echo]}).to_string());
            response
                .headers_mut()
                .insert("x-request-id", "req-17".parse().unwrap());
            Some(response)
        }
    })
    .await;
    let error = fake.api().me().await.unwrap_err();
    let answer = error.answer().unwrap();
    assert_eq!(answer.text, "Bearer (hidden) and (hidden)");
    assert_eq!(answer.request_id.as_deref(), Some("req-17"));
    assert_eq!(answer.status, Some(403));
}

#[tokio::test]
async fn companies_are_listed_without_naming_one() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.0/companies" => Some(json_with(
            json!([
                {"id": 5, "name": "Acme", "is_active": true, "logo_url": null},
                {"id": 6, "name": "Beta", "is_active": false}
            ]),
            &[("total", "2".into())],
        )),
        _ => None,
    })
    .await;
    let listed = fake.api().companies().await.unwrap();
    assert_eq!(
        (listed.lists(6), listed.lists(7)),
        (Some(true), Some(false))
    );
    let companies = listed.companies;
    assert_eq!(companies[0].id.get(), 5);
    assert_eq!(
        (companies[1].name.as_str(), companies[1].is_active),
        ("Beta", false)
    );
    assert_eq!(fake.calls().len(), 1);
    assert!(!fake.calls()[0].headers.contains_key("procore-company-id"));
}

#[tokio::test]
async fn companies_are_asked_for_by_name_where_procore_insists() {
    for status in [400, 401, 403, 404] {
        let fake = Fake::start(move |seen| match seen.path.as_str() {
            "/rest/v1.0/companies" if seen.headers.contains_key("procore-company-id") => {
                json(json!([{"id": COMPANY, "name": "Ours"}]))
            }
            "/rest/v1.0/companies" => Some(reply(status, JSON, r#"{"message":"no"}"#)),
            _ => None,
        })
        .await;
        let companies = fake.api().companies().await.unwrap().companies;
        assert_eq!(companies[0].name, "Ours", "{status}");
        assert_eq!(fake.tokens_fetched(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_manifest_is_asked_for_by_company() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.0/settings/permissions" => json(json!({"tools": [
            {"name": "rfis", "friendly_name": "RFIs", "user_access_level": {"id": 2, "name": "Read-only"}}
        ]})),
        _ => None,
    })
    .await;
    let company = fake.api().company_permissions().await.unwrap();
    assert_eq!(
        company.tools[0].level,
        Some(crate::catalog::Level::ReadOnly)
    );
    let calls = fake.calls();
    assert_eq!(calls[0].query["company_id"], COMPANY.to_string());
    assert_eq!(calls[0].query.len(), 1);
}

#[tokio::test]
async fn the_companys_web_address_is_read() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/rest/v1.0/company_base_url" => {
            json(json!({"zone": "us02", "web_base_url": "https://us02.procore.com"}))
        }
        _ => None,
    })
    .await;
    let web = fake.api().company_base_url().await.unwrap();
    assert_eq!(web.as_str(), "https://us02.procore.com/");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_again() {
    let fake = Fake::start(|seen| match (seen.path.as_str(), seen.before) {
        ("/oauth/token", _) => None,
        (_, 0) => {
            // Half a body, then the connection is closed.
            let pieces = [Ok(r#"{"id": 1, "#), Err(std::io::Error::other("cable cut"))];
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            let response = Response::builder().header("content-type", JSON);
            Some(response.body(body).unwrap())
        }
        _ => json(json!({"id": 1})),
    })
    .await;
    fake.api().me().await.unwrap();
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_body_that_ends_early_without_a_word_is_asked_for_once_more() {
    for path in ["/rest/v1.3/companies/562949953421312/me", "/list"] {
        let fake = Fake::start(move |seen| match (seen.path.as_str(), seen.before) {
            ("/oauth/token", _) => None,
            ("/list", 0) => Some(reply(200, JSON, r#"[{"id": 1}, {"id""#)),
            ("/list", _) => json(json!([{"id": 1}, {"id": 2}])),
            (_, 0) => Some(reply(200, JSON, r#"{"id": 1, "na"#)),
            _ => json(json!({"id": 1})),
        })
        .await;
        let api = fake.api();
        match path {
            "/list" => assert_eq!(
                api.list_page(&list(path, 9)).await.unwrap().records.len(),
                2
            ),
            _ => assert_eq!(api.me().await.unwrap().id, 1),
        }
        assert_eq!(fake.calls().len(), 2, "{path}");
    }
    let fake = Fake::answering(200, JSON, r#"{"id": "#).await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    assert_eq!(fake.calls().len(), 2);
}
