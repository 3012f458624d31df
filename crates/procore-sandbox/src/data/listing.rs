//! Which records a list shows.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Dataset, Records};

/// The facts of a record that filters and paging need, cheap to compute.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: i64,
    pub index: i64,
    pub active: bool,
    pub deleted: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Active, inactive, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    Active,
    Inactive,
    #[default]
    Any,
}

/// The conditions of a list, all of which must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Status,
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
        let within = |range: &Option<(DateTime<Utc>, DateTime<Utc>)>, at: DateTime<Utc>| {
            range.is_none_or(|(from, to)| from <= at && at <= to)
        };
        let status = match self.status {
            Status::Active => row.active,
            Status::Inactive => !row.active,
            Status::Any => true,
        };
        status
            && within(&self.updated, row.updated_at)
            && within(&self.created, row.created_at)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&row.id))
            && self
                .visible
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.id))
            && self
                .cost_code_list
                .is_none_or(|list| records.cost_code_list_of(row.index) == list)
            && self.text.as_ref().is_none_or(|text| {
                records
                    .name(dataset, row)
                    .to_lowercase()
                    .contains(&text.to_lowercase())
            })
    }

    /// Nothing but active or inactive is asked for.
    fn is_plain(&self) -> bool {
        let Self {
            status: _,
            updated,
            created,
            ids,
            text,
            cost_code_list,
            visible,
        } = self;
        updated.is_none()
            && created.is_none()
            && ids.is_none()
            && text.is_none()
            && cost_code_list.is_none()
            && visible.is_none()
    }

    /// Reads `<from>...<to>`, both ends required, each a date or an ISO 8601 time.
    pub fn parse_range(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = text.split_once("...")?;
        let moment = |text: &str, last: bool| match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Some(at.to_utc()),
            Err(_) => {
                let day: NaiveDate = text.parse().ok()?;
                let time = if last {
                    day.and_hms_opt(23, 59, 59)
                } else {
                    day.and_hms_opt(0, 0, 0)
                };
                time.map(|time| time.and_utc())
            }
        };
        Some((moment(from, false)?, moment(to, true)?))
    }
}

impl Records {
    /// How many records pass, and those of one page. Without edits and further conditions the
    /// page is computed outright, so that a company of any size answers at once.
    pub fn page(
        &self,
        dataset: Dataset,
        filter: &Filter,
        skip: usize,
        take: usize,
    ) -> (usize, Vec<Row>) {
        if filter.is_plain()
            && self
                .edits
                .get(&dataset)
                .is_none_or(|edits| edits.is_empty())
        {
            let (active, inactive) = self.made_up(dataset);
            let (active, all) = (i64::from(active), i64::from(active) + i64::from(inactive));
            let indexes = match filter.status {
                Status::Active => 0..active,
                Status::Inactive => active..all,
                Status::Any => 0..all,
            };
            let total = (indexes.end - indexes.start) as usize;
            let rows = indexes
                .skip(skip)
                .take(take)
                .map(|index| self.row_at(dataset, index, None));
            return (total, rows.collect());
        }
        let (mut total, mut page) = (0, Vec::new());
        for row in self.rows(dataset, filter) {
            if total >= skip && page.len() < take {
                page.push(row);
            }
            total += 1;
        }
        (total, page)
    }

    /// Id of the list that a standard cost code belongs to.
    pub fn cost_code_list_of(&self, index: i64) -> i64 {
        let lists = i64::from(self.sizes.cost_code_lists.max(1));
        self.id(Dataset::CostCodeLists, index % lists)
    }
}
