//! The table `person_link`: invitations and password resets.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::people::support_role;
use crate::identity::{Email, FirmId, SupportRole};

/// What a link lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Join a firm.
    JoinFirm(FirmId),
    /// Join support.
    JoinSupport(SupportRole),
    /// Choose a new password.
    ResetPassword,
}

/// Where an invitation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Firm(FirmId),
    Support,
}

impl Purpose {
    fn kind(self) -> &'static str {
        match self {
            Self::JoinFirm(_) | Self::JoinSupport(_) => "invitation",
            Self::ResetPassword => "reset",
        }
    }

    fn firm(self) -> Option<Uuid> {
        match self {
            Self::JoinFirm(firm) => Some(firm.0),
            Self::JoinSupport(_) | Self::ResetPassword => None,
        }
    }

    fn support_role(self) -> Option<&'static str> {
        match self {
            Self::JoinSupport(role) => Some(role.as_str()),
            Self::JoinFirm(_) | Self::ResetPassword => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Link {
    pub id: Uuid,
    pub purpose: Purpose,
    pub email: Email,
    /// Who invited, in words.
    pub invited_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    /// Set when a newer link took its place, or it was revoked.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Link {
    /// Whether the link still does what it is for.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.ended_at.is_none() && now < self.expires_at
    }
}

struct Row {
    link_id: Uuid,
    kind: String,
    address: String,
    firm_id: Option<Uuid>,
    support_role: Option<String>,
    invited_by: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Link {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role = row.support_role.map(support_role).transpose()?;
        let purpose = match (row.kind.as_str(), row.firm_id, role) {
            ("invitation", Some(firm), None) => Purpose::JoinFirm(firm.into()),
            ("invitation", None, Some(role)) => Purpose::JoinSupport(role),
            ("reset", None, None) => Purpose::ResetPassword,
            _ => {
                return Err(StoreError::Unknown {
                    what: "kind of link",
                    value: row.kind,
                });
            }
        };
        Ok(Self {
            id: row.link_id,
            purpose,
            email: Email::from_stored(row.address),
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            ended_at: row.ended_at,
        })
    }
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
        link.purpose.firm(),
        link.purpose.support_role(),
        link.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into person_link (link_id, token_hash, kind, address, firm_id, support_role,
                                 invited_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        link.id,
        token_hash,
        link.purpose.kind(),
        link.email.as_str(),
        link.purpose.firm(),
        link.purpose.support_role(),
        link.invited_by,
        link.created_at,
        link.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The link that a token belongs to, good or not.
pub async fn find(conn: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Link>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select link_id, kind, address, firm_id, support_role, invited_by, created_at, expires_at,
               used_at, ended_at
        from person_link
        where token_hash = $1
        "#,
        token_hash,
    )
    .fetch_optional(conn)
    .await?
    .map(Link::try_from)
    .transpose()
}

/// Uses a link up; `false` if somebody was faster, or it is no longer good.
pub async fn use_up(
    conn: &mut PgConnection,
    link_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        r#"
        update person_link
        set used_at = $2
        where link_id = $1 and used_at is null and ended_at is null and expires_at > $2
        "#,
        link_id,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(used == 1)
}

/// The invitations to a firm that can still be accepted, newest first.
pub async fn list_invitations(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<Link>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select link_id, kind, address, firm_id, support_role, invited_by, created_at, expires_at,
               used_at, ended_at
        from person_link
        where firm_id = $1 and kind = 'invitation' and used_at is null and ended_at is null
        order by created_at desc, link_id
        "#,
        firm.0,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Link::try_from)
    .collect()
}

/// The invitations to support that can still be accepted, newest first.
pub async fn list_support_invitations(conn: &mut PgConnection) -> Result<Vec<Link>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select link_id, kind, address, firm_id, support_role, invited_by, created_at, expires_at,
               used_at, ended_at
        from person_link
        where support_role is not null and kind = 'invitation'
          and used_at is null and ended_at is null
        order by created_at desc, link_id
        "#,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Link::try_from)
    .collect()
}

/// Ends an open invitation to one side. Gives the link that it was.
pub async fn end_invitation(
    conn: &mut PgConnection,
    side: Side,
    link_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Link>, StoreError> {
    let firm = match side {
        Side::Firm(firm) => Some(firm.0),
        Side::Support => None,
    };
    sqlx::query_as!(
        Row,
        r#"
        update person_link
        set ended_at = $3
        where link_id = $1 and kind = 'invitation' and firm_id is not distinct from $2
          and used_at is null and ended_at is null
        returning link_id, kind, address, firm_id, support_role, invited_by, created_at,
                  expires_at, used_at, ended_at
        "#,
        link_id,
        firm,
        now,
    )
    .fetch_optional(conn)
    .await?
    .map(Link::try_from)
    .transpose()
}

/// Ends every open reset link of an address, because the password was chosen anew another way.
pub async fn end_resets(
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
