//! Sends what is due to the registered destinations.

#![expect(clippy::disallowed_types, reason = "sends webhooks")]

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};

use crate::shared::Shared;
use crate::webhooks::{Attempt, Parcel};
use crate::world::World;

const TIMEOUT: Duration = Duration::from_secs(5);
const BODY_KEPT: usize = 500;

/// Runs until the program ends.
pub(crate) async fn run(shared: Arc<Shared>, client: reqwest::Client) {
    loop {
        let (parcels, next) = shared.with_world(
            |World {
                 queue,
                 state,
                 faults,
                 clock,
                 ..
             }| { queue.take_due(&state.hooks, &state.outbox, faults, clock.now()) },
        );
        for parcel in parcels {
            let (shared, client) = (shared.clone(), client.clone());
            tokio::spawn(async move { send(&shared, &client, parcel).await });
        }
        let nap = next.unwrap_or(Duration::from_secs(3600));
        tokio::select! {
            () = shared.deliver.notified() => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
}

async fn send(shared: &Shared, client: &reqwest::Client, parcel: Parcel) {
    let started_at = shared.with_world(|world| world.clock.now());
    let encoding = parcel.change.gzip.then_some((CONTENT_ENCODING, "gzip"));
    let authorization = parcel
        .authorization
        .as_deref()
        .map(|it| (AUTHORIZATION, it));
    let mut request = client.post(&parcel.destination).timeout(TIMEOUT);
    for (name, value) in [encoding, authorization].into_iter().flatten() {
        request = request.header(name, value);
    }
    let request = request.header(CONTENT_TYPE, "application/json");
    let body = parcel.change.applied(parcel.body.clone());
    let (mut response_status, mut response_body) = (None, None);
    if let Ok(response) = request.body(body).send().await {
        response_status = Some(response.status().as_u16());
        let mut body = response.text().await.unwrap_or_default();
        body.truncate(body.floor_char_boundary(BODY_KEPT));
        response_body = Some(body);
    }
    shared.with_world(
        |World {
             queue,
             state,
             clock,
             ..
         }| {
            let attempt = Attempt {
                id: state.next_id(),
                success: response_status.is_some_and(|status| (200..300).contains(&status)),
                response_status,
                response_body,
                started_at,
                completed_at: clock.now(),
            };
            queue.note(&state.hooks, &mut state.outbox, &parcel, &attempt);
        },
    );
    shared.notify_changed();
    shared.delivered.notify_waiters();
}

/// The client for deliveries. It goes straight to the destination and follows no redirects.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    let redirects = reqwest::redirect::Policy::none();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(redirects)
        .build()
}
