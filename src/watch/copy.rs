//! The look at our own copy, which asks Procore nothing.

use super::look::Site;
use crate::connection::Connection;
use crate::connection::incident::Finding;
use crate::reconcile::late::{EVENTS, Late, Renewal, TO_CATCH_UP};
use crate::store::{incidents, list_readings, outages, reconciles, waiting_events};
use crate::verdict::ReasonCode;

impl Site<'_> {
    /// Whether our copy is renewed as planned.
    pub(super) async fn copy(&self) -> anyhow::Result<Vec<Finding>> {
        let Connection { firm_id, id, .. } = *self.connection;
        let environment = &self.connection.target.environment;
        let now = self.app.clock.now();
        let mut conn = self.app.db.acquire().await?;
        let known = list_readings::list(&mut conn, firm_id, id).await?;
        let reconcile = reconciles::find(&mut conn, firm_id, id).await?;
        let outage = outages::last_end(&mut conn, environment).await?;
        let mut explained = incidents::list_open(&mut conn, firm_id, id).await?;
        let lately = incidents::list_ended(&mut conn, firm_id, id, now - TO_CATCH_UP);
        explained.extend(lately.await?);
        let overdue = waiting_events::overdue(&mut conn, firm_id, id, now - EVENTS).await?;
        let renewal = Renewal {
            settings: self.settings,
            known: &known,
            reconciled_at: reconcile.ended_at.max(self.connection.connected_at),
            free_since: reconcile.gap.map(|gap| gap.to).max(outage),
            explained: &explained,
            overdue,
        };
        Ok(renewal.late(now).map(finding).into_iter().collect())
    }
}

fn finding(late: Late) -> Finding {
    let names = late.data_sets.iter().map(|set| set.label().to_owned());
    Finding {
        names: names.collect(),
        count: Some(late.events).filter(|count| *count > 0),
        last_at: Some(late.since),
        ..Finding::of(ReasonCode::Late)
    }
}
