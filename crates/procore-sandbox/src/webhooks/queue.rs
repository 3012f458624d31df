//! When each delivery is due, as Procore does it: a failure pauses its destination, is retried
//! after 1 s, doubling to at most 1 h, and after 12 h all that waits there is discarded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Attempt, Delivery, Hook, Outbox};
use crate::change::BodyChange;
use crate::faults::{Faults, Repeated};

const FIRST_RETRY: TimeDelta = TimeDelta::seconds(1);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
const GIVE_UP: TimeDelta = TimeDelta::hours(12);

type Hooks = BTreeMap<i64, Hook>;

/// The state of the destinations that do not answer well, and of all sending.
#[derive(Default)]
pub(crate) struct Queue {
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

/// What is sent to a destination at once.
pub(crate) struct Parcel {
    /// Several where they go out together.
    pub delivery_ids: Vec<i64>,
    pub destination: String,
    pub authorization: Option<String>,
    pub body: Value,
    pub change: BodyChange,
}

impl Queue {
    /// Takes the head of every destination's queue that may be sent now, and says how long the
    /// nearest paused one still waits.
    pub(crate) fn take_due(
        &mut self,
        hooks: &Hooks,
        outbox: &Outbox,
        faults: &mut Faults,
        now: DateTime<Utc>,
    ) -> (Vec<Parcel>, Option<Duration>) {
        let (due, next) = self.due(hooks, outbox, now);
        let parcels = due.into_iter().map(|(delivery, hook)| {
            let change = Repeated::take(&mut faults.deliveries).unwrap_or_default();
            let of_hook = outbox.waiting().filter(|it| it.hook_id == hook.id);
            let sent = if change.together {
                of_hook.collect()
            } else {
                vec![delivery]
            };
            let bodies = || sent.iter().map(|it| it.payload.clone()).collect();
            Parcel {
                delivery_ids: sent.iter().map(|it| it.id).collect(),
                destination: hook.destination_url.clone(),
                authorization: hook.authorization.clone(),
                body: if change.together {
                    bodies()
                } else {
                    delivery.payload.clone()
                },
                change: change.body,
            }
        });
        let parcels: Vec<Parcel> = parcels.collect();
        let destinations = parcels.iter().map(|parcel| parcel.destination.clone());
        self.under_way.extend(destinations);
        // The wrong order lasts until the queue is empty.
        self.reversed &= self.held || !self.under_way.is_empty() || next.is_some();
        (parcels, next)
    }

    fn due<'a>(
        &self,
        hooks: &'a Hooks,
        outbox: &'a Outbox,
        now: DateTime<Utc>,
    ) -> (Vec<(&'a Delivery, &'a Hook)>, Option<Duration>) {
        let (mut due, mut next) = (Vec::new(), None::<Duration>);
        let active = hooks.values().filter(|hook| hook.active && !self.held);
        let destinations: BTreeSet<&str> =
            active.map(|hook| hook.destination_url.as_str()).collect();
        let mut waiting = outbox.waiting();
        let mut seen = BTreeSet::new();
        // Only the head of each queue matters: a flood behind it costs nothing.
        while seen.len() < destinations.len() {
            let head = match self.reversed {
                true => waiting.next_back(),
                false => waiting.next(),
            };
            let Some(delivery) = head else { break };
            let hook = hooks.get(&delivery.hook_id).filter(|hook| hook.active);
            let Some(hook) = hook.filter(|hook| seen.insert(&hook.destination_url)) else {
                continue;
            };
            let pause = self.paused.get(&hook.destination_url);
            match pause.map(|pause| pause.until - now) {
                _ if self.under_way.contains(&hook.destination_url) => {}
                Some(left) if left > TimeDelta::zero() => {
                    let left = left.to_std().unwrap_or_default();
                    next = Some(next.map_or(left, |next| next.min(left)));
                }
                Some(_) | None => due.push((delivery, hook)),
            }
        }
        (due, next)
    }

    /// Nothing is on its way and nothing could be sent now: what is left is paused or held.
    pub(crate) fn is_settled(&self, hooks: &Hooks, outbox: &Outbox, now: DateTime<Utc>) -> bool {
        self.under_way.is_empty() && self.due(hooks, outbox, now).0.is_empty()
    }

    /// Notes an attempt and what follows from it for its destination: after a long time without
    /// success everything that waits there is discarded, and the next event starts afresh.
    pub(crate) fn note(
        &mut self,
        hooks: &Hooks,
        outbox: &mut Outbox,
        parcel: &Parcel,
        attempt: &Attempt,
    ) {
        let (destination, now) = (&parcel.destination, attempt.completed_at);
        self.under_way.remove(destination);
        for id in &parcel.delivery_ids {
            outbox.note(*id, attempt.clone());
        }
        if attempt.success {
            self.paused.remove(destination);
            return;
        }
        let pause = self.paused.entry(destination.clone()).or_insert(Pause {
            failing_since: now,
            wait: FIRST_RETRY / 2,
            until: now,
        });
        pause.wait = (pause.wait * 2).min(LONGEST_RETRY);
        pause.until = now + pause.wait;
        if now - pause.failing_since >= GIVE_UP {
            self.paused.remove(destination);
            let leads_there = |hook: &Hook| hook.destination_url == *destination;
            outbox.discard(|delivery| hooks.get(&delivery.hook_id).is_some_and(leads_there));
        }
    }
}
