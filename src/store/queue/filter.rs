//! Which onboardings, and in which order, as clauses of SQL.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::identity::PersonId;
use crate::onboarding::Stage;
use crate::onboarding::attention::WaitingOn;
use crate::onboarding::cause::Cause;

/// Which onboardings are asked for: those that everything in it lets through.
#[derive(Debug, Clone)]
pub struct Filter {
    pub state: State,
    pub view: Option<View>,
    pub cause: Option<Cause>,
    pub stage: Option<Stage>,
    pub waiting_on: Option<WaitingOn>,
    pub assignee: Option<Assignee>,
    /// Of these firms only: what a search found.
    pub firms: Option<Vec<Uuid>>,
    /// Whoever has not moved since then is idle.
    pub idle_since: DateTime<Utc>,
    pub order: Order,
}

/// Whether it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    Open,
    Connected,
    Closed,
    All,
}

/// A saved view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Idle for too long, or in need of a person; and not asleep.
    Stalled,
    /// Stopped until a person has mended something; and not asleep.
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

/// The order of a page. Ties are broken by the onboarding's id, so every order is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub by: SortBy,
    pub descending: bool,
}

/// What is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// Due ones first, then those that need a person, then those idle for longest, then those
    /// asleep, then those that are over.
    Urgency,
    Firm,
    /// Since when nothing moved.
    Progress,
    /// Those without a due time count as due at the end of time.
    Due,
    /// Those never written to count as written to at its beginning.
    Contact,
    /// Since when Procore is connected.
    Completion,
}

impl Filter {
    /// Everything that is open, in order of urgency.
    pub fn open(idle_since: DateTime<Utc>) -> Self {
        Self {
            state: State::Open,
            view: None,
            cause: None,
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
                // The second line follows from the first for all but the due ones; it tells
                // where in the order of urgency there is nothing more to find.
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
        if let Some(cause) = self.cause {
            self.push_cause(sql, cause);
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
                .push_bind(firms.clone())
                .push(")");
        }
    }

    /// Said as the index of the order says it, and once: Postgres takes two clauses of which one
    /// follows from the other for two chances, and expects too few rows.
    fn state_clause(&self) -> &'static str {
        match (self.state, self.order.by) {
            (State::Open, SortBy::Urgency) if self.cause.is_some() => "true",
            (State::Open, SortBy::Urgency) => "urgency < 4",
            (State::Open, _) => "is_open",
            (State::Connected, SortBy::Urgency) => "cause = 'connected'",
            (State::Connected, _) => "not is_open and cause = 'connected'",
            (State::Closed, SortBy::Urgency) => "cause = 'closed'",
            (State::Closed, _) => "not is_open and cause = 'closed'",
            (State::All, _) => "true",
        }
    }

    fn push_cause(&self, sql: &mut QueryBuilder<Postgres>, cause: Cause) {
        let (stored, idle) = match cause {
            Cause::Idle => (Cause::InProgress, Some(" and progress_at <= ")),
            Cause::InProgress => (Cause::InProgress, Some(" and progress_at > ")),
            other => (other, None),
        };
        sql.push(" and cause = ").push_bind(stored.as_str());
        if let Some(clause) = idle {
            sql.push(clause).push_bind(self.idle_since);
        }
    }
}

impl State {
    pub const ALL: [Self; 4] = [Self::Open, Self::Connected, Self::Closed, Self::All];
}

impl Order {
    pub const URGENCY: Self = Self {
        by: SortBy::Urgency,
        descending: false,
    };

    /// The same rows from the other end.
    pub(super) fn turned(self, turn: bool) -> Self {
        Self {
            descending: self.descending != turn,
            ..self
        }
    }

    /// Further along than a row with a key is greater than it, or smaller.
    pub(super) fn beyond(self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }

    pub(super) fn push(self, sql: &mut QueryBuilder<Postgres>) {
        let way = if self.descending { " desc" } else { "" };
        sql.push(" order by ");
        for column in self.by.columns() {
            sql.push(column).push(way).push(", ");
        }
        sql.push("onboarding_id").push(way);
    }
}

impl SortBy {
    /// What the index of this order begins with; nothing in it is ever null.
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
