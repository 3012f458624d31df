//! The tables `incident` and `probe`: what went wrong with a connection, and when each subject was last
//! looked at.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::connection::ProbeSubject;
use crate::connection::incident::{Finding, Incident};
use crate::connection::probe::LookedAt;
use crate::identity::{ConnectionId, FirmId, IncidentId, OnboardingId};
use crate::verdict::ReasonCode;

/// Selects incidents.
macro_rules! select {
    ($rest:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Incident,
            r#"
            select incident_id as "id: IncidentId", found_by as "found_by: Vec<ProbeSubject>",
                   code as "code: ReasonCode", finding as "finding: Finding", since, seen_at,
                   told_at, reminded_at, ended_at, end_told_at
            from incident
            "# + $rest,
            $($value),+
        )
    };
}

/// What is wrong with a connection now, what came first before the rest.
pub(crate) async fn list_open(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<Incident>, StoreError> {
    let open = select!(
        "where firm_id = $1 and connection_id = $2 and ended_at is null order by since, code",
        firm.0,
        connection.0
    );
    Ok(open.fetch_all(conn).await?)
}

/// What went wrong with a connection and ended since then, the last one first.
pub(crate) async fn list_ended(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    since: DateTime<Utc>,
) -> Result<Vec<Incident>, StoreError> {
    let ended = select!(
        "where firm_id = $1 and connection_id = $2 and ended_at > $3 order by ended_at desc, code",
        firm.0,
        connection.0,
        since
    );
    Ok(ended.fetch_all(conn).await?)
}

/// What is over and the firm was told of, but not of its end.
pub(crate) async fn list_end_untold(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<Incident>, StoreError> {
    let ended = select!(
        r#"
        where firm_id = $1 and connection_id = $2 and ended_at is not null
          and told_at is not null and end_told_at is null
        order by since
        "#,
        firm.0,
        connection.0
    );
    Ok(ended.fetch_all(conn).await?)
}

/// Writes an incident as it is now.
pub(crate) async fn save(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    incident: &Incident,
) -> Result<(), StoreError> {
    let found_by: Vec<&str> = incident.found_by.iter().map(|it| it.as_str()).collect();
    sqlx::query!(
        r#"
        insert into incident (firm_id, incident_id, connection_id, found_by, code, finding, since,
                              seen_at, told_at, reminded_at, ended_at, end_told_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (firm_id, incident_id) do update
        set found_by = excluded.found_by, finding = excluded.finding, seen_at = excluded.seen_at,
            told_at = excluded.told_at, reminded_at = excluded.reminded_at,
            ended_at = excluded.ended_at, end_told_at = excluded.end_told_at
        "#,
        firm.0,
        incident.id.0,
        connection.0,
        &found_by as &[&str],
        incident.code.to_string(),
        serde_json::json!(incident.finding),
        incident.since,
        incident.seen_at,
        incident.told_at,
        incident.reminded_at,
        incident.ended_at,
        incident.end_told_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what is open of a connection, which ends itself; nobody is written to about that.
pub(crate) async fn end_all(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update incident set ended_at = $3, end_told_at = $3
        where firm_id = $1 and connection_id = $2 and ended_at is null
        "#,
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When each subject of a connection was last looked at.
pub(crate) async fn looked_at(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<LookedAt, StoreError> {
    let rows = sqlx::query!(
        r#"
        select subject as "subject: ProbeSubject", looked_at
        from probe
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows.map(|row| (row.subject, row.looked_at)).collect())
}

/// Lets every subject be looked at as if none had been; returns whether any had.
pub(crate) async fn forget_looks(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<bool, StoreError> {
    let forgotten = sqlx::query!(
        "delete from probe where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    );
    Ok(forgotten.execute(conn).await?.rows_affected() > 0)
}

/// Notes that these subjects were looked at.
pub(crate) async fn note_looks(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    subjects: &[ProbeSubject],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let subjects: Vec<&str> = subjects.iter().map(|subject| subject.as_str()).collect();
    sqlx::query!(
        r#"
        insert into probe (firm_id, connection_id, subject, looked_at)
        select $1, $2, subject, $4 from unnest($3::text[]) as looked (subject)
        on conflict (firm_id, connection_id, subject) do update
        set looked_at = excluded.looked_at
        "#,
        firm.0,
        connection.0,
        &subjects as &[&str],
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The open incidents of these setups that are about integrated projects.
pub(crate) async fn list_of_projects(
    conn: &mut PgConnection,
    setups: &[OnboardingId],
) -> Result<Vec<(OnboardingId, Incident)>, StoreError> {
    let ids: Vec<Uuid> = setups.iter().map(|it| it.0).collect();
    let rows = sqlx::query!(
        r#"
        select o.onboarding_id as "onboarding: OnboardingId", i.incident_id as "id: IncidentId",
               i.found_by as "found_by: Vec<ProbeSubject>", i.code as "code: ReasonCode",
               i.finding as "finding: Finding", i.since, i.seen_at, i.told_at, i.reminded_at,
               i.ended_at, i.end_told_at
        from onboarding o
        join incident i on i.firm_id = o.firm_id and i.connection_id = o.connection_id
        where o.onboarding_id = any($1) and i.ended_at is null
          and 'integrated' = any(i.found_by)
        "#,
        &ids,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let found = rows.map(|row| {
        let incident = Incident {
            id: row.id,
            found_by: row.found_by,
            code: row.code,
            finding: row.finding,
            since: row.since,
            seen_at: row.seen_at,
            told_at: row.told_at,
            reminded_at: row.reminded_at,
            ended_at: row.ended_at,
            end_told_at: row.end_told_at,
        };
        (row.onboarding, incident)
    });
    Ok(found.collect())
}
