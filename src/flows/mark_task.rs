//! How far a task in Procore is, said by an admin or by the colleague who was asked for the details.

use serde_json::json;

use super::onboarding::{Change, Seen, lock, save};
use super::{Error, hand_over};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::{Stage, TaskMark};

/// Marks a task and returns its step; `waits` says whether Procore takes its time at its end. A mark
/// does not depend on what else was saved, so an old page may set it, too.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    (task, waits): (&str, bool),
    mark: TaskMark,
) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::MarkTask)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = lock(&mut tx, firm_id, seen).await?.onboarding;
    hand_over::of(&mut tx, app, actor, &onboarding).await?;
    onboarding.mark_task(task, waits, mark, now)?;
    let change = Change {
        details: json!({ "task": task, "is_done": mark == TaskMark::Done }),
        ..Change::new(ActivityVerb::SetupTaskMarked)
    };
    save(&mut tx, app, actor, &mut onboarding, change, now).await?;
    tx.commit().await?;
    Ok(Stage::Credentials)
}
