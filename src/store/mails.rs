//! The table `mail`: the outbox.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{Email, FirmId};
use crate::vault::Sealed;

text_enum! {
    /// Where a mail stands.
    pub enum MailState {
        /// Waits for its turn.
        Queued = "queued",
        Sent = "sent",
        /// Given up; `failure` says why.
        Failed = "failed",
        /// Kept because there is no SMTP.
        Kept = "kept",
    }
}

/// A mail with placeholders where its links belong.
#[derive(Clone, Debug)]
pub struct StoredMail {
    pub id: Uuid,
    pub firm: Option<FirmId>,
    pub recipient: Email,
    pub kind: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Sealed for the mail; `None` once it was sent.
    pub links: Option<Sealed>,
    pub state: MailState,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub failure: Option<String>,
}

/// A mail as lists show it.
#[derive(Clone, Debug)]
pub struct ListedMail {
    pub id: Uuid,
    pub firm: Option<FirmId>,
    pub firm_name: Option<String>,
    pub recipient: Email,
    pub kind: String,
    pub subject: String,
    pub state: MailState,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub failure: Option<String>,
}

struct Row {
    mail_id: Uuid,
    firm_id: Option<Uuid>,
    recipient: String,
    kind: String,
    subject: String,
    text: String,
    html: String,
    links: Option<Vec<u8>>,
    state: String,
    attempts: i32,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    failure: Option<String>,
}

impl TryFrom<Row> for StoredMail {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.mail_id,
            firm: row.firm_id.map(FirmId),
            recipient: Email::from_stored(row.recipient),
            kind: row.kind,
            subject: row.subject,
            text: row.text,
            html: row.html,
            links: row.links.map(Sealed::from_bytes),
            state: state(row.state)?,
            attempts: row.attempts,
            created_at: row.created_at,
            sent_at: row.sent_at,
            failure: row.failure,
        })
    }
}

fn state(text: String) -> Result<MailState, StoreError> {
    MailState::from_stored(&text).ok_or(StoreError::Unknown {
        what: "state of a mail",
        value: text,
    })
}

/// Adds a mail to the outbox.
pub async fn create(conn: &mut PgConnection, mail: &StoredMail) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into mail (mail_id, firm_id, recipient, kind, subject, text, html, links, state,
                          created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        mail.id,
        mail.firm.map(Uuid::from),
        mail.recipient.as_str(),
        mail.kind,
        mail.subject,
        mail.text,
        mail.html,
        mail.links.as_ref().map(Sealed::as_bytes),
        mail.state.as_str(),
        mail.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts an attempt to send a mail that waits for one.
pub async fn begin_attempt(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<StoredMail>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        update mail set attempts = attempts + 1
        where mail_id = $1 and state = 'queued'
        returning mail_id, firm_id, recipient, kind, subject, text, html, links, state, attempts,
                  created_at, sent_at, failure
        "#,
        id,
    )
    .fetch_optional(conn)
    .await?
    .map(StoredMail::try_from)
    .transpose()
}

/// Keeps a mail that was to be sent.
pub async fn keep(conn: &mut PgConnection, id: Uuid) -> Result<(), StoreError> {
    let sql = sqlx::query!(
        "update mail set state = 'kept' where mail_id = $1 and state = 'queued'",
        id,
    );
    sql.execute(conn).await?;
    Ok(())
}

/// Queues what was kept and is younger than `since`; returns for whom and which.
pub async fn requeue_kept(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<Vec<(Option<FirmId>, Uuid)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        update mail set state = 'queued' where state = 'kept' and created_at > $1
        returning firm_id, mail_id
        "#,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.firm_id.map(FirmId), row.mail_id))
        .collect())
}

/// Marks a mail as sent and wipes its links. `attempt` is the one that began: a worker that was
/// overtaken changes nothing.
pub async fn mark_sent(
    conn: &mut PgConnection,
    id: Uuid,
    attempt: i32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update mail
        set state = 'sent', sent_at = $3, links = null, failure = null
        where mail_id = $1 and attempts = $2 and state = 'queued'
        "#,
        id,
        attempt,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why an attempt failed; the mail waits for another one, unless this was the last.
pub async fn mark_failed(
    conn: &mut PgConnection,
    id: Uuid,
    attempt: i32,
    failure: &str,
    gives_up: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update mail
        set state = case when $4 then 'failed' else 'queued' end, failure = $3
        where mail_id = $1 and attempts = $2 and state = 'queued'
        "#,
        id,
        attempt,
        failure,
        gives_up,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: Uuid) -> Result<Option<StoredMail>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select mail_id, firm_id, recipient, kind, subject, text, html, links, state, attempts,
               created_at, sent_at, failure
        from mail
        where mail_id = $1
        "#,
        id,
    )
    .fetch_optional(conn)
    .await?
    .map(StoredMail::try_from)
    .transpose()
}

/// Mails, newest first, up to `limit`: all, or those of one firm. `before` is the last id of the
/// page above.
pub async fn list(
    conn: &mut PgConnection,
    firm: Option<FirmId>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListedMail>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select m.mail_id, m.firm_id, f.name as "firm_name?", m.recipient, m.kind, m.subject,
               m.state, m.created_at, m.sent_at, m.failure
        from mail m
        left join firm f on f.firm_id = m.firm_id
        where ($1::uuid is null or m.firm_id = $1)
          and m.mail_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        order by m.mail_id desc
        limit $3
        "#,
        firm.map(Uuid::from),
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ListedMail {
                id: row.mail_id,
                firm: row.firm_id.map(FirmId),
                firm_name: row.firm_name,
                recipient: Email::from_stored(row.recipient),
                kind: row.kind,
                subject: row.subject,
                state: state(row.state)?,
                created_at: row.created_at,
                sent_at: row.sent_at,
                failure: row.failure,
            })
        })
        .collect()
}
