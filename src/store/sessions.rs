//! The table `session`.

mod at_firm;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{PersonId, SessionId, SessionLimits, SupportRole, TimeZone};

pub use at_firm::{FirmView, Right, find_at_firm};

/// A session to be created.
pub struct NewSession<'a> {
    pub token_hash: &'a [u8],
    pub session_id: SessionId,
    pub person: PersonId,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub second_factor_at: Option<DateTime<Utc>>,
    pub source: Option<String>,
    pub user_agent: Option<&'a str>,
}

/// A live session and the person it belongs to.
#[derive(Clone, Debug)]
pub struct Session {
    pub session_id: SessionId,
    pub person: PersonId,
    pub name: String,
    pub time_zone: TimeZone,
    pub support_role: Option<SupportRole>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// Whether this session passed the second factor.
    pub has_passed_factor: bool,
    /// Whether the person has a second factor.
    pub has_factor: bool,
    /// Whether their role, one of their firms or the installation requires a second factor.
    pub needs_factor: bool,
}

impl Session {
    pub fn standing(&self) -> SessionStanding {
        SessionStanding::of(self.has_passed_factor, self.has_factor, self.needs_factor)
    }

    /// Whether the person is on the way in: the password was entered within the last minutes, and
    /// all that is left is to set up a second factor.
    pub(crate) fn is_signing_in(&self, now: DateTime<Utc>) -> bool {
        self.standing() == SessionStanding::NeedsEnrolment
            && now - self.created_at < SessionLimits::HALF_WAY
    }
}

/// What a session still needs before it is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStanding {
    /// Nothing.
    SignedIn,
    /// The password was right; the code is missing.
    NeedsCode,
    /// The password was right; the person must set up a second factor before anything else.
    NeedsEnrolment,
}

/// A session as the list on the account page shows it.
#[derive(Clone, Debug)]
pub struct ListedSession {
    pub session_id: SessionId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub source: Option<String>,
    pub user_agent: Option<String>,
}

pub async fn create(conn: &mut PgConnection, session: &NewSession<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into session (token_hash, session_id, person_id, created_at, last_seen_at,
                             expires_at, second_factor_at, source, user_agent)
        values ($1, $2, $3, $4, $4, $5, $6, $7, $8)
        "#,
        session.token_hash,
        session.session_id.0,
        session.person.0,
        session.now,
        session.expires_at,
        session.second_factor_at,
        session.source,
        session.user_agent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session that `token_hash` belongs to, if it is live.
pub async fn find(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Session>, StoreError> {
    let session = sqlx::query_as!(
        Session,
        r#"
        select s.session_id, s.person_id as person, s.created_at, s.last_seen_at,
               s.second_factor_at is not null as "has_passed_factor!",
               p.name, p.time_zone, p.support_role as "support_role: SupportRole",
               p.second_factor_at is not null as "has_factor!",
               p.support_role is not null or exists (
                   select from membership m
                   join firm f on f.firm_id = m.firm_id
                   where m.person_id = p.person_id and f.second_factor_required
               ) as "needs_factor!"
        from session s
        join person p on p.person_id = s.person_id and p.disabled_at is null
        where s.token_hash = $1
          and s.expires_at > $2
          and s.last_seen_at > case when p.support_role is null then $3::timestamptz else $4 end
        "#,
        token_hash,
        now,
        now - SessionLimits::FIRM_ADMIN.idle,
        now - SessionLimits::SUPPORT.idle,
    );
    Ok(session.fetch_optional(conn).await?)
}

impl SessionStanding {
    /// A person with a second factor has to pass it; some have to have one.
    pub fn of(has_passed: bool, has_factor: bool, needs_factor: bool) -> Self {
        match (has_passed, has_factor, needs_factor) {
            (true, _, _) | (false, false, false) => Self::SignedIn,
            (false, true, _) => Self::NeedsCode,
            (false, false, true) => Self::NeedsEnrolment,
        }
    }
}

/// Records that the session was used. The only write that a GET may cause.
pub(crate) async fn touch(
    conn: &mut PgConnection,
    session_id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update session set last_seen_at = $2 where session_id = $1 and last_seen_at < $2",
        session_id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one session of a person; returns `false` if it is not theirs, or over.
pub async fn end(
    conn: &mut PgConnection,
    person: PersonId,
    session_id: SessionId,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "delete from session where session_id = $1 and person_id = $2",
        session_id.0,
        person.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(ended == 1)
}

/// Ends the session that a token belongs to, if there is one; returns whose it was.
pub(crate) async fn end_by_token(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<PersonId>, StoreError> {
    let person = sqlx::query_scalar!(
        r#"
        delete from session
        where token_hash = $1
        returning person_id as "person: PersonId"
        "#,
        token_hash,
    );
    Ok(person.fetch_optional(conn).await?)
}

/// Ends all sessions of a person; returns how many.
pub async fn end_all(conn: &mut PgConnection, person: PersonId) -> Result<u64, StoreError> {
    let ended = sqlx::query!("delete from session where person_id = $1", person.0)
        .execute(conn)
        .await?
        .rows_affected();
    Ok(ended)
}

/// The live sessions of a person that passed the second factor where there is one, the most
/// recently used first.
pub async fn list(
    conn: &mut PgConnection,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<ListedSession>, StoreError> {
    let sessions = sqlx::query_as!(
        ListedSession,
        r#"
        select s.session_id, s.created_at, s.last_seen_at, s.source, s.user_agent
        from session s
        join person p on p.person_id = s.person_id
        where s.person_id = $1
          and s.expires_at > $2
          and s.last_seen_at > case when p.support_role is null then $3::timestamptz else $4 end
          and (s.second_factor_at is not null or p.second_factor_at is null)
        order by s.last_seen_at desc, s.session_id
        "#,
        person.0,
        now,
        now - SessionLimits::FIRM_ADMIN.idle,
        now - SessionLimits::SUPPORT.idle,
    )
    .fetch_all(conn)
    .await?;
    Ok(sessions)
}

/// Deletes expired sessions.
pub(crate) async fn purge(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from session where expires_at <= $1", now)
        .execute(conn)
        .await?;
    Ok(())
}
