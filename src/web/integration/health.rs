//! How the connection is: the state in one word, what is wrong, and *Check now*.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use sqlx::PgConnection;

use super::connected;
use crate::app::App;
use crate::connection::incident::Incident;
use crate::connection::{Connection, Health, ProbeSubject};
use crate::content;
use crate::flows::check_connection;
use crate::flows::sync_connection::{self, SyncStanding};
use crate::help;
use crate::onboarding::CheckPurpose;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{incidents, outages, reconciles};
use crate::text::health::{self as text, CHECK_NOW};
use crate::text::sync::{self as words, PAUSE, RECONNECT, RESUME, SYNC_NOW};
use crate::text::time::duration;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Link, Shell, Signal, Since, When};
use crate::web::wizard::run::ShownChecks;

/// What lasts so long is no single answer that failed.
const AN_OUTAGE: TimeDelta = TimeDelta::minutes(10);
/// For how long the end of something wrong is shown.
const LATELY: TimeDelta = TimeDelta::days(1);

/// How a connection is, as its overview shows it.
pub(super) struct HealthPanel {
    pub signal: Signal,
    pub word: &'static str,
    pub sentence: &'static str,
    /// Who paused it, and when.
    pub paused: Option<(String, When)>,
    /// What is wrong, what stops everything first; what is fixed together is one card.
    pub incidents: Vec<IncidentCard>,
    /// What was wrong lately and is over.
    pub over: Vec<IncidentOver>,
    /// When Procore was last asked.
    pub checked: Option<When>,
    /// It is being looked at.
    pub checking: bool,
    pub sync: SyncPanel,
    /// *Reconnect*, where it leads to another key.
    pub replace: Option<Link>,
    /// *Reconnect* is checking everything.
    pub reconnecting: Option<&'static str>,
    /// The buttons that are offered: label and address.
    pub buttons: Vec<(&'static str, String)>,
    /// The one of them that is the next step.
    pub main: &'static str,
    pub here: String,
}

/// What is wrong, with what to do about it.
pub(super) struct IncidentCard {
    /// What its heading is known by on the page.
    pub id: String,
    pub since: Since,
    /// What exactly, where the card does not say it.
    pub about: Vec<String>,
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
    /// What it is doing now, or why it does nothing.
    pub running: Option<String>,
    is_running: bool,
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
        let looked = incidents::looked_at(&mut conn, firm, id).await?;
        let mut open = incidents::list_open(&mut conn, firm, id).await?;
        let over = incidents::list_ended(&mut conn, firm, id, shell.now - LATELY).await?;
        let outages = outages::list_open(&mut conn).await?;
        let mut outages = outages.iter();
        let is_away = outages.any(|it| {
            it.environment == connection.target.environment && shell.now - it.since >= AN_OUTAGE
        });
        open.sort_by_key(|it| (!it.code.stops_everything(), it.code));
        let codes: Vec<ReasonCode> = open.iter().map(|it| it.code).collect();
        let health = Health::of(connection, &codes).ok_or(PageError::Missing)?;
        let sync = SyncPanel::load(&mut conn, shell, connection, health).await?;
        drop(conn);
        let is_paused = health == Health::Paused;
        let stopping: Vec<&Incident> = open
            .iter()
            .filter(|it| it.code.stops_everything())
            .collect();
        let reconnecting = match health {
            Health::Broken => Some(Reconnecting::load(app, stored, &stopping).await?),
            Health::Healthy | Health::Degraded | Health::Paused | Health::Disconnected => None,
        };
        let is_reconnecting = reconnecting.as_ref().is_some_and(|it| it.is_running);
        let replace = reconnecting.as_ref().and_then(|it| it.replace.clone());
        let failed = reconnecting.and_then(|it| it.failed);
        let card_of = |of: &[&Incident]| match &failed {
            // What the whole check found says it better.
            Some(failed) if of.iter().all(|it| it.code.stops_everything()) => {
                Some(FixCard::from(failed))
            }
            _ => {
                let findings: Vec<_> = of.iter().map(|it| &it.finding).collect();
                let card = help::card_of_findings(app, stored, &findings);
                card.as_ref().map(FixCard::from)
            }
        };
        let mut conn = app.db.acquire().await?;
        let is_asked = check_connection::is_under_way(&mut conn, connection, shell.now).await?;
        let looked_since = incidents::looked_at(&mut conn, firm, id).await?;
        drop(conn);
        let mut subjects = ProbeSubject::IN_TURN.iter();
        let is_awaited = subjects.any(|it| !looked.contains_key(it));
        // Where the looks differ that were known before and after, what was read in between may be of before.
        let checking = !is_paused && (is_asked && is_awaited || looked != looked_since);
        let sync_is_offered = health.can_sync() && sync.running.is_none();
        let offered = [
            (!is_paused && !checking, CHECK_NOW, paths::check_now(firm)),
            (sync_is_offered, SYNC_NOW, paths::sync_now(firm)),
            (
                health == Health::Broken && !is_reconnecting && !checking && replace.is_none(),
                RECONNECT,
                paths::reconnect(firm),
            ),
            (!is_paused, PAUSE, paths::pause(firm)),
            (is_paused, RESUME, paths::resume(firm)),
        ];
        let offered = offered.into_iter().filter(|(is_offered, ..)| *is_offered);
        let pause = connection.pause.as_ref();
        Ok(Self {
            signal: signal(health),
            word: health.label(),
            sentence: match is_away {
                true => text::sentence_in_outage(health),
                false => text::sentence(health),
            },
            paused: pause.map(|it| (it.by.clone(), shell.when(it.since))),
            incidents: fixed_together(&open, failed.is_some())
                .iter()
                .filter_map(|of| IncidentCard::new(shell, of, card_of(of)))
                .collect(),
            replace: replace.map(|href| Link::new(RECONNECT, href)),
            reconnecting: is_reconnecting.then_some(words::RECONNECTING),
            over: over.iter().filter_map(|it| ended(shell, it)).collect(),
            checked: looked.values().max().map(|at| shell.when(*at)),
            checking,
            sync,
            main: match health {
                Health::Healthy if sync_is_offered => SYNC_NOW,
                Health::Healthy | Health::Degraded | Health::Disconnected => CHECK_NOW,
                Health::Broken => RECONNECT,
                Health::Paused => RESUME,
            },
            buttons: offered.map(|(_, label, href)| (label, href)).collect(),
            here: paths::integration(firm),
        })
    }

    /// Whether the page waits for something.
    pub(super) fn is_live(&self) -> bool {
        self.checking || self.reconnecting.is_some() || self.sync.is_running
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
        let running = match health.can_sync() {
            true => match sync_connection::standing(conn, connection, shell.now).await? {
                SyncStanding::Idle => None,
                SyncStanding::Running => Some(words::READING.to_owned()),
                SyncStanding::GoesOnAt(at) => Some(words::goes_on_at(&shell.when(at).time())),
            },
            false if health == Health::Broken => Some(words::NOT_WHILE_BROKEN.to_owned()),
            false => None,
        };
        let known = reconciles::find(conn, of.0, of.1).await?;
        let last = known.ended_at.zip(known.findings);
        let last = last.map(|(at, it)| {
            (
                shell.when(at),
                words::found(it.records, it.incomplete.len()),
            )
        });
        Ok(Self {
            is_running: running.is_some() && health.can_sync(),
            running,
            last,
        })
    }
}

/// What *Reconnect* checks, while the connection is broken.
struct Reconnecting {
    is_running: bool,
    /// What it found, once it failed.
    failed: Option<content::FixCard>,
    /// Where the key is replaced, if that is what Procore rejects.
    replace: Option<String>,
}

impl Reconnecting {
    async fn load(app: &App, stored: &Stored, broken: &[&Incident]) -> Result<Self, PageError> {
        let firm = stored.onboarding.firm_id;
        let is_key =
            |it: &&&Incident| matches!(it.code, ReasonCode::Credentials | ReasonCode::Environment);
        let proves = stored
            .target()
            .is_some_and(|it| !it.access_way.has_own_key());
        let shown = ShownChecks::newest(app, stored, CheckPurpose::Verify).await?;
        let since = broken.iter().map(|it| it.since).min();
        let is_of_this = shown.run.as_ref().map(|run| run.started_at) >= since;
        let failed = help::card_to_reconnect(app, stored, &shown.rows);
        Ok(Self {
            is_running: is_of_this && shown.progress().moves(),
            failed: failed.filter(|_| is_of_this && !shown.is_running()),
            // Where the vendor's app gives access, the company is proven again.
            replace: (proves || broken.iter().any(|it| is_key(&it)))
                .then(|| paths::replace_credentials(firm)),
        })
    }
}

fn signal(health: Health) -> Signal {
    match health {
        Health::Healthy => Signal::Done,
        Health::Degraded => Signal::Waiting,
        Health::Broken => Signal::Needed,
        Health::Paused | Health::Disconnected => Signal::Idle,
    }
}

/// The incidents, those together that one card is about: what asks for the same release of the app,
/// and, where everything was `checked`, what stops everything.
fn fixed_together(open: &[Incident], checked: bool) -> Vec<Vec<&Incident>> {
    let is_of_release =
        |it: &Incident| matches!(it.code, ReasonCode::Level(_) | ReasonCode::WebhookLevel);
    let stops = |it: &Incident| checked && it.code.stops_everything();
    let mut groups: Vec<Vec<&Incident>> = Vec::new();
    for incident in open {
        let with = groups.iter_mut().find(|group| {
            let mut group = group.iter();
            (stops(incident) && group.clone().any(|it| stops(it)))
                || (is_of_release(incident) && group.any(|it| is_of_release(it)))
        });
        match with {
            Some(group) => group.push(incident),
            None => groups.push(vec![incident]),
        }
    }
    groups
}

impl IncidentCard {
    fn new(shell: &Shell, of: &[&Incident], card: Option<FixCard>) -> Option<Self> {
        let first = of.iter().min_by_key(|it| it.since)?;
        Some(Self {
            id: format!("incident-{}", first.id),
            since: shell.when(first.since).into(),
            about: of
                .iter()
                .filter_map(|it| text::about(&it.finding))
                .collect(),
            card,
        })
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
