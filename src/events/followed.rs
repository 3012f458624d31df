//! A change that only the company announces, in each project that has the record as well.

use super::Site;
use super::subject::{Brought, Change};
use crate::connection::Connection;
use crate::store::records;

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
        let record = (read.kind, change.procore_id);
        let found =
            records::list_projects_with(&mut conn, (firm_id, id), record, change.received_at);
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
            deleted: change.deleted,
            told_at: change.told_at,
            received_at: change.received_at,
            tries: change.tries,
            events: Vec::new(),
        };
        Ok(there.filter(brings).map(in_project).collect())
    }
}
