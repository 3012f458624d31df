//! The Concierge page: a small market with a tile per integration.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::onboarding::Stage;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::paths;
use crate::web::view::{Action, Link, Shell, Signal, Tile};

#[derive(Template)]
#[template(path = "wizard/concierge.html")]
struct Page {
    shell: Shell,
    firm: String,
    tiles: Vec<Tile>,
}

pub async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let shell = access.shell(&app);
    ok(&Page {
        firm: access.firm.name.clone(),
        tiles: vec![procore(&access, &shell)?],
        shell,
    })
}

fn procore(access: &FirmAccess, shell: &Shell) -> Result<Tile, PageError> {
    let stored = access.onboarding()?;
    let onboarding = &stored.onboarding;
    let firm = access.firm.id;
    let step = onboarding.stage.number();
    let (signal, state) = match onboarding.stage {
        Stage::Review => (Signal::Idle, "Not connected".to_owned()),
        Stage::Done => (Signal::Done, "Connected".to_owned()),
        _ if access.firm.is_stuck() => {
            (Signal::Needed, format!("Step {step} of 6 needs attention"))
        }
        Stage::Completing => (Signal::Running, "Setting up".to_owned()),
        Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => (Signal::Running, format!("Step {step} of 6")),
    };
    let action = match onboarding.stage {
        Stage::Review => Link::new("Integrate with Procore", paths::step(firm, Stage::Review)),
        Stage::Done => Link::new("View integration", paths::integration(firm)),
        stage => Link::new("Continue setup", paths::step(firm, stage)),
    };
    let needs = match onboarding.stage {
        Stage::Done => Vec::new(),
        _ => vec![
            "A Procore subscription".to_owned(),
            "Help from an administrator of your Procore company".to_owned(),
            format!("The right to connect that company to {}", access.firm.name),
        ],
    };
    Ok(Tile {
        name: "Procore".to_owned(),
        text: format!(
            "Brings projects, people, companies and more from Procore to {}, and keeps them up to date.",
            shell.product
        ),
        needs,
        signal,
        state,
        touched: (!stored.changed_by.is_empty())
            .then(|| (stored.changed_by.clone(), shell.when(onboarding.updated_at))),
        action: Action::Go(action),
    })
}
