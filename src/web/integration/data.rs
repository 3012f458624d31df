//! The data sets with their counts.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{connected, pages};
use crate::app::App;
use crate::paths;
use crate::store::{readings, records, unread};
use crate::text::count::{could_not_be_read, grouped};
use crate::text::pages as text;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Column, Incomplete, Nav, Shell, When};

#[derive(Template)]
#[template(path = "integration/data.html")]
struct IntegrationDataPage {
    shell: Shell,
    pages: Nav,
    columns: Vec<Column>,
    rows: Vec<DataSetRow>,
}

struct DataSetRow {
    label: &'static str,
    /// Which list of the data set, where it has several.
    list: Option<&'static str>,
    href: String,
    there: String,
    /// How much of the list was read, if it is not complete.
    so_far: Option<String>,
    /// How many rows of it could not be read.
    unread: Option<String>,
    /// How many of them Procore does not show now.
    unavailable: Option<String>,
    gone: String,
    changed: Option<When>,
    seen: Option<When>,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    let mut conn = app.db.acquire().await?;
    let counts = records::count_by_kind(&mut conn, connection.firm_id, connection.id).await?;
    let reading = readings::find(&mut conn, firm, connection.id).await?;
    let unread = unread::count_by_kind(&mut conn, firm, connection.id).await?;
    drop(conn);

    let shell = access.shell(&app);
    let incomplete = Incomplete::new(&shell, reading);
    let mut rows = Vec::new();
    for choice in settings.choices() {
        let set = choice.data_set;
        let main = set.entry().main_read();
        for read in set.entry().reads.iter().filter(|read| !read.inactive_only) {
            let count = counts
                .iter()
                .find(|count| count.data_set == set && count.kind == read.kind);
            rows.push(DataSetRow {
                label: set.label(),
                list: (read.name != main.name).then_some(read.plural),
                href: format!("{}?kind={}", paths::data_set(firm, set), read.kind),
                there: grouped(count.map_or(0, |count| count.there)),
                so_far: incomplete.of_list(read),
                unread: unread
                    .iter()
                    .find(|count| count.data_set == set && count.kind == read.kind)
                    .map(|count| could_not_be_read(count.count)),
                unavailable: count
                    .filter(|count| count.unavailable > 0)
                    .map(|count| text::unavailable(count.unavailable)),
                changed: count
                    .and_then(|count| count.changed_at)
                    .map(|at| shell.when(at)),
                gone: grouped(count.map_or(0, |count| count.gone)),
                seen: count
                    .and_then(|count| count.seen_at)
                    .map(|at| shell.when(at)),
            });
        }
    }
    ok(&IntegrationDataPage {
        pages: pages(&shell, firm),
        columns: vec![
            Column::text(text::DATA),
            Column::number(text::RECORDS),
            Column::number(text::NO_LONGER_LISTED),
            Column::text(text::LAST_CHANGE),
            Column::text(text::LAST_READ),
        ],
        rows,
        shell,
    })
}
