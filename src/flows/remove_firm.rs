//! A firm is removed, with every trace of it.

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::connection::{ACCESS_KEPT, ProcoreTidying};
use crate::identity::{Actor, ConnectionId, CredentialId, DeskVerb, FirmId};
use crate::removal;
use crate::store::removals::{self, RemovalAccess, RemovalReceipt};
use crate::store::{connections, credentials, firms, hooks, tokens};
use crate::vault::Sealed;
use crate::work;

/// The result of removing a firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoveFirmOutcome {
    /// It is gone, now or since an earlier time.
    Removed(RemovalReceipt),
    /// What was typed is not its name.
    NotItsName,
}

/// Removes a firm whose name was typed to confirm it: everything of it at once, except for what
/// Procore sent, which may be much, and for what opens Procore if we created something there. Both
/// are the work of [`removal::clean_up`], which is put for `after` from now.
pub async fn run(
    app: &App,
    actor: &Actor,
    id: FirmId,
    typed: &str,
    after: TimeDelta,
) -> Result<RemoveFirmOutcome, Error> {
    let by = actor.may_at_desk(DeskVerb::RemoveFirm)?;
    let by = by.map_or_else(|| "operator".to_owned(), |person| person.to_string());
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if let Some(receipt) = removals::find_receipt(&mut tx, id).await? {
        return Ok(RemoveFirmOutcome::Removed(receipt));
    }
    let firm = firms::find_for_update(&mut tx, id).await?;
    let firm = firm.ok_or(Error::Missing)?;
    if firm.name.trim() != typed.trim() {
        return Ok(RemoveFirmOutcome::NotItsName);
    }
    let (procore, kept) = access_to_keep(&mut tx, app, id).await?;
    removals::erase(&mut tx, id, &by, now, procore).await?;
    for access in &kept {
        removals::keep_access(&mut tx, access).await?;
    }
    work::put(&mut tx, removal::task(id), now + after).await?;
    let receipt = removals::find_receipt(&mut tx, id).await?;
    tx.commit().await?;
    tracing::info!(firm.id = %id, "Removed firm {id}");
    receipt
        .map(RemoveFirmOutcome::Removed)
        .ok_or(Error::Missing)
}

/// What opens Procore for every connection for which we may have created something there.
async fn access_to_keep(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
) -> Result<(ProcoreTidying, Vec<RemovalAccess>), Error> {
    let now = app.clock.now();
    let settled = now + removal::SETTLED_AFTER;
    let not_before = match removals::is_at_work(conn, firm, settled).await? {
        true => settled,
        false => now,
    };
    let (mut is_complete, mut kept) = (true, Vec::new());
    for id in removals::list_created(conn, firm).await? {
        match seal(conn, app, firm, id).await? {
            Some((access_id, sealed)) => kept.push(RemovalAccess {
                firm_id: firm,
                access_id,
                sealed,
                not_before,
                keep_until: now + ACCESS_KEPT,
                projects: hooks::list_projects(conn, firm, id).await?,
            }),
            None => is_complete = false,
        }
    }
    let procore = match (is_complete, kept.is_empty()) {
        (true, true) => ProcoreTidying::Nothing,
        (true, false) => ProcoreTidying::Pending,
        (false, _) => ProcoreTidying::LeftBehind,
    };
    Ok((procore, kept))
}

/// What opens Procore for a connection, sealed for its removal; nothing if it does not open any more.
async fn seal(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    id: ConnectionId,
) -> Result<Option<(CredentialId, Sealed)>, Error> {
    let Some(connection) = connections::find(conn, firm, id).await? else {
        return Ok(None);
    };
    credentials::end_outdated_proof(conn, &connection, app.clock.now()).await?;
    let stored = credentials::find_access(conn, &connection).await?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let access = match app.access(&connection, &stored) {
        Ok(access) => access,
        Err(error) => {
            tracing::warn!(firm.id = %firm, "What opens Procore cannot be kept: {error}");
            return Ok(None);
        }
    };
    let id = stored.credential();
    let token = tokens::find(conn, firm, id).await?;
    let sealed = app.seal_for_removal(firm, &access, token.as_ref())?;
    Ok(Some((id, sealed)))
}
