//! The Concierge page: a small market with a tile per integration.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::handed;
use crate::app::App;
use crate::connection::ConnectionState;
use crate::flows::open_setup::{self, OpenedSetup};
use crate::ledger::{Action as PlanAction, ActionState, RunKind, RunState};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{actions, onboardings, runs};
use crate::text::setup as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{Action, Link, Notice, Shell, Signal, Tile, When};

#[derive(Template)]
#[template(path = "wizard/concierge.html")]
struct ConciergePage {
    shell: Shell,
    firm: String,
    /// Why there is no open setup.
    closed: Option<Notice>,
    tiles: Vec<Tile>,
    support_access: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let shell = access.shell(&app);
    let (tile, closed) = match &access.firm.onboarding {
        Some(stored) => {
            let waiting = handed::waiting(&app, &access, &shell).await?;
            let tile = tile_of_setup(&access, &shell, stored);
            (Tile { waiting, ..tile }, None)
        }
        None => {
            let end = ClosedSetup::of(&app, &access).await?;
            (
                tile_without_setup(&access, &shell, end.as_ref()),
                end.map(|end| end.notice(&shell)),
            )
        }
    };
    ok(&ConciergePage {
        firm: access.firm.name.clone(),
        closed,
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
    let answer = match open_setup::run(&app, &access.actor).await? {
        OpenedSetup::At(stage) => see_other(paths::step(firm, stage)),
        OpenedSetup::BeingRemoved => {
            see_other(paths::concierge(firm)).with_message(text::STILL_REMOVING)
        }
    };
    Ok(answer.into_response())
}

fn tile_of_setup(access: &FirmAccess, shell: &Shell, stored: &Stored) -> Tile {
    let onboarding = &stored.onboarding;
    let firm = access.firm.id;
    let connection = stored
        .connection
        .as_ref()
        .map(|connection| connection.state);
    if connection == Some(ConnectionState::Connected) {
        return Tile {
            signal: Signal::Done,
            state: text::CONNECTED.to_owned(),
            touched: last_change(shell, stored),
            action: Action::go(text::VIEW, paths::integration(firm)),
            ..procore_tile(shell)
        };
    }
    let (signal, state) = match onboarding.stage {
        Stage::Review => (Signal::Idle, text::NOT_CONNECTED.to_owned()),
        stage if access.firm.is_stuck() => (Signal::Needed, text::stuck_at_step(stage)),
        Stage::Completing | Stage::Done => (Signal::Running, text::SETTING_UP.to_owned()),
        stage => (Signal::Running, text::at_step(stage)),
    };
    let action = match onboarding.stage {
        Stage::Review => Link::new(text::INTEGRATE, paths::step(firm, Stage::Review)),
        stage => Link::new(text::CONTINUE, paths::step(firm, stage)),
    };
    Tile {
        needs: text::needs(&access.firm.name),
        signal,
        state,
        touched: last_change(shell, stored),
        action: Action::Go(action),
        ..procore_tile(shell)
    }
}

/// Who changed the setup last, and when.
fn last_change(shell: &Shell, stored: &Stored) -> Option<(String, When)> {
    let at = stored.onboarding.updated_at;
    (!stored.changed_by.is_empty()).then(|| (stored.changed_by.clone(), shell.when(at)))
}

/// The tile of a firm without an open setup.
fn tile_without_setup(access: &FirmAccess, shell: &Shell, end: Option<&ClosedSetup>) -> Tile {
    let firm = access.firm.id;
    let closing = end.is_some_and(|end| end.removal.is_some_and(|state| !state.is_over()));
    Tile {
        needs: text::needs(&access.firm.name),
        signal: if closing {
            Signal::Running
        } else {
            Signal::Idle
        },
        state: if closing {
            text::CLOSING
        } else {
            text::NOT_CONNECTED
        }
        .to_owned(),
        action: match closing {
            true => Action::go(text::LOOK_AGAIN, paths::concierge(firm)),
            false => Action::post(text::INTEGRATE, paths::concierge(firm)),
        },
        ..procore_tile(shell)
    }
}

fn procore_tile(shell: &Shell) -> Tile {
    Tile {
        name: text::PROCORE.to_owned(),
        text: text::procore(&shell.product),
        needs: Vec::new(),
        signal: Signal::Idle,
        state: String::new(),
        waiting: Vec::new(),
        touched: None,
        action: Action::go("", ""),
    }
}

/// How the last setup of a firm ended.
struct ClosedSetup {
    who: String,
    at: DateTime<Utc>,
    /// The run that removes what was created in Procore, if anything was.
    removal: Option<RunState>,
    /// Whether the webhook was left there.
    left_behind: bool,
}

impl ClosedSetup {
    async fn of(app: &App, access: &FirmAccess) -> Result<Option<Self>, PageError> {
        let firm = access.firm.id;
        let mut conn = app.db.acquire().await?;
        let Some(stored) = onboardings::find_newest_closed(&mut conn, firm).await? else {
            return Ok(None);
        };
        let onboarding = &stored.onboarding;
        let run = match onboarding.connection_id {
            Some(connection) => runs::find_newest(&mut conn, access.firm.id, connection).await?,
            None => None,
        };
        let run = run.filter(|run| run.kind == RunKind::Removal);
        let ledger = match &run {
            Some(run) => actions::list(&mut conn, firm, run.id).await?,
            None => Vec::new(),
        };
        Ok(Some(Self {
            at: onboarding.archived_at.unwrap_or(onboarding.updated_at),
            removal: run.map(|run| run.state),
            left_behind: ledger.iter().any(|entry| {
                entry.action == PlanAction::RemoveHooks && entry.state == ActionState::Partial
            }),
            who: stored.changed_by,
        }))
    }

    fn notice(self, shell: &Shell) -> Notice {
        let when = shell.when(self.at).relative();
        let text = text::closed(&self.who, &when, self.removal, self.left_behind);
        match self.removal.is_some_and(|state| !state.is_over()) {
            true => Notice::waiting(text),
            false => Notice::info(text),
        }
    }
}
