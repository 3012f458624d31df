//! The activity as a file, under the same filter.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono_tz::Tz;
use futures_util::stream;

use super::activity::ActivityQuery;
use crate::activity::Audience;
use crate::app::App;
use crate::identity::{ActivityId, ActorKind, FirmId};
use crate::store::activities::{self, Activity};
use crate::text::activity::{about, stored};
use crate::text::pages::{ACTIVITY_FILE, cut_at};
use crate::web::access::FirmAccess;
use crate::web::error::PageError;
use crate::web::sheet::{self, iso};

/// Rows that are read and held in memory at a time.
const CHUNK: i64 = 500;

/// Reads chunk by chunk and returns the connection in between.
pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<ActivityQuery>,
) -> Result<Response, PageError> {
    let shell = access.shell(&app);
    let file = format!("activity-{}.csv", shell.now.format("%Y-%m-%d"));
    let export = ActivityExport {
        app,
        firm: access.firm.id,
        kinds: asked.kinds(),
        zone: shell.zone,
        cut: Some(cut_at(&shell.when(shell.now).exact())),
        next: Some(None),
    };
    let chunks = stream::try_unfold(export, |export| async move {
        let chunk = export.chunk().await;
        if let Err(error) = &chunk {
            tracing::error!("An export of the activity broke off: {error:#}");
        }
        chunk
    });
    sheet::download(&file, Body::from_stream(chunks))
}

/// An export in progress.
struct ActivityExport {
    app: App,
    firm: FirmId,
    kinds: Vec<ActorKind>,
    zone: Tz,
    /// The line that says when the file was cut, until it is written.
    cut: Option<String>,
    /// After which entry the next chunk begins; `None` after the last one.
    next: Option<Option<ActivityId>>,
}

impl ActivityExport {
    async fn chunk(mut self) -> anyhow::Result<Option<(Vec<u8>, Self)>> {
        let Some(before) = self.next.take() else {
            return Ok(None);
        };
        let mut conn = self.app.db.acquire().await?;
        let (firm, kinds) = (self.firm, &self.kinds);
        let listed =
            activities::list_of_firm(&mut conn, firm, Audience::Firm, kinds, before, CHUNK).await?;
        drop(conn);

        let mut csv = sheet::writer(self.cut.is_some());
        if let Some(cut) = self.cut.take() {
            csv.write_record([cut])?;
            csv.write_record(ACTIVITY_FILE)?;
        }
        for entry in &listed {
            csv.write_record(record(entry, self.zone).map(sheet::harmless))?;
        }
        if listed.len() as i64 == CHUNK {
            self.next = listed.last().map(|last| Some(last.activity_id));
        }
        Ok(Some((csv.into_inner()?, self)))
    }
}

fn record(entry: &Activity, zone: Tz) -> [String; ACTIVITY_FILE.len()] {
    let about = about(&entry.verb, entry.subject.as_deref(), &entry.details, zone);
    [
        iso(Some(entry.at)),
        entry.actor_kind.word().to_owned(),
        entry.actor_name.clone(),
        stored(&entry.verb),
        about.unwrap_or_default(),
        entry.source.clone().unwrap_or_default(),
    ]
}
