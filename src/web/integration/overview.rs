//! The overview: state in one sentence, and everything at a glance.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Days;
use url::Url;

use super::health::HealthPanel;
use super::{connected, disconnect, pages};
use crate::app::App;
use crate::connection::Connection;
use crate::help;
use crate::paths;
use crate::store::reconciles::{self, Findings};
use crate::store::shown_events::{self, EventsOfDay};
use crate::store::{credentials, hooks, memberships, readings, records, unread};
use crate::text::connection::{NO_WEBHOOK, connected_since, no_event, webhook};
use crate::text::events::PER_DAY;
use crate::text::reading::gap_repaired;
use crate::web::access::FirmAccess;
use crate::web::answer::{SeeOther, ok};
use crate::web::error::PageError;
use crate::web::removal::RemovalStatus;
use crate::web::view::{Incomplete, Line, Nav, Notice, Rich, Shell, When};
use crate::web::wizard::done;

/// Days of events that are drawn.
const DAYS: u64 = 14;

#[derive(Template)]
#[template(path = "integration/overview.html")]
struct IntegrationOverviewPage {
    shell: Shell,
    pages: Nav,
    state: Rich,
    /// An earlier connection is still being taken back.
    removal: Option<Notice>,
    health: HealthPanel,
    company: String,
    company_id: i64,
    company_home: Option<Url>,
    environment: String,
    reference: String,
    /// Which gap the last comparison with Procore repaired, and when the next one is.
    repaired: Option<String>,
    next_copy: Option<When>,
    last_event: Result<When, String>,
    /// Events of each day.
    events: Line,
    events_page: String,
    sets: Vec<(&'static str, String, String)>,
    hook: String,
    missing: Vec<String>,
    fingerprint: String,
    secret_at: Option<When>,
    people: Vec<String>,
    people_page: String,
    webhooks_page: String,
    credentials_page: String,
    disconnect_page: String,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return otherwise(&app, &access, elsewhere).await,
    };
    let firm = access.firm.id;
    let shell = access.shell(&app);
    // Read first, so that what it reports as over is in the records below.
    let health = HealthPanel::load(&app, &shell, access.onboarding()?, connection).await?;
    let mut conn = app.db.acquire().await?;
    let counts = records::count_by_kind(&mut conn, firm, connection.id).await?;
    let hook = hooks::find_of_company(&mut conn, firm, connection.id).await?;
    let credential = credentials::find_current(&mut conn, firm, connection.id).await?;
    let reading = readings::find(&mut conn, firm, connection.id).await?;
    let unread = unread::count_by_kind(&mut conn, firm, connection.id).await?;
    let members = memberships::list(&mut conn, firm).await?;
    let of = (firm, connection.id);
    let reconcile = reconciles::find(&mut conn, firm, connection.id).await?;
    let next_copy = reconciles::next_at(&mut conn, firm, connection.id).await?;
    let (zone, since) = (shell.zone.name(), shell.now - Days::new(DAYS));
    let removal = RemovalStatus::beside(&mut conn, firm, &shell).await?;
    let counted = shown_events::count_by_day(&mut conn, of, zone, since).await?;
    drop(conn);

    let incomplete = Incomplete::new(&shell, reading);
    let sets = settings.choices().iter().map(|choice| {
        let set = choice.data_set;
        let amount = done::amount(set, &counts, &incomplete, &unread);
        (set.label(), amount, paths::data_set(firm, set))
    });
    ok(&IntegrationOverviewPage {
        pages: pages(&shell, firm),
        state: state(&shell, connection),
        removal,
        health,
        sets: sets.collect(),
        hook: match &hook {
            Some(hook) => webhook(hook.triggers.len()),
            None => NO_WEBHOOK.to_owned(),
        },
        missing: hook.map(|hook| hook.missing).unwrap_or_default(),
        fingerprint: credential
            .as_ref()
            .map(|credential| credential.fingerprint.clone())
            .unwrap_or_default(),
        secret_at: credential.map(|credential| shell.when(credential.created_at)),
        people: members.into_iter().map(|member| member.name).collect(),
        reference: done::reference(connection),
        company_home: connection.company_home(),
        environment: help::environment_label(&connection.target.environment),
        company_id: connection.target.company_id,
        repaired: reconcile
            .findings
            .as_ref()
            .and_then(|findings| repaired(&shell, findings)),
        next_copy: next_copy.map(|at| shell.when(at)),
        last_event: match counted.last() {
            Some(day) => Ok(shell.when(day.last_at)),
            None => {
                // Older ones are not kept everywhere.
                let kept = u64::try_from(app.config.event_retention.num_days()).unwrap_or(1);
                let days = kept.clamp(1, DAYS);
                let since = shell.now - Days::new(days);
                Err(no_event(connection.connected_at, since, days))
            }
        },
        events: Line::new("events", PER_DAY, by_day(&shell, &counted)),
        events_page: paths::integration_page(firm, "events"),
        company: connection.company_name.clone().unwrap_or_default(),
        people_page: paths::people(firm),
        webhooks_page: paths::integration_page(firm, "webhooks"),
        credentials_page: paths::integration_page(firm, "credentials"),
        disconnect_page: paths::integration_page(firm, "disconnect"),
        shell,
    })
}

/// What stands here where nothing is connected: how the last connection ended, unless a new setup has
/// begun.
async fn otherwise(
    app: &App,
    access: &FirmAccess,
    elsewhere: SeeOther,
) -> Result<Response, PageError> {
    if access.firm.onboarding.is_some() {
        return Ok(elsewhere.into_response());
    }
    match disconnect::ended(app, access).await? {
        Some(page) => ok(&page),
        None => Ok(elsewhere.into_response()),
    }
}

fn state(shell: &Shell, connection: &Connection) -> Rich {
    let company = connection.company_name.as_deref().unwrap_or_default();
    let company = company.replace(['*', '`'], " ");
    let day = connection.connected_at.map(|at| shell.when(at).day());
    Rich::from(connected_since(&company, day.as_deref()))
}

/// What the last comparison put right, if it repaired a gap.
fn repaired(shell: &Shell, findings: &Findings) -> Option<String> {
    let gap = findings.gap.filter(|_| findings.incomplete.is_empty())?;
    let [from, to] = [gap.from, gap.to].map(|at| at.with_timezone(&shell.zone));
    Some(gap_repaired(from, to, findings.records))
}

/// Every day of the picture with its events, days without any included.
fn by_day(shell: &Shell, counted: &[EventsOfDay]) -> Vec<(String, u64)> {
    let today = shell.now.with_timezone(&shell.zone).date_naive();
    let days = (0..DAYS)
        .rev()
        .filter_map(|ago| today.checked_sub_days(Days::new(ago)));
    days.map(|day| {
        let of_day = counted.iter().find(|it| it.day == day);
        (
            day.format("%-d %B").to_string(),
            of_day.map_or(0, |it| it.count.unsigned_abs()),
        )
    })
    .collect()
}
