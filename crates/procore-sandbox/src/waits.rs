//! 429 and 503: telling a caller to wait, and noticing one that does not.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::clock::http_date;
use crate::faults::{self, Reset};
use crate::oauth;
use crate::rates::{Key, OrderedWait};
use crate::request::Request;
use crate::world::World;

/// Who is asking, as far as waits and windows are concerned.
pub(crate) fn caller(world: &World, request: &Request) -> Option<Key> {
    let client_id = match request.path == "/oauth/token" || request.path == "/oauth/revoke" {
        true => oauth::named_client(request)?,
        false => world.state.tokens.get(request.bearer()?)?.client_id.clone(),
    };
    let company_id = request
        .header("procore-company-id")
        .and_then(|id| id.parse().ok());
    Some(Key {
        client_id,
        company_id,
    })
}

/// Answers a call that comes before the end of a wait, which counts as a violation unless it was
/// under way, or one for which no window has room.
pub(crate) fn hold_off(
    world: &mut World,
    request: &Request,
    key: Option<&Key>,
    now: DateTime<Utc>,
) -> Option<Answer> {
    let key = key?;
    let Some((order, under_way)) = world.rates.standing(key, &sent(request), now) else {
        // Every call counts, also one that is refused; logging in is none.
        if request.path.starts_with("/oauth/") {
            return None;
        }
        let until = world.rates.take(key, now).err()?;
        let order = OrderedWait::new(until, StatusCode::TOO_MANY_REQUESTS, sent(request));
        return Some(tell(world, request, Some(key), order));
    };
    if !under_way {
        let left = seconds_until(order.until, now);
        let why = format!("called {left} s before the end of an ordered wait");
        world.violate(request, why);
    }
    Some(answer(&request.path, &order, now))
}

/// Orders a scripted wait.
pub(crate) fn script(
    world: &mut World,
    request: &Request,
    key: Option<&Key>,
    usual: StatusCode,
    wait: &faults::Wait,
) -> Answer {
    let now = world.clock.now();
    let until = now + TimeDelta::seconds(i64::from(wait.seconds.unwrap_or(10)));
    let status = wait.status.and_then(|code| StatusCode::from_u16(code).ok());
    let told = wait.told.and_then(TimeDelta::try_seconds);
    let mut order = OrderedWait::new(until, status.unwrap_or(usual), sent(request));
    order.told = told.map_or(until, |told| now + told);
    order.reset = wait.reset;
    order.retry_after = wait
        .retry_after
        .unwrap_or(usual == StatusCode::SERVICE_UNAVAILABLE);
    tell(world, request, key, order)
}

/// Tells the caller to come back later, and remembers it.
fn tell(world: &mut World, request: &Request, key: Option<&Key>, order: OrderedWait) -> Answer {
    let answer = answer(&request.path, &order, world.clock.now());
    if let Some(key) = key {
        world.rates.remember(key.clone(), order);
    }
    answer
}

fn sent(request: &Request) -> String {
    format!("{} {}", request.method, request.target)
}

fn answer(path: &str, order: &OrderedWait, now: DateTime<Utc>) -> Answer {
    let throttled = order.status == StatusCode::TOO_MANY_REQUESTS;
    let message = match throttled {
        true => "You have surpassed the rate limit.",
        false => "The service is under heavy load.",
    };
    let mut answer = match path.starts_with("/rest/v2") {
        true => Answer::error(order.status, message).shaped_for(path),
        false => Answer::json(order.status, json!({ "error": message })),
    };
    if throttled {
        let reset = match order.reset {
            Reset::Seconds => (order.told.timestamp_millis() + 999)
                .div_euclid(1000)
                .to_string(),
            Reset::Milliseconds => order.told.timestamp_millis().to_string(),
            Reset::Left => seconds_until(order.told, now).to_string(),
            Reset::HttpDate => http_date(order.told),
        };
        answer = answer
            .with("x-rate-limit-remaining", 0)
            .with("x-rate-limit-reset", reset);
    }
    match order.retry_after {
        true => answer.with("retry-after", seconds_until(order.told, now)),
        false => answer,
    }
}

/// Whole seconds, rounded up.
fn seconds_until(until: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((until - now).num_milliseconds() + 999).div_euclid(1000)
}
