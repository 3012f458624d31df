//! Lists that Procore reduces or empties instead of refusing them.
//!
//! Both come with status 200, and trusting them would mark a data set as done although next to
//! nothing was read. The permission check catches them before the firm confirms, but a level may be
//! lowered, or the last project removed, before the sync.

use crate::catalog::{Certainty, Read};
use crate::engine::{Halt, RunContext, RunLease};
use crate::sync::FetchedPage;
use crate::verdict::{self, Answer, Manifest, ManifestState, ReasonCode};

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
