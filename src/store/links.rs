//! The table `person_link`: invitations and password resets.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Email, FirmId, LinkId, PersonId, SupportRole};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Join a firm.
    JoinFirm(FirmId),
    /// Join support.
    JoinSupport(SupportRole),
    /// Choose a new password.
    ResetPassword,
    /// Stop somebody else from having the second factor reset.
    KeepFactor,
}

/// Whose people an invitation adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Firm(FirmId),
    Support,
}

const KEEP_FACTOR: &str = "keep_factor";

impl Purpose {
    fn kind(self) -> &'static str {
        match self {
            Self::JoinFirm(_) | Self::JoinSupport(_) => "invitation",
            Self::ResetPassword => "reset",
            Self::KeepFactor => KEEP_FACTOR,
        }
    }

    fn firm(self) -> Option<FirmId> {
        match self {
            Self::JoinFirm(firm) => Some(firm),
            Self::JoinSupport(_) | Self::ResetPassword | Self::KeepFactor => None,
        }
    }

    fn support_role(self) -> Option<&'static str> {
        match self {
            Self::JoinSupport(role) => Some(role.as_str()),
            Self::JoinFirm(_) | Self::ResetPassword | Self::KeepFactor => None,
        }
    }
}

/// The person who sent an invitation, and their name at that time. Invitations that an older release
/// sent have the name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inviter {
    pub id: Option<PersonId>,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Link {
    pub id: LinkId,
    pub purpose: Purpose,
    pub email: Email,
    /// Who invited; nobody where an operator did.
    pub invited_by: Option<Inviter>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    /// Set when a newer link replaced it, or it was revoked.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Link {
    /// Whether the link still works.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.ended_at.is_none() && now < self.expires_at
    }
}

struct LinkRow {
    id: LinkId,
    kind: String,
    email: Email,
    firm: Option<FirmId>,
    support_role: Option<SupportRole>,
    invited_by: Option<String>,
    invited_by_id: Option<PersonId>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<LinkRow> for Link {
    fn from(row: LinkRow) -> Self {
        Self {
            id: row.id,
            // The constraint `person_link_one_purpose` rules out anything else.
            purpose: match (row.firm, row.support_role) {
                (Some(firm), _) => Purpose::JoinFirm(firm),
                (None, Some(role)) => Purpose::JoinSupport(role),
                (None, None) if row.kind == KEEP_FACTOR => Purpose::KeepFactor,
                (None, None) => Purpose::ResetPassword,
            },
            email: row.email,
            invited_by: row.invited_by.map(|name| Inviter {
                id: row.invited_by_id,
                name,
            }),
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            ended_at: row.ended_at,
        }
    }
}

/// Runs `$statement` for links; their columns stand between it and `$rest`.
macro_rules! query_links {
    ($statement:literal, $rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            LinkRow,
            $statement + r#"
            link_id as id, kind, address as "email: Email", firm_id as "firm: FirmId",
            support_role as "support_role: SupportRole", invited_by,
            invited_by_id as "invited_by_id: PersonId", created_at, expires_at, used_at, ended_at
            "# + $rest,
            $($argument),*
        )
    };
}

/// Adds a link and ends every other open one of the same purpose and address: only the newest
/// mail works.
pub async fn replace(
    conn: &mut PgConnection,
    link: &Link,
    token_hash: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update person_link
        set ended_at = $5
        where kind = $1 and address = $2 and firm_id is not distinct from $3
          and (support_role is null) = ($4::text is null)
          and used_at is null and ended_at is null
        "#,
        link.purpose.kind(),
        link.email.as_str(),
        link.purpose.firm().map(|firm| firm.0),
        link.purpose.support_role(),
        link.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into person_link (link_id, token_hash, kind, address, firm_id, support_role,
                                 invited_by, invited_by_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        link.id.0,
        token_hash,
        link.purpose.kind(),
        link.email.as_str(),
        link.purpose.firm().map(|firm| firm.0),
        link.purpose.support_role(),
        link.invited_by.as_ref().map(|by| by.name.as_str()),
        link.invited_by.as_ref().and_then(|by| by.id).map(|id| id.0),
        link.created_at,
        link.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The link that a token belongs to, whether or not it still works.
pub async fn find(conn: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Link>, StoreError> {
    let row = query_links!(
        "select",
        "from person_link where token_hash = $1",
        token_hash
    );
    Ok(row.fetch_optional(conn).await?.map(Link::from))
}

/// Uses a link up; returns `false` if it no longer works, or was just used.
pub(crate) async fn use_up(
    conn: &mut PgConnection,
    link_id: LinkId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        r#"
        update person_link
        set used_at = $2
        where link_id = $1 and used_at is null and ended_at is null and expires_at > $2
        "#,
        link_id.0,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(used == 1)
}

/// The open invitations to a firm, newest first.
pub(crate) async fn list_invitations(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<Link>, StoreError> {
    let rows = query_links!(
        "select",
        "from person_link
        where firm_id = $1 and kind = 'invitation' and used_at is null and ended_at is null
        order by created_at desc, link_id",
        firm.0
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Link::from).collect())
}

/// The open invitations to support, newest first.
pub(crate) async fn list_support_invitations(
    conn: &mut PgConnection,
) -> Result<Vec<Link>, StoreError> {
    let rows = query_links!(
        "select",
        "from person_link
        where support_role is not null and kind = 'invitation'
          and used_at is null and ended_at is null
        order by created_at desc, link_id"
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Link::from).collect())
}

/// Ends and returns an open invitation to one side.
pub(crate) async fn end_invitation(
    conn: &mut PgConnection,
    side: Side,
    link_id: LinkId,
    now: DateTime<Utc>,
) -> Result<Option<Link>, StoreError> {
    let firm = match side {
        Side::Firm(firm) => Some(firm.0),
        Side::Support => None,
    };
    let row = query_links!(
        "update person_link
        set ended_at = $3
        where link_id = $1 and kind = 'invitation' and firm_id is not distinct from $2
          and used_at is null and ended_at is null
        returning",
        "",
        link_id.0,
        firm,
        now
    );
    Ok(row.fetch_optional(conn).await?.map(Link::from))
}

/// Ends and returns a link that would have stopped the reset of a second factor, for the reset to
/// happen; `None` if it was used or ended.
pub(crate) async fn end_keep_factor(
    conn: &mut PgConnection,
    link_id: LinkId,
    now: DateTime<Utc>,
) -> Result<Option<Link>, StoreError> {
    let row = query_links!(
        "update person_link
        set ended_at = $2
        where link_id = $1 and kind = 'keep_factor' and used_at is null and ended_at is null
        returning",
        "",
        link_id.0,
        now
    );
    Ok(row.fetch_optional(conn).await?.map(Link::from))
}

/// Ends the open invitations that a person sent to one firm, or to anywhere, and in the latter case
/// the resets of second factors that they asked for.
pub(crate) async fn end_sent_by(
    conn: &mut PgConnection,
    person: PersonId,
    firm: Option<FirmId>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let ended = sqlx::query!(
        r#"
        update person_link
        set ended_at = $3
        where invited_by_id = $1 and ($2::uuid is null or firm_id = $2)
          and used_at is null and ended_at is null
        "#,
        person.0,
        firm.map(|firm| firm.0),
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(ended)
}

/// Locks every invitation to an address until the transaction ends, so that one is accepted after
/// the other.
pub(crate) async fn lock_invitations(
    conn: &mut PgConnection,
    email: &Email,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        select link_id
        from person_link
        where kind = 'invitation' and address = $1
        order by link_id
        for no key update
        "#,
        email.as_str(),
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Ends every open reset link of an address, for a password that was changed in another way.
pub(crate) async fn end_resets(
    conn: &mut PgConnection,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update person_link
        set ended_at = $2
        where kind = 'reset' and address = $1 and used_at is null and ended_at is null
        "#,
        email.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
