//! What Procore showed of an announced record: what it means, and how it is kept.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::decision::{Answered, Deletion};
use super::subject::Change;
use crate::catalog::DataSet;
use crate::store::StoreError;
use crate::store::records::RecordSet;
use crate::store::{projects, single_records};
use crate::sync::single::{self, Shown};

/// What an answer says of the record; whether it may be gone.
pub(super) fn answered(shown: &Shown, change: &Change) -> (Answered, Deletion) {
    let deleted = change.deletion;
    match shown {
        Shown::Parts { unread, .. } if !unread.is_empty() => (Answered::Unreadable, deleted),
        Shown::Record(_) | Shown::Parts { .. } => (Answered::Shown, deleted),
        // Nothing says that it is not there: it is only not known by this id.
        Shown::Changed(changed)
            if changed.reaches(change.told_at, deleted != Deletion::NotTold) =>
        {
            (Answered::Shown, Deletion::NotTold)
        }
        Shown::Changed(_) => (Answered::NotShown, Deletion::NotTold),
        Shown::Unreadable(_) => (Answered::Unreadable, deleted),
        Shown::Nothing => (Answered::NotShown, deleted),
        Shown::Elsewhere => (Answered::Elsewhere, deleted),
    }
}

/// Keeps what was shown; returns the ids of what belongs to the record, where that is what was shown.
pub(super) async fn keep(
    conn: &mut PgConnection,
    (set, change): (&RecordSet, &Change),
    shown: Shown,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    let mut parts = Vec::new();
    match shown {
        Shown::Record(record) => {
            single_records::keep(conn, set, &record, asked_at).await?;
            if set.data_set == DataSet::Projects && change.read.kind == "projects" {
                let of = (set.firm_id, set.connection_id);
                projects::note_announced(conn, of, change.procore_id, now).await?;
            }
        }
        Shown::Parts { records, unread } => {
            for part in &records {
                single_records::keep(conn, set, part, asked_at).await?;
            }
            parts.extend(records.iter().map(|it| it.procore_id));
            for row in unread {
                single::keep_unreadable(conn, set, row, now).await?;
            }
        }
        Shown::Changed(changed) => {
            for record in &changed.records {
                single_records::keep(conn, set, record, asked_at).await?;
            }
            for gone in changed.gone {
                single_records::mark_absent(conn, set, gone, true, asked_at).await?;
            }
            for row in changed.unread {
                single::keep_unreadable(conn, set, row, now).await?;
            }
        }
        Shown::Unreadable(row) => single::keep_unreadable(conn, set, row, now).await?,
        Shown::Nothing | Shown::Elsewhere => {}
    }
    Ok(parts)
}
