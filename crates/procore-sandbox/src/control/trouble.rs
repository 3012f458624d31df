//! Commands that make the simulated Procore slow, broken, strict or late.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::Done;
use crate::clock::iso;
use crate::faults::{Down, Kind, Scripted, Slow};
use crate::world::World;

#[derive(Deserialize)]
pub struct SetClock {
    advance_seconds: Option<i64>,
    set: Option<DateTime<Utc>>,
}

/// Moves the simulated time: token life, rate windows and delivery retries follow it.
pub fn clock(world: &mut World, it: SetClock) -> Done {
    if let Some(now) = it.set {
        world.clock.set(now);
    }
    if let Some(seconds) = it.advance_seconds {
        world
            .clock
            .advance(TimeDelta::try_seconds(seconds).ok_or("that is too far")?);
    }
    Ok(json!({ "now": iso(world.clock.now()) }))
}

#[derive(Deserialize)]
pub struct Throttle {
    hourly: u32,
    spike: u32,
}

/// Sets the limits of both windows (0 = off) and begins new windows.
pub fn throttle(world: &mut World, it: Throttle) -> Done {
    world.rates.set(it.hourly, it.spike);
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct SetSlow {
    ms: u64,
    #[serde(default)]
    prefix: String,
}

/// Delays every answer below a path; 0 ends it.
pub fn slow(world: &mut World, it: SetSlow) -> Done {
    let delay = Duration::from_millis(it.ms);
    world.faults.slow = (it.ms > 0).then_some(Slow {
        delay,
        prefix: it.prefix,
    });
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct Fail {
    /// `status`, `html`, `truncated`, `reset`, `lost`, `throttle` (429) or `busy` (503).
    kind: String,
    /// Paths that begin so; every path when left out.
    #[serde(default)]
    prefix: String,
    method: Option<String>,
    #[serde(default)]
    skip: u32,
    times: Option<u32>,
    status: Option<u16>,
    body: Option<serde_json::Value>,
    /// Seconds to wait, of `throttle` and `busy`.
    seconds: Option<u32>,
    /// Say so in `Retry-After`: a 503 does by default, a 429 does not.
    retry_after: Option<bool>,
}

/// Scripts the next answers.
pub fn fail(world: &mut World, it: Fail) -> Done {
    let status = |default: StatusCode| match it.status {
        Some(code) => StatusCode::from_u16(code),
        None => Ok(default),
    };
    let seconds = it.seconds.unwrap_or(10);
    let kind = match it.kind.as_str() {
        "status" => {
            let body = it.body.as_ref().map(|body| match body {
                serde_json::Value::String(text) => text.clone(),
                json => json.to_string(),
            });
            Kind::Status {
                status: status(StatusCode::INTERNAL_SERVER_ERROR)?,
                body,
            }
        }
        "html" => Kind::Html {
            status: status(StatusCode::INTERNAL_SERVER_ERROR)?,
        },
        "truncated" => Kind::Truncated,
        "reset" => Kind::Reset,
        "lost" => Kind::Lost,
        "throttle" => {
            let retry_after = it.retry_after.unwrap_or(false);
            Kind::Wait {
                status: status(StatusCode::TOO_MANY_REQUESTS)?,
                seconds,
                retry_after,
            }
        }
        "busy" => {
            let retry_after = it.retry_after.unwrap_or(true);
            Kind::Wait {
                status: status(StatusCode::SERVICE_UNAVAILABLE)?,
                seconds,
                retry_after,
            }
        }
        other => return Err(format!("there is no kind {other}").into()),
    };
    let times = it.times.unwrap_or(1);
    if times == 0 {
        return Err("times must be at least 1".into());
    }
    let scripted = Scripted {
        prefix: it.prefix,
        method: it.method,
        skip: it.skip,
        times,
        kind,
    };
    world.faults.scripted.push(scripted);
    Ok(json!({ "scripted": world.faults.scripted.len() }))
}

#[derive(Deserialize)]
pub struct FailTriggers {
    /// Positions in the next bulk, from 1.
    positions: Vec<usize>,
}

/// Lets single triggers of the next bulk fail with 207.
pub fn fail_triggers(world: &mut World, it: FailTriggers) -> Done {
    world.faults.failing_triggers = it.positions;
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct SetDown {
    /// `html` (502 with a page) or `drop` (no answer at all).
    how: Option<Down>,
}

pub fn down(world: &mut World, it: SetDown) -> Done {
    world.faults.down = Some(it.how.unwrap_or(Down::Html));
    Ok(json!({}))
}

/// Ends every trouble: outage, slowness, scripted answers, ordered waits.
pub fn up(world: &mut World) -> Done {
    world.faults = crate::faults::Faults::default();
    world.rates.forget_waits();
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct Switch {
    on: bool,
}

/// Whether `GET /rest/v1.0/companies` insists on the company header.
pub fn companies_need_header(world: &mut World, it: Switch) -> Done {
    world.companies_need_header = it.on;
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct ChangeCatalog {
    resource: String,
    present: Option<bool>,
    /// The events it offers instead.
    actions: Option<Vec<String>>,
}

/// Takes a resource out of the webhook catalog, changes its events, or brings it back.
pub fn catalog(world: &mut World, it: ChangeCatalog) -> Done {
    let changes = &mut world.state.catalog_changes;
    match (it.present, it.actions) {
        (Some(false), _) => changes.insert(it.resource, None),
        (_, Some(actions)) => changes.insert(it.resource, Some(actions)),
        (_, None) => changes.remove(&it.resource),
    };
    Ok(json!({}))
}
