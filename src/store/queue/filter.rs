//! Filter and order of the queue as clauses of SQL.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use crate::identity::{FirmId, PersonId};
use crate::onboarding::Stage;
use crate::onboarding::situation::{SituationCode, WaitingOn};

/// Which lines are asked for: those that meet every condition.
#[derive(Debug, Clone)]
pub struct Filter {
    pub state: LineState,
    pub view: Option<View>,
    pub situation: Option<SituationCode>,
    pub stage: Option<Stage>,
    pub waiting_on: Option<WaitingOn>,
    pub assignee: Option<Assignee>,
    /// Of these firms only: what a search found.
    pub firms: Option<Vec<FirmId>>,
    /// What has not moved since then is idle.
    pub idle_since: DateTime<Utc>,
    pub order: Order,
}

/// Whether it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineState {
    Open,
    Connected,
    Closed,
    All,
}

/// A saved view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Idle for too long, or in need of a person; and not snoozed.
    Stalled,
    /// Stopped until a person acts; and not snoozed.
    NeedsPerson,
    /// Connected since this moment.
    CompletedSince(DateTime<Utc>),
}

/// Who looks after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    Nobody,
    Person(PersonId),
}

/// The order of a page. Ties are broken by the line's id, so every order is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub by: SortBy,
    pub descending: bool,
}

/// What is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// Due ones first, then those that need a person, then the longest idle, then the snoozed, then
    /// those that are over: see [`crate::onboarding::queue_line::Urgency`].
    Urgency,
    Firm,
    /// Since when nothing moved.
    Progress,
    /// Lines without a due time come last.
    Due,
    /// Firms never written to come first.
    Contact,
    /// Since when Procore is connected.
    Completion,
}

impl Filter {
    /// Everything that is open, in order of urgency.
    pub fn open(idle_since: DateTime<Utc>) -> Self {
        Self {
            state: LineState::Open,
            view: None,
            situation: None,
            stage: None,
            waiting_on: None,
            assignee: None,
            firms: None,
            idle_since,
            order: Order::URGENCY,
        }
    }

    /// The clauses, without the `where`.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(self.state_clause());
        match self.view {
            None => {}
            Some(View::Stalled) => {
                // For all but the due ones the second clause follows from the first; it tells
                // Postgres where in the index to stop.
                sql.push(" and urgency <= 2 and (needs_person or progress_at <= ")
                    .push_bind(self.idle_since)
                    .push(") and (urgency, urgent_at) <= (2, ")
                    .push_bind(self.idle_since)
                    .push(")");
            }
            Some(View::NeedsPerson) => {
                sql.push(" and urgency <= 1 and needs_person");
            }
            Some(View::CompletedSince(moment)) => {
                sql.push(" and completed_at >= ").push_bind(moment);
            }
        }
        if let Some(situation) = self.situation {
            self.push_situation(sql, situation);
        }
        if let Some(stage) = self.stage {
            sql.push(" and stage = ").push_bind(stage.as_str());
        }
        if let Some(party) = self.waiting_on {
            sql.push(" and waiting_on = ").push_bind(party.as_str());
        }
        match self.assignee {
            None => {}
            Some(Assignee::Nobody) => {
                sql.push(" and assignee_id is null");
            }
            Some(Assignee::Person(person)) => {
                sql.push(" and assignee_id = ").push_bind(person.0);
            }
        }
        if let Some(firms) = &self.firms {
            sql.push(" and firm_id = any(")
                .push_bind(firms.iter().map(|firm| firm.0).collect::<Vec<_>>())
                .push(")");
        }
    }

    /// Written as the index of the order has it, and only once: Postgres treats two clauses of which
    /// one implies the other as independent, and expects too few rows.
    fn state_clause(&self) -> &'static str {
        match (self.state, self.order.by) {
            (LineState::Open, SortBy::Urgency) if self.situation.is_some() => "true",
            (LineState::Open, SortBy::Urgency) => "urgency < 4",
            (LineState::Open, _) => "is_open",
            (LineState::Connected, SortBy::Urgency) => "situation = 'connected'",
            (LineState::Connected, _) => "not is_open and situation = 'connected'",
            (LineState::Closed, SortBy::Urgency) => "situation = 'closed'",
            (LineState::Closed, _) => "not is_open and situation = 'closed'",
            (LineState::All, _) => "true",
        }
    }

    fn push_situation(&self, sql: &mut QueryBuilder<Postgres>, situation: SituationCode) {
        let (stored, idle) = match situation {
            SituationCode::Idle => (SituationCode::InProgress, Some(" and progress_at <= ")),
            SituationCode::InProgress => (SituationCode::InProgress, Some(" and progress_at > ")),
            other => (other, None),
        };
        sql.push(" and situation = ").push_bind(stored.as_str());
        if let Some(clause) = idle {
            sql.push(clause).push_bind(self.idle_since);
        }
    }
}

impl LineState {
    pub const ALL: [Self; 4] = [Self::Open, Self::Connected, Self::Closed, Self::All];
}

impl Order {
    pub(crate) const URGENCY: Self = Self {
        by: SortBy::Urgency,
        descending: false,
    };

    /// The order, or its reverse.
    pub(super) fn reversed_if(self, reversed: bool) -> Self {
        Self {
            descending: self.descending != reversed,
            ..self
        }
    }

    /// The operator for what comes after a row.
    pub(super) fn beyond(self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }

    pub(super) fn push(self, sql: &mut QueryBuilder<Postgres>) {
        let direction = if self.descending { " desc" } else { "" };
        sql.push(" order by ");
        for column in self.by.columns() {
            sql.push(column).push(direction).push(", ");
        }
        sql.push("line_id").push(direction);
    }
}

impl SortBy {
    /// What the index of this order begins with; none of it is ever null.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Urgency => &["urgency", "urgent_at"],
            Self::Firm => &["firm_key"],
            Self::Progress => &["progress_at"],
            Self::Due => &["coalesce(due_at, 'infinity')"],
            Self::Contact => &["coalesce(contacted_at, '-infinity')"],
            Self::Completion => &["completed_at"],
        }
    }
}
