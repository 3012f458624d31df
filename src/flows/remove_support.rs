//! A lead removes a support person's access.

use serde_json::json;
use sqlx::PgConnection;

use super::{Error, audit, end_sent};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Access, Actor, DeskVerb, PersonId};
use crate::store::people::{self, Person};
use crate::store::{sessions, staff};

/// The result of removing a support person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveSupportOutcome {
    Removed,
    /// The last lead cannot be removed.
    LastLead,
}

/// Removes the access at once, and in the same transaction the person's sessions, visits, assigned
/// cases and open invitations. Their activities stay on record, and they can be invited again.
pub async fn run(
    app: &App,
    actor: &Actor,
    person: PersonId,
) -> Result<RemoveSupportOutcome, Error> {
    actor.may_at_desk(DeskVerb::ManageSupport)?;
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
    let cases = end_access(&mut tx, app, actor, &removed).await?;
    let activity = app
        .activity(actor, ActivityVerb::SupportRemoved)
        .about(&removed.name)
        .with(json!({ "cases": cases }))
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(RemoveSupportOutcome::Removed)
}

/// Disables the account, and ends what it had: sessions, visits, assigned cases, and what the person
/// sent to others. Returns how many cases were theirs.
pub(super) async fn end_access(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    person: &Person,
) -> Result<u64, Error> {
    let now = app.clock.now();
    people::set_disabled(conn, person.id, Some(now)).await?;
    sessions::end_all(conn, person.id).await?;
    end_sent::everywhere(conn, app, actor, person.id).await?;
    let cases = staff::unassign_cases(conn, person.id).await?;
    for (firm, access) in staff::end_grants(conn, person.id, now).await? {
        let system = Actor::system_for(firm);
        let verb = match access {
            Access::View => ActivityVerb::VisitEnded,
            Access::Act => ActivityVerb::VisitActingEnded,
        };
        let activity = app
            .activity(&system, verb)
            .about(&person.name)
            .with(json!({ "why": "left_support" }));
        audit::record(conn, &activity).await?;
    }
    Ok(cases)
}
