//! A person stops acting for a firm.

use serde_json::json;

use super::{Error, audit, end_sent};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, PersonId, Verb};
use crate::store::{firms, memberships};

/// The result of removing a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveMemberOutcome {
    Removed,
    /// The last admin cannot be removed.
    LastOne,
}

/// Removes a person (possibly oneself) from the firm, effective with their next request. What they
/// sent to others ends with it, so that nobody comes back through a second address.
pub async fn run(app: &App, actor: &Actor, person: PersonId) -> Result<RemoveMemberOutcome, Error> {
    let firm = actor.may(Verb::RemoveMember)?;
    let mut tx = app.db.begin().await?;
    // Two admins who remove each other at once are serialised here.
    firms::find_for_update(&mut tx, firm)
        .await?
        .ok_or(Error::Missing)?;
    let members = memberships::list(&mut tx, firm).await?;
    let member = members
        .iter()
        .find(|member| member.person == person)
        .ok_or(Error::Stale)?;
    if members.len() == 1 {
        return Ok(RemoveMemberOutcome::LastOne);
    }
    memberships::remove(&mut tx, firm, person).await?;
    end_sent::at_firm(&mut tx, app, actor, firm, person).await?;
    let activity = app
        .activity(actor, ActivityVerb::PersonRemoved)
        .about(&member.name)
        .with(json!({ "person": person }));
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(RemoveMemberOutcome::Removed)
}
