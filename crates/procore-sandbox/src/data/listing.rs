//! Which records a list shows.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::{Dataset, Place, Records};

/// The facts of a record that filters and paging need, cheap to compute.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub id: i64,
    pub index: i64,
    pub active: bool,
    pub deleted: bool,
    pub created_at: DateTime<Utc>,
    /// Of a deleted record, when it was deleted.
    pub updated_at: DateTime<Utc>,
}

impl Row {
    pub(crate) fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.deleted.then_some(self.updated_at)
    }
}

/// What a list shows of deleted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Deleted {
    #[default]
    Without,
    With,
    Only,
}

/// Active, inactive, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Status {
    Active,
    Inactive,
    #[default]
    Any,
}

/// The conditions of a list, all of which must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// The project whose records are listed, where they belong to one.
    pub project_id: Option<i64>,
    pub status: Status,
    pub deleted: Deleted,
    /// When a record was deleted.
    pub deleted_at: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Fields of the fullest body with the values that they must have.
    pub fields: Vec<(&'static str, Value)>,
    pub updated: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub created: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub ids: Option<BTreeSet<i64>>,
    /// Part of the name, in any case.
    pub text: Option<String>,
    /// Only standard cost codes of this list.
    pub cost_code_list: Option<i64>,
    /// Only these, whatever was asked for: what the permission state lets through.
    pub visible: Option<BTreeSet<i64>>,
}

impl Filter {
    pub(super) fn passes(&self, records: &Records, dataset: Dataset, row: &Row) -> bool {
        let within = |range: Option<(DateTime<Utc>, DateTime<Utc>)>, at: DateTime<Utc>| {
            range.is_none_or(|(from, to)| from <= at && at <= to)
        };
        let among =
            |ids: &Option<BTreeSet<i64>>| ids.as_ref().is_none_or(|ids| ids.contains(&row.id));
        let status = match self.status {
            Status::Active => row.active,
            Status::Inactive => !row.active,
            Status::Any => true,
        };
        let deleted = match self.deleted {
            Deleted::Without => !row.deleted,
            Deleted::With => true,
            Deleted::Only => row.deleted,
        };
        let list = self.cost_code_list;
        status
            && deleted
            && within(self.updated, row.updated_at)
            && within(self.created, row.created_at)
            && (self.deleted_at.is_none() || row.deleted)
            && within(self.deleted_at, row.updated_at)
            && among(&self.ids)
            && among(&self.visible)
            && list.is_none_or(|list| records.cost_code_list_of(row.index) == list)
            && self.text.as_ref().is_none_or(|text| {
                records
                    .name(dataset, row)
                    .to_lowercase()
                    .contains(&text.to_lowercase())
            })
            && (self.fields.is_empty() || {
                let body = records.body(dataset, row, true);
                let has = |(name, value): &(&str, Value)| body.get(*name) == Some(value);
                self.fields.iter().all(has)
            })
    }

    /// Reads `<from>...<to>`, both ends required, each a date or an ISO 8601 time.
    pub(crate) fn parse_range(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = text.split_once("...")?;
        let moment = |text: &str, (hour, minute, second)| match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Some(at.to_utc()),
            Err(_) => {
                let day: NaiveDate = text.parse().ok()?;
                Some(day.and_hms_opt(hour, minute, second)?.and_utc())
            }
        };
        Some((moment(from, (0, 0, 0))?, moment(to, (23, 59, 59))?))
    }
}

impl Records {
    /// How many records pass, and those of one page. Without edits and further conditions the
    /// page is computed outright, so that a company of any size answers at once.
    pub(crate) fn page(
        &self,
        dataset: Dataset,
        filter: &Filter,
        skip: usize,
        take: usize,
    ) -> (usize, Vec<Row>) {
        let plain = *filter
            == Filter {
                status: filter.status,
                ..Filter::default()
            };
        if plain
            && dataset.place() == Place::Company
            && self
                .edits
                .get(&dataset)
                .is_none_or(|edits| edits.is_empty())
        {
            let (active, all) = self.generated(dataset);
            let indexes = match filter.status {
                Status::Active => 0..active,
                Status::Inactive => active..all,
                Status::Any => 0..all,
            };
            let total = (indexes.end - indexes.start) as usize;
            let page = indexes.skip(skip).take(take);
            return (
                total,
                page.map(|index| self.row_at(dataset, index, None))
                    .collect(),
            );
        }
        let rows: Vec<Row> = self.rows(dataset, filter).collect();
        let total = rows.len();
        (total, rows.into_iter().skip(skip).take(take).collect())
    }

    /// Id of the list that a standard cost code belongs to.
    pub(crate) fn cost_code_list_of(&self, index: i64) -> i64 {
        let lists = i64::from(self.sizes.cost_code_lists.max(1));
        self.id(Dataset::CostCodeLists, index % lists)
    }
}
