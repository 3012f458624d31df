//! A support person takes a case, assigns it to another, or unassigns it.

use super::Error;
use super::case::{self, CaseError, SeenCase};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, PersonId, Remark, Verb};
use crate::store::{cases, people};

/// Assigns a case; refuses an assignee who is not support.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    assignee: Option<PersonId>,
    reason: Option<&Remark>,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let locked = case::begin(
        &mut tx,
        app,
        actor,
        Verb::Assign,
        ActivityVerb::CaseAssigned,
        page,
    )
    .await?;
    let Some(locked) = locked else { return Ok(()) };
    let name = match assignee {
        Some(person) => {
            let person = people::find(&mut tx, person).await?;
            let person = person
                .filter(|person| person.support_role.is_some() && person.disabled_at.is_none());
            Some(person.ok_or(Error::Missing)?.name)
        }
        None => None,
    };
    case::finish(
        &mut tx,
        app,
        actor,
        &locked,
        Some(name.as_deref().unwrap_or("nobody")),
        reason,
    )
    .await?;
    cases::assign(&mut tx, locked.firm, locked.onboarding.id, assignee).await?;
    tx.commit().await?;
    Ok(())
}
