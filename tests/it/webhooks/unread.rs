//! Deliveries that are packed, odd, or no events: answered alike, kept, and shown to support.

use std::io::Write;

use axum::body::Body;
use concierge::identity::SupportRole;
use concierge::{paths, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use tower::ServiceExt;

use super::{Desk, ULID, event};
use crate::harness::case::case_of;
use crate::harness::walk::Walk;

impl Desk {
    /// All of the answer to a delivery that proves itself, but what is new every time.
    async fn whole_answer(&self, kind: &str, body: Vec<u8>) -> String {
        let request = self.client.post(&self.address).body(body);
        let request = request
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, kind);
        let mut answer = request.send().await.unwrap();
        for name in ["date", "x-request-id"] {
            assert!(answer.headers_mut().remove(name).is_some(), "{name}");
        }
        let mut headers: Vec<String> = answer
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        let (status, version) = (answer.status(), answer.version());
        format!(
            "{version:?} {status} {headers:?} {}",
            answer.text().await.unwrap()
        )
    }
}

fn packed(content: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn whatever_proves_itself_is_answered_alike_and_kept() {
    let desk = Desk::open().await;
    let stored = desk.whole_answer("application/json", event(ULID).into());
    let stored = stored.await;
    assert!(stored.contains(" 204 No Content "), "{stored}");
    let cut_short = packed(&event("01JMYXMZRBVKK0PC6XS8SA4QRB"));
    let deliveries: [(&str, Vec<u8>); 9] = [
        ("application/json", event(ULID).into()),
        ("application/json", Vec::new()),
        ("text/plain", b"not an event".to_vec()),
        ("text/html", b"<html>".to_vec()),
        ("application/x-www-form-urlencoded", b"id=%zz".to_vec()),
        ("application/octet-stream", vec![0xff, 0, 0x80]),
        (
            "application/gzip",
            cut_short[..cut_short.len() / 2].to_vec(),
        ),
        (
            "application/json",
            format!("[{},7]", event("01JMYXMZRBVKK0PC6XS8SA4QRC")).into(),
        ),
        ("application/json", vec![b'x'; 5 * 1024 * 1024]),
    ];
    let sent = deliveries.len();
    for (kind, body) in deliveries {
        let what = format!(
            "{kind}: {:?}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
        assert_eq!(desk.whole_answer(kind, body).await, stored, "{what}");
    }
    // All but the repeated event, of which there is one already.
    assert_eq!(desk.unread().await.len(), sent - 1);
}

#[tokio::test]
async fn a_packed_delivery_is_read_with_and_without_its_header() {
    let desk = Desk::open().await;
    for (ulid, header) in [
        ("01JMYXMZRBVKK0PC6XS8SA4QRA", None),
        ("01JMYXMZRBVKK0PC6XS8SA4QRB", Some("gzip")),
    ] {
        let mut request = desk.client.post(&desk.address).body(packed(&event(ulid)));
        if let Some(header) = header {
            request = request.header(CONTENT_ENCODING, header);
        }
        let answer = request.header(AUTHORIZATION, &desk.authorization).send();
        assert_eq!(answer.await.unwrap().status(), 204);
    }
    assert_eq!(desk.stored().await, 2);
    assert_eq!(desk.unread().await, []);
}

#[tokio::test]
async fn support_reads_a_delivery_that_is_no_event() {
    let walk = Walk::start().await;
    walk.connect(&["offices"]).await;
    let hook = walk.sandbox.state().await.hooks.remove(0);
    let address = hook.destination_url.parse::<http::Uri>().unwrap();
    let odd = r#"{"id":null,"client_secret":"s3cret","resource_name":"Offices"}"#;
    let authorization = hook.authorization.unwrap();
    for _ in 0..2 {
        let request = http::Request::post(address.path())
            .header(AUTHORIZATION, &authorization)
            .body(Body::from(odd))
            .unwrap();
        let answer = web::front(walk.app.app.clone()).oneshot(request);
        assert_eq!(answer.await.unwrap().status(), 204);
    }

    let support = walk.app.support(SupportRole::Staff).await.browser;
    let case = paths::case(case_of(&walk.app, walk.admin.firm).await);
    let case = support.get(&case).await;
    let page = case.link("Look at what Procore sent").unwrap();
    let page = support.get(&page).await;
    assert!(page.has_text("2 deliveries"), "{}", page.text());
    let shown = r#"{"id":null,"client_secret":"(hidden)","resource_name":"Offices"}"#;
    assert!(page.text().contains(shown), "{}", page.text());
}
