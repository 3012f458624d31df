//! What Procore gave up delivering to a project's webhook: it is read instead.

use chrono::TimeDelta;

use crate::engine::{Halt, RunContext, RunLease};
use crate::procore::{Delivery, DeliveryFilter, Error};
use crate::store::project_runs;
use crate::store::projects;
use crate::verdict::Refusal;
use crate::work;

/// Pages of a hundred deliveries that are read; with more, many were lost in any case.
const MOST_PAGES: usize = 2;
/// For how long Procore tries a delivery.
const TRIED: TimeDelta = TimeDelta::hours(12);

/// Has the project read again whole where Procore gave up deliveries to `hook` since it was read last; returns how
/// many.
pub(super) async fn find(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    hook: &str,
) -> Result<usize, Halt> {
    let (project, of) = (
        context.project_id(),
        (context.run.firm_id, context.connection.id),
    );
    let mut conn = lease.app.db.acquire().await?;
    let found = projects::list_on_board(&mut conn, of, &[project]).await?;
    drop(conn);
    let read = found.first().and_then(|it| it.last_copy_at);
    let Some(since) = read else { return Ok(0) };
    let filter = DeliveryFilter {
        status: Some("discarded"),
        // Counts from when the delivery was created, which is given up only after that.
        start: Some((since - TRIED).date_naive()),
        end: None,
    };
    let discarded = match context
        .webhooks()?
        .deliveries(hook, filter, MOST_PAGES)
        .await
    {
        Ok(discarded) => discarded,
        // Procore need not show its history; the lists are compared without it as well.
        Err(Error::NotVisible(_) | Error::NotPermitted(_) | Error::Unexpected(_)) => return Ok(0),
        Err(error) => return Err(Halt::of(error, Refusal::WEBHOOKS)),
    };
    let is_new = |it: &&Delivery| it.last_tried_at().is_some_and(|end| end > since);
    let count = match discarded.is_whole {
        true => discarded.listed.iter().filter(is_new).count(),
        false => discarded.listed.len(),
    };
    if count > 0 {
        let mut write = lease.begin("deliveries to project given up").await?;
        let tx = &mut write.tx;
        project_runs::catch_up_one(tx, of, project).await?;
        work::put(tx, super::task(of.0, of.1), lease.now()).await?;
        lease.commit(write).await?;
    }
    Ok(count)
}
