//! What the end of a reading says: of records that it no longer found, and of its lists.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{ListReader, SyncCursor};
use crate::catalog::Read;
use crate::store::list_readings::{self, Scope};
use crate::store::records::Missed;
use crate::store::{StoreError, records, unread};

impl ListReader {
    /// Notes what is known of every list now.
    pub(crate) async fn note(
        &self,
        conn: &mut PgConnection,
        cursor: &SyncCursor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        for (_, read) in &self.lists {
            let refusal = cursor.refused.iter().find(|it| it.list == read.name);
            let complete = cursor.complete_since(read.name);
            let end = complete.ok_or_else(|| refusal.map(|it| it.code));
            let scope = match self.since {
                None => Scope::Whole,
                Some(_) => Scope::Changes,
            };
            let of = self.source.lists();
            list_readings::note(conn, of, (read.name, scope), end, now).await?;
        }
        Ok(())
    }

    /// Marks stored records that a full read no longer found, and returns how many. Rows that could
    /// not be read before and were not met again are forgotten, even if the list did not come whole.
    ///
    /// Records are marked only in kinds whose every list was read completely. A record is gone only
    /// if the lists of inactive ones were read as well: a person missing among the active ones may
    /// merely be inactive, and is unavailable.
    pub(crate) async fn mark_missed(
        &self,
        conn: &mut PgConnection,
        cursor: &SyncCursor,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut missed = 0;
        if self.since.is_some() {
            return Ok(missed);
        }
        records::lock_changes(conn, self.source.firm_id).await?;
        let mut seen: Vec<&str> = Vec::new();
        for &(choice, read) in &self.lists {
            if seen.contains(&read.kind) {
                continue;
            }
            seen.push(read.kind);
            let is_of_kind = |other: &&Read| other.kind == read.kind;
            let record_set = self.record_set(choice, read);
            let ended = self.earliest(read, |name| cursor.ended_since(name));
            if let Some(since) = ended {
                unread::forget_unseen(conn, &record_set, since).await?;
            }
            let complete = self.earliest(read, |name| cursor.complete_since(name));
            let Some(since) = complete else {
                continue;
            };
            let mut every = choice.data_set.entry().reads.iter().filter(is_of_kind);
            let has_all = choice.include_inactive
                || every.all(|other| {
                    !other.inactive_only && other.params.iter().all(|it| it.active == it.all)
                });
            // A row that cannot be read may be any of the records that are missed.
            if unread::count_seen(conn, &record_set, since).await? == 0 {
                let mark = if has_all {
                    Missed::Gone
                } else {
                    Missed::Unavailable
                };
                missed += records::mark_missed(conn, &record_set, mark, since, now).await?;
            }
        }
        Ok(missed)
    }

    /// The earliest time of all lists of a kind, if each has one.
    fn earliest(
        &self,
        of_kind: &Read,
        time: impl Fn(&str) -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let lists = self.lists.iter().map(|(_, list)| *list);
        let times = lists.filter(|list| list.kind == of_kind.kind);
        let times: Option<Vec<DateTime<Utc>>> = times.map(|list| time(list.name)).collect();
        times?.into_iter().min()
    }
}
