//! 429 and 503: telling a caller to wait, and noticing one that does not.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Request;
use crate::guard;
use crate::oauth;
use crate::rates::{Key, Standing, Wait};
use crate::world::World;

/// Who is asking, as far as waits and windows are concerned.
pub fn caller(world: &World, request: &Request) -> Option<Key> {
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

/// Tells the caller to come back at `until`, and remembers it.
pub fn order(
    world: &mut World,
    request: &Request,
    key: Option<Key>,
    status: StatusCode,
    until: DateTime<Utc>,
    retry_after: bool,
) -> Answer {
    let wait = Wait::new(until, status, retry_after, sent(request));
    let answer = answer(&request.path, &wait, world.clock.now());
    if let Some(key) = key {
        world.rates.order_wait(key, wait);
    }
    answer
}

/// Answers a call that comes before the end of a wait; counts it unless it was under way.
pub fn still_ordered(
    world: &mut World,
    request: &Request,
    key: Option<&Key>,
    now: DateTime<Utc>,
) -> Option<Answer> {
    let (wait, ignored) = match world.rates.standing(key?, &sent(request), now) {
        Standing::Free => return None,
        Standing::UnderWay(wait) => (wait, false),
        Standing::Ignored(wait) => (wait, true),
    };
    if ignored {
        let left = seconds_until(wait.until, now);
        guard::violate(
            world,
            request,
            format!("called {left} s before the end of an ordered wait"),
        );
    }
    Some(answer(&request.path, &wait, now))
}

fn sent(request: &Request) -> String {
    format!("{} {}", request.method, request.target)
}

fn answer(path: &str, wait: &Wait, now: DateTime<Utc>) -> Answer {
    let throttled = wait.status == StatusCode::TOO_MANY_REQUESTS;
    let message = match throttled {
        true => "You have surpassed the rate limit.",
        false => "The service is under heavy load.",
    };
    let mut answer = match path.starts_with("/rest/v2") {
        true => Answer::error(path, wait.status, message),
        false => Answer::json(wait.status, json!({ "error": message })),
    };
    if throttled {
        let reset = (wait.until.timestamp_millis() + 999).div_euclid(1000);
        answer = answer
            .with("x-rate-limit-remaining", 0)
            .with("x-rate-limit-reset", reset);
    }
    match wait.retry_after {
        true => answer.with("retry-after", seconds_until(wait.until, now)),
        false => answer,
    }
}

/// Whole seconds, rounded up.
fn seconds_until(until: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((until - now).num_milliseconds() + 999).div_euclid(1000)
}
