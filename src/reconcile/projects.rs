//! Whether our projects are those that Procore shows, which one call tells.

use serde_json::json;

use std::collections::BTreeSet;

use crate::catalog::{DataSet, Ids};
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::procore::Error;
use crate::reading;
use crate::store::actions::Entry;
use crate::store::records::{self, RecordSet};
use crate::verdict;

/// Compares the ids, and reads the projects whole where they differ: only that says what became of
/// those that are missing.
pub(super) async fn compare(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    // A cursor is there once the reading began.
    if entry.cursor.is_none() && !differ(lease, context).await? {
        return Ok(ActionOutcome::done(json!({})));
    }
    let projects = DataSet::Projects;
    let reader = reading::full_reader(context, projects, |read| !read.lookup);
    let read = reading::read(lease, context, entry, &reader).await?;
    Ok(read.outcome())
}

async fn differ(lease: &mut RunLease<'_>, context: &RunContext) -> Result<bool, Halt> {
    let connection = &context.connection;
    let list = DataSet::Projects.entry().main_read();
    let ids = Ids::of_company(connection.target.company_id);
    let choice = context.settings.choice(DataSet::Projects);
    let mut query = list.query(ids, choice.is_some_and(|it| it.include_inactive));
    query.retain(|(name, _)| *name != "view");
    query.push(("view", "ids".to_owned()));
    let asked = context
        .api()?
        .ids("list the ids of projects", list.path_for(ids), query);
    let theirs = match lease.call("project ids", asked).await? {
        Ok(ids) => ids,
        // An unknown answer: the list itself tells.
        Err(Error::Unexpected(_)) => return Ok(true),
        Err(error) => return Err(Halt::of(error, verdict::Refusal::of(list.needs.tool))),
    };
    let set = RecordSet::of_company(connection, DataSet::Projects, list.kind);
    let mut conn = lease.app.db.acquire().await?;
    let ours: BTreeSet<i64> = records::list_ids(&mut conn, &set)
        .await?
        .into_iter()
        .collect();
    Ok(ours != theirs)
}
