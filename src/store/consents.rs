//! The tables `support_consent` and `support_request`: whether support may act for a firm.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{FirmId, PersonId};

/// A firm lets support act for it.
#[derive(Debug, Clone)]
pub struct Consent {
    pub id: Uuid,
    pub firm: FirmId,
    /// Who said so, in words.
    pub given_by: String,
    /// The support person who wrote down what was said in a mail, and the words.
    pub recorded: Option<Recorded>,
    pub given_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// An answer to a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub by: String,
    pub quote: String,
}

/// A support person asks a firm for its consent.
#[derive(Debug, Clone)]
pub struct Request {
    pub person: PersonId,
    pub asked_by: String,
    /// What for, in words that the firm reads.
    pub reason: String,
    pub asked_at: DateTime<Utc>,
}

struct Row {
    consent_id: Uuid,
    firm_id: Uuid,
    given_by: String,
    recorded_by: Option<String>,
    quote: Option<String>,
    given_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<Row> for Consent {
    fn from(row: Row) -> Self {
        Self {
            id: row.consent_id,
            firm: FirmId(row.firm_id),
            given_by: row.given_by,
            recorded: row
                .recorded_by
                .zip(row.quote)
                .map(|(by, quote)| Recorded { by, quote }),
            given_at: row.given_at,
            recorded_at: row.recorded_at,
            expires_at: row.expires_at,
        }
    }
}

pub async fn create(conn: &mut PgConnection, consent: &Consent) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_consent (firm_id, consent_id, given_by, recorded_by, quote, given_at,
                                     recorded_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        consent.firm.0,
        consent.id,
        consent.given_by,
        consent.recorded.as_ref().map(|it| it.by.as_str()),
        consent.recorded.as_ref().map(|it| it.quote.as_str()),
        consent.given_at,
        consent.recorded_at,
        consent.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The consent that lets support act at `now`; of several, the one that lasts longest. Held until
/// the transaction ends, so that nobody begins to act while it is withdrawn.
pub async fn find_live_for_share(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<Consent>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select consent_id, firm_id, given_by, recorded_by, quote, given_at, recorded_at, expires_at
        from support_consent
        where firm_id = $1 and ended_at is null and expires_at > $2
        order by expires_at desc
        limit 1
        for share
        "#,
        firm.0,
        now,
    );
    Ok(row.fetch_optional(conn).await?.map(Consent::from))
}

/// The same, for looking.
pub async fn find_live(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<Consent>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select consent_id, firm_id, given_by, recorded_by, quote, given_at, recorded_at, expires_at
        from support_consent
        where firm_id = $1 and ended_at is null and expires_at > $2
        order by expires_at desc
        limit 1
        "#,
        firm.0,
        now,
    );
    Ok(row.fetch_optional(conn).await?.map(Consent::from))
}

/// Withdraws every consent of a firm; `false` if there was none.
pub async fn end_all(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        r#"
        update support_consent set ended_at = $2
        where firm_id = $1 and ended_at is null and expires_at > $2
        "#,
        firm.0,
        now,
    );
    Ok(ended.execute(conn).await?.rows_affected() > 0)
}

/// Keeps that a support person asked.
pub async fn ask(
    conn: &mut PgConnection,
    firm: FirmId,
    id: Uuid,
    request: &Request,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_request (firm_id, request_id, person_id, asked_by, reason, asked_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        firm.0,
        id,
        request.person.0,
        request.asked_by,
        request.reason,
        request.asked_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest question since `since` that no consent has answered.
pub async fn find_request(
    conn: &mut PgConnection,
    firm: FirmId,
    since: DateTime<Utc>,
) -> Result<Option<Request>, StoreError> {
    let row = sqlx::query!(
        r#"
        select r.person_id, r.asked_by, r.reason, r.asked_at
        from support_request r
        where r.firm_id = $1 and r.asked_at > $2
          and not exists (
              select from support_consent c
              where c.firm_id = r.firm_id and c.recorded_at >= r.asked_at
          )
        order by r.request_id desc
        limit 1
        "#,
        firm.0,
        since,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Request {
        person: PersonId(row.person_id),
        asked_by: row.asked_by,
        reason: row.reason,
        asked_at: row.asked_at,
    }))
}
