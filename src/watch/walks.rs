//! The work that watches setups that stand still: it finds them, reminds the firm, and makes them
//! support's turn in the end.
//!
//! What is due lies in our own rows (`queue_line.watch_at`) against our own clock. A look takes one
//! onboarding that no other worker has locked, concludes by the rules of `onboarding::queue_line`,
//! and writes mail, activity and the line with the time of the next look in one transaction: however
//! many workers there are, nobody is written to twice.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::reminder;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId, OnboardingId};
use crate::onboarding::queue_line::{Obstacle, Watched, next, watch};
use crate::store::memberships::Member;
use crate::store::onboardings::Stored;
use crate::store::queue_lines::{self, Subject};
use crate::store::{activities, memberships, onboardings, reminders};

/// Looks of one call; the next one takes the rest.
const AT_A_TIME: usize = 100;
/// When a line is looked at again after a look that failed.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);

/// Looks at what is due, one onboarding after the other; returns how many there were.
pub async fn look_at_due(app: &App) -> anyhow::Result<usize> {
    for seen in 0..AT_A_TIME {
        if !look_at_next(app).await? {
            return Ok(seen);
        }
    }
    Ok(AT_A_TIME)
}

/// Looks at the next onboarding, if one is due that no other worker has locked. One that cannot be
/// looked at is put off, since it would keep the watch from all those behind it.
async fn look_at_next(app: &App) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some((firm, onboarding)) = queue_lines::claim_due(&mut tx, now).await? else {
        return Ok(false);
    };
    match look_at(&mut tx, app, firm, onboarding, now).await {
        Ok(()) => tx.commit().await?,
        Err(error) => {
            tx.rollback().await?;
            tracing::error!(firm.id = %firm, "Setup {onboarding} cannot be watched: {error:#}");
            let mut conn = app.db.acquire_for_write().await?;
            queue_lines::put_off(&mut conn, firm, onboarding, now + AFTER_FAILURE).await?;
            conn.finish().await?;
        }
    }
    Ok(true)
}

async fn look_at(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let standing = queue_lines::find_for_update(conn, firm, onboarding, now).await?;
    let stored = onboardings::find(conn, firm, onboarding).await?;
    let (standing, stored) = standing
        .zip(stored)
        .context("a line without its onboarding")?;
    let members = memberships::list(conn, firm).await?;
    let obstacle = obstacle(conn, app, &stored, &members).await?;
    // What time alone changes, such as a hand-over that expired, is evidence as well.
    let line = next(standing.line.as_ref(), &standing.evidence, now);
    let stall_after = app.config.stall_after;
    let watched = watch(line, &standing.evidence, obstacle, stall_after, now);
    let look = Look {
        app,
        subject: &standing.subject,
        watched: &watched,
        stored: &stored,
    };
    if watched.remind {
        let line = &watched.line;
        reminder::send(conn, app, &standing.subject, line, &stored, &members).await?;
    }
    look.record(conn).await?;
    queue_lines::save(conn, &standing.subject, &watched.line).await?;
    Ok(())
}

/// What stands in the way of a reminder.
async fn obstacle(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    members: &[Member],
) -> anyhow::Result<Option<Obstacle>> {
    if members.is_empty() {
        return Ok(Some(Obstacle::NobodyToWriteTo));
    }
    let chosen = stored.target().map(|it| it.environment.as_str());
    let offered = app.config.procore_environments.first();
    let environment = chosen.or(offered.map(|it| it.name.as_str()));
    let down = reminders::procore_is_down(conn, environment.unwrap_or_default()).await?;
    Ok(down.then_some(Obstacle::ProcoreDown))
}

/// A look at one onboarding, and what it came to.
struct Look<'a> {
    app: &'a App,
    subject: &'a Subject,
    watched: &'a Watched,
    stored: &'a Stored,
}

impl Look<'_> {
    /// Writes into the timeline what is new.
    async fn record(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let system = Actor::system_for(self.subject.firm);
        let situation = self.watched.line.situation;
        let facts = json!({
            "onboarding": self.subject.onboarding,
            "situation": situation.code.as_str(),
            "code": situation.reason,
            "stage": self.stored.onboarding.stage,
        });
        if self.watched.stalled {
            let activity = self.app.activity(&system, ActivityVerb::SetupStalled);
            activities::record(conn, &activity.with(facts.clone()).for_staff_only()).await?;
        }
        if self.watched.remind {
            let activity = self.app.activity(&system, ActivityVerb::ReminderSent);
            activities::record(conn, &activity.with(facts.clone())).await?;
        }
        if self.watched.escalated {
            let activity = self.app.activity(&system, ActivityVerb::SetupEscalated);
            activities::record(conn, &activity.with(facts).for_staff_only()).await?;
        }
        Ok(())
    }
}
