//! The gate that every request to the simulated Procore passes: it refuses and counts whatever
//! breaks Procore's rules, then lets the endpoint answer from the one permission state.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::admission;
use crate::answer::{Answer, Payload, Refusal};
use crate::call::Call;
use crate::clock::http_date;
use crate::faults::{Down, Kind, Then};
use crate::ledger::Entry;
use crate::oauth;
use crate::rates::Key;
use crate::request::Request;
use crate::route::Scope;
use crate::routes::{self, Matched};
use crate::waits;
use crate::world::World;

/// What becomes of a request.
pub(crate) struct Outcome {
    /// Without one the connection is closed.
    pub answer: Option<Answer>,
    /// A command of the control API that is carried out next.
    pub then: Option<Then>,
}

/// Answers a request, or refuses it; everything is counted.
pub(crate) fn pass(world: &mut World, request: &Request) -> Outcome {
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
    let kind = fail.as_ref().map(|fail| &fail.kind);
    if let (Some(answer), Some(Kind::Change(change))) = (&mut answer, kind) {
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
pub(crate) fn run_late_requests(world: &mut World) {
    let now = world.clock.now();
    for (due, request) in std::mem::take(&mut world.faults.late) {
        if due > now {
            world.faults.late.push((due, request));
            continue;
        }
        world.faults.is_late = true;
        right_answer(world, &request, routes::find(&request.path), now);
        world.faults.is_late = false;
    }
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
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some(match kind {
        None => right_answer(world, request, matched, now),
        Some(Kind::Reset) => return None,
        Some(Kind::Lost) => {
            right_answer(world, request, matched, now);
            excuse_unseen_token(world, request, key);
            return None;
        }
        Some(Kind::Late { seconds }) => {
            let due = now + TimeDelta::seconds(i64::from(*seconds));
            world.faults.late.push((due, request.clone()));
            return None;
        }
        Some(Kind::Truncated) => {
            let mut answer = right_answer(world, request, matched, now);
            if let Payload::Json(body) = &answer.body {
                answer.body = Payload::Truncated(body.to_string());
            }
            excuse_unseen_token(world, request, key);
            answer
        }
        Some(Kind::Html { status: code }) => {
            Answer::html(status(*code), "We're sorry, but something went wrong")
        }
        Some(Kind::Status { status: code, body }) => {
            admission::excuse_after_401(world, request, status(*code));
            Answer::scripted(status(*code), body.as_ref()).shaped_for(&request.path)
        }
        Some(Kind::Throttle(wait)) => {
            waits::script(world, request, key, StatusCode::TOO_MANY_REQUESTS, wait)
        }
        Some(Kind::Busy(wait)) => {
            waits::script(world, request, key, StatusCode::SERVICE_UNAVAILABLE, wait)
        }
        Some(Kind::Change(change)) => {
            let answer = right_answer(world, &change.understood(request), matched, now);
            excuse_unseen_token(world, request, key);
            answer
        }
    })
}

/// A token whose answer never arrived, or not as it should, may be unknown to its owner, who must
/// fetch another.
fn excuse_unseen_token(world: &mut World, request: &Request, key: Option<&Key>) {
    if request.path == "/oauth/token" {
        for token in world.state.tokens.values_mut() {
            token.excused |= key.is_some_and(|key| key.client_id == token.client_id);
        }
    }
}

fn right_answer(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    now: DateTime<Utc>,
) -> Answer {
    let answer = checked(world, request, matched, now).unwrap_or_else(|refusal| {
        if let Some(why) = refusal.violation {
            world.violate(request, why);
        }
        refusal.answer
    });
    answer.shaped_for(&request.path)
}

/// The checks in Procore's order: the form first, then who asks, then what they may do.
fn checked(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    now: DateTime<Utc>,
) -> Result<Answer, Refusal> {
    let refusal = |status: StatusCode, why: &str| {
        let message = status.canonical_reason().unwrap_or("Error");
        Refusal::counted(why, Answer::error(status, message))
    };
    let Some(Matched { routes, values, .. }) = matched else {
        let why = match request.path.starts_with("/rest/v1.0/webhooks/") {
            true => "webhooks v1.0 is deprecated and refused to new apps: use v2.0",
            false => "unknown path",
        };
        return Err(refusal(StatusCode::NOT_FOUND, why));
    };
    let route = routes
        .into_iter()
        .find(|route| route.method == request.method.as_str());
    let Some(route) = route else {
        return Err(refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "unknown method for this path",
        ));
    };
    if let Some(schema) = &world.schema {
        // Procore's file knows neither its own pages nor PKCE.
        if route.scope != Scope::Page && !oauth::is_sign_in(request) {
            schema.check(request).map_err(Refusal::bad)?;
        }
    }
    route.check_query(request).map_err(Refusal::bad)?;

    let mut call = Call {
        request,
        path_values: values,
        client_id: String::new(),
        person: None,
        company_id: 0,
        project_id: None,
        page: route.page(request),
    };
    if !matches!(route.scope, Scope::Login | Scope::Page) {
        admission::admit(world, &mut call, route, now)?;
    }
    (route.answer)(world, &call)
}

/// Adds the headers that every answer carries.
fn with_headers(
    world: &mut World,
    key: Option<&Key>,
    now: DateTime<Utc>,
    mut answer: Answer,
) -> Answer {
    let budget = world.rates.budget(key.unwrap_or(&Key::default()), now);
    let standard = [
        ("x-rate-limit-limit", i64::from(budget.limit)),
        ("x-rate-limit-remaining", i64::from(budget.remaining)),
        ("x-rate-limit-reset", budget.reset.timestamp()),
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
