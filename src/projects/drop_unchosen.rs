//! Deletes what a change of a project's settings no longer brings.

use serde_json::json;

use crate::catalog::DataSet;
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::store::{list_readings, records, unread};

/// Records that one write deletes.
const AT_A_TIME: i64 = 5_000;

/// Deletes the project's records of data sets that are not chosen, and inactive ones where they are not,
/// in writes that are short enough for others to get their turn.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let (firm, id) = (context.run.firm_id, context.connection.id);
    let source = context.source();
    let choices = context.settings.choices();
    let keep: Vec<DataSet> = choices.iter().map(|it| it.data_set).collect();
    let lists = choices.iter().flat_map(|it| it.reads());
    let lists: Vec<&str> = lists.map(|read| read.name).collect();
    let mut write = lease.begin("lists of project forgotten").await?;
    list_readings::forget_of_project(&mut write.tx, source.lists(), &lists).await?;
    let project = context.project_id();
    unread::remove_records_of_project(&mut write.tx, firm, id, project, &keep).await?;
    lease.commit(write).await?;

    let mut dropped = 0;
    for choice in choices.iter().filter(|it| !it.include_inactive) {
        let reads = choice.data_set.entry().reads.iter();
        for read in reads.filter(|read| !read.inactive_only) {
            let Some(field) = read.active_in else {
                continue;
            };
            let set = source.record_set(choice.data_set, read.kind);
            loop {
                let mut write = lease.begin("inactive records dropped").await?;
                let (tx, now) = (&mut write.tx, lease.now());
                let gone = records::remove_inactive(tx, &set, field, AT_A_TIME, now).await?;
                lease.commit(write).await?;
                dropped += gone;
                if gone == 0 {
                    break;
                }
            }
        }
    }
    loop {
        let mut write = lease.begin("records dropped").await?;
        let (tx, now) = (&mut write.tx, lease.now());
        let project = Some(context.project_id());
        let gone = records::remove_some(tx, firm, id, project, &keep, AT_A_TIME, now).await?;
        lease.commit(write).await?;
        if gone == 0 {
            return Ok(ActionOutcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}
