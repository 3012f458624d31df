//! An admin gives projects the references that the host product knows them by.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use super::onboarding::{Seen, lock_connected};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{ReferenceChange, ReferenceRow, ReferencedProject, compare_references};
use crate::identity::{Actor, ConnectionId, FirmId, Verb};
use crate::store::{activities, projects};
use crate::text::projects::{named_shortly, title};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavedFile {
    /// So many projects have another reference now.
    Saved(usize),
    /// The file would change something else by now than the page showed; nothing is saved.
    Changed,
}

/// Writes the references that a page changed; returns how many of them are new. What somebody else changed
/// meanwhile is not overwritten. Asked twice, it does nothing more.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    changes: &[ReferenceChange],
) -> Result<usize, Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    let ids: Vec<i64> = changes.iter().map(|it| it.project_id).collect();
    let known = projects::lock_referenced(&mut tx, of, &ids).await?;
    let mut new = Vec::new();
    for change in changes {
        let mut known = known.iter();
        let project = known.find(|it| it.project_id == change.project_id);
        let project = project.ok_or(Error::Missing)?;
        if project.reference == change.after {
            continue;
        }
        if project.reference != change.before {
            return Err(Error::Stale);
        }
        new.push(change.clone());
    }
    write(&mut tx, app, actor, of, &known, &new).await?;
    tx.commit().await?;
    Ok(new.len())
}

/// Keeps a file that was uploaded until it is saved. Nothing of any project is changed.
pub(crate) async fn keep_file(
    app: &App,
    actor: &Actor,
    seen: Seen,
    rows: &[ReferenceRow],
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    let file = app.clock.new_id();
    projects::keep_reference_file(&mut tx, of, file, rows, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Saves the file that was kept: exactly what the page showed, which `label` stands for.
pub(crate) async fn save_file(
    app: &App,
    actor: &Actor,
    seen: Seen,
    file: Uuid,
    label: &str,
) -> Result<SavedFile, Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    let kept = projects::find_reference_file(&mut tx, of).await?;
    let kept = kept.filter(|(id, _)| *id == file);
    let (_, rows) = kept.ok_or(Error::Stale)?;
    let all = projects::list_all_referenced(&mut tx, of).await?;
    let ids: Vec<i64> = all.iter().map(|it| it.project_id).collect();
    let known = projects::lock_referenced(&mut tx, of, &ids).await?;
    let comparison = compare_references(&rows, &known);
    if comparison.label() != label {
        return Ok(SavedFile::Changed);
    }
    write(&mut tx, app, actor, of, &known, &comparison.changes).await?;
    projects::forget_reference_file(&mut tx, of).await?;
    tx.commit().await?;
    Ok(SavedFile::Saved(comparison.changes.len()))
}

async fn write(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    of: (FirmId, ConnectionId),
    known: &[ReferencedProject],
    changes: &[ReferenceChange],
) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    projects::save_references(conn, of, changes).await?;
    let titles = changes.iter().filter_map(|change| {
        let place = known.binary_search_by_key(&change.project_id, |it| it.project_id);
        let project = known.get(place.ok()?)?;
        Some(title(&project.number, &project.name, project.project_id))
    });
    let titles: Vec<String> = titles.collect();
    let facts = json!({ "projects": changes.len() });
    let activity = app
        .activity(actor, ActivityVerb::ReferencesChanged)
        .with(facts);
    activities::record(conn, &activity.about(named_shortly(&titles))).await?;
    Ok(())
}
