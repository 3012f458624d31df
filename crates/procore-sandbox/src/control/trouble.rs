//! Commands that make the simulated Procore slow, broken, strict or late.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{Done, Whose};
use crate::clock::iso;
use crate::faults::{ChangeDeliveries, Down, Fail, FailTriggers, Faults, Slow};
use crate::rates::{Key, Limits, Rates};
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
    /// With an app or a company, the limits are theirs alone.
    #[serde(flatten)]
    whose: Whose,
    hourly: u32,
    spike: u32,
}

/// Sets the limits of both windows (0 = off) and begins new windows.
pub fn throttle(world: &mut World, it: Throttle) -> Done {
    let limits = Limits {
        hourly: it.hourly,
        spike: it.spike,
    };
    if it.whose.is_first() {
        world.rates = Rates::new(limits);
    } else {
        let key = Key {
            client_id: it.whose.client_id(world)?,
            company_id: Some(it.whose.company_id(world)?),
        };
        world.rates.limit(key, limits);
    }
    Ok(json!({}))
}

/// Delays answers; 0 ends it.
pub fn slow(world: &mut World, it: Slow) -> Done {
    world.faults.slow = Some(it).filter(|slow| slow.ms > 0);
    Ok(json!({}))
}

/// Scripts the next answers.
pub fn fail(world: &mut World, it: Fail) -> Done {
    if it.times == 0 {
        return Err("times must be at least 1".into());
    }
    world.faults.scripted.push(it);
    Ok(json!({ "scripted": world.faults.scripted.len() }))
}

/// Lets single triggers of the next bulks fail with 207.
pub fn fail_triggers(world: &mut World, it: FailTriggers) -> Done {
    world.faults.triggers = Some(it);
    Ok(json!({}))
}

/// Changes what the next deliveries carry.
pub fn change_deliveries(world: &mut World, it: ChangeDeliveries) -> Done {
    world.faults.deliveries = Some(it);
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

/// Ends every trouble: outage, slowness, scripted answers, ordered waits. What was begun late is
/// still carried out.
pub fn up(world: &mut World) -> Done {
    world.faults = Faults {
        late: std::mem::take(&mut world.faults.late),
        ..Faults::default()
    };
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
