//! Our webhooks in Procore, for the plans that create, move and remove them.

pub(crate) mod hook;
pub(crate) mod last_look;
pub(crate) mod late_look;
pub(crate) mod left;
pub(crate) mod replaced;
pub(crate) mod triggers;

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;
use url::Url;

use crate::engine::{Halt, RunContext, RunLease};
use crate::identity::{ConnectionId, FirmId};
use crate::paths;
use crate::procore::{Error, Hook, Webhooks};
use crate::store::{StoreError, hooks};
use crate::vault::{owner_of_endpoint, token_hash};
use crate::verdict::Refusal;
use crate::work::Task;

/// How long Procore may take to carry out what it did not answer.
pub(crate) const LATE: TimeDelta = TimeDelta::minutes(5);

/// The work of looking for what Procore carried out for a connection after we had given up waiting.
pub(crate) fn late_look(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: late_look::KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// How often the hooks are listed again because they were not as listed.
pub(crate) const ROUNDS: usize = 3;

/// The hooks in our namespace: ours, and those that lead elsewhere or belong to another connection.
pub(crate) async fn list(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    access: &Webhooks,
) -> Result<(Vec<Hook>, Vec<Hook>), Halt> {
    let namespace = lease.app.config.webhook_namespace.clone();
    let listed = lease.call("list hooks", access.hooks(&namespace)).await?;
    let listed = listed.map_err(|error| Halt::of(error, Refusal::WEBHOOKS))?;
    let mut conn = lease.app.db.acquire().await?;
    let others = of_others(&mut conn, context.connection.id, &listed).await?;
    drop(conn);
    let public = &lease.app.config.public_url;
    Ok(listed
        .into_iter()
        .partition(|hook| leads_to(&hook.destination_url, public) && !others.contains(&hook.id)))
}

/// Procore's ids of those hooks that belong to another connection of this installation. One that ends
/// removes its own, also while the next one to the same company is being set up.
///
/// An address is stored before Procore is told of it, so the hook of another connection is known by
/// the time that it is listed.
pub(crate) async fn of_others(
    conn: &mut PgConnection,
    connection: ConnectionId,
    hooks: &[Hook],
) -> Result<Vec<String>, StoreError> {
    let known_by = |hook: &Hook| Some((owner(hook)?, endpoint_hash(&hook.destination_url)?));
    let addresses: Vec<(FirmId, Vec<u8>)> = hooks.iter().filter_map(known_by).collect();
    let others = hooks::list_of_others(conn, connection, &addresses).await?;
    let is_of_others = |hook: &&Hook| {
        endpoint_hash(&hook.destination_url).is_some_and(|hash| others.contains(&hash))
    };
    Ok(hooks
        .iter()
        .filter(is_of_others)
        .map(|hook| hook.id.clone())
        .collect())
}

/// Deletes a hook with its triggers; one that is not there any more is deleted.
pub(crate) async fn delete(
    lease: &mut RunLease<'_>,
    access: &Webhooks,
    hook: &Hook,
) -> Result<(), Halt> {
    let call = access.delete_hook(&hook.id);
    match lease.call("delete hook", call).await? {
        Ok(()) | Err(Error::NotVisible(_)) => Ok(()),
        Err(error) => Err(Halt::of_write(error, Refusal::WEBHOOKS)),
    }
}

/// Deletes every webhook of ours in a project, and notes that none is left there; returns how many there
/// were.
pub(crate) async fn delete_of_project(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    project: i64,
) -> Result<usize, Halt> {
    let access = context.api()?.project_webhooks(project);
    let (ours, _) = list(lease, context, &access).await?;
    for hook in &ours {
        delete(lease, &access, hook).await?;
    }
    let (firm, id) = (context.run.firm_id, context.connection.id);
    let now = lease.now();
    let mut write = lease.begin("hooks of project removed").await?;
    hooks::mark_project_removed(&mut write.tx, firm, id, project, now).await?;
    lease.commit(write).await?;
    Ok(ours.len())
}

/// Whether a hook's address names another firm than `firm_id` as its owner.
pub(crate) fn is_of_another(hook: &Hook, firm_id: FirmId) -> bool {
    owner(hook).is_some_and(|owner| owner != firm_id)
}

/// Whether a hook's address names this firm as its owner.
pub(crate) fn is_of(hook: &Hook, firm_id: FirmId) -> bool {
    owner(hook) == Some(firm_id)
}

fn owner(hook: &Hook) -> Option<FirmId> {
    owner_of_endpoint(&endpoint_of(&hook.destination_url)?)
}

/// Whether a hook delivers to this installation.
pub(crate) fn leads_to(destination: &str, public: &Url) -> bool {
    Url::parse(destination).is_ok_and(|url| url.origin() == public.origin())
}

/// What the table of hooks knows an address by.
pub(crate) fn endpoint_hash(destination: &str) -> Option<Vec<u8>> {
    endpoint_of(destination).map(|endpoint| token_hash(&endpoint))
}

/// The unguessable end of an address.
pub(crate) fn endpoint_of(destination: &str) -> Option<SecretString> {
    let url = Url::parse(destination).ok()?;
    paths::webhook_token(url.path()).map(SecretString::from)
}
