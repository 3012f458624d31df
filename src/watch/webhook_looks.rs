//! The looks at our webhook and at what Procore delivers to it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::connections::UNSEEN;
use super::look::{Findings, Site, Unanswered, refused};
use crate::connection::incident::{Finding, HookDrift};
use crate::connection::{Connection, Trigger, triggers};
use crate::ledger::RunKind;
use crate::procore::{self, Delivery, DeliveryFilter, Error, HookStatus, Webhooks};
use crate::store::hooks::{self, Hook};
use crate::store::{events, runs};
use crate::verdict::{ReasonCode, Refusal};
use crate::webhooks;

/// Pages of a hundred deliveries that are read; with more, many were lost in any case.
const MOST_PAGES: usize = 2;
/// For how long a webhook may be in the making.
const TO_SET_UP: TimeDelta = TimeDelta::hours(1);
/// Deliveries that failed for so long, while none arrived, do not fail by chance.
const FAILING: TimeDelta = TimeDelta::hours(1);

impl Site<'_> {
    /// Whether our webhook is there as we left it.
    pub(super) async fn webhook(&self) -> Findings {
        // Two of ours while it moves to another payload version: the newest is the one that stays.
        let all_known = self.known_hooks().await?;
        let Some(known) = all_known.iter().find(|it| it.procore_id.is_some()) else {
            return match self.is_being_set_up(&all_known).await? {
                true => Err(Unanswered::Unknown),
                false => Ok(removed(Vec::new())),
            };
        };
        let api = self.api.webhooks();
        let refused = refused(Refusal::WEBHOOKS);
        let namespace = &self.app.config.webhook_namespace;
        let listed = api.hooks(namespace).await.map_err(&refused)?;
        let mut conn = self.app.db.acquire().await.map_err(anyhow::Error::from)?;
        let others = webhooks::of_others(&mut conn, self.connection.id, &listed).await;
        drop(conn);
        let others = others.map_err(anyhow::Error::from)?;
        let public = &self.app.config.public_url;
        let ours = listed.iter().filter(|hook| {
            webhooks::leads_to(&hook.destination_url, public)
                && webhooks::is_of(hook, self.connection.firm_id)
                && !others.contains(&hook.id)
        });
        let is = |known: &Hook, hook: &procore::Hook| known.procore_id.as_ref() == Some(&hook.id);
        // Procore may have made one without our knowing yet what it calls it.
        let is_prepared = |known: &Hook, hook: &procore::Hook| {
            known.procore_id.is_none()
                && webhooks::endpoint_hash(&hook.destination_url).as_ref()
                    == Some(&known.endpoint_hash)
        };
        let is_known = |hook: &&procore::Hook| {
            let mut all = all_known.iter();
            all.any(|known| is(known, hook) || is_prepared(known, hook))
        };
        let Some(hook) = listed.iter().find(|hook| is(known, hook)) else {
            return Ok(removed(known.triggers.clone()));
        };
        let mut drift = BTreeSet::new();
        if ours.filter(|hook| !is_known(hook)).count() > 0 {
            drift.insert(HookDrift::Doubled);
        }
        if hook.status != HookStatus::Active {
            drift.insert(HookDrift::Disabled);
        }
        if webhooks::endpoint_hash(&hook.destination_url).as_ref() != Some(&known.endpoint_hash) {
            drift.insert(HookDrift::Redirected);
        }
        let present = api.triggers(&hook.id).await.map_err(&refused)?;
        let present: Vec<Trigger> = present
            .iter()
            .map(|it| Trigger::new(&it.resource, it.event.as_str()))
            .collect();
        let (missing, surplus) = triggers::difference(&present, &known.triggers);
        if !missing.is_empty() || !surplus.is_empty() {
            drift.insert(HookDrift::Triggers);
        }
        if drift.is_empty() {
            return Ok(Vec::new());
        }
        let surplus = surplus.into_iter().map(|place| present[place].clone());
        Ok(vec![Finding {
            hook: drift.into_iter().collect(),
            missing,
            surplus: surplus.collect(),
            ..Finding::of(ReasonCode::Hook)
        }])
    }

    /// Whether a webhook that is not there yet may still come: somebody began to make one lately.
    async fn is_being_set_up(&self, known: &[Hook]) -> anyhow::Result<bool> {
        let Connection { firm_id, id, .. } = *self.connection;
        let lately = self.app.clock.now() - TO_SET_UP;
        let mut conn = self.app.db.acquire().await?;
        let repair = runs::find_open(&mut conn, firm_id, id, RunKind::Repair).await?;
        Ok(known.iter().any(|it| it.updated_at > lately)
            || repair.is_some_and(|it| it.started_at > lately))
    }

    /// Whether Procore gave up deliveries to us since `since`, or cannot deliver now.
    pub(super) async fn deliveries(&self, since: DateTime<Utc>) -> Findings {
        let known = self.known_hooks().await?.into_iter();
        let confirmed = known.filter_map(|hook| Some((hook.procore_id.clone()?, hook)));
        let Some((procore_id, hook)) = confirmed.into_iter().next() else {
            return Err(Unanswered::Unknown);
        };
        let api = self.api.webhooks();
        if let Some(finding) = given_up(&api, &procore_id, since).await? {
            return Ok(vec![finding]);
        }
        let failing = self.failing_since(&api, &procore_id, &hook).await?;
        let finding = |since| Finding {
            last_at: Some(since),
            ..Finding::of(ReasonCode::Deliveries)
        };
        Ok(failing.map(finding).into_iter().collect())
    }

    /// Since when every delivery to a webhook fails, where it does for a while.
    async fn failing_since(
        &self,
        api: &Webhooks,
        procore_id: &str,
        hook: &Hook,
    ) -> Result<Option<DateTime<Utc>>, Unanswered> {
        let now = self.app.clock.now();
        let retried = DeliveryFilter {
            status: Some("retrying"),
            start: Some((now - UNSEEN).date_naive()),
            end: None,
        };
        let retried = listed(api, procore_id, retried).await?.listed;
        let first = retried.iter().filter_map(Delivery::first_tried_at).min();
        let Some(since) = first.filter(|it| *it <= now - FAILING) else {
            return Ok(None);
        };
        // An event lies under its own day, and may have come long after it.
        let (firm, day) = (self.connection.firm_id, (now - UNSEEN).date_naive());
        let mut conn = self.app.db.acquire().await.map_err(anyhow::Error::from)?;
        let received = events::count_since(&mut conn, firm, hook.id, day).await;
        let last = received.map_err(anyhow::Error::from)?.last_at;
        Ok(Some(since).filter(|_| last.is_none_or(|it| it <= now - FAILING)))
    }

    /// Our webhooks, the newest first.
    async fn known_hooks(&self) -> anyhow::Result<Vec<Hook>> {
        let Connection { firm_id, id, .. } = *self.connection;
        let mut conn = self.app.db.acquire().await?;
        Ok(hooks::list_of_company(&mut conn, firm_id, id).await?)
    }
}

/// The deliveries to a webhook that fit a filter.
async fn listed(
    api: &Webhooks,
    hook: &str,
    filter: DeliveryFilter,
) -> Result<procore::Deliveries, Unanswered> {
    let listed = api.deliveries(hook, filter, MOST_PAGES).await;
    listed.map_err(|error| match error {
        // That the webhook is not there is found by the look at it.
        Error::NotVisible(_) => Unanswered::Unknown,
        error => Unanswered::ByProcore(error, Refusal::WEBHOOKS),
    })
}

/// What Procore gave up delivering to a webhook since `since`.
async fn given_up(
    api: &Webhooks,
    hook: &str,
    since: DateTime<Utc>,
) -> Result<Option<Finding>, Unanswered> {
    let discarded = DeliveryFilter {
        status: Some("discarded"),
        // Counts from when the delivery was created, which is given up only after that.
        start: Some((since - UNSEEN).date_naive()),
        end: None,
    };
    let discarded = listed(api, hook, discarded).await?;
    let is_new = |it: &&Delivery| it.last_tried_at().is_some_and(|end| end > since);
    let count = match discarded.is_whole {
        true => discarded.listed.iter().filter(is_new).count(),
        false => discarded.listed.len(),
    };
    if count == 0 {
        return Ok(None);
    }
    // What waits behind a delivery is given up with it, and was never tried.
    let came_about = discarded.listed.iter().filter_map(Delivery::came_about_at);
    Ok(Some(Finding {
        count: Some(count as u64),
        has_more: !discarded.is_whole,
        last_at: came_about.max(),
        ..Finding::of(ReasonCode::Deliveries)
    }))
}

/// That our webhook is not there, with what it announced.
fn removed(missing: Vec<Trigger>) -> Vec<Finding> {
    vec![Finding {
        hook: vec![HookDrift::Removed],
        missing,
        ..Finding::of(ReasonCode::Hook)
    }]
}
