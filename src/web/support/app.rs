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
use crate::store::vendor_installs::{self, Calls, Install};
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
    seen: Option<When>,
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
        let installs = vendor_installs::list(conn, environment, LISTED).await?;
        let since = (shell.now - TimeDelta::days(DAYS - 1)).date_naive();
        let days = vendor_installs::list_calls(conn, environment, since).await?;
        let seen = installs.iter().map(|install| install.seen_at).max();
        Ok(Self {
            label: help::environment_label(environment),
            facts: facts(&installs),
            seen: seen.map(|at| shell.when(at)),
            days: calls(&days),
            installs: installs.into_iter().map(|it| row(shell, it)).collect(),
        })
    }
}

fn facts(installs: &[Install]) -> Vec<(&'static str, String)> {
    let there: Vec<&Install> = installs.iter().filter(|it| it.gone_at.is_none()).collect();
    let count =
        |which: &dyn Fn(&Install) -> bool| grouped(there.iter().filter(|it| which(it)).count());
    let mut versions: Vec<&str> = there
        .iter()
        .filter_map(|it| it.version.as_deref())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    vec![
        (text::app::INSTALLED, count(&|_| true)),
        (text::app::CONNECTED, count(&|it| it.firm.is_some())),
        (
            text::app::NEEDS_UPDATE,
            count(&|it| it.update_waits == Some(true)),
        ),
        (text::app::VERSIONS, text::app::versions(&versions)),
        (text::app::GONE, grouped(installs.len() - there.len())),
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
