//! Step 6 when everything is done.

use askama::Template;
use axum::response::Response;
use sqlx::PgConnection;
use url::Url;

use super::not_brought::NotBrought;
use super::rail;
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::{Connection, Settings};
use crate::help;
use crate::onboarding::Stage;
use crate::paths;
use crate::store::hooks;
use crate::store::onboardings::Stored;
use crate::store::readings::{self, Reading};
use crate::store::records::{self, RecordCount, RecordSet};
use crate::store::unread::{self, UnreadCount};
use crate::text::connection::kinds_of_change;
use crate::text::count::{Noun, could_not_be_read, counted, grouped};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Amount, Incomplete, Rail, Shell, When};

#[derive(Template)]
#[template(path = "wizard/done.html")]
struct DonePage {
    shell: Shell,
    rail: Rail,
    company: String,
    company_home: Option<Url>,
    environment: String,
    /// The reference that support asks for.
    reference: String,
    connected_at: Option<When>,
    /// Each data set with its count, and what is to be said about it.
    sets: Vec<Amount>,
    /// The names of the first projects.
    projects: Vec<String>,
    is_complete: bool,
    not_brought: NotBrought,
    /// Where the data is chosen.
    settings: String,
    triggers: String,
    missing: Vec<String>,
    details: String,
    /// The board of projects, where there are any.
    board: Option<String>,
}

/// Projects named on the page, so that the reader recognises their company.
const PROJECTS_NAMED: i64 = 3;

/// The page once Procore is connected.
pub(crate) async fn page(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
) -> Result<Response, PageError> {
    let firm_id = stored.onboarding.firm_id;
    let connection = stored.connection.as_ref().ok_or(PageError::Missing)?;
    let settings = connection.settings.as_ref().ok_or(PageError::Missing)?;
    let mut conn = app.db.acquire().await?;
    let hook = hooks::find_of_company(&mut conn, firm_id, connection.id).await?;
    let brought = Brought::read(&mut conn, connection).await?;
    let projects = match settings.choice(DataSet::Projects) {
        Some(_) => project_names(&mut conn, connection).await?,
        None => Vec::new(),
    };
    drop(conn);

    let shell = access.shell(app);
    let (triggers, missing) =
        hook.map_or((0, Vec::new()), |hook| (hook.triggers.len(), hook.missing));
    let firm = access.firm.id;
    ok(&DonePage {
        rail: rail(access, &shell, stored, Stage::Done),
        company: format!(
            "{} ({})",
            stored.company_name().unwrap_or_default(),
            connection.target.company_id
        ),
        company_home: connection.company_home(),
        environment: help::environment_label(&connection.target.environment),
        reference: reference(connection),
        connected_at: connection.connected_at.map(|at| shell.when(at)),
        not_brought: NotBrought::read(app, stored, settings).await?,
        settings: paths::settings(firm),
        is_complete: brought.is_complete(),
        sets: brought.amounts(&shell, settings),
        board: (!projects.is_empty()).then(|| paths::projects(firm)),
        projects,
        triggers: kinds_of_change(triggers),
        missing,
        details: paths::integration(firm),
        shell,
    })
}

/// What was brought, as far as it was read.
pub(crate) struct Brought {
    counts: Vec<RecordCount>,
    reading: Option<Reading>,
    unread: Vec<UnreadCount>,
}

impl Brought {
    pub(crate) async fn read(
        conn: &mut PgConnection,
        connection: &Connection,
    ) -> Result<Self, PageError> {
        let (firm, id) = (connection.firm_id, connection.id);
        Ok(Self {
            counts: records::count_by_kind(conn, firm, id).await?,
            reading: readings::find(conn, firm, id).await?,
            unread: unread::count_by_kind(conn, firm, id).await?,
        })
    }

    fn is_complete(&self) -> bool {
        let mut readings = self.reading.iter();
        readings.all(|reading| reading.lists.is_empty())
    }

    /// Each chosen data set with its count.
    pub(crate) fn amounts(self, shell: &Shell, settings: &Settings) -> Vec<Amount> {
        let incomplete = Incomplete::new(shell, self.reading);
        let sets = settings.choices().iter().map(|choice| choice.data_set);
        sets.map(|set| {
            let count = count(set, &self.counts);
            let amount = amount(set, &self.counts, &incomplete, &self.unread);
            Amount {
                label: set.label(),
                note: (amount != counted(count, Noun::Record)).then_some(amount),
                count: grouped(count),
            }
        })
        .collect()
    }
}

/// The names of the first projects that were read.
async fn project_names(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Vec<String>, PageError> {
    let set = RecordSet {
        firm_id: connection.firm_id,
        connection_id: connection.id,
        data_set: DataSet::Projects,
        kind: DataSet::Projects.entry().main_read().kind,
        project_id: 0,
    };
    let found = records::list(conn, &set, None, None, PROJECTS_NAMED).await?;
    let there = found.into_iter().filter(|record| record.gone_at.is_none());
    Ok(there.filter_map(|record| record.label).collect())
}

/// How many records of a data set are there, without those of its other lists.
fn count(data_set: DataSet, counts: &[RecordCount]) -> i64 {
    let main = data_set.entry().main_read().kind;
    let mut counts = counts.iter();
    let count = counts.find(|count| count.data_set == data_set && count.kind == main);
    count.map_or(0, |count| count.there)
}

/// A reference short enough to read out on the phone: the end of the connection's id.
pub(crate) fn reference(connection: &Connection) -> String {
    let id = connection.id.0.simple().to_string();
    // An id begins with its time; the random end tells two of them apart.
    id[id.len() - 8..].to_uppercase()
}

/// The number of records of a data set, without those of its other lists; of one that is not
/// complete, how much of it was read. What of any of its lists could not be read is told besides.
pub(crate) fn amount(
    data_set: DataSet,
    counts: &[RecordCount],
    incomplete: &Incomplete,
    unread: &[UnreadCount],
) -> String {
    let mut amounts = incomplete.of_set(data_set);
    if amounts.is_empty() {
        amounts.push(counted(count(data_set, counts), Noun::Record));
    }
    let of_set = unread.iter().filter(|count| count.data_set == data_set);
    let unread: i64 = of_set.map(|count| count.count).sum();
    if unread > 0 {
        amounts.push(could_not_be_read(unread));
    }
    amounts.join("; ")
}
