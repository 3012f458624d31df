//! The table `session`.

mod at_firm;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::people::support_role;
use crate::identity::{PersonId, SessionLimits, SupportRole, TimeZone};

pub use at_firm::{FirmView, Right, find_at_firm};

/// A session that is to be opened.
pub struct NewSession<'a> {
    pub token_hash: &'a [u8],
    pub session_id: Uuid,
    pub person: PersonId,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub second_factor_at: Option<DateTime<Utc>>,
    pub source: Option<String>,
    pub user_agent: Option<&'a str>,
}

/// A living session and the person it belongs to.
#[derive(Clone, Debug)]
pub struct Session {
    pub session_id: Uuid,
    pub person: PersonId,
    pub name: String,
    pub time_zone: TimeZone,
    pub support_role: Option<SupportRole>,
    pub last_seen_at: DateTime<Utc>,
    pub standing: Standing,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything that was asked for was given.
    SignedIn,
    /// The password was right; the code is still to come.
    NeedsCode,
    /// The password was right; the person must set up a second factor before anything else.
    NeedsEnrolment,
}

/// A session as the list on the account page shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub session_id: Uuid,
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
        session.session_id,
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

/// The session that `token_hash` belongs to, if it lives.
pub async fn find(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query!(
        r#"
        select s.session_id, s.person_id, s.last_seen_at,
               s.second_factor_at is not null as "passed!",
               p.name, p.time_zone, p.support_role,
               p.second_factor_at is not null as "enrolled!"
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
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let support_role = row.support_role.map(support_role).transpose()?;
        Ok(Session {
            session_id: row.session_id,
            person: row.person_id.into(),
            name: row.name,
            time_zone: TimeZone::from_stored(&row.time_zone),
            support_role,
            last_seen_at: row.last_seen_at,
            standing: Standing::of(row.passed, row.enrolled, support_role),
        })
    })
    .transpose()
}

impl Standing {
    fn of(passed: bool, enrolled: bool, support_role: Option<SupportRole>) -> Self {
        match (passed, enrolled, support_role) {
            (true, _, _) | (false, false, None) => Self::SignedIn,
            (false, true, _) => Self::NeedsCode,
            (false, false, Some(_)) => Self::NeedsEnrolment,
        }
    }
}

/// Notes that the session was used. The only write that a page may cause.
pub async fn touch(
    conn: &mut PgConnection,
    session_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update session set last_seen_at = $2 where session_id = $1 and last_seen_at < $2",
        session_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one session of a person; `false` if it is not theirs, or over.
pub async fn end(
    conn: &mut PgConnection,
    person: PersonId,
    session_id: Uuid,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "delete from session where session_id = $1 and person_id = $2",
        session_id,
        person.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(ended == 1)
}

/// Ends the session that a token belongs to. Gives its person, if it was there.
pub async fn end_by_token(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<PersonId>, StoreError> {
    let person = sqlx::query_scalar!(
        "delete from session where token_hash = $1 returning person_id",
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(person.map(PersonId))
}

/// Ends all sessions of a person, except one if given. Says how many.
pub async fn end_all(
    conn: &mut PgConnection,
    person: PersonId,
    except: Option<Uuid>,
) -> Result<u64, StoreError> {
    let ended = sqlx::query!(
        "delete from session where person_id = $1 and session_id is distinct from $2",
        person.0,
        except,
    );
    Ok(ended.execute(conn).await?.rows_affected())
}

/// The living sessions of a person that got past the second factor where there is one, the most
/// recently used first.
pub async fn list(
    conn: &mut PgConnection,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, StoreError> {
    let sessions = sqlx::query_as!(
        Listed,
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

/// Removes what is over for good.
pub async fn purge(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let removed = sqlx::query!("delete from session where expires_at <= $1", now);
    Ok(removed.execute(conn).await?.rows_affected())
}
