//! A change that only the company announces, in each project that has the record as well.

use chrono::TimeDelta;

use super::Site;
use super::subject::{Brought, Change};
use crate::connection::Connection;
use crate::store::records;

/// How far the clocks of our own processes may be apart.
const OUR_CLOCKS: TimeDelta = TimeDelta::seconds(30);

impl Site<'_> {
    /// The same change in each project that has the record and was not asked for it since.
    pub(super) async fn in_projects(
        &self,
        change: &Change,
        brought: &Brought,
    ) -> anyhow::Result<Vec<Change>> {
        let Some(follower) = brought.follower(change) else {
            return Ok(Vec::new());
        };
        let Connection { firm_id, id, .. } = *self.connection;
        let read = follower.entry().main_read();
        let mut conn = self.app.db.acquire().await?;
        // Where it was asked for since, before Procore's pace stopped us, it is not asked for again.
        let (record, since) = (
            (read.kind, change.procore_id),
            change.received_at + OUR_CLOCKS,
        );
        let found = records::list_projects_with(&mut conn, (firm_id, id), record, since);
        let there = found.await?.into_iter();
        let brings = |project: &i64| {
            let settings = brought.projects.get(project);
            settings.is_some_and(|it| it.choice(follower).is_some())
        };
        let in_project = |project_id: i64| Change {
            project_id,
            data_set: follower,
            read,
            procore_id: change.procore_id,
            deletion: change.deletion,
            told_at: change.told_at,
            received_at: change.received_at,
            tries: change.tries,
            events: Vec::new(),
        };
        Ok(there.filter(brings).map(in_project).collect())
    }
}
