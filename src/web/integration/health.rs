//! How the connection is: the state in one word, what is wrong, and *Check now*.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use sqlx::PgConnection;

use super::connected;
use crate::app::App;
use crate::connection::incident::Incident;
use crate::connection::{Connection, Health, ProbeSubject};
use crate::flows::check_connection;
use crate::help;
use crate::ledger::{RunKind, RunState};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{incidents, reconciles, runs};
use crate::text::health::{self as text, CHECK_NOW};
use crate::text::sync::{self as words, PAUSE, RESUME, SYNC_NOW};
use crate::text::time::duration;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Shell, Signal, When};
use crate::{engine, reconcile, work};

/// For how long the end of something wrong is shown.
const LATELY: TimeDelta = TimeDelta::days(1);

/// How a connection is, as its overview shows it.
pub(super) struct HealthPanel {
    pub signal: Signal,
    pub word: &'static str,
    pub sentence: &'static str,
    /// Who paused it, and when.
    pub paused: Option<(String, When)>,
    /// What is wrong, what stops everything first.
    pub incidents: Vec<IncidentCard>,
    /// What was wrong lately and is over.
    pub over: Vec<IncidentOver>,
    /// When Procore was last asked.
    pub checked: Option<When>,
    /// It is being looked at.
    pub checking: bool,
    pub sync: SyncPanel,
    /// The buttons that are offered: label and address.
    pub buttons: Vec<(&'static str, String)>,
    pub here: String,
}

/// One thing that is wrong, with what to do about it.
pub(super) struct IncidentCard {
    /// What its heading is known by on the page.
    pub id: String,
    pub since: When,
    /// What exactly, where the card does not say it.
    pub about: Option<String>,
    pub card: Option<FixCard>,
}

/// One thing that was wrong.
pub(super) struct IncidentOver {
    pub cause: String,
    pub ended: When,
    pub lasted: String,
}

/// Reading what changed.
pub(super) struct SyncPanel {
    /// What it is doing now.
    pub running: Option<String>,
    /// When the last one ended, and what it found.
    pub last: Option<(When, String)>,
}

impl HealthPanel {
    pub(super) async fn load(
        app: &App,
        shell: &Shell,
        stored: &Stored,
        connection: &Connection,
    ) -> Result<Self, PageError> {
        let (firm, id) = (connection.firm_id, connection.id);
        let mut conn = app.db.acquire().await?;
        let mut open = incidents::list_open(&mut conn, firm, id).await?;
        let over = incidents::list_ended(&mut conn, firm, id, shell.now - LATELY).await?;
        let looked = incidents::looked_at(&mut conn, firm, id).await?;
        open.sort_by_key(|it| (!it.code.stops_everything(), it.code));
        let codes: Vec<ReasonCode> = open.iter().map(|it| it.code).collect();
        let health = Health::of(connection, &codes).ok_or(PageError::Missing)?;
        let sync = SyncPanel::load(&mut conn, shell, connection, health).await?;
        drop(conn);
        let is_paused = health == Health::Paused;
        let checking = !is_paused && !looked.contains_key(&ProbeSubject::Access);
        let offered = [
            (!is_paused && !checking, CHECK_NOW, paths::check_now(firm)),
            (
                health.can_sync() && sync.running.is_none(),
                SYNC_NOW,
                paths::sync_now(firm),
            ),
            (!is_paused, PAUSE, paths::pause(firm)),
            (is_paused, RESUME, paths::resume(firm)),
        ];
        let offered = offered.into_iter().filter(|(is_offered, ..)| *is_offered);
        let pause = connection.pause.as_ref();
        Ok(Self {
            signal: signal(health),
            word: health.label(),
            sentence: text::sentence(health),
            paused: pause.map(|it| (it.by.clone(), shell.when(it.since))),
            incidents: open.iter().map(|it| card(app, shell, stored, it)).collect(),
            over: over.iter().filter_map(|it| ended(shell, it)).collect(),
            checked: looked.values().max().map(|at| shell.when(*at)),
            checking,
            sync,
            buttons: offered.map(|(_, label, href)| (label, href)).collect(),
            here: paths::integration(firm),
        })
    }

    /// Whether the page waits for something.
    pub(super) fn is_live(&self) -> bool {
        self.checking || self.sync.running.is_some()
    }
}

impl SyncPanel {
    async fn load(
        conn: &mut PgConnection,
        shell: &Shell,
        connection: &Connection,
        health: Health,
    ) -> Result<Self, PageError> {
        let of = (connection.firm_id, connection.id);
        let known = reconciles::find(conn, of.0, of.1).await?;
        let running = match health.can_sync() {
            true => running(conn, shell, connection).await?,
            false if health == Health::Broken => Some(words::NOT_WHILE_BROKEN.to_owned()),
            false => None,
        };
        let last = known.ended_at.zip(known.findings);
        let last = last.map(|(at, it)| {
            (
                shell.when(at),
                words::found(it.records, it.incomplete.len()),
            )
        });
        Ok(Self { running, last })
    }
}

/// What reading does now, if anything.
async fn running(
    conn: &mut PgConnection,
    shell: &Shell,
    connection: &Connection,
) -> Result<Option<String>, PageError> {
    let (firm, id) = (connection.firm_id, connection.id);
    if !reconcile::is_under_way(conn, (firm, id), shell.now).await? {
        return Ok(None);
    }
    let run = runs::find_open(conn, firm, id, RunKind::Reconcile).await?;
    let due = match run.filter(|run| run.state == RunState::Waiting) {
        Some(run) => work::due_at(conn, engine::task(firm, run.id)).await?,
        None => None,
    };
    Ok(Some(match due.filter(|at| *at > shell.now) {
        Some(at) => words::goes_on_at(&shell.when(at).time()),
        None => words::READING.to_owned(),
    }))
}

fn signal(health: Health) -> Signal {
    match health {
        Health::Healthy => Signal::Done,
        Health::Degraded => Signal::Waiting,
        Health::Broken => Signal::Needed,
        Health::Paused | Health::Disconnected => Signal::Idle,
    }
}

fn card(app: &App, shell: &Shell, stored: &Stored, incident: &Incident) -> IncidentCard {
    let finding = &incident.finding;
    let card = help::card_of_finding(app, stored, finding);
    IncidentCard {
        id: format!("incident-{}", incident.id),
        since: shell.when(incident.since),
        about: text::about(finding),
        card: card.as_ref().map(FixCard::from),
    }
}

fn ended(shell: &Shell, incident: &Incident) -> Option<IncidentOver> {
    let ended = incident.ended_at?;
    Some(IncidentOver {
        cause: text::cause(incident.code),
        ended: shell.when(ended),
        lasted: duration(ended - incident.since),
    })
}

/// *Check now*.
pub(super) async fn check_now(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let connection = match connected(&access) {
        Ok((connection, _)) => connection,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    check_connection::run(&app, &access.actor, connection).await?;
    Ok(see_other(paths::integration(access.firm.id)).into_response())
}
