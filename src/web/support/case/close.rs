//! *Close as abandoned*: releases the company and takes back what we created in Procore.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::content::PathId;
use crate::flows::close_case;
use crate::onboarding::case::{self, Closing};
use crate::store::hooks;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::{Remedy, Shell};
use crate::web::wizard::help;

pub const LABEL: &str = "Close as abandoned";
pub const ACTION: &str = "close";

#[derive(Template)]
#[template(path = "support/case/close.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    /// How to remove by hand what Procore does not let us remove.
    by_hand: Vec<Remedy>,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    let page_of = show(&app, &access, Again::default()).await?;
    page(StatusCode::OK, &page_of)
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<AskInput>,
) -> Result<Response, PageError> {
    let mut form = input.form();
    let Some(reason) = input.reason(&mut form) else {
        let again = show(&app, &access, form.into()).await?;
        return page(again.ask.refusal(), &again);
    };
    let seen = input.page()?;
    let result = close_case::run(&app, &access.actor, seen, &reason).await;
    let said = match access.onboarding().archived_at {
        None => "The case is closed.",
        Some(_) => "What is left in Procore is left to be removed by hand.",
    };
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again).await?),
    }
}

async fn show(app: &App, access: &CaseAccess, again: Again) -> Result<Page, PageError> {
    let onboarding = access.onboarding();
    let (firm_id, id) = (onboarding.firm_id, onboarding.id);
    let mut conn = app.db.acquire().await?;
    let created = hooks::any_of_onboarding(&mut conn, firm_id, id).await?;
    drop(conn);
    let (ask, by_hand) = asked(app, access, created);
    Ok(Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
        by_hand,
    })
}

fn asked(app: &App, access: &CaseAccess, created: bool) -> (Ask, Vec<Remedy>) {
    let closing = case::close(&access.evidence);
    let ask = Ask {
        style: "button button-danger",
        ..Ask::new(app, access, LABEL, ACTION)
    };
    match closing {
        Ok(Closing::LeaveBehind) => {
            let values = help::values(app, Some(access.onboarding()));
            let paths = [PathId::SeeWebhooks, PathId::RemoveUs];
            let by_hand = paths
                .into_iter()
                .filter_map(|id| help::path(id, &values))
                .map(|path| Remedy::from(&path));
            let ask = ask
                .effect("We stop trying to remove our webhook. It stays in the firm’s Procore until somebody removes it there, as below; what it delivers is refused.")
                .effect("The client secret is wiped, and the Procore company is free to be connected again.")
                .effect("The firm sees in its activity that the webhook was left.");
            (ask, by_hand.collect())
        }
        Ok(Closing::Close) | Err(_) => {
            (effects(ask, created).unless(closing.map(drop)), Vec::new())
        }
    }
}

fn effects(ask: Ask, created: bool) -> Ask {
    let ask = ask.effect("The setup is closed. Open links to colleagues stop working.");
    let ask = match created {
        true => ask
            .effect("Our webhook is removed from the firm’s Procore, with what it announces. Webhooks of others are not touched. If Procore is away, this goes on by itself when it is back.")
            .effect("What was read so far is deleted here.")
            .effect("After that the client secret is wiped, and the Procore company is free to be connected again."),
        false => ask
            .effect("Nothing was created in Procore, so nothing is changed there.")
            .effect("The client secret is wiped, and the Procore company is free to be connected again."),
    };
    ask.effect("The firm’s admins are told by mail, without your reason, and may begin a new setup. You can reopen this one; only the secret has to be entered again.")
}
