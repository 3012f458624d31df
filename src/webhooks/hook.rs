//! Makes sure that there is exactly one webhook of ours, and that it is told what we know.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::{late_look, left, replaced};
use crate::activity::ActivityVerb;
use crate::connection::ConnectionState;
use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::identity::HookId;
use crate::paths;
use crate::procore::{Error, Hook, HookChange, HookStatus, NewHook, PAYLOAD_VERSION, Webhooks};
use crate::store::hooks::{self, Prepared};
use crate::vault::{Purpose, new_endpoint, random_token, token_hash};
use crate::verdict::{ReasonCode, Refusal};
use crate::webhooks;

/// How we came by the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    Created,
    Adopted,
    Kept,
}

/// The hook as it is now.
pub(crate) struct Ensured {
    /// Our id of it.
    pub id: HookId,
    pub procore_id: String,
    pub how: How,
    /// Hooks of ours that were one too many.
    pub removed: usize,
    /// Procore's ids of hooks in our namespace that are not this connection's.
    pub foreign: Vec<String>,
}

/// What Procore is told and never tells back; sealed until it has confirmed it.
#[derive(Serialize, Deserialize)]
struct Pending {
    endpoint: String,
    authorization: String,
}

/// Does the action.
pub(crate) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let ensured = ensure(lease, context).await?;
    Ok(ensured.outcome())
}

impl Ensured {
    pub(crate) fn outcome(&self) -> ActionOutcome {
        let outcome = ActionOutcome::done(json!({
            "how": self.how,
            "procore_id": self.procore_id,
            "removed": self.removed,
            "foreign": self.foreign,
        }));
        if self.foreign.is_empty() {
            outcome
        } else {
            // Another installation's or connection's, or one that was copied into a sandbox: told, never
            // touched.
            outcome.with_activity(ActivityVerb::WebhookForeignFound, self.foreign.join(", "))
        }
    }
}

/// Adopts one of ours or creates one, and removes what is surplus.
pub(crate) async fn ensure(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<Ensured, Halt> {
    let access = context.webhooks()?;
    let mut refused: Option<(Error, Vec<String>)> = None;
    for _ in 0..webhooks::ROUNDS {
        let (ours, foreign) = webhooks::list(lease, context, &access).await?;
        let there: Vec<String> = ours.iter().map(|hook| hook.id.clone()).collect();
        // Procore may refuse because what was listed is no longer so. If it still is, the same
        // would be refused again.
        match refused.take() {
            Some((error, before)) if before == there => {
                return Err(Halt::of_write(error, Refusal::WEBHOOKS));
            }
            Some(_) | None => {}
        }
        let mut conn = lease.app.db.acquire().await?;
        let (firm_id, connection) = (context.run.firm_id, &context.connection);
        let known = hooks::list(&mut conn, firm_id, connection.id, context.project_id()).await?;
        drop(conn);
        let (known, replaced): (Vec<hooks::Hook>, Vec<hooks::Hook>) = known
            .into_iter()
            .partition(|row| row.payload_version == PAYLOAD_VERSION);
        let known = known.into_iter().next();
        let usable: Vec<Hook> = ours
            .iter()
            .filter(|it| it.has_our_payload())
            .cloned()
            .collect();
        let (id, procore_id, how) = match settle(lease, context, &access, &usable, known).await? {
            Ok(settled) => settled,
            Err(error) => {
                refused = Some((error, there));
                continue;
            }
        };
        // One of another version goes on until this one has taken its place. Before anything was read,
        // nothing can be missed.
        let goes_on = connection.state == ConnectionState::Connected;
        let is_replaced = |hook: &Hook| {
            let mut rows = replaced.iter();
            goes_on && rows.any(|row| row.procore_id.as_ref() == Some(&hook.id))
        };
        let surplus = ours
            .iter()
            .filter(|it| it.id != procore_id && !is_replaced(it));
        let mut removed = 0;
        for hook in surplus {
            webhooks::delete(lease, &access, hook).await?;
            removed += 1;
        }
        if !goes_on {
            replaced::mark_removed(lease, &replaced).await?;
        }
        return Ok(Ensured {
            id,
            procore_id,
            how,
            removed,
            foreign: foreign.into_iter().map(|hook| hook.id).collect(),
        });
    }
    Err(Failure::wait(ReasonCode::Unexpected).into())
}

/// Keeps, adopts or creates the hook, unless Procore refuses that.
async fn settle(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    access: &Webhooks,
    ours: &[Hook],
    known: Option<hooks::Hook>,
) -> Result<Result<(HookId, String, How), Error>, Halt> {
    let known_there = known.as_ref().and_then(|row| {
        let same = |hook: &&Hook| {
            webhooks::endpoint_hash(&hook.destination_url) == Some(row.endpoint_hash.clone())
        };
        ours.iter().find(same)
    });
    if let (Some(row), Some(hook)) = (&known, known_there)
        && row.pending.is_none()
        && row.procore_id.as_deref() == Some(&hook.id)
        && hook.status == HookStatus::Active
    {
        return Ok(Ok((row.id, hook.id.clone(), How::Kept)));
    }

    // A webhook of a project cannot be enabled again: a new one takes its place, and the last look
    // removes the old one.
    let is_project = context.run.project_id.is_some();
    let is_of_use = |hook: &&Hook| !is_project || hook.status == HookStatus::Active;
    let known_there = known_there.filter(is_of_use);
    let kept = known_there.and_then(|hook| webhooks::endpoint_of(&hook.destination_url));
    let (id, pending) = prepare(lease, context, known, kept).await?;
    let destination = destination(&lease.app.config.public_url, &pending)?;
    let authorization = SecretString::from(pending.authorization);
    let adopted = known_there.or_else(|| ours.iter().find(is_of_use));
    let (how, told) = match adopted {
        Some(hook) => {
            let change = HookChange {
                destination_url: Some(destination),
                authorization: Some(authorization),
                active: (!is_project).then_some(true),
            };
            let call = access.update_hook(&hook.id, &change);
            let changed = lease.call("adopt hook", call).await?;
            (How::Adopted, changed.map(|()| hook.id.clone()))
        }
        None => {
            let new = NewHook {
                namespace: lease.app.config.webhook_namespace.clone(),
                destination_url: destination,
                authorization,
            };
            let call = access.create_hook(&new);
            let created = lease.call("create hook", call).await?;
            if let Err(overtaken @ Halt::Overtaken) =
                late_look::plan(lease, context, &created).await
            {
                left::take_back(lease, context, id, None).await?;
                return Err(overtaken);
            }
            (How::Created, created.map(|hook| hook.id))
        }
    };
    let procore_id = match told {
        Ok(procore_id) => procore_id,
        Err(error @ (Error::Conflict(_) | Error::Validation(_) | Error::NotVisible(_))) => {
            return Ok(Err(error));
        }
        Err(error) => return Err(Halt::of_write(error, Refusal::WEBHOOKS)),
    };
    confirm(lease, context, id, &procore_id).await?;
    Ok(Ok((id, procore_id, how)))
}

/// Notes what Procore has confirmed. If another app took the connection over meanwhile, what was set up
/// is removed, which nobody could do later.
async fn confirm(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    id: HookId,
    procore_id: &str,
) -> Result<(), Halt> {
    let stopped = match lease.begin("hook confirmed").await {
        Ok(mut write) => {
            let (firm_id, now) = (context.run.firm_id, lease.now());
            let is_own = hooks::confirm(&mut write.tx, firm_id, id, procore_id, now).await?;
            lease.commit(write).await?;
            match is_own {
                true => return Ok(()),
                false => Failure::wait(ReasonCode::Unexpected).into(),
            }
        }
        Err(overtaken @ Halt::Overtaken) => overtaken,
        Err(halt) => return Err(halt),
    };
    left::take_back(lease, context, id, Some(procore_id)).await?;
    Err(stopped)
}

/// Stores what Procore is about to be told, unless that was done before. A hook that leads to an
/// address of ours keeps it, so that what is under way to it arrives.
async fn prepare(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    known: Option<hooks::Hook>,
    kept: Option<SecretString>,
) -> Result<(HookId, Pending), Halt> {
    let firm_id = context.run.firm_id;
    let vault = &lease.app.vault;
    if let Some(hooks::Hook {
        id,
        pending: Some(sealed),
        ..
    }) = &known
    {
        let opened = vault
            .open(Purpose::HookAuthorization, firm_id, sealed)
            .map_err(anyhow::Error::from)?;
        let pending = serde_json::from_str(opened.expose_secret());
        // The parser's own message could repeat a part of the secret.
        let pending = pending.map_err(|_| anyhow::anyhow!("a pending webhook cannot be read"))?;
        return Ok((*id, pending));
    }
    let endpoint = match kept {
        Some(endpoint) => endpoint,
        None => new_endpoint(firm_id).map_err(anyhow::Error::from)?,
    };
    let token = random_token().map_err(anyhow::Error::from)?;
    let pending = Pending {
        endpoint: endpoint.expose_secret().to_owned(),
        authorization: format!("Bearer {}", token.expose_secret()),
    };
    let text = serde_json::to_string(&pending).map_err(anyhow::Error::from)?;
    let prepared = Prepared {
        endpoint_hash: token_hash(&endpoint),
        secret_hash: token_hash(&SecretString::from(pending.authorization.as_str())),
        payload_version: PAYLOAD_VERSION,
        pending: vault
            .seal(
                Purpose::HookAuthorization,
                firm_id,
                &SecretString::from(text),
            )
            .map_err(anyhow::Error::from)?,
    };
    let now = lease.now();
    let (mut write, _) = lease
        .begin_with_onboarding("hook prepared", context.onboarding_id)
        .await?;
    // An app that another one took the place of prepares nothing more: the run goes on by the new one.
    if context.is_outdated_in(&mut write.tx).await? {
        return Err(Failure::wait(ReasonCode::Unexpected).into());
    }
    let id = match known {
        Some(row) => {
            hooks::replace_secret(&mut write.tx, firm_id, row.id, &prepared, now).await?;
            row.id
        }
        None => {
            let (id, connection_id) = (lease.app.clock.new_id(), context.connection.id);
            let owner = (firm_id, connection_id, context.project_id());
            hooks::create(&mut write.tx, owner, id, &prepared, now).await?;
            id
        }
    };
    lease.commit(write).await?;
    Ok((id, pending))
}

fn destination(public: &Url, pending: &Pending) -> Result<Url, Halt> {
    let endpoint = SecretString::from(pending.endpoint.as_str());
    let url = public
        .join(&paths::webhook(&endpoint))
        .map_err(anyhow::Error::from)?;
    Ok(url)
}
