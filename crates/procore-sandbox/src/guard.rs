//! The gate that every request to the simulated Procore passes: it refuses and counts whatever
//! breaks the facts, then lets the endpoint answer from the one permission state.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::admission;
use crate::answer::{Answer, Payload};
use crate::call::{Call, Request};
use crate::clock::http_date;
use crate::faults::{Down, Kind, Then};
use crate::ledger::{Entry, Violation};
use crate::rates::{Budget, Key};
use crate::routes::{self, Matched, Scope};
use crate::waits;
use crate::world::World;

/// What becomes of a request.
pub struct Outcome {
    /// Without one the connection is closed.
    pub answer: Option<Answer>,
    /// A command of the control API that is carried out next.
    pub then: Option<Then>,
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
    let mut fail = None;
    let answer = match world.faults.down {
        Some(Down::Drop) => None,
        Some(Down::Html) => Some(Answer::html(StatusCode::BAD_GATEWAY, "502 Bad Gateway")),
        None => match waits::hold_off(world, request, key.as_ref(), now) {
            Some(answer) => Some(answer),
            None => {
                fail = world.faults.next(request);
                let kind = fail.as_ref().map(|fail| &fail.kind);
                with_fault(world, request, kind, matched, key.as_ref(), now)
            }
        },
    };
    let mut answer = answer.map(|answer| with_headers(world, key.as_ref(), now, answer));
    if let (Some(answer), Some(Kind::Change(change))) =
        (&mut answer, fail.as_ref().map(|fail| &fail.kind))
    {
        change.apply(answer);
    }
    world.ledger.note(Entry {
        at: now,
        method: request.method.to_string(),
        path: request.target.clone(),
        status: answer.as_ref().map(|answer| answer.status.as_u16()),
    });
    let then = fail.and_then(|fail| fail.then);
    Outcome { answer, then }
}

/// Carries out what is due of the requests whose callers gave up waiting.
pub fn catch_up(world: &mut World) {
    let now = world.clock.now();
    for (due, request) in std::mem::take(&mut world.faults.late) {
        if due > now {
            world.faults.late.push((due, request));
        } else {
            right_answer(world, &request, routes::find(&request.path), now);
        }
    }
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

/// The right answer, or what a scripted fault makes of it; `None` is no answer.
fn with_fault(
    world: &mut World,
    request: &Request,
    kind: Option<&Kind>,
    matched: Option<Matched>,
    key: Option<&Key>,
    now: DateTime<Utc>,
) -> Option<Answer> {
    match kind {
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
        Some(Kind::Late { seconds }) => {
            let due = now + TimeDelta::seconds(i64::from(*seconds));
            world.faults.late.push((due, request.clone()));
            None
        }
        Some(Kind::Html { status }) => {
            let mut answer = Answer::scripted(&request.path, *status, None);
            answer.body = Answer::html(answer.status, "We're sorry, but something went wrong").body;
            Some(answer)
        }
        Some(Kind::Status { status, body }) => {
            let answer = Answer::scripted(&request.path, *status, body.as_ref());
            admission::excuse_after_401(world, request, answer.status);
            Some(answer)
        }
        Some(Kind::Throttle(wait)) => Some(waits::script(
            world,
            request,
            key,
            StatusCode::TOO_MANY_REQUESTS,
            wait,
        )),
        Some(Kind::Busy(wait)) => Some(waits::script(
            world,
            request,
            key,
            StatusCode::SERVICE_UNAVAILABLE,
            wait,
        )),
        Some(Kind::Change(change)) => Some(right_answer(
            world,
            &change.understood(request),
            matched,
            now,
        )),
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
        if !answer.headers.contains_key(name) {
            answer = answer.with(name, value);
        }
    }
    answer
        .with("date", http_date(now))
        .with("x-request-id", uuid::Uuid::new_v4())
}
