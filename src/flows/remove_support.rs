//! A lead removes a support person's access.

use serde_json::json;

use super::{Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Access, Actor, DeskVerb, PersonId};
use crate::store::{people, sessions, staff};

/// The result of removing a support person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveSupportOutcome {
    Removed,
    /// The last lead cannot be removed.
    LastLead,
}

/// Removes the access at once, and in the same transaction the person's sessions, visits and
/// assigned cases. Their activities stay on record, and they can be invited again.
pub async fn run(
    app: &App,
    actor: &Actor,
    person: PersonId,
) -> Result<RemoveSupportOutcome, Error> {
    actor.may_at_desk(DeskVerb::ManageSupport)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    // Two leads who remove each other at once are serialised here.
    let leads = staff::lock_leads(&mut tx).await?;
    let removed = people::find_for_update(&mut tx, person)
        .await?
        .filter(|it| it.support_role.is_some() && it.disabled_at.is_none())
        .ok_or(Error::Stale)?;
    // A lead who was removed while waiting for the lock may not remove anyone.
    if actor.person().is_some_and(|lead| !leads.contains(&lead)) {
        return Err(Error::Missing);
    }
    if leads == [person] {
        return Ok(RemoveSupportOutcome::LastLead);
    }
    people::set_disabled(&mut tx, person, Some(now)).await?;
    sessions::end_all(&mut tx, person, None).await?;
    let cases = staff::unassign_cases(&mut tx, person).await?;
    for (firm, access) in staff::end_grants(&mut tx, person, now).await? {
        let system = Actor::system_for(firm);
        let verb = match access {
            Access::View => ActivityVerb::VisitEnded,
            Access::Act => ActivityVerb::VisitActingEnded,
        };
        let activity = app
            .activity(&system, verb)
            .about(&removed.name)
            .with(json!({ "why": "left_support" }));
        audit::record(&mut tx, &activity).await?;
    }
    let activity = app
        .activity(actor, ActivityVerb::SupportRemoved)
        .about(&removed.name)
        .with(json!({ "cases": cases }))
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(RemoveSupportOutcome::Removed)
}
