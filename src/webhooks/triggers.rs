//! Makes sure that our webhook announces exactly what was chosen, as far as Procore offers it.

use serde_json::json;

use super::{hook, late_look};
use crate::activity::ActivityVerb;
use crate::catalog::Choice;
use crate::connection::Settings;
use crate::connection::triggers::{self, CatalogResource, Trigger};
use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::identity::HookId;
use crate::procore::{CatalogEntry, Error, TriggerSpec, Webhooks};
use crate::store::{connections, hooks, project_runs};
use crate::verdict::{ReasonCode, Refusal};

/// What our webhook announces now.
#[derive(Default)]
pub(crate) struct Ensured {
    set: usize,
    /// They were not as chosen.
    is_changed: bool,
    /// Resources whose changes the settings want and the catalog does not offer.
    missing: Vec<String>,
}

/// Does the action.
pub(crate) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let mut conn = lease.app.db.acquire().await?;
    let (firm_id, connection_id) = (context.run.firm_id, context.connection.id);
    let project_id = context.project_id();
    let known = hooks::list(&mut conn, firm_id, connection_id, project_id).await?;
    let known = known.into_iter().next();
    drop(conn);
    if let Some(hooks::Hook {
        id,
        procore_id: Some(procore_id),
        ..
    }) = known
        && let Some(ensured) = ensure(lease, context, id, &procore_id).await?
    {
        return Ok(ensured.outcome());
    }
    // It was deleted in Procore since.
    let hook = hook::ensure(lease, context).await?;
    let ensured = ensure(lease, context, hook.id, &hook.procore_id).await?;
    // The hook may have gone away twice: the last look sees to it.
    Ok(ensured.unwrap_or_default().outcome())
}

impl Ensured {
    /// Whether they were not as chosen, and are now.
    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    pub(crate) fn outcome(&self) -> ActionOutcome {
        let outcome = ActionOutcome::done(json!({ "set": self.set, "missing": self.missing }));
        if self.missing.is_empty() {
            outcome
        } else {
            outcome.with_activity(
                ActivityVerb::WebhookTriggersMissing,
                self.missing.join(", "),
            )
        }
    }
}

/// Removes what is surplus and adds what is missing; nothing if the hook is not there.
///
/// A single trigger that Procore refuses is asked for again later, like everything that fails: only
/// what the catalog lacks is left out.
pub(crate) async fn ensure(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    hook_id: HookId,
    procore_id: &str,
) -> Result<Option<Ensured>, Halt> {
    let webhooks = context.webhooks()?;
    let catalog = catalog(lease, context, &webhooks).await?;
    let mut conn = lease.app.db.acquire().await?;
    let (firm_id, connection_id) = (context.run.firm_id, context.connection.id);
    let announced = match context.run.project_id {
        Some(_) => Some(context.settings.clone()),
        None => {
            let of = (firm_id, connection_id);
            let own = connections::find_announced(&mut conn, firm_id, connection_id).await?;
            let followed = project_runs::list_followed(&mut conn, of).await?;
            let followed = Settings::new(followed.into_iter().map(Choice::of)).ok();
            match (own, followed) {
                (Some(own), Some(followed)) => Some(own.united_with(&followed)),
                (own, _) => own,
            }
        }
    };
    drop(conn);
    let announced = announced.ok_or_else(|| anyhow::anyhow!("a connection without settings"))?;
    let plan = triggers::wanted(&announced, &catalog);

    let listed = lease
        .call("list triggers", webhooks.triggers(procore_id))
        .await?;
    let listed = match listed {
        Ok(listed) => listed,
        Err(Error::NotVisible(_)) => return Ok(None),
        Err(error) => return Err(Halt::of(error, Refusal::WEBHOOKS)),
    };
    let present: Vec<Trigger> = listed
        .iter()
        .map(|trigger| Trigger::new(&trigger.resource, trigger.event.as_str()))
        .collect();
    let (added, surplus) = triggers::difference(&present, &plan.wanted);

    let is_changed = !added.is_empty() || !surplus.is_empty();
    // What goes by a name that cannot be read may be what we are about to add.
    let (mut is_whole, mut said) = (true, None);
    if !surplus.is_empty() {
        let ids: Vec<String> = surplus
            .iter()
            .map(|place| listed[*place].id.clone())
            .collect();
        let call = webhooks.delete_triggers_bulk(procore_id, &ids);
        let deleted = lease.call("delete triggers", call).await?;
        let deleted = deleted.map_err(|error| Halt::of_write(error, Refusal::WEBHOOKS))?;
        (is_whole, said) = (deleted.refused.is_empty(), deleted.said);
    }
    let mut refused: Vec<TriggerSpec> = Vec::new();
    if !added.is_empty() {
        let specs: Vec<TriggerSpec> = added.iter().map(spec).collect();
        let call = webhooks.create_triggers_bulk(procore_id, &specs);
        let created = lease.call("create triggers", call).await?;
        late_look::plan(lease, context, &created).await?;
        let created = created.map_err(|error| Halt::of_write(error, Refusal::WEBHOOKS))?;
        is_whole &= created.refused.is_empty();
        (refused, said) = (created.refused, said.or(created.said));
    }

    let is_refused = |trigger: &Trigger| refused.contains(&spec(trigger));
    let set: Vec<Trigger> = plan
        .wanted
        .into_iter()
        .filter(|trigger| !is_refused(trigger))
        .collect();
    let mut write = lease.begin("triggers").await?;
    let now = lease.now();
    hooks::set_triggers(&mut write.tx, firm_id, hook_id, &set, &plan.missing, now).await?;
    lease.commit(write).await?;
    if !is_whole {
        let refused = refused
            .iter()
            .map(|it| format!("{} ({})", it.resource, it.event));
        return Err(Halt::from(Failure {
            said,
            report: Some(json!({ "refused_triggers": refused.collect::<Vec<_>>() })),
            ..Failure::wait(ReasonCode::Unexpected)
        }));
    }
    Ok(Some(Ensured {
        set: set.len(),
        is_changed,
        missing: plan.missing,
    }))
}

/// What Procore offers to announce. Projects with the same tools share a reading of it.
async fn catalog(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    webhooks: &Webhooks,
) -> Result<Vec<CatalogResource>, Halt> {
    let of = (context.run.firm_id, context.connection.id);
    if let Some(project) = context.run.project_id {
        let mut conn = lease.app.db.acquire().await?;
        let known = project_runs::find_catalog(&mut conn, of, project, lease.now()).await?;
        if let Some(known) = known {
            return Ok(known);
        }
    }
    let catalog = lease.call("read catalog", webhooks.catalog()).await?;
    let catalog = catalog.map_err(|error| Halt::of(error, Refusal::WEBHOOKS))?;
    let catalog: Vec<CatalogResource> = catalog.into_iter().map(resource).collect();
    if let Some(project) = context.run.project_id {
        let now = lease.now();
        let mut write = lease.begin("catalog").await?;
        project_runs::keep_catalog(&mut write.tx, of, project, &catalog, now).await?;
        lease.commit(write).await?;
    }
    Ok(catalog)
}

fn resource(entry: CatalogEntry) -> CatalogResource {
    CatalogResource {
        name: entry.resource,
        events: entry.events.into_iter().map(String::from).collect(),
    }
}

fn spec(trigger: &Trigger) -> TriggerSpec {
    TriggerSpec {
        resource: trigger.resource.clone(),
        event: trigger.event.as_str().into(),
    }
}
