//! What Procore sent and we could not read, as it was sent, without secrets.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::CaseAccess;
use crate::app::App;
use crate::store::unread;
use crate::text::count::{Noun, counted};
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Shell, When};

pub(crate) const SLUG: &str = "unread";

/// Texts of each kind on the page.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "support/case/unread.html")]
struct UnreadPage {
    shell: Shell,
    firm: String,
    back: String,
    rows: Vec<Raw>,
    deliveries: Vec<Raw>,
}

/// One text.
struct Raw {
    label: String,
    at: When,
    text: String,
    is_cut: bool,
}

pub(super) async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    let connection = access.case.stored.connection.as_ref();
    let connection = connection.ok_or(PageError::Missing)?;
    let mut conn = app.db.acquire().await?;
    let (firm, id) = (connection.firm_id, connection.id);
    let rows = unread::list_records(&mut conn, firm, id, SHOWN).await?;
    let events = unread::list_events(&mut conn, firm, id, SHOWN).await?;
    drop(conn);
    let shell = access.shell(&app);
    ok(&UnreadPage {
        firm: access.case.firm.name.clone(),
        back: access.home(),
        rows: rows
            .into_iter()
            .map(|row| Raw {
                label: format!("{}: {}", row.data_set.label(), row.kind),
                at: shell.when(row.last_seen_at),
                text: row.body,
                is_cut: false,
            })
            .collect(),
        deliveries: events
            .into_iter()
            .map(|event| Raw {
                label: counted(event.times, Noun::Delivery),
                at: shell.when(event.last_received_at),
                text: String::from_utf8_lossy(&event.body).into_owned(),
                is_cut: event.is_cut,
            })
            .collect(),
        shell,
    })
}
