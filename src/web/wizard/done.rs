//! Step 6 when everything is done.

use askama::Template;
use axum::response::Response;

use super::{help, rail};
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Connection;
use crate::onboarding::Stage;
use crate::paths;
use crate::store::hooks;
use crate::store::onboardings::Stored;
use crate::store::readings;
use crate::store::records::{self, RecordCount};
use crate::store::unread::{self, UnreadCount};
use crate::text::connection::kinds_of_change;
use crate::text::count::{Noun, could_not_be_read, counted};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Incomplete, Rail, Shell, When};

#[derive(Template)]
#[template(path = "wizard/done.html")]
struct DonePage {
    shell: Shell,
    rail: Rail,
    company: String,
    environment: String,
    /// The reference that support asks for.
    reference: String,
    connected_at: Option<When>,
    sets: Vec<(&'static str, String)>,
    is_complete: bool,
    triggers: String,
    missing: Vec<String>,
    has_projects: bool,
    details: String,
    data: String,
}

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
    let counts = records::count_by_kind(&mut conn, firm_id, connection.id).await?;
    let reading = readings::find(&mut conn, access.firm.id, connection.id).await?;
    let unread = unread::count_by_kind(&mut conn, firm_id, connection.id).await?;
    drop(conn);

    let shell = access.shell(app);
    let incomplete = Incomplete::new(&shell, reading);
    let choices = settings.choices();
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
        environment: help::environment_label(&connection.target.environment),
        reference: reference(connection),
        connected_at: connection.connected_at.map(|at| shell.when(at)),
        sets: choices
            .iter()
            .map(|choice| choice.data_set)
            .map(|set| (set.label(), amount(set, &counts, &incomplete, &unread)))
            .collect(),
        is_complete: incomplete.is_empty(),
        triggers: kinds_of_change(triggers),
        missing,
        has_projects: settings.choice(DataSet::Projects).is_some(),
        details: paths::integration(firm),
        data: paths::integration_page(firm, "data"),
        shell,
    })
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
        let main = data_set.entry().main_read().kind;
        let count = counts
            .iter()
            .find(|count| count.data_set == data_set && count.kind == main);
        amounts.push(counted(count.map_or(0, |count| count.there), Noun::Record));
    }
    let of_set = unread.iter().filter(|count| count.data_set == data_set);
    let unread: i64 = of_set.map(|count| count.count).sum();
    if unread > 0 {
        amounts.push(could_not_be_read(unread));
    }
    amounts.join("; ")
}
