//! The table `event` as pages show it: what came, and what became of it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::connection::EventOutcome;
use crate::identity::{ConnectionId, FirmId};

/// An event that came.
#[derive(Debug)]
pub(crate) struct ShownEvent {
    pub event_id: String,
    pub received_at: DateTime<Utc>,
    /// Procore's name of what changed.
    pub resource: Option<String>,
    /// How it changed, in Procore's spelling.
    pub change: Option<String>,
    /// The number of the record.
    pub record: Option<String>,
    /// How often Procore was asked for its record in vain.
    pub tries: i16,
    /// What became of it; none while it waits.
    pub outcome: Option<EventOutcome>,
    pub handled_at: Option<DateTime<Utc>>,
    /// When it is worked on next, while it waits.
    pub due_at: Option<DateTime<Utc>>,
}

impl ShownEvent {
    /// The id of the record that it is about.
    pub(crate) fn record_id(&self) -> Option<i64> {
        self.record.as_ref()?.parse().ok()
    }
}

/// Which events to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventFilter {
    /// Only those that wait.
    pub waiting: bool,
    /// Only those that this became of.
    pub outcome: Option<EventOutcome>,
    /// Only those about one of these resources of Procore's, in any case; all where there is none.
    pub resources: Vec<String>,
    /// Only those about the record of this id.
    pub record: Option<i64>,
    /// Only those of this project's own webhook.
    pub project: Option<i64>,
}

/// The last event of a page: the next page goes on after it.
#[derive(Debug, Clone)]
pub(crate) struct EventMark {
    pub received_at: DateTime<Utc>,
    pub event_id: String,
}

/// The events of a connection, newest first, up to `limit`. They are sorted for the page: an index for
/// that would cost every delivery.
pub(crate) async fn list(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    filter: &EventFilter,
    after: Option<&EventMark>,
    limit: i64,
) -> Result<Vec<ShownEvent>, StoreError> {
    Ok(sqlx::query_as!(
        ShownEvent,
        r#"
        select e.event_id, e.received_at,
               coalesce(e.body ->> 'resource_type', e.body ->> 'resource_name') as resource,
               coalesce(e.body ->> 'reason', e.body ->> 'event_type') as change,
               e.body ->> 'resource_id' as record, e.tries,
               e.outcome as "outcome: EventOutcome", e.handled_at, e.due_at
        from event e
        join hook h on h.firm_id = e.firm_id and h.hook_id = e.hook_id
        where e.firm_id = $1 and e.connection_id = $2
          and (not $3 or e.handled_at is null)
          and ($4::text is null or e.outcome = $4)
          and ($5::text[] = '{}'
               or lower(coalesce(e.body ->> 'resource_type', e.body ->> 'resource_name'))
                  in (select lower(name) from unnest($5) as name))
          and ($6::text is null or e.body ->> 'resource_id' = $6)
          and ($10::bigint is null or h.project_id = $10)
          and ($7::timestamptz is null or (e.received_at, e.event_id) < ($7, $8))
        order by e.received_at desc, e.event_id desc
        limit $9
        "#,
        firm.0,
        connection.0,
        filter.waiting,
        filter.outcome.map(EventOutcome::as_str),
        &filter.resources,
        filter.record.map(|id| id.to_string()),
        after.map(|mark| mark.received_at),
        after.map(|mark| mark.event_id.as_str()),
        limit,
        filter.project,
    )
    .fetch_all(conn)
    .await?)
}

/// The events of a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventsOfDay {
    pub day: NaiveDate,
    pub count: i64,
    pub last_at: DateTime<Utc>,
}

/// How many events came on each day of a time zone since `since`; days without any are left out. Only the
/// partitions of these days are read, and that of events without a time.
pub(crate) async fn count_by_day(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    zone: &str,
    since: DateTime<Utc>,
) -> Result<Vec<EventsOfDay>, StoreError> {
    let days = sqlx::query_as!(
        EventsOfDay,
        r#"
        select (e.received_at at time zone $3)::date as "day!", count(*) as "count!",
               max(e.received_at) as "last_at!"
        from event e
        where e.firm_id = $1 and e.connection_id = $2 and e.received_at >= $4
          and (e.day >= $5 or e.day = '1970-01-01')
        group by 1
        order by 1
        "#,
        firm.0,
        connection.0,
        zone,
        since,
        (since - TimeDelta::days(1)).date_naive(),
    );
    Ok(days.fetch_all(conn).await?)
}

/// Which of these events did not come to any hook of a connection. What came and could not be read was left
/// aside with its text.
pub(crate) async fn list_missing(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select asked.id as "id!"
        from unnest($3::text[]) as asked (id)
        where not exists (
            select from event e
            where e.firm_id = $1 and e.connection_id = $2 and e.event_id = asked.id
        ) and not exists (
            select from unread_event u
            join hook h on h.firm_id = u.firm_id and h.hook_id = u.hook_id
            where u.firm_id = $1 and h.connection_id = $2
              and position(convert_to(asked.id, 'UTF8') in u.body) > 0
        )
        "#,
        firm.0,
        connection.0,
        ids,
    )
    .fetch_all(conn)
    .await?)
}
