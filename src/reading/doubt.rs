//! Lists that Procore reduces or empties instead of refusing them.
//!
//! Both come with status 200, and trusting them would mark a data set as done although next to
//! nothing was read. The permission check catches them before the firm confirms, but a level may be
//! lowered, or the last project removed, before the sync.

use chrono::TimeDelta;

use crate::catalog::{Certainty, Read};
use crate::engine::{Halt, RunContext, RunLease};
use crate::store::project_runs;
use crate::sync::FetchedPage;
use crate::verdict::{self, Answer, Manifest, ManifestState, ReasonCode};

/// How long what a project's tools showed explains its lists.
const LEVELS_ARE_GOOD: TimeDelta = TimeDelta::minutes(15);

/// Why a page cannot be trusted, if it cannot.
pub(super) async fn about(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    list: &Read,
    page: &FetchedPage,
) -> Result<Option<ReasonCode>, Halt> {
    if page.is_reduced {
        let verdict = verdict::read(ManifestState::Missing, &list.needs, Some(&Answer::Reduced));
        return Ok(verdict.cause().map(|cause| cause.code));
    }
    if !page.is_empty_list {
        return Ok(None);
    }
    if let Some(project) = context.run.project_id {
        return about_project(lease, context, list, project).await;
    }
    let manifest = match list.needs.certainty {
        Certainty::Known => Some(
            lease
                .call("our permissions", context.api()?.company_permissions())
                .await?,
        ),
        // Procore does not say which level decides, so no level explains an empty list.
        Certainty::ProbeDecides => None,
    };
    let manifest: Option<Manifest> = manifest.and_then(Result::ok);
    Ok(verdict::empty_list(manifest.as_ref().into(), list))
}

/// The same for an empty list of a project, whose tools were looked at before: a while ago, perhaps.
async fn about_project(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    list: &Read,
    project: i64,
) -> Result<Option<ReasonCode>, Halt> {
    let of = (context.run.firm_id, context.connection.id);
    let mut conn = lease.app.db.acquire().await?;
    let looked_at = project_runs::looked_at(&mut conn, of, project).await?;
    drop(conn);
    let is_known = looked_at.is_some_and(|at| lease.now() - at < LEVELS_ARE_GOOD);
    if is_known || list.needs.certainty == Certainty::ProbeDecides {
        return Ok(None);
    }
    let asked = context.api()?.project_permissions(project);
    let manifest = lease.call("our permissions in a project", asked).await?;
    let manifest: Option<Manifest> = manifest.ok();
    Ok(verdict::empty_list(manifest.as_ref().into(), list))
}
