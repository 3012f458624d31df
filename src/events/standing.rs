//! What became of a change in one place, while it may not be over in others.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::connection::EventOutcome;
use crate::identity::FirmId;
use crate::store::StoreError;
use crate::store::waiting_events::{self, EventKey};

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    Settled,
    /// Procore is asked again later.
    Later(Later),
}

/// When Procore is asked again, and whether this was one of the questions that have an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Later {
    pub(super) until: DateTime<Utc>,
    pub(super) counts: bool,
}

impl Later {
    pub(super) fn refused(until: DateTime<Utc>) -> Self {
        Self {
            until,
            counts: false,
        }
    }
}

/// The earlier of two times, with an end if either has one.
pub(super) fn earlier(held: Option<Later>, later: Later) -> Later {
    let both = held.map_or(later, |held| match held.until <= later.until {
        true => held,
        false => later,
    });
    Later {
        counts: later.counts || held.is_some_and(|it| it.counts),
        ..both
    }
}

/// Settles events, unless what they announce is not over elsewhere: then they wait.
pub(super) async fn settle(
    conn: &mut PgConnection,
    firm: FirmId,
    events: &[EventKey],
    outcome: EventOutcome,
    held: Option<Later>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match held {
        Some(Later { until, counts }) => {
            waiting_events::put_off(conn, firm, events, until, counts).await
        }
        None => waiting_events::settle(conn, firm, events, outcome, now).await,
    }
}
