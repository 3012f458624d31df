//! All columns with sealed values, listed once for key rotation and checks.

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::StoreError;
use crate::vault::Sealed;

/// A column of sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    CredentialSecret,
    ProcoreToken,
    VendorToken,
    PersonToken,
    RemovalAccess,
    HookPending,
    MailLinks,
    SecondFactor,
}

/// Names in the database. A value is sealed for its `owner`, which is the primary key with `id`.
struct Names {
    table: &'static str,
    owner: &'static str,
    id: &'static str,
    column: &'static str,
}

impl Column {
    pub const ALL: [Self; 8] = [
        Self::CredentialSecret,
        Self::ProcoreToken,
        Self::VendorToken,
        Self::PersonToken,
        Self::RemovalAccess,
        Self::HookPending,
        Self::MailLinks,
        Self::SecondFactor,
    ];

    /// The column's full name: `credential.secret`.
    pub fn name(self) -> String {
        let names = self.names();
        format!("{}.{}", names.table, names.column)
    }

    fn names(self) -> Names {
        let (table, owner, id, column) = match self {
            Self::CredentialSecret => ("credential", "firm_id", "credential_id", "secret"),
            Self::ProcoreToken => ("procore_token", "firm_id", "credential_id", "token"),
            Self::VendorToken => ("vendor_token", "token_id", "token_id", "token"),
            Self::PersonToken => ("person_token", "token_id", "token_id", "token"),
            Self::RemovalAccess => ("removal_access", "firm_id", "access_id", "sealed"),
            Self::HookPending => ("hook", "firm_id", "hook_id", "pending"),
            Self::MailLinks => ("mail", "mail_id", "mail_id", "links"),
            Self::SecondFactor => ("person", "person_id", "person_id", "second_factor"),
        };
        Names {
            table,
            owner,
            id,
            column,
        }
    }
}

/// The key of a sealed value: its owner, and its row.
pub(crate) type SealedKey = (Uuid, Uuid);

/// A sealed value and its key.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    pub key: SealedKey,
    pub sealed: Sealed,
}

/// Up to `limit` values behind `after` that do not begin with `beginning`, in the order of their
/// places. An empty `beginning` leaves none out.
pub(crate) async fn list_others(
    conn: &mut PgConnection,
    column: Column,
    beginning: &[u8],
    after: Option<SealedKey>,
    limit: i64,
) -> Result<Vec<StoredSecret>, StoreError> {
    let Names {
        table,
        owner,
        id,
        column,
    } = column.names();
    // Names come only from the list above, so the SQL is safe; the macros take no names.
    let sql = format!(
        "select {owner}, {id}, {column} from {table}
         where {column} is not null
             and ($1 = ''::bytea or substring({column} for length($1)) <> $1)
             and ($2::uuid is null or ({owner}, {id}) > ($2, $3))
         order by {owner}, {id}
         limit $4"
    );
    let rows: Vec<(Uuid, Uuid, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(beginning)
        .bind(after.map(|key| key.0))
        .bind(after.map(|key| key.1))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    let found = rows.into_iter().map(|(owner, id, sealed)| StoredSecret {
        key: (owner, id),
        sealed: Sealed::from_bytes(sealed),
    });
    Ok(found.collect())
}

/// Replaces values by re-sealed ones, except those that changed meanwhile. Returns how many were
/// written.
pub async fn replace(
    conn: &mut PgConnection,
    column: Column,
    changes: &[(StoredSecret, Sealed)],
) -> Result<u64, StoreError> {
    let Names {
        table,
        owner,
        id,
        column,
    } = column.names();
    let sql = format!(
        "update {table} as kept set {column} = change.fresh
         from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
             as change (owner, id, seen, fresh)
         where kept.{owner} = change.owner and kept.{id} = change.id
             and kept.{column} = change.seen"
    );
    let (mut owners, mut ids, mut seen, mut fresh) = (vec![], vec![], vec![], vec![]);
    for (found, sealed) in changes {
        owners.push(found.key.0);
        ids.push(found.key.1);
        seen.push(found.sealed.as_bytes());
        fresh.push(sealed.as_bytes());
    }
    let written = sqlx::query(AssertSqlSafe(sql))
        .bind(owners)
        .bind(ids)
        .bind(seen)
        .bind(fresh)
        .execute(conn)
        .await?;
    Ok(written.rows_affected())
}
