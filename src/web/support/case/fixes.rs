//! *Send these fixes*.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use super::firm_side::Completion;
use crate::app::App;
use crate::flows::hand_over::Fix;
use crate::flows::send_fixes::{self, Reader};
use crate::identity::{Email, PersonId};
use crate::onboarding::Stage;
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::onboarding::ledger::{CheckPurpose, RunState};
use crate::store::memberships;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;
use crate::web::wizard::fixes;

pub const LABEL: &str = "Send these fixes";
pub const ACTION: &str = "fixes";
/// The choice of an address that is typed in.
const OTHER: &str = "other";

#[derive(Template)]
#[template(path = "support/case/fixes.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    fixes: Vec<Fix>,
    readers: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    reader: String,
    #[serde(default)]
    email: String,
}

impl Input {
    fn reader(&self) -> Result<Reader, (&'static str, String)> {
        if self.reader == OTHER {
            let email = Email::parse(&self.email);
            return email
                .map(Reader::Address)
                .map_err(|error| ("email", error.to_string()));
        }
        let person: Result<PersonId, _> = self.reader.parse();
        person
            .map(Reader::Admin)
            .map_err(|_| ("reader", "Choose who gets them".to_owned()))
    }
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(
        StatusCode::OK,
        &show(&app, &access, Again::default()).await?,
    )
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input.ask.form();
    form = form.keep("reader", input.reader.as_str());
    form = form.keep("email", input.email.trim());
    let reader = match input.reader() {
        Ok(reader) => Some(reader),
        Err((field, message)) => {
            form.fail(field, message);
            None
        }
    };
    let reason = input.ask.reason(&mut form);
    let (Some(reader), Some(reason)) = (reader, reason) else {
        let again = show(&app, &access, form.into()).await?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.ask.page()?;
    let fixes = list(&app, &access).await?;
    let result = send_fixes::run(&app, &access.actor, seen, &reader, &fixes, &reason).await;
    let said = "The fixes are on their way.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again).await?),
    }
}

/// What has to be mended where the firm stands, as its own page says it.
pub async fn list(app: &App, access: &CaseAccess) -> Result<Vec<Fix>, PageError> {
    let onboarding = access.onboarding();
    let purpose = match onboarding.stage {
        Stage::Review | Stage::Credentials | Stage::Done => return Ok(Vec::new()),
        Stage::Verify | Stage::Settings => CheckPurpose::Verify,
        Stage::Permissions | Stage::Complete => CheckPurpose::Permissions,
        Stage::Completing => return of_completion(app, access).await,
    };
    let shell = access.shell(app);
    fixes::list(app, &shell, onboarding, purpose).await
}

async fn of_completion(app: &App, access: &CaseAccess) -> Result<Vec<Fix>, PageError> {
    let onboarding = access.onboarding();
    let completion = Completion::newest(app, onboarding).await?;
    let stopped = completion.filter(|it| it.run.state == RunState::NeedsPerson);
    Ok(stopped
        .and_then(|it| fixes::of_completion(app, onboarding, &it.entries, it.run.code?))
        .into_iter()
        .collect())
}

/// Whether there is anything to send.
pub fn may(access: &CaseAccess, fixes: &[Fix]) -> Result<(), WhyNot> {
    write_to_firm(&access.evidence)?;
    if fixes.is_empty() {
        return Err(WhyNot::NothingToMend);
    }
    Ok(())
}

async fn show(app: &App, access: &CaseAccess, again: Again) -> Result<Page, PageError> {
    let fixes = list(app, access).await?;
    let mut conn = app.db.acquire().await?;
    let members = memberships::list(&mut conn, access.case.firm.id).await?;
    drop(conn);
    let readers = members
        .into_iter()
        .map(|member| (member.person.to_string(), member.name))
        .chain([(OTHER.to_owned(), "Somebody else, by address".to_owned())])
        .collect();
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect("What stands below goes out in one mail, with your name in it.")
        .effect("An admin of the firm also gets a link to the step. Somebody else gets no link.")
        .effect("The firm sees that you sent it.")
        .unless(may(access, &fixes));
    Ok(Page {
        shell: access.shell(app),
        fixes,
        readers,
        ask: ask.filled_in(again),
    })
}
