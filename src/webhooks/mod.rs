//! Our webhooks in Procore, for the plans that create, move and remove them.

pub(crate) mod hook;
pub(crate) mod late_look;
pub(crate) mod replaced;
pub(crate) mod triggers;

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use crate::engine::{Halt, RunLease};
use crate::identity::{ConnectionId, FirmId};
use crate::paths;
use crate::procore::{Error, Hook, Webhooks};
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

/// The hooks in our namespace: ours, and those that lead elsewhere.
pub(crate) async fn list(
    lease: &mut RunLease<'_>,
    access: &Webhooks,
) -> Result<(Vec<Hook>, Vec<Hook>), Halt> {
    let namespace = lease.app.config.webhook_namespace.clone();
    let listed = lease.call("list hooks", access.hooks(&namespace)).await?;
    let listed = listed.map_err(|error| Halt::of(error, Refusal::WEBHOOKS))?;
    let public = &lease.app.config.public_url;
    Ok(listed
        .into_iter()
        .partition(|hook| leads_to(&hook.destination_url, public)))
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
