//! The table `mail`: the outbox.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Email, FirmId, MailId};
use crate::vault::Sealed;

text_enum! {
    /// How far a mail has got.
    pub enum MailState {
        /// Not sent yet.
        Queued = "queued",
        Sent = "sent",
        /// Given up; `failure` says why.
        Failed = "failed",
        /// Kept because no SMTP server is configured.
        Kept = "kept",
    }
}

/// A mail with placeholders for its links.
#[derive(Clone, Debug)]
pub struct StoredMail {
    pub id: MailId,
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
    pub id: MailId,
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

/// Adds a mail to the outbox.
pub async fn create(conn: &mut PgConnection, mail: &StoredMail) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into mail (mail_id, firm_id, recipient, kind, subject, text, html, links, state,
                          created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        mail.id.0,
        mail.firm.map(|it| it.0),
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
pub(crate) async fn begin_attempt(
    conn: &mut PgConnection,
    id: MailId,
) -> Result<Option<StoredMail>, StoreError> {
    let mail = sqlx::query_as!(
        StoredMail,
        r#"
        update mail set attempts = attempts + 1
        where mail_id = $1 and state = 'queued'
        returning mail_id as id, firm_id as "firm: FirmId", recipient as "recipient: Email", kind,
                  subject, text, html, links as "links: Sealed", state as "state: MailState",
                  attempts, created_at, sent_at, failure
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(mail)
}

/// Keeps a mail that was to be sent.
pub async fn keep(conn: &mut PgConnection, id: MailId) -> Result<(), StoreError> {
    let sql = sqlx::query!(
        "update mail set state = 'kept' where mail_id = $1 and state = 'queued'",
        id.0,
    );
    sql.execute(conn).await?;
    Ok(())
}

/// Queues what was kept and is younger than `since`; returns for whom and which.
pub(crate) async fn requeue_kept(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<Vec<(Option<FirmId>, MailId)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        update mail set state = 'queued' where state = 'kept' and created_at > $1
        returning firm_id as "firm: FirmId", mail_id as "id: MailId"
        "#,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.firm, row.id)).collect())
}

/// Queues a mail that was given up, as if it had just been written. Whether it was one.
pub(crate) async fn requeue_failed(
    conn: &mut PgConnection,
    id: MailId,
) -> Result<bool, StoreError> {
    let sql = sqlx::query!(
        r#"
        update mail set state = 'queued', attempts = 0, failure = null
        where mail_id = $1 and state = 'failed'
        "#,
        id.0,
    );
    Ok(sql.execute(conn).await?.rows_affected() == 1)
}

/// Marks a mail as sent and wipes its links. `attempt` is the one that began: a worker that was
/// overtaken changes nothing.
pub(crate) async fn mark_sent(
    conn: &mut PgConnection,
    id: MailId,
    attempt: i32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update mail
        set state = 'sent', sent_at = $3, links = null, failure = null
        where mail_id = $1 and attempts = $2 and state = 'queued'
        "#,
        id.0,
        attempt,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why an attempt failed; the mail waits for another one, unless this was the last.
pub(crate) async fn mark_failed(
    conn: &mut PgConnection,
    id: MailId,
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
        id.0,
        attempt,
        failure,
        gives_up,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: MailId) -> Result<Option<StoredMail>, StoreError> {
    let mail = sqlx::query_as!(
        StoredMail,
        r#"
        select mail_id as id, firm_id as "firm: FirmId", recipient as "recipient: Email", kind,
               subject, text, html, links as "links: Sealed", state as "state: MailState",
               attempts, created_at, sent_at, failure
        from mail
        where mail_id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(mail)
}

/// Up to `limit` mails, newest first, of one firm if given. `before` is the last id of the previous
/// page.
pub async fn list(
    conn: &mut PgConnection,
    firm: Option<FirmId>,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<ListedMail>, StoreError> {
    let mails = sqlx::query_as!(
        ListedMail,
        r#"
        select m.mail_id as id, m.firm_id as "firm: FirmId", f.name as "firm_name?",
               m.recipient as "recipient: Email", m.kind, m.subject, m.state as "state: MailState",
               m.created_at, m.sent_at, m.failure
        from mail m
        left join firm f on f.firm_id = m.firm_id
        where ($1::uuid is null or m.firm_id = $1)
          and m.mail_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        order by m.mail_id desc
        limit $3
        "#,
        firm.map(|it| it.0),
        before.map(|it| it.0),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(mails)
}
