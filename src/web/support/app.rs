//! `/support/app`: the vendor's own app in Procore, for those who lead support. Where it is installed, in
//! which version, and how its calls are answered: what Procore's Integration Health looks at.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use sqlx::PgConnection;

use crate::app::App;
use crate::help;
use crate::identity::DeskVerb;
use crate::paths;
use crate::store::vendor_installs::{self, Calls, Install, Tally};
use crate::text::count::grouped;
use crate::text::vendor as text;
use crate::web::access::SupportAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Shell, Signal, When};

/// Installs of one environment that are listed.
const LISTED: i64 = 500;
/// Days whose calls are shown.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "support/app.html")]
struct VendorAppPage {
    shell: Shell,
    apps: Vec<AppPart>,
}

/// The app in one environment.
struct AppPart {
    label: String,
    /// How many installs, updates, versions there are.
    facts: Vec<(&'static str, String)>,
    /// When Procore's list was read last.
    read: Option<When>,
    /// That not all of them are listed.
    more: Option<String>,
    installs: Vec<InstallRow>,
    /// The days with calls, newest first; the first line is their sum.
    days: Vec<CallsRow>,
}

struct InstallRow {
    company: i64,
    firm: Option<(String, String)>,
    version: String,
    state: (Signal, &'static str),
    since: When,
}

/// Calls of a time, and the shares of them that Procore refused.
struct CallsRow {
    label: String,
    calls: String,
    shares: [String; 4],
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeVendorApp)?;
    if app.config.vendor_apps.is_empty() {
        return Err(PageError::Missing);
    }
    let shell = support.shell(&app);
    let mut conn = app.db.acquire().await?;
    let mut apps = Vec::new();
    for vendor in &app.config.vendor_apps {
        apps.push(AppPart::read(&mut conn, &shell, &vendor.environment).await?);
    }
    drop(conn);
    ok(&VendorAppPage { shell, apps })
}

impl AppPart {
    async fn read(
        conn: &mut PgConnection,
        shell: &Shell,
        environment: &str,
    ) -> Result<Self, PageError> {
        let tally = vendor_installs::tally(conn, environment).await?;
        let installs = vendor_installs::list(conn, environment, LISTED).await?;
        let since = (shell.now - TimeDelta::days(DAYS - 1)).date_naive();
        let days = vendor_installs::list_calls(conn, environment, since).await?;
        Ok(Self {
            label: help::environment_label(environment),
            facts: facts(&tally),
            read: tally.read_at.map(|at| shell.when(at)),
            more: usize::try_from(tally.installed + tally.gone)
                .is_ok_and(|all| all > installs.len())
                .then(|| text::app::only_listed(installs.len())),
            days: calls(&days),
            installs: installs.into_iter().map(|it| row(shell, it)).collect(),
        })
    }
}

fn facts(tally: &Tally) -> Vec<(&'static str, String)> {
    vec![
        (text::app::INSTALLED, grouped(tally.installed)),
        (text::app::CONNECTED, grouped(tally.connected)),
        (text::app::NEEDS_UPDATE, grouped(tally.need_update)),
        (text::app::VERSIONS, text::app::versions(&tally.versions)),
        (text::app::GONE, grouped(tally.gone)),
    ]
}

fn row(shell: &Shell, install: Install) -> InstallRow {
    let state = match (install.gone_at, install.update_waits) {
        (Some(_), _) => (Signal::Idle, text::app::IS_GONE),
        (None, Some(true)) => (Signal::Waiting, text::app::UPDATE_WAITS),
        (None, _) => (Signal::Done, text::app::IS_INSTALLED),
    };
    InstallRow {
        company: install.company_id,
        firm: install.firm_name.zip(install.onboarding.map(paths::case)),
        version: install
            .version
            .unwrap_or_else(|| text::app::UNKNOWN.to_owned()),
        state,
        since: shell.when(install.gone_at.unwrap_or(install.installed_at)),
    }
}

fn calls(days: &[(chrono::NaiveDate, Calls)]) -> Vec<CallsRow> {
    let mut sum = Calls::default();
    for (_, day) in days {
        sum.calls += day.calls;
        sum.status_401 += day.status_401;
        sum.status_403 += day.status_403;
        sum.status_404 += day.status_404;
        sum.status_429 += day.status_429;
    }
    let total = (!days.is_empty()).then(|| calls_row(text::app::ALL_DAYS.to_owned(), sum));
    let each = days
        .iter()
        .map(|(day, calls)| calls_row(day.to_string(), *calls));
    total.into_iter().chain(each).collect()
}

fn calls_row(label: String, calls: Calls) -> CallsRow {
    let statuses = [
        calls.status_401,
        calls.status_403,
        calls.status_404,
        calls.status_429,
    ];
    CallsRow {
        label,
        calls: grouped(calls.calls),
        shares: statuses.map(|count| text::app::share(count, calls.calls)),
    }
}
