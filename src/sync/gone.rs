//! What a reading no longer found.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{ListReader, SyncCursor};
use crate::catalog::Read;
use crate::store::{StoreError, records, unread};

impl ListReader {
    /// Marks stored records that a full read no longer found, and returns how many. Rows that could
    /// not be read before and were not met again are forgotten.
    ///
    /// Only kinds whose every list was read completely are touched. A record is gone only if the
    /// lists of inactive ones were read as well: a person missing among the active ones may merely
    /// be inactive.
    pub(crate) async fn mark_gone(
        &self,
        conn: &mut PgConnection,
        cursor: &SyncCursor,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut gone = 0;
        if self.since.is_some() {
            return Ok(gone);
        }
        let mut seen: Vec<&str> = Vec::new();
        for &(choice, read) in &self.lists {
            if seen.contains(&read.kind) {
                continue;
            }
            seen.push(read.kind);
            let is_of_kind = |other: &&Read| other.kind == read.kind;
            let wanted = self.lists.iter().map(|(_, other)| *other);
            let complete_since = wanted
                .filter(is_of_kind)
                .map(|other| cursor.complete_since(other.name));
            let since: Option<Vec<DateTime<Utc>>> = complete_since.collect();
            let Some(since) = since.and_then(|since| since.into_iter().min()) else {
                continue;
            };
            let record_set = self.record_set(choice, read);
            unread::forget_unseen(conn, &record_set, since).await?;
            let mut every = choice.data_set.entry().reads.iter().filter(is_of_kind);
            let has_all = choice.include_inactive
                || every.all(|other| {
                    !other.inactive_only && other.params.iter().all(|it| it.active == it.all)
                });
            // A row that cannot be read may be any of the records that are missed.
            if has_all && unread::count_seen(conn, &record_set, since).await? == 0 {
                gone += records::mark_gone(conn, &record_set, since, now).await?;
            }
        }
        Ok(gone)
    }
}
