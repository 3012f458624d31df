//! The table `hook`: the addresses at which Procore delivers.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId, HookId};

/// What a delivery has to prove.
#[derive(Clone)]
pub(crate) struct HookEndpoint {
    pub hook_id: HookId,
    pub connection_id: ConnectionId,
    secret_hash: Vec<u8>,
    old_secret_hash: Option<Vec<u8>>,
    old_until: Option<DateTime<Utc>>,
    /// How often hooks had changed when this was read.
    pub generation: i64,
}

impl HookEndpoint {
    /// The secrets' hashes that are accepted at `now`, and until when those that were replaced are.
    pub(crate) fn keys(
        &self,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&[u8], Option<DateTime<Utc>>)> {
        let until = self.old_until.filter(|&until| now < until);
        let old = self.old_secret_hash.as_deref().zip(until);
        let old = old.map(|(hash, until)| (hash, Some(until)));
        std::iter::once((self.secret_hash.as_slice(), None)).chain(old)
    }
}

/// The hook that has an address, by the address' hash.
///
/// The number of changes is read first, by a statement of its own: it may be older than the hook, which costs one
/// more question, and is never newer.
pub(crate) async fn find_endpoint(
    conn: &mut PgConnection,
    firm_id: FirmId,
    endpoint_hash: &[u8],
) -> Result<Option<HookEndpoint>, StoreError> {
    let generation = sqlx::query_scalar!(r#"select hook_generation() as "generation!""#)
        .fetch_one(&mut *conn)
        .await?;
    let hook = sqlx::query!(
        r#"
        select hook_id, connection_id, secret_hash, old_secret_hash, old_until
        from hook
        where firm_id = $1 and endpoint_hash = $2 and closed_at is null
        "#,
        firm_id.0,
        endpoint_hash,
    );
    let hook = hook.fetch_optional(conn).await?;
    Ok(hook.map(|hook| HookEndpoint {
        hook_id: hook.hook_id.into(),
        connection_id: hook.connection_id.into(),
        secret_hash: hook.secret_hash,
        old_secret_hash: hook.old_secret_hash,
        old_until: hook.old_until,
        generation,
    }))
}

/// Lets nothing be delivered to the hooks of a connection any more. What we know of them stays until
/// they are removed in Procore.
pub(crate) async fn close_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hook set closed_at = $3
        where firm_id = $1 and connection_id = $2 and closed_at is null
        "#,
        firm_id.0,
        connection_id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these addresses, given as their owners and hashes, belong to a hook of another connection,
/// or to a firm whose removal takes its hooks back.
pub(crate) async fn list_of_others(
    conn: &mut PgConnection,
    connection_id: ConnectionId,
    addresses: &[(FirmId, Vec<u8>)],
) -> Result<Vec<Vec<u8>>, StoreError> {
    let (owners, hashes): (Vec<Uuid>, Vec<Vec<u8>>) = addresses
        .iter()
        .map(|(owner, hash)| (owner.0, hash.clone()))
        .unzip();
    let others = sqlx::query_scalar!(
        r#"
        select address.hash as "hash!"
        from unnest($1::uuid[], $2::bytea[]) as address (owner, hash)
        where exists (
                  select from hook
                  where hook.firm_id = address.owner and hook.endpoint_hash = address.hash
                    and hook.connection_id <> $3
              )
           or exists (select from removal_access where removal_access.firm_id = address.owner)
        "#,
        &owners,
        &hashes,
        connection_id.0,
    );
    Ok(others.fetch_all(conn).await?)
}
