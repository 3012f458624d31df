//! The gate that every request to the simulated Procore passes: it refuses and counts whatever
//! breaks the facts, then lets the endpoint answer from the one permission state.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::admission;
use crate::answer::{Answer, Payload};
use crate::call::{Call, Request};
use crate::clock::http_date;
use crate::faults::{self, Down, Kind};
use crate::ledger::{Entry, Violation};
use crate::rates::{Budget, Key};
use crate::routes::{self, Matched, Scope};
use crate::waits;
use crate::world::World;

/// What becomes of a request.
pub enum Outcome {
    Answer(Answer),
    /// The connection is closed without an answer.
    Cut,
}

/// A request that the real Procore would refuse, or that its rules forbid.
pub struct Refusal {
    pub why: String,
    pub answer: Answer,
}

/// Answers a request, or refuses it; everything is counted.
pub fn pass(world: &mut World, request: &Request) -> Outcome {
    let now = world.clock.now();
    let matched = routes::find(&request.path);
    let template = matched
        .as_ref()
        .map_or("(unknown path)", |matched| matched.template);
    world.ledger.count(request.method.as_str(), template);

    let key = waits::caller(world, request);
    let answer = match world.faults.down {
        Some(Down::Drop) => None,
        Some(Down::Html) => Some(Answer::html(StatusCode::BAD_GATEWAY, "502 Bad Gateway")),
        None => match waits::still_ordered(world, request, key.as_ref(), now) {
            Some(answer) => Some(answer),
            None => with_faults(world, request, matched, key.as_ref(), now),
        },
    };
    let answer = answer.map(|answer| with_headers(world, key.as_ref(), now, answer));
    world.ledger.note(Entry {
        at: now,
        method: request.method.to_string(),
        path: request.target.clone(),
        status: answer.as_ref().map(|answer| answer.status.as_u16()),
    });
    answer.map_or(Outcome::Cut, Outcome::Answer)
}

/// Counts a request that breaks the facts.
pub fn violate(world: &mut World, request: &Request, why: String) {
    let violation = Violation {
        at: world.clock.now(),
        method: request.method.to_string(),
        path: request.target.clone(),
        why,
    };
    tracing::warn!(
        "Violation: {} {}: {}",
        violation.method,
        violation.path,
        violation.why
    );
    world.ledger.violations.push(violation);
}

/// The scripted answer if it is this request's turn, else the right one; `None` is no answer.
fn with_faults(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    key: Option<&Key>,
    now: DateTime<Utc>,
) -> Option<Answer> {
    match world.faults.next(request.method.as_str(), &request.path) {
        None => Some(right_answer(world, request, matched, now)),
        Some(Kind::Reset) => None,
        Some(Kind::Lost) => {
            right_answer(world, request, matched, now);
            excuse_unseen_token(world, request, key);
            None
        }
        Some(Kind::Truncated) => {
            let mut answer = right_answer(world, request, matched, now);
            if let Payload::Json(body) = &answer.body {
                answer.body = Payload::Truncated(body.to_string());
            }
            excuse_unseen_token(world, request, key);
            Some(answer)
        }
        Some(Kind::Html { status }) => Some(Answer::html(
            status,
            "We're sorry, but something went wrong",
        )),
        Some(Kind::Status { status, body }) => {
            admission::excuse_after_401(world, request, status);
            Some(faults::status_answer(
                &request.path,
                status,
                body.as_deref(),
            ))
        }
        Some(Kind::Wait {
            status,
            seconds,
            retry_after,
        }) => {
            let until = now + TimeDelta::seconds(i64::from(seconds));
            Some(waits::order(
                world,
                request,
                key.cloned(),
                status,
                until,
                retry_after,
            ))
        }
    }
}

/// A token whose answer never arrived is unknown to its owner, who must fetch another.
fn excuse_unseen_token(world: &mut World, request: &Request, key: Option<&Key>) {
    if request.path != "/oauth/token" {
        return;
    }
    for token in world.state.tokens.values_mut() {
        token.excused |= key.is_some_and(|key| key.client_id == token.client_id);
    }
}

fn right_answer(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    now: DateTime<Utc>,
) -> Answer {
    match checked(world, request, matched, now) {
        Ok(answer) => answer,
        Err(refusal) => {
            violate(world, request, refusal.why);
            refusal.answer
        }
    }
}

/// The checks in Procore's order: the form first, then who asks, then what they may do.
fn checked(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    now: DateTime<Utc>,
) -> Result<Answer, Refusal> {
    let refusal = |status, why: &str, message: &str| Refusal {
        why: why.to_owned(),
        answer: Answer::error(&request.path, status, message),
    };
    let Some(Matched { routes, values, .. }) = matched else {
        let why = match request.path.starts_with("/rest/v1.0/webhooks/") {
            true => "webhooks v1.0 is deprecated and refused to new apps: use v2.0",
            false => "unknown path",
        };
        return Err(refusal(StatusCode::NOT_FOUND, why, "Not Found"));
    };
    let route = routes
        .into_iter()
        .find(|route| route.method == request.method.as_str());
    let Some(route) = route else {
        let why = "unknown method for this path";
        return Err(refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            why,
            "Method Not Allowed",
        ));
    };
    let form = world
        .schema
        .as_ref()
        .map_or(Ok(()), |schema| schema.check(request));
    form.and_then(|()| route.check_query(request))
        .map_err(|why| refusal(StatusCode::BAD_REQUEST, &why, &why))?;

    let mut call = Call {
        request,
        path_values: values,
        client_id: String::new(),
        company_id: 0,
        project_id: None,
        page: route.page(request),
    };
    if route.scope != Scope::Login
        && let Some(answer) = admission::admit(world, &mut call, route, now)?
    {
        return Ok(answer);
    }
    match (route.answer)(world, &call) {
        Ok(answer) => Ok(answer),
        Err(Some(refusal)) => Err(refusal),
        Err(None) => Ok(call.not_found()),
    }
}

/// Adds the headers that every answer carries.
fn with_headers(
    world: &mut World,
    key: Option<&Key>,
    now: DateTime<Utc>,
    mut answer: Answer,
) -> Answer {
    let stranger = Key {
        client_id: String::new(),
        company_id: None,
    };
    let Budget {
        limit,
        remaining,
        reset,
    } = world.rates.budget(key.unwrap_or(&stranger), now);
    let standard = [
        ("x-rate-limit-limit", i64::from(limit)),
        ("x-rate-limit-remaining", i64::from(remaining)),
        ("x-rate-limit-reset", reset.timestamp()),
    ];
    for (name, value) in standard {
        if !answer.headers.iter().any(|(header, _)| *header == name) {
            answer = answer.with(name, value);
        }
    }
    answer
        .with("date", http_date(now))
        .with("x-request-id", uuid::Uuid::new_v4())
}
