//! Support writes a note about a case.

use super::case::CaseError;
use super::{Error, remarks};
use crate::app::App;
use crate::identity::{Actor, OnboardingId, Remark, Verb};
use crate::store::notes::{self, Note};
use crate::store::onboardings;

/// Stores a note, for support alone. The same text sent twice is stored once. Stale pages are
/// accepted, since two people may write at the same time.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    body: &Remark,
) -> Result<(), CaseError> {
    let firm = actor.may(Verb::WriteNote)?;
    let author = actor.person().ok_or(Error::Missing)?;
    let mut tx = app.db.begin().await?;
    // Locked, so that a form sent twice is serialised.
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    remarks::refuse_secrets(&mut tx, app, firm, &stored.onboarding, body).await?;
    let note = Note {
        id: app.clock.new_id(),
        author_id: author,
        author: actor.name().to_owned(),
        body: body.as_str().to_owned(),
        written_at: app.clock.now(),
    };
    let newest = notes::list(&mut tx, firm, onboarding_id, 1).await?;
    let same = newest
        .first()
        .is_some_and(|last| last.author_id == note.author_id && last.body == note.body);
    if !same {
        notes::create(&mut tx, firm, onboarding_id, &note).await?;
    }
    tx.commit().await?;
    Ok(())
}
