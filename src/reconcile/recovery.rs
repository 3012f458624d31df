//! Tells the firm that something wrong is over: once what changed meanwhile has been read, not before.
//! That everything works again is said only where nothing else is wrong.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::connection::incident::Incident;
use crate::engine::{Halt, RunContext, RunLease};
use crate::mail;
use crate::paths;
use crate::store::reconciles::Findings;
use crate::store::{incidents, memberships};
use crate::text::health::cause;
use crate::text::mails::incident::{CaughtUp, VIEW, ended, partly_ended};
use crate::verdict::ReasonCode;

/// Writes about what was over before this run began; all of it is one mail. Returns whether another
/// run has to follow, for what ended meanwhile.
pub(super) async fn tell(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    context: &RunContext,
    findings: &Findings,
) -> Result<bool, Halt> {
    let connection = &context.connection;
    let (firm, id, now) = (connection.firm_id, connection.id, lease.now());
    let untold = incidents::list_end_untold(conn, firm, id).await?;
    let began = context.run.started_at;
    let (over, later): (Vec<_>, Vec<_>) = untold
        .into_iter()
        .partition(|it| it.ended_at <= Some(began));
    let open = incidents::list_open(conn, firm, id).await?;
    // What came back is not over, and is told with its last end.
    let is_back = |it: &Incident| open.iter().any(|open| open.code == it.code);
    let over: Vec<_> = over.into_iter().filter(|it| !is_back(it)).collect();
    if over.is_empty() {
        return Ok(!later.is_empty());
    }
    let read = CaughtUp {
        whole: findings.gap.is_some_and(|gap| gap.lost),
        records: findings.records,
        incomplete: findings.incomplete.len(),
    };
    let app = lease.app;
    let company = connection.company_name.as_deref().unwrap_or_default();
    let product = &app.config.product_name;
    let letter = match open.is_empty() {
        true => ended(product, company, lasted(&over), read),
        false => {
            let open = open.iter().map(|it| cause(it.code));
            partly_ended(product, company, by_cause(&over), open.collect(), read)
        }
    };
    let letter = letter.action(VIEW, app.link(&paths::integration(firm)));
    for member in memberships::list(conn, firm).await? {
        let queued = mail::queue(conn, app, Some(firm), &member.email, &letter).await;
        queued.map_err(anyhow::Error::from)?;
    }
    for incident in over {
        let end_told_at = Some(now);
        let told = Incident {
            end_told_at,
            ..incident
        };
        incidents::save(conn, firm, id, &told).await?;
    }
    Ok(!later.is_empty())
}

/// Each cause once, with the time that it lasted in all.
fn by_cause(over: &[Incident]) -> Vec<(String, TimeDelta)> {
    let mut causes: Vec<(ReasonCode, TimeDelta)> = Vec::new();
    for incident in over {
        match causes.iter_mut().find(|(code, _)| *code == incident.code) {
            Some((_, lasted)) => *lasted += incident.lasted(),
            None => causes.push((incident.code, incident.lasted())),
        }
    }
    let causes = causes.into_iter();
    causes.map(|(code, lasted)| (cause(code), lasted)).collect()
}

/// From the first beginning to the last end.
fn lasted(over: &[Incident]) -> TimeDelta {
    let since: Option<DateTime<Utc>> = over.iter().map(|it| it.since).min();
    let ended = over.iter().filter_map(|it| it.ended_at).max();
    since
        .zip(ended)
        .map(|(since, ended)| ended - since)
        .unwrap_or_default()
}
