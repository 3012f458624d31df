//! Sends what is queued to the registered destinations, as Procore does: a failure pauses its
//! destination, is retried after 1 s, doubling to at most 1 h, and after 12 h all is discarded.

#![expect(clippy::disallowed_types, reason = "sends webhooks")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};

use crate::server::Shared;
use crate::webhooks::{Attempt, Delivery, Hook};
use crate::world::{State, World};

const TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(1);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
const GIVE_UP: TimeDelta = TimeDelta::hours(12);
const BODY_KEPT: usize = 500;

/// The state of the destinations that do not answer well, and of the whole dispatch.
#[derive(Default)]
pub struct Dispatch {
    /// While on, nothing is sent.
    pub held: bool,
    /// Send the newest first, once, after a release.
    pub reversed: bool,
    paused: BTreeMap<String, Pause>,
    under_way: BTreeSet<String>,
}

struct Pause {
    failing_since: DateTime<Utc>,
    wait: TimeDelta,
    until: DateTime<Utc>,
}

struct Parcel {
    /// Several where they go out together.
    delivery_ids: Vec<i64>,
    destination: String,
    authorization: Option<String>,
    body: Vec<u8>,
    gzip: bool,
}

/// Runs until the program ends.
pub async fn run(shared: Arc<Shared>, client: reqwest::Client) {
    loop {
        let (parcels, next) = shared.with_dispatch(take_due);
        for parcel in parcels {
            let (shared, client) = (shared.clone(), client.clone());
            tokio::spawn(async move { send(&shared, &client, parcel).await });
        }
        let nap = next.unwrap_or(Duration::from_secs(3600));
        tokio::select! {
            () = shared.signals.deliver.notified() => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
}

/// Takes the head of every destination's queue that may be sent now, and says how long the
/// nearest paused one still waits.
fn take_due(world: &mut World, dispatch: &mut Dispatch) -> (Vec<Parcel>, Option<Duration>) {
    let World {
        state,
        faults,
        clock,
        ..
    } = world;
    let (due, next) = due(state, clock.now(), dispatch);
    let parcels = due.into_iter().map(|(delivery, hook)| {
        let change = faults.next_delivery();
        let sent: Vec<&Delivery> = match change.as_ref().is_some_and(|change| change.together) {
            true => state
                .outbox
                .waiting()
                .filter(|it| it.hook_id == hook.id)
                .collect(),
            false => vec![delivery],
        };
        let body = match sent.as_slice() {
            [one] => one.payload.clone(),
            several => several.iter().map(|it| it.payload.clone()).collect(),
        };
        let change = change.map(|change| change.body).unwrap_or_default();
        Parcel {
            delivery_ids: sent.iter().map(|it| it.id).collect(),
            destination: hook.destination_url.clone(),
            authorization: hook.authorization.clone(),
            body: change.applied(body),
            gzip: change.gzip,
        }
    });
    let parcels: Vec<Parcel> = parcels.collect();
    dispatch
        .under_way
        .extend(parcels.iter().map(|parcel| parcel.destination.clone()));
    // The wrong order lasts until the queue is empty.
    dispatch.reversed &= dispatch.held || !dispatch.under_way.is_empty() || next.is_some();
    (parcels, next)
}

fn due<'s>(
    state: &'s State,
    now: DateTime<Utc>,
    dispatch: &Dispatch,
) -> (Vec<(&'s Delivery, &'s Hook)>, Option<Duration>) {
    let (mut due, mut next) = (Vec::new(), None::<Duration>);
    if dispatch.held {
        return (due, next);
    }
    let hooks = &state.hooks;
    let active = hooks.values().filter(|hook| hook.active);
    let destinations: BTreeSet<&str> = active.map(|hook| hook.destination_url.as_str()).collect();
    let mut waiting = state.outbox.waiting();
    let mut seen = BTreeSet::new();
    // Only the head of each queue matters: a flood behind it costs nothing.
    while seen.len() < destinations.len() {
        let head = match dispatch.reversed {
            true => waiting.next_back(),
            false => waiting.next(),
        };
        let Some(delivery) = head else { break };
        let hook = hooks.get(&delivery.hook_id).filter(|hook| hook.active);
        let Some(hook) = hook.filter(|hook| seen.insert(&hook.destination_url)) else {
            continue;
        };
        if dispatch.under_way.contains(&hook.destination_url) {
            continue;
        }
        match dispatch.paused.get(&hook.destination_url) {
            Some(pause) if now < pause.until => {
                let left = (pause.until - now).to_std().unwrap_or_default();
                next = Some(next.map_or(left, |next| next.min(left)));
            }
            Some(_) | None => due.push((delivery, hook)),
        }
    }
    (due, next)
}

/// Nothing is on its way and nothing could be sent now: what is left is paused or held.
pub fn is_settled(world: &World, dispatch: &Dispatch) -> bool {
    dispatch.under_way.is_empty() && due(&world.state, world.clock.now(), dispatch).0.is_empty()
}

async fn send(shared: &Shared, client: &reqwest::Client, parcel: Parcel) {
    let started_at = shared.with_world(|world| world.clock.now());
    let mut request = client
        .post(&parcel.destination)
        .timeout(TIMEOUT)
        .header(CONTENT_TYPE, "application/json")
        .body(parcel.body);
    if parcel.gzip {
        request = request.header(CONTENT_ENCODING, "gzip");
    }
    if let Some(authorization) = parcel.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let answer = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let mut body = response.text().await.unwrap_or_default();
            body.truncate(body.floor_char_boundary(BODY_KEPT));
            Some((status, body))
        }
        Err(_) => None,
    };
    shared.with_dispatch(|world, dispatch| {
        let is_success = |status: &u16| (200..300).contains(status);
        let (response_status, response_body) = answer.unzip();
        let attempt = Attempt {
            id: world.state.next_id(),
            success: response_status.as_ref().is_some_and(is_success),
            response_status,
            response_body,
            started_at,
            completed_at: world.clock.now(),
        };
        dispatch.under_way.remove(&parcel.destination);
        for id in &parcel.delivery_ids {
            world.state.outbox.note(*id, attempt.clone());
        }
        dispatch.pause(world, &parcel.destination, &attempt);
    });
    shared.touched();
    shared.signals.delivered.notify_waiters();
}

impl Dispatch {
    /// What follows from an attempt for its whole destination. After a long time without success
    /// everything that waits for it is flushed, and the next event starts afresh.
    fn pause(&mut self, world: &mut World, destination: &str, attempt: &Attempt) {
        let now = attempt.completed_at;
        if attempt.success {
            self.paused.remove(destination);
            return;
        }
        let fresh = Pause {
            failing_since: now,
            wait: FIRST_RETRY / 2,
            until: now,
        };
        let pause = self.paused.entry(destination.to_owned()).or_insert(fresh);
        pause.wait = (pause.wait * 2).min(LONGEST_RETRY);
        pause.until = now + pause.wait;
        if now - pause.failing_since >= GIVE_UP {
            self.paused.remove(destination);
            let hooks = world.state.hooks.values();
            let hooks = hooks.filter(|hook| hook.destination_url == destination);
            let hooks: Vec<i64> = hooks.map(|hook| hook.id).collect();
            world
                .state
                .outbox
                .discard(|delivery| hooks.contains(&delivery.hook_id));
        }
    }
}

/// The client for deliveries. It goes straight to the destination and follows no redirects.
pub fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
}
