//! Lists that Procore reduces or empties instead of refusing them.
//!
//! Both come with status 200, and believing them would mark a data set as done although next to
//! nothing was read. The permission check catches them before the firm confirms; a level may be
//! lowered, or the last project taken away, between that and the reading.

use super::case::Case;
use super::failure::Halt;
use super::hands::Hands;
use crate::catalog::{Certainty, Read};
use crate::sync::Found;
use crate::verdict::{self, Answer, Manifest, ManifestState, ReasonCode};

/// Why a page is not to be believed, if it is not.
pub(super) async fn about(
    hands: &mut Hands<'_>,
    case: &Case,
    list: &Read,
    found: &Found,
) -> Result<Option<ReasonCode>, Halt> {
    if found.is_reduced {
        let verdict = verdict::read(ManifestState::Missing, &list.needs, Some(&Answer::Reduced));
        return Ok(verdict.cause().map(|cause| cause.code));
    }
    if !found.is_empty_list {
        return Ok(None);
    }
    let manifest = match list.needs.certainty {
        Certainty::Known => Some(
            hands
                .call("our permissions", case.api()?.company_permissions())
                .await?,
        ),
        // Procore does not say which level decides, so no level explains an empty list.
        Certainty::ProbeDecides => None,
    };
    let manifest: Option<Manifest> = manifest.and_then(Result::ok);
    Ok(verdict::empty_list(manifest.as_ref().into(), list))
}
