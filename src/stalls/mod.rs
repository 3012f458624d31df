//! The work that watches over setups that stand still: it finds them, says why, reminds the firm,
//! and makes them support's turn in the end.
//!
//! What is due lies in our own rows (`attention.look_at`) against our own clock. A look takes one
//! onboarding that no other worker has in hand, decides by the rules of `onboarding::stall`, and
//! writes mail, record and the time of the next look in one transaction: however many workers
//! there are, nobody is written to twice.

mod letter;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId};
use crate::mail;
use crate::onboarding::attention::{Attention, derive};
use crate::onboarding::stall::{self, Hold, Idle, Watch};
use crate::store::memberships::Member;
use crate::store::onboardings::Stored;
use crate::store::stalls::{self, Line, Seen};
use crate::store::{activities, attention, firms, memberships, onboardings, reminders};
use crate::vault;

/// Looks of one call; the next one takes the rest.
const AT_A_TIME: usize = 100;

/// Looks at what is due, one onboarding after the other; says how many there were.
pub async fn look_at_due(app: &App) -> anyhow::Result<usize> {
    for seen in 0..AT_A_TIME {
        if !look_at_next(app).await? {
            return Ok(seen);
        }
    }
    Ok(AT_A_TIME)
}

/// Looks at the next onboarding, if one is due that no other worker has in hand.
async fn look_at_next(app: &App) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some((firm_id, onboarding_id)) = stalls::claim(&mut tx, now).await? else {
        return Ok(false);
    };
    // What time alone changes, such as a hand-over that ran out, is in the line from here on.
    attention::refresh(&mut tx, firm_id, onboarding_id, now).await?;
    let line = stalls::find(&mut tx, firm_id, onboarding_id, now).await?;
    let evidence = attention::evidence(&mut tx, firm_id, onboarding_id, now).await?;
    let stored = onboardings::find(&mut tx, firm_id, onboarding_id).await?;
    let (Some(line), Some(evidence), Some(stored)) = (line, evidence, stored) else {
        anyhow::bail!("a line of attention without its onboarding");
    };
    let state = derive(&evidence);
    let members = memberships::list(&mut tx, FirmId(firm_id)).await?;
    let hold = hold(&mut tx, app, &stored, &members).await?;
    let watch = stall::look(&idle(&line, state), hold, app.config.stall_after, now);

    let look = Look {
        app,
        line: &line,
        state,
        stored: &stored,
        now,
    };
    if watch.remind {
        look.remind(&mut tx, &members).await?;
    }
    look.record(&mut tx, watch).await?;
    let seen = Seen {
        stalled: watch.stalled,
        reminded: watch.remind,
        due_at: watch.escalate,
        look_at: watch.again_at,
    };
    stalls::settle(&mut tx, (firm_id, onboarding_id), seen, now).await?;
    tx.commit().await?;
    Ok(true)
}

fn idle(line: &Line, state: Attention) -> Idle {
    Idle {
        reason: state.reason,
        waiting_on: state.waiting_on,
        since: line.since,
        progress_at: line.progress_at,
        handed_over_at: line.handed_over_at,
        snoozed_until: line.snoozed_until,
        reminded_at: line.reminded_at,
        reminders_stopped: line.reminders_stopped_at.is_some(),
        escalated: line.escalated_at.is_some(),
    }
}

/// What stands in the way of a reminder.
async fn hold(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    members: &[Member],
) -> anyhow::Result<Option<Hold>> {
    if members.is_empty() {
        return Ok(Some(Hold::NobodyToWriteTo));
    }
    let chosen = stored.target().map(|it| it.environment.as_str());
    let offered = app.config.procore_environments.first();
    let environment = chosen.or(offered.map(|it| it.name.as_str()));
    let down = stalls::procore_is_down(conn, environment.unwrap_or_default()).await?;
    Ok(down.then_some(Hold::ProcoreDown))
}

/// One onboarding under the eyes of the watch.
struct Look<'a> {
    app: &'a App,
    line: &'a Line,
    state: Attention,
    stored: &'a Stored,
    now: DateTime<Utc>,
}

impl Look<'_> {
    fn firm(&self) -> FirmId {
        FirmId(self.stored.onboarding.firm_id)
    }

    /// Writes to everybody who acts for the firm; each mail has its own link to stop these.
    async fn remind(&self, conn: &mut PgConnection, members: &[Member]) -> anyhow::Result<()> {
        let (app, firm) = (self.app, self.firm());
        let name = firms::find(conn, firm).await?.map(|firm| firm.name);
        let name = name.unwrap_or_default();
        let remedy = letter::remedy(conn, app, self.stored, self.state).await?;
        for member in members {
            let token = vault::new_endpoint(firm.into())?;
            let hash = vault::token_hash(&token);
            let onboarding_id = self.stored.onboarding.id;
            reminders::create_link(conn, firm, &hash, onboarding_id, member.person, self.now)
                .await?;
            let facts = letter::Facts {
                firm: &name,
                onboarding: &self.stored.onboarding,
                line: self.state,
                since: self.line.progress_at,
                remedy: remedy.as_ref(),
            };
            let letter = letter::write(app, &facts, &token);
            mail::queue(conn, app, Some(firm), &member.email, &letter).await?;
        }
        Ok(())
    }

    /// Writes into the timeline what is new.
    async fn record(&self, conn: &mut PgConnection, watch: Watch) -> anyhow::Result<()> {
        let system = Actor::system_for(self.firm());
        let facts = json!({
            "onboarding": self.stored.onboarding.id,
            "standing": self.state.reason.as_str(),
            "code": self.state.code,
        });
        let step = self.stored.onboarding.stage.label();
        if watch.stalled && self.line.stalled_at.is_none() {
            let activity = self
                .app
                .activity(&system, ActivityVerb::SetupStalled)
                .about(step);
            activities::record(conn, &activity.with(facts.clone()).for_staff_only()).await?;
        }
        if watch.remind {
            let activity = self
                .app
                .activity(&system, ActivityVerb::ReminderSent)
                .about(step);
            activities::record(conn, &activity.with(facts.clone())).await?;
        }
        if watch.escalate.is_some() {
            let activity = self
                .app
                .activity(&system, ActivityVerb::SetupEscalated)
                .about(step);
            activities::record(conn, &activity.with(facts).for_staff_only()).await?;
        }
        Ok(())
    }
}
