//! What is on its way to a firm while it is removed.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Request, header};
use concierge::web;
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc;
use tower::ServiceExt;

use crate::harness::app::PUBLIC_URL;
use crate::harness::dump::{dump, lines_with};
use crate::remove_firm::{connected, remove};

#[tokio::test]
async fn a_delivery_on_its_way_leaves_nothing_behind() {
    let (walk, _) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let hook = walk.sandbox.state().await.hooks.remove(0);
    let (send, receive) = mpsc::channel::<String>(1);
    let body = stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await?;
        Some((Ok::<_, Infallible>(piece), receive))
    });
    let request = Request::post(hook.destination_url.strip_prefix(PUBLIC_URL).unwrap())
        .header(header::AUTHORIZATION, hook.authorization.unwrap())
        .body(Body::from_stream(body))
        .unwrap();
    let delivery = tokio::spawn(web::front(app.app.clone()).oneshot(request));
    send.send("[\"no event\",".to_owned()).await.unwrap();
    // There is room for the rest once the first piece is read, after the hook was found.
    let rest = send.reserve().await.unwrap();
    remove(app, firm).await;
    app.run_jobs().await;
    let event =
        json!({ "id": 7, "ulid": "01JMYXMZRBVKK0PC6XS8SA4QRE", "resource_name": "Offices" });
    rest.send(format!("{event}]"));
    drop(send);
    let answer = delivery.await.unwrap().unwrap();
    assert_eq!(
        answer.status(),
        404,
        "what is not stored is not acknowledged"
    );

    let after = dump(app.db()).await;
    let named = lines_with(&after, &firm.to_string());
    assert_eq!(named.len(), 1, "only the receipt: {named:#?}");
}
