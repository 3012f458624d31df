//! How the connection is: the state in one word, what is wrong, and *Check now*.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::connected;
use crate::app::App;
use crate::connection::incident::Incident;
use crate::connection::{Connection, Health, ProbeSubject};
use crate::flows::check_connection;
use crate::help;
use crate::paths;
use crate::store::incidents;
use crate::store::onboardings::Stored;
use crate::text::health as text;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::view::{FixCard, Shell, Signal, When};

/// How a connection is, as its overview shows it.
pub(super) struct HealthPanel {
    pub signal: Signal,
    pub word: &'static str,
    pub sentence: &'static str,
    /// What is wrong, what stops everything first.
    pub incidents: Vec<IncidentCard>,
    /// When Procore was last asked.
    pub checked: Option<When>,
    /// It is being looked at.
    pub checking: bool,
    pub check_now: String,
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
        let looked = incidents::looked_at(&mut conn, firm, id).await?;
        drop(conn);
        open.sort_by_key(|it| (!it.code.stops_everything(), it.code));
        let codes: Vec<ReasonCode> = open.iter().map(|it| it.code).collect();
        let health = Health::of(connection.state, &codes).ok_or(PageError::Missing)?;
        Ok(Self {
            signal: signal(health),
            word: health.label(),
            sentence: text::sentence(health),
            incidents: open.iter().map(|it| card(app, shell, stored, it)).collect(),
            checked: looked.values().max().map(|at| shell.when(*at)),
            checking: !looked.contains_key(&ProbeSubject::Access),
            check_now: paths::check_now(firm),
            here: paths::integration(firm),
        })
    }
}

fn signal(health: Health) -> Signal {
    match health {
        Health::Healthy => Signal::Done,
        Health::Degraded => Signal::Waiting,
        Health::Broken => Signal::Needed,
        Health::Disconnected => Signal::Idle,
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
