//! The Concierge page: a small market with a tile per integration.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::done::Brought;
use super::handed;
use super::run::ShownChecks;
use super::{ledger, rail};
use crate::app::App;
use crate::connection::incident::Incident;
use crate::connection::{Connection, ConnectionState, Health};
use crate::flows::open_setup;
use crate::onboarding::situation::SituationCode;
use crate::onboarding::{CheckPurpose, Stage};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{actions, incidents, onboardings, runs};
use crate::text::{setup, tile as text};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::removal::RemovalStatus;
use crate::web::view::{
    Action, Link, NextAction, Notice, Shell, Signal, StepState, Tile, WaitingFor, When,
};

#[derive(Template)]
#[template(path = "wizard/concierge.html")]
struct ConciergePage {
    shell: Shell,
    firm: String,
    /// Why there is no open setup, or what is still being taken back beside it.
    earlier: Option<Notice>,
    tiles: Vec<Tile>,
    support_access: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let shell = access.shell(&app);
    let (tile, earlier) = match &access.firm.onboarding {
        Some(stored) => {
            let connection = stored.connection.as_ref();
            let is_connected = |it: &&Connection| it.state == ConnectionState::Connected;
            let tile = match connection.filter(is_connected) {
                Some(connection) => tile_of_connection(&app, &access, &shell, connection).await?,
                None => tile_of_setup(&app, &access, &shell, stored).await?,
            };
            let touched = last_change(&shell, stored);
            let mut conn = app.db.acquire().await?;
            let removal = RemovalStatus::beside(&mut conn, access.firm.id, &shell).await?;
            (Tile { touched, ..tile }, removal)
        }
        None => {
            let end = ClosedSetup::of(&app, &access).await?;
            (
                tile_without_setup(&access, &shell),
                end.map(|end| end.notice(&access, &shell)),
            )
        }
    };
    ok(&ConciergePage {
        firm: access.firm.name.clone(),
        earlier,
        tiles: vec![tile],
        support_access: paths::support_access(access.firm.id),
        shell,
    })
}

/// *Integrate with Procore* where the last setup was closed.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let stage = open_setup::run(&app, &access.actor).await?;
    Ok(see_other(paths::step(firm, stage)).into_response())
}

async fn tile_of_connection(
    app: &App,
    access: &FirmAccess,
    shell: &Shell,
    connection: &Connection,
) -> Result<Tile, PageError> {
    let mut conn = app.db.acquire().await?;
    let brought = Brought::read(&mut conn, connection).await?;
    let in_projects = in_projects(&mut conn, access, connection).await?;
    drop(conn);
    let settings = connection.settings.as_ref();
    let (signal, state) = match access.firm.situation {
        Some(SituationCode::ConnectionBroken) => (Signal::Needed, Health::Broken.label()),
        Some(SituationCode::ConnectionDegraded) => (Signal::Waiting, Health::Degraded.label()),
        Some(SituationCode::ConnectionPaused) => (Signal::Idle, Health::Paused.label()),
        _ => (Signal::Done, text::CONNECTED),
    };
    Ok(Tile {
        signal,
        state: state.to_owned(),
        next: next(access, Stage::Done, &[]).map(|next| NextAction {
            text: in_projects.unwrap_or(next.text),
            ..next
        }),
        amounts: settings.map_or_else(Vec::new, |settings| brought.amounts(shell, settings)),
        read_at: connection.last_sync_at.map(|at| shell.when(at)),
        ..procore_tile(Action::go(text::VIEW, paths::integration(access.firm.id)))
    })
}

async fn tile_of_setup(
    app: &App,
    access: &FirmAccess,
    shell: &Shell,
    stored: &Stored,
) -> Result<Tile, PageError> {
    let stage = stored.onboarding.stage;
    let is_stuck = access.firm.is_stuck();
    let (signal, state) = match stage {
        Stage::Review => (Signal::Idle, text::NOT_CONNECTED.to_owned()),
        stage if is_stuck => (Signal::Needed, text::stuck_at_step(stage)),
        Stage::Completing | Stage::Done => (Signal::Running, text::SETTING_UP.to_owned()),
        stage => (Signal::Running, text::at_step(stage)),
    };
    let (about, needs, label) = match stage {
        Stage::Review => (
            Some(text::procore(&shell.product)),
            text::needs(&access.firm.name),
            text::INTEGRATE,
        ),
        _ => (None, Vec::new(), text::CONTINUE),
    };
    let waiting = handed::waiting(app, access, shell).await?;
    let action = Link::new(label, paths::step(access.firm.id, stage));
    Ok(Tile {
        about,
        needs,
        signal,
        state,
        steps: Stage::STEPS
            .map(|step| rail::state(stage, step, is_stuck))
            .into(),
        next: next(access, stage, &waiting),
        reading: reading(app, shell, stored).await?,
        waiting,
        ..procore_tile(Action::Go(action))
    })
}

/// What is next where that is about integrated projects alone.
async fn in_projects(
    conn: &mut PgConnection,
    access: &FirmAccess,
    connection: &Connection,
) -> Result<Option<String>, PageError> {
    let Some(SituationCode::ConnectionDegraded) = access.firm.situation else {
        return Ok(None);
    };
    let open = incidents::list_open(conn, connection.firm_id, connection.id).await?;
    let is_it = |it: &&Incident| Some(it.code) == access.firm.reason && it.is_of_projects_alone();
    let found = open.iter().find(is_it);
    let projects = found.and_then(|it| Some((it.code, it.finding.projects.as_deref()?)));
    Ok(projects.map(|(code, it)| text::in_projects(code, it.count, it.of)))
}

/// What comes next, and whose turn it is: a colleague's, as long as one is asked.
fn next(access: &FirmAccess, stage: Stage, waiting: &[WaitingFor]) -> Option<NextAction> {
    let situation = access.firm.situation?;
    let party = || access.firm.party.map(|it| text::turn(it).to_owned());
    let colleague = waiting.first().map(|it| text::turn_of(&it.name));
    Some(NextAction {
        text: text::next_action(situation, access.firm.reason, stage)?.to_owned(),
        turn: colleague.or_else(party),
    })
}

/// How much was read so far, while the plan is carried out.
async fn reading(app: &App, shell: &Shell, stored: &Stored) -> Result<Option<String>, PageError> {
    let onboarding = &stored.onboarding;
    let (Stage::Completing, Some(connection)) = (onboarding.stage, onboarding.connection_id) else {
        return Ok(None);
    };
    let mut conn = app.db.acquire().await?;
    let Some(run) = runs::find_newest(&mut conn, onboarding.firm_id, connection).await? else {
        return Ok(None);
    };
    let entries = actions::list(&mut conn, run.firm_id, run.id).await?;
    drop(conn);
    let found = ShownChecks::newest(app, stored, CheckPurpose::Permissions).await?;
    let overall = ledger::overall(shell, &run, &entries, &found.rows);
    Ok(overall.map(|overall| overall.text))
}

/// Who changed the setup last, and when.
fn last_change(shell: &Shell, stored: &Stored) -> Option<(String, When)> {
    let at = stored.onboarding.updated_at;
    (!stored.changed_by.is_empty()).then(|| (stored.changed_by.clone(), shell.when(at)))
}

/// The tile of a firm without an open setup.
fn tile_without_setup(access: &FirmAccess, shell: &Shell) -> Tile {
    let here = paths::concierge(access.firm.id);
    Tile {
        about: Some(text::procore(&shell.product)),
        needs: text::needs(&access.firm.name),
        steps: Stage::STEPS.map(|_| StepState::NotStarted).into(),
        ..procore_tile(Action::post(text::INTEGRATE, here))
    }
}

/// The tile of a firm that has not begun, as far as it is the same for all.
fn procore_tile(action: Action) -> Tile {
    Tile {
        name: text::PROCORE.to_owned(),
        about: None,
        needs: Vec::new(),
        signal: Signal::Idle,
        state: text::NOT_CONNECTED.to_owned(),
        steps: Vec::new(),
        next: None,
        reading: None,
        waiting: Vec::new(),
        amounts: Vec::new(),
        read_at: None,
        touched: None,
        action,
    }
}

/// How the last setup of a firm ended.
struct ClosedSetup {
    who: String,
    at: DateTime<Utc>,
    /// It had been done.
    was_connected: bool,
    /// The removal of what was created in Procore, if anything was.
    removal: Option<RemovalStatus>,
}

impl ClosedSetup {
    async fn of(app: &App, access: &FirmAccess) -> Result<Option<Self>, PageError> {
        let mut conn = app.db.acquire().await?;
        let stored = onboardings::find_newest_closed(&mut conn, access.firm.id).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let removal = match &stored.connection {
            Some(connection) => RemovalStatus::load(&mut conn, connection).await?,
            None => None,
        };
        let onboarding = &stored.onboarding;
        Ok(Some(Self {
            at: onboarding.archived_at.unwrap_or(onboarding.updated_at),
            was_connected: onboarding.stage == Stage::Done,
            removal,
            who: stored.changed_by,
        }))
    }

    fn notice(self, access: &FirmAccess, shell: &Shell) -> Notice {
        let when = shell.when(self.at).relative();
        let ended = setup::ended(&self.who, &when, self.was_connected);
        let notice = match &self.removal {
            Some(removal) => removal.notice(shell, &ended),
            None => Notice::info(format!("{ended} {}", setup::NOTHING_CREATED)),
        };
        match self.was_connected {
            true => notice.with(Action::go(text::VIEW, paths::integration(access.firm.id))),
            false => notice,
        }
    }
}
