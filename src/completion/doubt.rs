//! What Procore gives instead of refusing: rows without their fields, or no rows at all.
//!
//! Both are answers with status 200, and to believe them would mark a data set done of which next to
//! nothing was read. The permission check has the same doubts before the firm confirms; a level may
//! be lowered, or the last project taken away, between that and the reading.

use super::case::Case;
use super::hands::Hands;
use super::setback::Halt;
use crate::catalog::{Certainty, DataSet, Read, Tool};
use crate::procore::{Level, Manifest};
use crate::sync::Found;
use crate::verdict::ReasonCode;

/// Why a page that came is not to be believed, if there is a reason.
pub(super) async fn about(
    hands: &mut Hands<'_>,
    case: &Case,
    list: &Read,
    found: &Found,
) -> Result<Option<ReasonCode>, Halt> {
    if found.is_reduced {
        return Ok(Some(ReasonCode::Level(list.needs.tool)));
    }
    if !found.is_empty_list {
        return Ok(None);
    }
    // Where Procore does not say which level decides, an empty list is a list that is empty.
    if list.needs.certainty == Certainty::Known {
        let manifest = hands
            .call("our permissions", case.api()?.company_permissions())
            .await?;
        if manifest.is_ok_and(|manifest| is_too_low(&manifest, list)) {
            return Ok(Some(ReasonCode::Level(list.needs.tool)));
        }
    }
    // The setup goes no further than the permissions while no project is shared.
    let projects = DataSet::Projects.entry().main_read().name;
    Ok((list.name == projects).then_some(ReasonCode::NoProjects))
}

/// Whether the manifest shows a level that does not let us read the list. A tool that it does not
/// show, or a level that nobody knows, says nothing.
fn is_too_low(manifest: &Manifest, list: &Read) -> bool {
    let Ok(needed) = list.needs.level.label().parse::<Level>();
    let names = |name: &str| Tool::recognise(name) == Some(list.needs.tool);
    let mut tools = manifest.tools.iter();
    tools
        .find(|tool| names(&tool.name) || names(&tool.friendly_name))
        .is_some_and(|tool| tool.level.reaches(&needed) == Some(false))
}
