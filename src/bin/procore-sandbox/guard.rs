//! The gate that every request to the simulated Procore passes: it refuses and counts whatever
//! breaks the facts, then lets the endpoint answer from the one permission state.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::answer::{Answer, Payload};
use crate::call::{Call, Request};
use crate::clock::http_date;
use crate::data::Dataset;
use crate::faults::{self, Down, Kind};
use crate::ledger::{Entry, Violation};
use crate::permissions::Level;
use crate::rates::{Budget, Key, Standing};
use crate::routes::{self, Matched, Need, Route, Scope};
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
        .map_or("(unknown path)", |(template, _, _)| *template);
    world.ledger.count(request.method.as_str(), template);

    match world.faults.down {
        Some(Down::Drop) => return Outcome::Cut,
        Some(Down::Html) => {
            return finish(
                world,
                request,
                now,
                None,
                Answer::html(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
            );
        }
        None => {}
    }

    let key = caller(world, request);
    if let Some(answer) = ordered_to_wait(world, request, key.as_ref(), now) {
        return finish(world, request, now, key.as_ref(), answer);
    }
    let fault = world.faults.next(request.method.as_str(), &request.path);
    let answer = match fault {
        Some(Kind::Reset) => return Outcome::Cut,
        Some(Kind::Html { status }) => {
            Answer::html(status, "We're sorry, but something went wrong")
        }
        Some(Kind::Status { status, body }) => {
            excuse_after_401(world, request, status);
            faults::status_answer(&request.path, status, body.as_deref())
        }
        Some(Kind::Wait {
            status,
            seconds,
            retry_after,
        }) => {
            let until = now + TimeDelta::seconds(i64::from(seconds));
            order(world, request, key.clone(), status, until, retry_after)
        }
        Some(Kind::Truncated) => {
            let mut answer = answer(world, request, matched, now);
            if let Payload::Json(body) = &answer.body {
                answer.body = Payload::Truncated(body.to_string());
            }
            answer
        }
        None => answer(world, request, matched, now),
    };
    finish(world, request, now, key.as_ref(), answer)
}

fn answer(
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

fn violate(world: &mut World, request: &Request, why: String) {
    let violation = Violation {
        at: world.clock.now(),
        method: request.method.to_string(),
        path: request.target.clone(),
        why,
    };
    eprintln!(
        "violation: {} {}: {}",
        violation.method, violation.path, violation.why
    );
    world.ledger.violations.push(violation);
}

/// The route's checks in Procore's order: form first, then who asks, then what they may do.
fn checked(
    world: &mut World,
    request: &Request,
    matched: Option<Matched>,
    now: DateTime<Utc>,
) -> Result<Answer, Refusal> {
    let error = |status, message: &str| Answer::error(&request.path, status, message);
    let Some((_, routes, path_values)) = matched else {
        let why = match request.path.starts_with("/rest/v1.0/webhooks/") {
            true => "webhooks v1.0 is deprecated and refused to new apps: use v2.0",
            false => "unknown path",
        };
        return Err(Refusal {
            why: why.to_owned(),
            answer: error(StatusCode::NOT_FOUND, "Not Found"),
        });
    };
    let Some(route) = routes
        .iter()
        .find(|route| route.method == request.method.as_str())
    else {
        let answer = error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        return Err(Refusal {
            why: "unknown method for this path".to_owned(),
            answer,
        });
    };
    let form = world
        .schema
        .as_ref()
        .map_or(Ok(()), |schema| schema.check(request));
    form.and_then(|()| route.check_query(request))
        .map_err(|why| {
            let answer = error(StatusCode::BAD_REQUEST, &why);
            Refusal { why, answer }
        })?;

    let mut call = Call {
        request,
        path_values,
        client_id: String::new(),
        company_id: 0,
        project_id: None,
        page: route.page(request),
    };
    if route.scope != Scope::Login {
        if let Some(answer) = admit(world, &mut call, route, now)? {
            return Ok(answer);
        }
    }
    match (route.answer)(world, &call) {
        Ok(answer) => Ok(answer),
        Err(Some(refusal)) => Err(refusal),
        Err(None) => Ok(call.not_found()),
    }
}

/// Finds out who calls and whether they may; `Some` is the answer of one who may not.
fn admit(
    world: &mut World,
    call: &mut Call<'_>,
    route: &Route,
    now: DateTime<Utc>,
) -> Result<Option<Answer>, Refusal> {
    let request = call.request;
    let error = |status, message: &str| Answer::error(&request.path, status, message);
    match world.token_owner(request, now) {
        Ok(client_id) => call.client_id = client_id,
        Err(answer) => return Ok(Some(answer)),
    }
    let company = match request.header("procore-company-id") {
        Some(text) => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => {
                let answer = error(
                    StatusCode::BAD_REQUEST,
                    "Invalid Procore-Company-Id header!",
                );
                return Err(Refusal {
                    why: "Procore-Company-Id is not a number".to_owned(),
                    answer,
                });
            }
        },
        None => None,
    };
    let key = Key {
        client_id: call.client_id.clone(),
        company_id: company,
    };
    if let Err(budget) = world.rates.take(&key, now) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Ok(Some(order(
            world,
            request,
            Some(key),
            status,
            budget.reset,
            false,
        )));
    }
    let optional = route.scope == Scope::Principal && !world.companies_need_header;
    let Some(company_id) = company else {
        if optional {
            return Ok(None);
        }
        let message =
            "Missing Procore-Company-Id header! Send the id of the company that you call into.";
        let answer = error(StatusCode::BAD_REQUEST, message);
        return Err(Refusal {
            why: "missing Procore-Company-Id header".to_owned(),
            answer,
        });
    };
    call.company_id = company_id;
    for named in [call.path_value("company_id"), request.query("company_id")]
        .into_iter()
        .flatten()
    {
        if named != company_id.to_string() {
            let why =
                format!("Procore-Company-Id is {company_id} but the call names company {named}");
            return Err(Refusal {
                why,
                answer: error(StatusCode::NOT_FOUND, "Not Found"),
            });
        }
    }
    Ok(may(world, call, route).err())
}

/// The permission state's say: installed, project visible, tool there, level high enough.
fn may(world: &mut World, call: &mut Call<'_>, route: &Route) -> Result<(), Answer> {
    let path = &call.request.path;
    let Some(company) = world.state.companies.get(&call.company_id) else {
        return Err(call.not_found());
    };
    let Some(access) = company
        .access
        .get(&call.client_id)
        .filter(|access| access.installed)
    else {
        let status = company
            .access
            .get(&call.client_id)
            .map_or(403, |access| access.uninstalled_status);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        let body = serde_json::json!({ "errors": ["App is not connected to this company."] });
        excuse_after_401(world, call.request, status);
        return Err(Answer::json(status, body));
    };
    let project = call
        .path_value("project_id")
        .or(call.request.query("project_id"));
    if let Some(text) = project {
        let visible = text.parse().ok().filter(|id| access.sees_project(*id));
        let exists = visible.and_then(|id| company.records.row(Dataset::Projects, id));
        match exists.filter(|row| !row.deleted) {
            Some(row) => call.project_id = Some(row.id),
            None => return Err(call.not_found()),
        }
    }
    let forbidden = |tool: &str| {
        let message = format!("You do not have permission to perform this action ({tool}).");
        Answer::error(path, StatusCode::FORBIDDEN, &message)
    };
    match route.need {
        Need::Nothing => Ok(()),
        Need::Company(tool, level) if access.company_level(tool) >= level => Ok(()),
        Need::Company(tool, _) => Err(forbidden(tool)),
        Need::Directory if access.company_level("directory") >= Level::ReadOnly => Ok(()),
        Need::Directory if access.reduced_views => Ok(()),
        Need::Directory => Err(forbidden("directory")),
        Need::Here(tool, level) => {
            let found = match call.project_id {
                Some(id) => access.project_level(id, tool),
                None => access.company_level(tool),
            };
            if found >= level {
                Ok(())
            } else {
                Err(forbidden(tool))
            }
        }
    }
}

/// Who is asking, as far as waits and windows are concerned.
fn caller(world: &World, request: &Request) -> Option<Key> {
    let client_id = match request.path.starts_with("/oauth/") {
        true => crate::oauth::named_client(request)?,
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

/// Answers a call that comes before the end of a wait; counts it unless it was under way.
fn ordered_to_wait(
    world: &mut World,
    request: &Request,
    key: Option<&Key>,
    now: DateTime<Utc>,
) -> Option<Answer> {
    let sent = format!("{} {}", request.method, request.target);
    let until = match world.rates.standing(key?, &sent, now) {
        Standing::Free => return None,
        Standing::UnderWay { until } => until,
        Standing::Ignored { until } => {
            let left = (until - now).num_seconds() + 1;
            violate(
                world,
                request,
                format!("called {left} s before the end of an ordered wait"),
            );
            until
        }
    };
    Some(wait_answer(
        &request.path,
        StatusCode::TOO_MANY_REQUESTS,
        until,
    ))
}

fn order(
    world: &mut World,
    request: &Request,
    key: Option<Key>,
    status: StatusCode,
    until: DateTime<Utc>,
    retry_after: bool,
) -> Answer {
    let seconds = (until - world.clock.now())
        .num_milliseconds()
        .div_euclid(1000)
        + 1;
    if let Some(key) = key {
        world
            .rates
            .order_wait(key, format!("{} {}", request.method, request.target), until);
    }
    let answer = wait_answer(&request.path, status, until);
    if retry_after {
        answer.with("retry-after", seconds)
    } else {
        answer
    }
}

fn wait_answer(path: &str, status: StatusCode, until: DateTime<Utc>) -> Answer {
    let message = match status {
        StatusCode::TOO_MANY_REQUESTS => "You have surpassed the rate limit.",
        _ => "The service is under heavy load.",
    };
    let reset = (until.timestamp_millis() + 999).div_euclid(1000);
    let answer = match path.starts_with("/rest/v2") {
        true => Answer::error(path, status, message),
        false => Answer::json(status, serde_json::json!({ "error": message })),
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS => answer
            .with("x-rate-limit-remaining", 0)
            .with("x-rate-limit-reset", reset),
        _ => answer,
    }
}

/// A token that was answered 401 may be fetched again.
fn excuse_after_401(world: &mut World, request: &Request, status: StatusCode) {
    if status == StatusCode::UNAUTHORIZED
        && let Some(token) = request
            .bearer()
            .and_then(|token| world.state.tokens.get_mut(token))
    {
        token.excused = true;
    }
}

/// Adds the headers that every answer carries, and writes it into the log.
fn finish(
    world: &mut World,
    request: &Request,
    now: DateTime<Utc>,
    key: Option<&Key>,
    mut answer: Answer,
) -> Outcome {
    let stranger = Key {
        client_id: String::new(),
        company_id: None,
    };
    let Budget {
        limit,
        remaining,
        reset,
    } = world.rates.budget(key.unwrap_or(&stranger), now);
    let has = |answer: &Answer, name| answer.headers.iter().any(|(header, _)| *header == name);
    let standard = [
        ("x-rate-limit-limit", i64::from(limit)),
        ("x-rate-limit-remaining", i64::from(remaining)),
        ("x-rate-limit-reset", reset.timestamp()),
    ];
    for (name, value) in standard {
        if !has(&answer, name) {
            answer = answer.with(name, value);
        }
    }
    answer = answer
        .with("date", http_date(now))
        .with("x-request-id", uuid::Uuid::new_v4());
    world.ledger.note(Entry {
        at: now,
        method: request.method.to_string(),
        path: request.target.clone(),
        status: answer.status.as_u16(),
    });
    Outcome::Answer(answer)
}
