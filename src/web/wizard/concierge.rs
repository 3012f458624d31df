//! The Concierge page: a small market with a tile per integration.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::connection::ConnectionState;
use crate::flows::open_setup::{self, OpenedSetup};
use crate::ledger::{Action as PlanAction, ActionState, RunKind, RunState};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{actions, onboardings, runs};
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

pub async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let shell = access.shell(&app);
    let (tile, closed) = match &access.firm.onboarding {
        Some(stored) => (tile_of_setup(&access, &shell, stored), None),
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
pub async fn post(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let answer = match open_setup::run(&app, &access.actor).await? {
        OpenedSetup::At(stage) => see_other(paths::step(firm, stage)),
        OpenedSetup::BeingRemoved => see_other(paths::concierge(firm))
            .with_message("What the last setup created in Procore is still being removed."),
    };
    Ok(answer.into_response())
}

fn tile_of_setup(access: &FirmAccess, shell: &Shell, stored: &Stored) -> Tile {
    let onboarding = &stored.onboarding;
    let firm = access.firm.id;
    let step = onboarding.stage.number();
    let connection = stored
        .connection
        .as_ref()
        .map(|connection| connection.state);
    if connection == Some(ConnectionState::Connected) {
        return Tile {
            signal: Signal::Done,
            state: "Connected".to_owned(),
            touched: last_change(shell, stored),
            action: Action::go("View integration", paths::integration(firm)),
            ..procore_tile(shell)
        };
    }
    let (signal, state) = match onboarding.stage {
        Stage::Review => (Signal::Idle, "Not connected".to_owned()),
        _ if access.firm.is_stuck() => {
            (Signal::Needed, format!("Step {step} of 6 needs attention"))
        }
        Stage::Completing | Stage::Done => (Signal::Running, "Setting up".to_owned()),
        Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => (Signal::Running, format!("Step {step} of 6")),
    };
    let action = match onboarding.stage {
        Stage::Review => Link::new("Integrate with Procore", paths::step(firm, Stage::Review)),
        stage => Link::new("Continue setup", paths::step(firm, stage)),
    };
    Tile {
        needs: needs(access),
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
        needs: needs(access),
        signal: if closing {
            Signal::Running
        } else {
            Signal::Idle
        },
        state: if closing { "Closing" } else { "Not connected" }.to_owned(),
        action: match closing {
            true => Action::go("Look again", paths::concierge(firm)),
            false => Action::post("Integrate with Procore", paths::concierge(firm)),
        },
        ..procore_tile(shell)
    }
}

fn procore_tile(shell: &Shell) -> Tile {
    Tile {
        name: "Procore".to_owned(),
        text: format!(
            "Brings projects, people, companies and more from Procore to {}, and keeps them up to date.",
            shell.product
        ),
        needs: Vec::new(),
        signal: Signal::Idle,
        state: String::new(),
        touched: None,
        action: Action::go("", ""),
    }
}

fn needs(access: &FirmAccess) -> Vec<String> {
    vec![
        "A Procore subscription".to_owned(),
        "Help from an administrator of your Procore company".to_owned(),
        format!("The right to connect that company to {}", access.firm.name),
    ]
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
        let Self { who, at, .. } = &self;
        let closed = format!("{who} closed the setup {}.", shell.when(*at).relative());
        match (self.removal, self.left_behind) {
            (Some(RunState::NeedsPerson), false) => Notice::waiting(format!(
                "{closed} Procore does not let us remove our webhook; our support sees to it. After that you can begin again."
            )),
            (Some(RunState::Running | RunState::Waiting | RunState::NeedsPerson), true) => {
                Notice::waiting(format!(
                    "{closed} We are wiping your client secret. After that you can begin again."
                ))
            }
            (Some(RunState::Running | RunState::Waiting), false) => Notice::waiting(format!(
                "{closed} We are removing our webhook from your Procore. After that you can begin again."
            )),
            (Some(RunState::Done | RunState::Abandoned), true) => Notice::info(format!(
                "{closed} Your client secret is wiped. Our webhook is still in your Procore: an administrator can remove it there, under Company Settings, Webhooks. You can begin again."
            )),
            (Some(RunState::Done | RunState::Abandoned), false) => Notice::info(format!(
                "{closed} Our webhook is removed from your Procore, and your client secret is wiped. You can begin again."
            )),
            (None, _) => Notice::info(format!(
                "{closed} Nothing was created in Procore, and your client secret is wiped. You can begin again."
            )),
        }
    }
}
