//! The tables `support_consent` and `support_request`: whether support may act for a firm.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::mails::MailState;
use crate::identity::{ConsentId, FirmId, MailId, PersonId};

/// How long the firm may read of a recorded consent, from when a mail about it left, before anybody
/// acts on it.
const NOTICE: TimeDelta = TimeDelta::minutes(15);

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
    /// From when on support may act; `None` while no mail about it has left.
    pub begins_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

impl Consent {
    pub(crate) fn has_begun(&self, now: DateTime<Utc>) -> bool {
        self.begins_at.is_some_and(|at| at <= now)
    }
}

/// Who recorded a consent given by mail, and what the mail said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub by: String,
    pub quote: String,
    /// The lead who confirmed it.
    pub confirmed_by: Option<String>,
    /// How far the mails about it have got, at best; `None` if there was nobody to mail.
    pub told: Option<MailState>,
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
    confirmed_by: Option<String>,
    told: Option<MailState>,
    given_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    begins_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

impl From<ConsentRow> for Consent {
    fn from(row: ConsentRow) -> Self {
        let recorded = row.recorded_by.zip(row.quote);
        Self {
            id: row.id,
            firm: row.firm,
            given_by: row.given_by,
            recorded: recorded.map(|(by, quote)| Recorded {
                by,
                quote,
                confirmed_by: row.confirmed_by,
                told: row.told,
            }),
            given_at: row.given_at,
            recorded_at: row.recorded_at,
            begins_at: row.begins_at,
            expires_at: row.expires_at,
        }
    }
}

/// Selects the consent of firm `$1` that has not ended by `$2`; of several, one that has begun, and
/// the one that lasts longest. The states of mails are in the order of the alphabet, from given up
/// to sent.
macro_rules! select_open {
    ($lock:literal, $firm:expr, $now:expr) => {
        sqlx::query_as!(
            ConsentRow,
            r#"
            select c.consent_id as id, c.firm_id as firm, c.given_by, c.recorded_by, c.quote,
                   c.confirmed_by, told.state as "told: MailState", c.given_at, c.recorded_at,
                   coalesce(c.begins_at, told.at + $3) as begins_at, c.expires_at
            from support_consent c
            cross join lateral (
                select min(m.sent_at) as at, max(m.state) as state
                from mail m
                where m.firm_id = c.firm_id and m.mail_id = any(c.mails)
            ) told
            where c.firm_id = $1 and c.ended_at is null and c.expires_at > $2
            order by (coalesce(c.begins_at, told.at + $3) <= $2) desc nulls last,
                     c.expires_at desc
            limit 1
            "#
                + $lock,
            $firm,
            $now,
            NOTICE as TimeDelta
        )
    };
}

/// Adds a consent; `mails` are those that tell the firm of it.
pub async fn create(
    conn: &mut PgConnection,
    consent: &Consent,
    mails: &[MailId],
) -> Result<(), StoreError> {
    let mails: Vec<uuid::Uuid> = mails.iter().map(|mail| mail.0).collect();
    sqlx::query!(
        r#"
        insert into support_consent (firm_id, consent_id, given_by, recorded_by, quote, given_at,
                                     recorded_at, begins_at, expires_at, mails)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
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
        &mails,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a recorded consent begin now, confirmed by a lead.
pub(crate) async fn confirm(
    conn: &mut PgConnection,
    consent: &Consent,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update support_consent set begins_at = $3, confirmed_by = $4
        where firm_id = $1 and consent_id = $2
        "#,
        consent.firm.0,
        consent.id.0,
        now,
        by,
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
    let row = select_open!("for share of c", firm.0, now);
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
