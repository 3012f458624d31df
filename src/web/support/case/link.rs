//! *Send a fresh link*.

use askama::Template;
use axum::extract::State as From;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::send_link::{self, Wanted};
use crate::onboarding::Stage;
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::onboarding::hand_over::{End, State};
use crate::store::{hand_overs, links, memberships};
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "Send a fresh link";
pub const ACTION: &str = "link";

#[derive(Template)]
#[template(path = "support/case/link.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    choices: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    link: String,
}

pub async fn get(From(app): From<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(
        StatusCode::OK,
        &show(&app, &access, Again::default()).await?,
    )
}

pub async fn post(
    From(app): From<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input.ask.form().keep("link", input.link.as_str());
    let wanted = form.check("link", parse(&input.link).ok_or("Choose a link"));
    let reason = input.ask.reason(&mut form);
    let (Some(wanted), Some(reason)) = (wanted, reason) else {
        let again = show(&app, &access, form.into()).await?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.ask.page()?;
    let result = send_link::run(&app, &access.actor, seen, wanted, &reason).await;
    let said = "The link is on its way.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again).await?),
    }
}

/// Whom a link can be sent to: everybody whom the firm itself made known, value and words.
pub async fn choices(app: &App, access: &CaseAccess) -> Result<Vec<(String, String)>, PageError> {
    let firm = access.case.firm.id;
    let mut conn = app.db.acquire().await?;
    let members = memberships::list(&mut conn, firm).await?;
    let invitations = links::list_invitations(&mut conn, firm).await?;
    let asked = hand_overs::list_for_onboarding(&mut conn, firm, access.onboarding().id).await?;
    drop(conn);
    let shell = access.shell(app);
    let step = match access.onboarding().stage {
        Stage::Done => "the integration".to_owned(),
        stage => format!("step {}, {}", stage.number(), stage.label()),
    };
    let to_admins = members.into_iter().flat_map(|member| {
        let (id, name) = (member.person, member.name);
        [
            (format!("step:{id}"), format!("{name}: the way to {step}")),
            (
                format!("password:{id}"),
                format!("{name}: choose a new password"),
            ),
        ]
    });
    let invited = invitations.into_iter().map(|link| {
        let expires = shell.when(link.expires_at).relative();
        let state = if link.expires_at <= shell.now {
            format!("expired {expires}")
        } else {
            format!("expires {expires}")
        };
        (
            format!("invitation:{}", link.id),
            format!("{}: the invitation again ({state})", link.email.as_str()),
        )
    });
    let colleagues = asked
        .into_iter()
        .filter(|it| match it.standing(access.onboarding(), shell.now) {
            State::Sent | State::Opened | State::Ended(End::Expired) => true,
            State::Finished(_) | State::Ended(_) => false,
        })
        .map(|it| {
            let words = format!("{}, who was asked to help: {}", it.name, it.task.label());
            (format!("task:{}", it.id), words)
        });
    Ok(to_admins.chain(invited).chain(colleagues).collect())
}

/// Whether anybody can get one.
pub fn may(access: &CaseAccess, choices: &[(String, String)]) -> Result<(), WhyNot> {
    write_to_firm(&access.evidence)?;
    if choices.is_empty() {
        return Err(WhyNot::NobodyToWriteTo);
    }
    Ok(())
}

fn parse(choice: &str) -> Option<Wanted> {
    let (kind, id) = choice.split_once(':')?;
    let id: Uuid = id.parse().ok()?;
    match kind {
        "step" => Some(Wanted::Step(id.into())),
        "password" => Some(Wanted::NewPassword(id.into())),
        "invitation" => Some(Wanted::Invitation(id)),
        "task" => Some(Wanted::HandOver(id)),
        _ => None,
    }
}

async fn show(app: &App, access: &CaseAccess, again: Again) -> Result<Page, PageError> {
    let choices = choices(app, access).await?;
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(
            "One mail goes out, to an address that the firm itself gave us, with your name in it.",
        )
        .effect("An older link of the same kind to the same person stops working.")
        .effect("You do not see the link. The firm sees that you sent one.")
        .unless(may(access, &choices));
    Ok(Page {
        shell: access.shell(app),
        choices,
        ask: ask.filled_in(again),
    })
}
