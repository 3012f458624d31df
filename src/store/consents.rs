//! The tables `support_consent` and `support_request`: whether support may act for a firm.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConsentId, FirmId, PersonId};

/// A firm's consent that support acts for it.
#[derive(Debug, Clone)]
pub struct Consent {
    pub id: ConsentId,
    pub firm: FirmId,
    /// Name of the person who consented.
    pub given_by: String,
    /// Set if support recorded a consent that was given by mail.
    pub recorded: Option<Recorded>,
    pub given_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// From when on support may act.
    pub begins_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Who recorded a consent given by mail, and what the mail said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub by: String,
    pub quote: String,
}

/// A support person's request for a firm's consent.
#[derive(Debug, Clone)]
pub(crate) struct ConsentRequest {
    pub person: PersonId,
    pub asked_by: String,
    /// What for; the firm reads it.
    pub reason: String,
    pub asked_at: DateTime<Utc>,
}

struct ConsentRow {
    id: ConsentId,
    firm: FirmId,
    given_by: String,
    recorded_by: Option<String>,
    quote: Option<String>,
    given_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    begins_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<ConsentRow> for Consent {
    fn from(row: ConsentRow) -> Self {
        let recorded = row.recorded_by.zip(row.quote);
        Self {
            id: row.id,
            firm: row.firm,
            given_by: row.given_by,
            recorded: recorded.map(|(by, quote)| Recorded { by, quote }),
            given_at: row.given_at,
            recorded_at: row.recorded_at,
            begins_at: row.begins_at,
            expires_at: row.expires_at,
        }
    }
}

/// Selects the consent of firm `$1` that has not ended by `$2`; of several, one that has begun, and
/// the one that lasts longest.
macro_rules! select_open {
    ($lock:literal, $firm:expr, $now:expr) => {
        sqlx::query_as!(
            ConsentRow,
            r#"
            select consent_id as id, firm_id as firm, given_by, recorded_by, quote, given_at,
                   recorded_at, begins_at, expires_at
            from support_consent
            where firm_id = $1 and ended_at is null and expires_at > $2
            order by begins_at <= $2 desc, expires_at desc
            limit 1
            "#
                + $lock,
            $firm,
            $now
        )
    };
}

pub async fn create(conn: &mut PgConnection, consent: &Consent) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_consent (firm_id, consent_id, given_by, recorded_by, quote, given_at,
                                     recorded_at, begins_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        consent.firm.0,
        consent.id.0,
        consent.given_by,
        consent.recorded.as_ref().map(|it| it.by.as_str()),
        consent.recorded.as_ref().map(|it| it.quote.as_str()),
        consent.given_at,
        consent.recorded_at,
        consent.begins_at,
        consent.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The consent that has not ended by `now`, locked until the transaction ends, so that nobody starts
/// to act while it is withdrawn.
pub(crate) async fn find_open_for_share(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<Consent>, StoreError> {
    let row = select_open!("for share", firm.0, now);
    Ok(row.fetch_optional(conn).await?.map(Consent::from))
}

/// The consent that has not ended by `now`; it may begin later.
pub(crate) async fn find_open(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<Consent>, StoreError> {
    let row = select_open!("", firm.0, now);
    Ok(row.fetch_optional(conn).await?.map(Consent::from))
}

/// Withdraws every consent of a firm; returns `false` if there was none.
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

/// Adds a request.
pub(crate) async fn create_request(
    conn: &mut PgConnection,
    firm: FirmId,
    id: ConsentId,
    request: &ConsentRequest,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_request (firm_id, request_id, person_id, asked_by, reason, asked_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        firm.0,
        id.0,
        request.person.0,
        request.asked_by,
        request.reason,
        request.asked_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest request after `since` that no consent has answered.
pub(crate) async fn find_request(
    conn: &mut PgConnection,
    firm: FirmId,
    since: DateTime<Utc>,
) -> Result<Option<ConsentRequest>, StoreError> {
    let request = sqlx::query_as!(
        ConsentRequest,
        r#"
        select r.person_id as person, r.asked_by, r.reason, r.asked_at
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
    Ok(request)
}
