//! The end of a reconcile: what it found.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::recovery;
use crate::activity::ActivityVerb;
use crate::connection::Settings;
use crate::engine::{Halt, RunContext, RunLease};
use crate::ledger::Action;
use crate::store::actions::Entry;
use crate::store::list_readings::{self, ListReading};
use crate::store::reconciles::{self, Findings};
use crate::sync::ListRefusal;
use crate::work;

/// Keeps what was found and ends the run. A gap that was noted meanwhile is next.
pub(super) async fn finish(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let of = (context.connection.firm_id, context.connection.id);
    let (now, run) = (lease.now(), context.run.id);
    let mut write = lease.begin("finished").await?;
    let tx = &mut write.tx;
    let known = reconciles::find(tx, of.0, of.1).await?;
    let is_of_this = known.gap_run == Some(run);
    let gap = known.gap.filter(|_| is_of_this);
    let incomplete = ledger.iter().flat_map(|it| incomplete(&it.outcome));
    let to_read = &context.settings;
    let lists = list_readings::list(tx, of.0, of.1).await?;
    let left_out = gap.filter(|gap| gap.lost).map(|gap| {
        let actions = ledger.iter().map(|it| it.action);
        left_out_of(actions, to_read, &lists, gap.to)
    });
    let left_out = left_out.into_iter().flatten();
    let findings = Findings {
        gap,
        records: ledger.iter().map(found).sum(),
        incomplete: incomplete.chain(left_out).collect(),
    };
    reconciles::end(tx, of, &findings, run, now).await?;
    if findings.gap.is_some() && findings.incomplete.is_empty() {
        let (verb, facts) = (ActivityVerb::GapRepaired, json!(findings));
        lease.record_activity(tx, verb, None, facts).await?;
    }
    let is_more_over = recovery::tell(tx, lease, context, &findings).await?;
    if is_more_over || known.gap.is_some() && !is_of_this {
        work::put(tx, super::task(of.0, of.1), now).await?;
    }
    lease.end_run(tx, entry).await?;
    lease.commit(write).await
}

/// Whether lists were read and nothing was found, and nothing is missing.
pub(crate) fn is_whole(ledger: &[Entry]) -> bool {
    let is_whole = |it: &Entry| found(it) == 0 && incomplete(&it.outcome).is_empty();
    ledger.iter().any(|it| it.records > 0) && ledger.iter().all(is_whole)
}

/// The lists that an action reads.
pub(super) fn lists_of(settings: &Settings, action: Action) -> Vec<String> {
    let is_read = |name: &str, changes: bool, lookup: bool| match action {
        Action::CatchUp => changes,
        Action::ProjectIds => name == "projects",
        Action::Lookups(_) => lookup,
        Action::Sync(_) => !lookup,
        _ => false,
    };
    let choices = settings.choices().iter();
    let choices = choices.filter(|it| action.data_set().is_none_or(|set| set == it.data_set));
    let reads = choices.flat_map(|choice| choice.reads().collect::<Vec<_>>());
    let reads = reads.filter(|it| is_read(it.name, it.changes.is_some(), it.lookup));
    reads.map(|read| read.name.to_owned()).collect()
}

/// What an action reports that could not read these lists.
pub(super) fn of_failed(lists: &[String]) -> Value {
    json!({ "failed": lists })
}

/// The lists that these actions leave out and that were not read whole since `lost_until`: another run was
/// reading them, or Procore refuses them.
fn left_out_of(
    actions: impl Iterator<Item = Action>,
    settings: &Settings,
    known: &[ListReading],
    lost_until: DateTime<Utc>,
) -> Vec<String> {
    let actions: Vec<Action> = actions.collect();
    let reads = settings.in_sync_order();
    let reads = reads.map(|choice| Action::Sync(choice.data_set));
    let left_out = reads.filter(|read| !actions.contains(read));
    let lists = left_out.flat_map(|read| lists_of(settings, read));
    let was_read = |list: &str| {
        let mut known = known.iter().filter(|it| it.list == list);
        known.any(|it| it.complete_at >= Some(lost_until))
    };
    lists.filter(|list| !was_read(list)).collect()
}

fn found(entry: &Entry) -> u64 {
    let missed = entry.outcome["missed"].as_u64().unwrap_or_default();
    entry.changed.unsigned_abs() + missed
}

/// The lists that may be incomplete after an action.
fn incomplete(outcome: &Value) -> Vec<String> {
    let refused = outcome["refused"].clone();
    let refused: Vec<ListRefusal> = serde_json::from_value(refused).unwrap_or_default();
    let refused = refused.into_iter().filter(|it| !it.can_be_done_without());
    let short = outcome["short"].as_array().into_iter().flatten();
    let short = short.filter_map(|it| it["list"].as_str());
    let failed = outcome["failed"].as_array().into_iter().flatten();
    let failed = failed.filter_map(Value::as_str);
    let named = short.chain(failed).map(str::to_owned);
    refused.map(|it| it.list).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::catalog::{Choice, DataSet};

    #[test]
    fn what_was_not_read_is_not_proven() {
        use DataSet::{Offices, Projects, Trades};
        let settings = Settings::new([Offices, Projects, Trades].map(Choice::of)).unwrap();
        let lost_until = DateTime::UNIX_EPOCH + TimeDelta::hours(9);
        let mut known: Vec<ListReading> = Vec::new();
        let left_out = |actions: &[Action], known: &[ListReading]| {
            left_out_of(actions.iter().copied(), &settings, known, lost_until)
        };
        let read = [Action::CatchUp, Action::Sync(Trades), Action::Sync(Offices)];
        assert_eq!(left_out(&read, &known), ["projects"]);
        let all = [&read[..], &[Action::Sync(Projects)]].concat();
        assert_eq!(left_out(&all, &known), [""; 0]);
        for (hour, expected) in [(8, vec!["projects"]), (9, vec![])] {
            known = vec![ListReading {
                list: "projects".to_owned(),
                tried_at: None,
                complete_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(hour)),
                caught_up_at: None,
                failed_at: None,
                code: None,
            }];
            assert_eq!(left_out(&read, &known), expected, "read at {hour}");
        }
    }
}
