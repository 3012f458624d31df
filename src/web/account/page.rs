//! `/account`: name and time zone, and the devices that are signed in.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::app::App;
use crate::flows::change_profile;
use crate::identity::{TimeZone, parse_name};
use crate::paths;
use crate::store::{activities, people, sessions};
use crate::text::{device, forms, notices, pages};
use crate::web::access::SignedIn;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::activity;
use crate::web::view::{Notice, Shell, TimelineEntry, When};

/// Entries about the account.
const LISTED: i64 = 30;

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    shell: Shell,
    /// That the browser's zone is chosen and waits for *Save*.
    guessed: Option<Notice>,
    form: FormState,
    email: String,
    zones: Vec<(&'static str, String)>,
    devices: Vec<Device>,
    entries: Vec<TimelineEntry>,
}

struct Device {
    name: String,
    source: String,
    signed_in: When,
    last_seen: When,
    /// Where it can be signed out; `None` for the device in use.
    end: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct AccountForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    time_zone: String,
}

#[derive(Deserialize)]
pub(crate) struct AccountQuery {
    /// The browser's time zone, to be confirmed.
    #[serde(default)]
    zone: String,
}

pub(super) async fn get(
    State(app): State<App>,
    person: SignedIn,
    Query(query): Query<AccountQuery>,
) -> Result<Response, PageError> {
    let guessed = TimeZone::parse(&query.zone);
    let time_zone = guessed.unwrap_or(person.session.time_zone);
    let form = FormState::default()
        .keep("name", person.session.name.clone())
        .keep("time_zone", time_zone.name());
    let mut page = show(&app, &person, form).await?;
    page.guessed = guessed.map(|zone| Notice::info(notices::browser_zone(&zone.to_string())));
    ok(&page)
}

pub(super) async fn post(
    State(app): State<App>,
    person: SignedIn,
    Form(input): Form<AccountForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default()
        .keep("name", input.name.trim())
        .keep("time_zone", input.time_zone.clone());
    let name = form.check("name", parse_name(&input.name));
    let time_zone = form.check(
        "time_zone",
        TimeZone::parse(&input.time_zone).ok_or(forms::TIME_ZONE),
    );
    let (Some(name), Some(time_zone)) = (name, time_zone) else {
        return refused(&show(&app, &person, form).await?);
    };
    change_profile::run(&app, &person.actor, &name, time_zone).await?;
    Ok(see_other(paths::ACCOUNT)
        .with_success(notices::PROFILE_SAVED)
        .into_response())
}

async fn show(app: &App, person: &SignedIn, form: FormState) -> Result<AccountPage, PageError> {
    let shell = person.shell(app);
    let mut conn = app.db.acquire().await?;
    let account = people::find(&mut conn, person.session.person).await?;
    let email = account.map(|account| account.email);
    let devices = sessions::list(&mut conn, person.session.person, app.clock.now())
        .await?
        .into_iter()
        .map(|it| Device {
            name: device::in_words(it.user_agent.as_deref()),
            source: it
                .source
                .unwrap_or_else(|| pages::UNKNOWN_SOURCE.to_owned()),
            signed_in: shell.when(it.created_at),
            last_seen: shell.when(it.last_seen_at),
            end: (it.session_id != person.session.session_id)
                .then(|| paths::end_session(it.session_id)),
        })
        .collect();
    let entries = activities::list_of_account(&mut conn, person.session.person, LISTED).await?;
    let entries = entries.iter().map(|it| activity::entry(&shell, it));
    Ok(AccountPage {
        entries: entries.collect(),
        shell,
        guessed: None,
        form,
        email: email.ok_or(PageError::Missing)?.as_str().to_owned(),
        zones: TimeZone::choices()
            .map(|zone| (zone.name(), zone.to_string()))
            .collect(),
        devices,
    })
}
