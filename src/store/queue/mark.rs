//! Where in an order a page ended: the cursor that the address of the next page carries.

use std::fmt;

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use super::ListedLine;
use super::filter::{Order, SortBy};
use crate::identity::QueueLineId;

/// A row's position in an order. It stays when the row moves, so that the next page continues where
/// the one before ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    place: Position,
    id: QueueLineId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    Urgency(i16, DateTime<Utc>),
    Firm(String),
    /// In an order by time; `None` where the row has no such time.
    At(Option<DateTime<Utc>>),
}

impl Mark {
    /// The position of `listed` in the order.
    pub fn of(listed: &ListedLine, by: SortBy) -> Self {
        let place = match by {
            SortBy::Urgency => Position::Urgency(listed.urgency, listed.urgent_at),
            SortBy::Firm => Position::Firm(listed.firm_key.clone()),
            SortBy::Progress => Position::At(Some(listed.progress_at)),
            SortBy::Due => Position::At(listed.due_at),
            SortBy::Contact => Position::At(listed.contacted_at),
            SortBy::Completion => Position::At(listed.completed_at),
        };
        Self {
            place,
            id: listed.line_id,
        }
    }

    /// Reads the text form; `None` if it is no position in that order.
    pub fn parse(text: &str, by: SortBy) -> Option<Self> {
        let (place, id) = text.rsplit_once('~')?;
        let id = id.parse().ok()?;
        let at = |micros: &str| {
            let micros = micros.parse().ok()?;
            DateTime::from_timestamp_micros(micros).filter(|at| is_storable(*at))
        };
        let place = match by {
            SortBy::Urgency => {
                let (urgency, micros) = place.split_once('.')?;
                Position::Urgency(urgency.parse().ok()?, at(micros)?)
            }
            SortBy::Firm if place.contains('\0') => return None,
            SortBy::Firm => Position::Firm(place.to_owned()),
            SortBy::Due | SortBy::Contact if place == "none" => Position::At(None),
            SortBy::Progress | SortBy::Due | SortBy::Contact | SortBy::Completion => {
                Position::At(Some(at(place)?))
            }
        };
        Some(Self { place, id })
    }

    /// The clause for the rows after it.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>, order: Order) {
        sql.push(" and (")
            .push(order.by.columns().join(", "))
            .push(", line_id)")
            .push(order.beyond())
            .push("(");
        match &self.place {
            Position::Urgency(urgency, at) => {
                sql.push_bind(*urgency).push(", ").push_bind(*at);
            }
            Position::Firm(key) => {
                sql.push_bind(key.clone());
            }
            Position::At(Some(at)) => {
                sql.push_bind(*at);
            }
            Position::At(None) => {
                sql.push(match order.by {
                    SortBy::Contact => "'-infinity'::timestamptz",
                    SortBy::Urgency
                    | SortBy::Firm
                    | SortBy::Progress
                    | SortBy::Due
                    | SortBy::Completion => "'infinity'::timestamptz",
                });
            }
        }
        sql.push(", ").push_bind(self.id).push(")");
    }
}

/// Whether Postgres can store such a time; addresses may hold any number.
fn is_storable(at: DateTime<Utc>) -> bool {
    (DateTime::UNIX_EPOCH..DateTime::from_timestamp(253_402_300_800, 0).unwrap_or_default())
        .contains(&at)
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Position::Urgency(urgency, at) => write!(out, "{urgency}.{}", at.timestamp_micros())?,
            Position::Firm(key) => out.write_str(key)?,
            Position::At(Some(at)) => write!(out, "{}", at.timestamp_micros())?,
            Position::At(None) => out.write_str("none")?,
        }
        write!(out, "~{}", self.id.0.simple())
    }
}
