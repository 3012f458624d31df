//! Lets new projects that are ready wait for their turn by themselves, where an admin wished that.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::store::projects::{self, NewProjectWish};
use crate::store::{StoreError, activities, incidents, project_runs};
use crate::text::projects::{named_shortly, title};
use crate::verdict::obstacles;
use crate::work;

/// New projects that are considered at a time.
const AT_MOST: i64 = 500;
/// Several projects that become ready at about the same time are one mail.
const GATHER: TimeDelta = TimeDelta::hours(1);
/// The firm is written to once in this time at most.
const NOT_AGAIN_WITHIN: TimeDelta = TimeDelta::days(1);

/// Queues the new projects that are ready, behind all that somebody asked for. While nothing can be read,
/// none is queued.
pub(super) async fn queue_ready(
    conn: &mut PgConnection,
    app: &App,
    of: (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(wish) = projects::find_wish(conn, of).await? else {
        return Ok(());
    };
    let open = incidents::list_open(conn, of.0, of.1).await?;
    let is_broken = open.iter().any(|incident| incident.code.stops_everything());
    let defaults = project_runs::find_defaults(conn, of).await?;
    if let Some(defaults) = defaults.filter(|_| !is_broken) {
        let mut ready = projects::lock_new(conn, of, AT_MOST).await?;
        ready.retain(|project| obstacles(&project.tools.0, defaults.choices()).is_empty());
        if !ready.is_empty() {
            let ids: Vec<i64> = ready.iter().map(|it| it.project_id).collect();
            let last = DateTime::UNIX_EPOCH;
            project_runs::queue(conn, of, &ids, &defaults, last).await?;
            projects::mark_by_itself(conn, of, &ids, now).await?;
            let titles = ready.iter();
            let titles = titles.map(|it| title(&it.number, &it.name, it.project_id));
            let titles: Vec<String> = titles.collect();
            let system = Actor::system_for(of.0);
            let facts = json!({ "projects": ids.len(), "wished_by": wish.wished_by });
            let verb = ActivityVerb::ProjectsQueuedByThemselves;
            let activity = app.activity(&system, verb).with(facts);
            activities::record(conn, &activity.about(named_shortly(&titles))).await?;
        }
    }
    plan_mail(conn, of, &wish, now).await
}

/// Plans the mail about what became of new projects, if there is anything to tell.
async fn plan_mail(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    wish: &NewProjectWish,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if projects::list_news(conn, of, 1).await?.is_empty() {
        return Ok(());
    }
    let soonest = wish.told_at.map_or(now, |told| told + NOT_AGAIN_WITHIN);
    work::put(
        conn,
        projects::tell_task(of.0, of.1),
        soonest.max(now + GATHER),
    )
    .await
}
