//! *Assign to me*, or to another support person, or to nobody.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::assign_case;
use crate::identity::PersonId;
use crate::store::people;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "Assign to me";
pub const ACTION: &str = "assign";
/// The choice of leaving it to nobody.
const NOBODY: &str = "nobody";

#[derive(Template)]
#[template(path = "support/case/assign.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    /// Support people, the reader first.
    choices: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    assignee: String,
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
    let mut form = input.ask.form().keep("assignee", input.assignee.as_str());
    let reason = input.ask.reason(&mut form);
    let assignee = form.check("assignee", parse(&input.assignee));
    let (Some(reason), Some(assignee)) = (reason, assignee) else {
        let again = show(&app, &access, form.into()).await?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.ask.page()?;
    let result = assign_case::run(&app, &access.actor, seen, assignee, &reason).await;
    let said = match assignee {
        Some(person) if Some(person) == access.actor.person() => "The case is yours.",
        Some(_) => "The case has a new owner.",
        None => "The case belongs to nobody now.",
    };
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again).await?),
    }
}

fn parse(choice: &str) -> Result<Option<PersonId>, &'static str> {
    match choice {
        NOBODY => Ok(None),
        person => person
            .parse()
            .map(Some)
            .map_err(|_| "Choose who looks after it"),
    }
}

async fn show(app: &App, access: &CaseAccess, again: Again) -> Result<Page, PageError> {
    let mut conn = app.db.acquire().await?;
    let support = people::list_support(&mut conn).await?;
    drop(conn);
    let (me, others): (Vec<_>, Vec<_>) = support
        .into_iter()
        .partition(|person| Some(person.id) == access.actor.person());
    let mine = me
        .into_iter()
        .map(|me| (me.id, format!("{} (me)", me.name)));
    let theirs = others.into_iter().map(|person| (person.id, person.name));
    let now = match &access.case.line.assignee {
        Some(assignee) => format!("It is with {} now.", assignee.name),
        None => "It is with nobody now.".to_owned(),
    };
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(now)
        .effect("The case comes up under “Mine” for whoever you choose. Nobody is mailed.")
        .effect("The firm does not see it.");
    Ok(Page {
        shell: access.shell(app),
        choices: mine
            .chain(theirs)
            .map(|(id, name)| (id.to_string(), name))
            .chain([(NOBODY.to_owned(), "Nobody".to_owned())])
            .collect(),
        ask: ask.filled_in(again),
    })
}
