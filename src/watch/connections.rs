//! The scheduled look at a connection whose setup is done: finds what broke, keeps one incident for
//! each cause, and writes to the firm once it lasted.
//!
//! What is found is a matter of Procore's answers alone, so what fails cannot hide itself.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::installation::{self, Unproven};
use super::look::{Looked, Site};
use super::lost::{gap, proven};
use super::{notice, projects};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::incident::{Changes, Finding, Incident, compare};
use crate::connection::probe::{EVERY, LookedAt, next_subjects, pause};
use crate::connection::{Connection, ProbeSubject};
use crate::identity::{Actor, ConnectionId, CredentialId, FirmId, IncidentId};
use crate::procore::Urgency;
use crate::reconcile;
use crate::store::StoreError;
use crate::store::projects::look_at_hidden;
use crate::store::{
    activities, connections, credentials, incidents, onboardings, outages, project_runs,
    queue_lines, reconciles,
};
use crate::verdict::{Cause, ReasonCode};
use crate::work::{self, Lease, Task};

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "watch_connection";

/// When to look again after Procore did not answer and named no time.
pub(super) const AFTER_OUTAGE: TimeDelta = TimeDelta::minutes(10);

/// For how long something may be wrong before a look finds it; also how long Procore tries a delivery.
pub(super) const UNSEEN: TimeDelta = TimeDelta::hours(12);

/// The work of looking at a connection.
pub(crate) fn task(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// Begins to look at a connection that was just set up, which proved everything.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    incidents::note_looks(conn, firm_id, connection, &ProbeSubject::ALL, now).await?;
    projects::begin(conn, firm_id, connection, now).await?;
    work::put(conn, task(firm_id, connection), now + EVERY).await
}

/// Has everything about a connection looked at now; returns whether it was not being looked at already.
pub(crate) async fn look_now(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_new = incidents::forget_looks(conn, firm_id, connection).await?;
    work::put(conn, task(firm_id, connection), now).await?;
    Ok(is_new)
}

/// Looks at what is next of a connection, and plans the look after that. One that is not connected, or
/// paused, is not looked at again.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a look at no firm")?;
    let id = ConnectionId(lease.key);
    let mut conn = app.db.acquire().await?;
    let Some(connection) = find_active(&mut conn, firm_id, id).await? else {
        return Ok(());
    };
    let access = credentials::find_access(&mut conn, &connection).await?;
    let open = incidents::list_open(&mut conn, firm_id, id).await?;
    let Some(access) = access else {
        drop(conn);
        let seen = match installation::look_without_proof(app, &connection, &open).await? {
            Unproven::Found(finding) => Seen::of_access(*finding),
            Unproven::Away(cause) => Seen {
                away: Some(cause),
                ..Seen::default()
            },
            Unproven::NoApp => {
                let mut conn = app.db.acquire_for_write().await?;
                work::put(&mut conn, task(firm_id, id), app.clock.now() + EVERY).await?;
                return Ok(conn.finish().await?);
            }
            Unproven::OtherWay => return Ok(()),
        };
        return record(app, &connection, None, &open, seen).await;
    };
    let looked_at = incidents::looked_at(&mut conn, firm_id, id).await?;
    let proven = proven(&mut conn, &connection).await?.at();
    drop(conn);
    let used = access.credential();
    let access = app.access(&connection, &access)?;
    let settings = connection.settings.as_ref();
    let site = Site {
        app,
        connection: &connection,
        settings: settings.context("a connection without settings")?,
        credential: used,
        api: app.procore.company(access, urgency(&looked_at)),
    };
    let began = connection.connected_at.unwrap_or(connection.created_at);
    let seen = look(&site, &looked_at, proven.unwrap_or(began), &open).await?;
    record(app, &connection, Some(used), &open, seen).await
}

/// Somebody waits for a look at everything.
fn urgency(looked_at: &LookedAt) -> Urgency {
    match looked_at.is_empty() {
        true => Urgency::Waiting,
        false => Urgency::Background,
    }
}

pub(super) async fn find_active(
    conn: &mut PgConnection,
    firm_id: FirmId,
    id: ConnectionId,
) -> anyhow::Result<Option<Connection>> {
    let connection = connections::find(conn, firm_id, id).await?;
    Ok(connection.filter(Connection::is_active))
}

/// What one round of looks saw.
#[derive(Default)]
struct Seen {
    looked: Vec<ProbeSubject>,
    found: Vec<(ProbeSubject, Finding)>,
    /// What was looked at and not learned: nothing begins or ends with that.
    unknown: Vec<ProbeSubject>,
    /// Whether Procore answered anything.
    answered: bool,
    /// Procore did not answer, so the round ended early.
    away: Option<Cause>,
}

impl Seen {
    /// What the one look came to that is possible without access.
    fn of_access(finding: Finding) -> Self {
        Self {
            looked: vec![ProbeSubject::Access],
            found: vec![(ProbeSubject::Access, finding)],
            answered: true,
            ..Self::default()
        }
    }
}

/// Looks at what is next. What came about since `proven` counts for a subject that is looked at as if
/// it never had been.
async fn look(
    site: &Site<'_>,
    looked_at: &LookedAt,
    proven: DateTime<Utc>,
    open: &[Incident],
) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    for subject in next_subjects(looked_at, open) {
        let since = looked_at.get(&subject).copied().unwrap_or(proven);
        match site.look_at(subject, since).await? {
            Looked::NotAsked => seen.looked.push(subject),
            Looked::Unknown => seen.unknown.push(subject),
            Looked::Found(findings) => {
                seen.looked.push(subject);
                seen.answered |= subject.asks_procore();
                let findings = findings.into_iter();
                seen.found
                    .extend(findings.map(|finding| (subject, finding)));
            }
            Looked::NoAccess(finding) => {
                let access = ProbeSubject::Access;
                seen.looked.push(access);
                seen.found.push((access, finding));
                seen.answered = true;
                break;
            }
            Looked::Away(cause) => {
                seen.away = Some(cause);
                break;
            }
        }
    }
    Ok(seen)
}

/// Keeps what was seen, tells whom it concerns, and plans the next look.
async fn record(
    app: &App,
    connection: &Connection,
    used: Option<CredentialId>,
    open: &[Incident],
    seen: Seen,
) -> anyhow::Result<()> {
    let Connection { firm_id, id, .. } = *connection;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(onboarding) = onboardings::find_id_of_connection(&mut tx, firm_id, id).await? else {
        return Ok(());
    };
    // It may have ended or been paused meanwhile; from here on it waits for us.
    let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding).await?;
    let stored = stored.and_then(|stored| stored.connection);
    if !stored.is_some_and(|it| it.is_active()) {
        return Ok(());
    }
    let access = credentials::find_access(&mut tx, connection).await?;
    if access.is_some_and(|access| used.is_none_or(|used| !access.is(used))) {
        // What the old details came to tells nothing about the new ones.
        work::put(&mut tx, task(firm_id, id), now).await?;
        return Ok(tx.commit().await?);
    }
    let environment = &connection.target.environment;
    match seen.away {
        Some(cause) if cause.code == ReasonCode::Unreachable => {
            outages::note(&mut tx, environment, now).await?;
        }
        Some(_) => {}
        None if seen.answered => outages::end(&mut tx, environment, now).await?,
        None => {}
    }
    // Seen by two looks: what one of them was told may be a mistake.
    let is_left = seen.found.iter().any(|(_, finding)| finding.is_left);
    if is_left && open.iter().any(|it| it.finding.is_left) {
        installation::end_proofs(&mut tx, app, connection).await?;
    }
    let new_id = || IncidentId(app.clock.new_id());
    let mut changes = compare(open, &seen.looked, seen.found, now, new_id);
    notice::tell(&mut tx, app, connection, (open, &mut changes), now).await?;
    for incident in changes.all() {
        incidents::save(&mut tx, firm_id, id, incident).await?;
    }
    record_activities(&mut tx, app, firm_id, &changes).await?;
    let looked = [&seen.looked[..], &seen.unknown].concat();
    incidents::note_looks(&mut tx, firm_id, id, &looked, now).await?;
    let mut ended = changes.ended.iter();
    let is_broken = changes.open().any(|it| it.code.stops_everything());
    let repaired = !is_broken
        && ended.any(|it| it.code.stops_everything() || it.code == ReasonCode::AppUpdate);
    if repaired {
        // What else changed meanwhile is seen at once; an update may clear the permitted projects.
        incidents::forget_looks(&mut tx, firm_id, id).await?;
        look_at_hidden(&mut tx, (firm_id, id)).await?;
    }
    let left = incidents::list_open(&mut tx, firm_id, id).await?;
    let next = next_look(&left, seen.away, repaired, now);
    // Before the work on projects, as where one of them asks for a look.
    work::put(&mut tx, task(firm_id, id), next).await?;
    // One of them may have met what was over before any look saw it, and asked for a look at everything.
    let works = !is_broken && ProbeSubject::IN_TURN.iter().all(|it| looked.contains(it));
    let is_any_woken =
        (repaired || works) && project_runs::wake_stopped(&mut tx, (firm_id, id), now).await?;
    if repaired || is_any_woken {
        project_runs::go_on(&mut tx, (firm_id, id), now).await?;
    }
    let proven = proven(&mut tx, connection).await?.at();
    let gap = gap(open, &changes, proven, now);
    if let Some(gap) = gap {
        reconciles::note_gap(&mut tx, (firm_id, id), gap).await?;
    }
    // What came back too shortly to be told of once more is over as well.
    let untold = incidents::list_end_untold(&mut tx, firm_id, id).await?;
    let is_over = |it: &Incident| !left.iter().any(|open| open.code == it.code);
    let tells = !changes.ended.is_empty() && untold.iter().any(is_over);
    if !is_broken && (gap.is_some() || tells) {
        // Its end tells the firm that this is over.
        work::put(&mut tx, reconcile::task(firm_id, id), now).await?;
    }
    queue_lines::refresh(&mut tx, firm_id, onboarding, now).await?;
    projects::plan_next(&mut tx, (firm_id, id), now).await?;
    Ok(tx.commit().await?)
}

fn next_look(
    open: &[Incident],
    away: Option<Cause>,
    repaired: bool,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    match away {
        _ if repaired => now,
        Some(cause) => cause.until.unwrap_or(now + AFTER_OUTAGE).max(now),
        None => now + pause(open, now),
    }
}

async fn record_activities(
    conn: &mut PgConnection,
    app: &App,
    firm_id: FirmId,
    changes: &Changes,
) -> anyhow::Result<()> {
    let system = Actor::system_for(firm_id);
    let begun = changes
        .begun
        .iter()
        .map(|it| (it, ActivityVerb::IncidentBegan));
    let ended = changes
        .ended
        .iter()
        .map(|it| (it, ActivityVerb::IncidentEnded));
    for (incident, verb) in begun.chain(ended) {
        let facts = json!({ "code": incident.code, "incident": incident.id });
        let activity = app.activity(&system, verb).with(facts);
        activities::record(conn, &activity).await?;
    }
    Ok(())
}
