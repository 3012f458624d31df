//! Deletes what a change of settings no longer brings.

use serde_json::json;

use crate::catalog::DataSet;
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::store::records::{self, RecordSet};
use crate::store::{list_readings, settings_changes, unread};

/// Records that one write deletes.
const AT_A_TIME: i64 = 5_000;

/// Deletes the records of data sets that are not chosen, and inactive ones where they were chosen before or
/// by a change that was given up, in writes that are short enough for others to get their turn.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let (firm, id, chosen) = (
        context.run.firm_id,
        context.connection.id,
        &context.settings,
    );
    let keep: Vec<DataSet> = chosen.choices().iter().map(|it| it.data_set).collect();
    let lists = chosen.choices().iter().flat_map(|it| it.reads());
    let lists: Vec<&str> = lists.map(|read| read.name).collect();
    let mut dropped = 0;

    let mut write = lease.begin("unread rows dropped").await?;
    let left = settings_changes::list_left(&mut write.tx, firm, id).await?;
    for set in chosen.left_out() {
        unread::remove_records(&mut write.tx, firm, id, Some(set)).await?;
    }
    list_readings::forget(&mut write.tx, firm, id, &lists).await?;
    lease.commit(write).await?;

    for data_set in chosen.narrowed_since(&left) {
        for (set, field) in inactive(context, data_set) {
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
        let gone = records::remove_some(tx, firm, id, Some(0), &keep, AT_A_TIME, now).await?;
        lease.commit(write).await?;
        if gone == 0 {
            return Ok(ActionOutcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}

/// The kinds of record of a data set that say of themselves whether they are active, each once.
fn inactive(context: &RunContext, data_set: DataSet) -> Vec<(RecordSet, &'static str)> {
    let reads = data_set
        .entry()
        .reads
        .iter()
        .filter(|read| !read.inactive_only);
    let of = |kind| RecordSet::of_company(&context.connection, data_set, kind);
    reads
        .filter_map(|read| Some((of(read.kind), read.active_in?)))
        .collect()
}
