//! Hooks that stay with an app which another one took the place of: that app alone sees them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::connection::Connection;
use crate::engine::{Halt, RunContext, RunLease};
use crate::identity::{FirmId, HookId};
use crate::procore::{self, CompanyApi};
use crate::store::StoreError;
use crate::store::left_hooks::{self, LeftHook};
use crate::webhooks::endpoint_hash;

/// Removes the hooks that are left with an app, by the access to it that has just ended. What the app may
/// not remove is left to people.
///
/// One that was being created when another app took its place is known by its address alone.
pub(crate) async fn remove(
    app: &App,
    connection: &Connection,
    (api, client_id): (&CompanyApi, &str),
) -> Result<(), StoreError> {
    let left = left_with(app, connection, client_id).await?;
    remove_these(app, connection.firm_id, (api, client_id), &left).await
}

/// The hooks of a connection that are left with an app.
async fn left_with(
    app: &App,
    connection: &Connection,
    client_id: &str,
) -> Result<Vec<LeftHook>, StoreError> {
    let Connection { firm_id, id, .. } = *connection;
    let mut conn = app.db.acquire().await?;
    let mut left = left_hooks::list(&mut conn, firm_id, id, app.clock.now()).await?;
    left.retain(|it| it.left_with == client_id);
    Ok(left)
}

async fn remove_these(
    app: &App,
    firm: FirmId,
    (api, client_id): (&CompanyApi, &str),
    left: &[LeftHook],
) -> Result<(), StoreError> {
    let mut lists = Lists {
        app,
        api,
        listed: BTreeMap::new(),
    };
    for hook in left {
        // A project's is listed only where its id is not known: there may be thousands.
        if hook.project_id == 0 || hook.procore_id.is_none() {
            lists.of(hook.project_id).await;
        }
    }
    for hook in left {
        let webhooks = webhooks_of(api, hook.project_id);
        let there = lists.listed.get(&hook.project_id).and_then(Option::as_ref);
        let leads_there = |it: &&procore::Hook| {
            endpoint_hash(&it.destination_url).as_ref() == Some(&hook.endpoint_hash)
        };
        let found = there.into_iter().flatten().filter(leads_there);
        let found = found.map(|it| &it.id).chain(&hook.procore_id);
        let ids: BTreeSet<String> = found.cloned().collect();
        if ids.is_empty() && there.is_none() {
            continue; // nobody knows whether it is there
        }
        let mut stays = None;
        for procore_id in ids {
            match webhooks.delete_hook(&procore_id).await {
                Ok(()) => {}
                Err(procore::Error::NotVisible(_))
                    if lists.lacks(hook.project_id, &procore_id).await => {}
                Err(error) => {
                    tracing::info!(firm.id = %firm, "A webhook is left with an older app: {error}");
                    stays = Some(procore_id);
                }
            }
        }
        let mut conn = app.db.acquire_for_write().await?;
        match stays {
            None => left_hooks::forget(&mut conn, firm, hook.id).await?,
            Some(_) => {
                left_hooks::note(&mut conn, firm, hook.id, (client_id, stays.as_deref())).await?;
            }
        }
        conn.finish().await?;
    }
    Ok(())
}

/// The webhooks that an app shows, each place asked for once: the company, and its projects.
struct Lists<'a> {
    app: &'a App,
    api: &'a CompanyApi,
    /// By project, 0 for the company; `None` where the app does not show them.
    listed: BTreeMap<i64, Option<Vec<procore::Hook>>>,
}

impl Lists<'_> {
    async fn of(&mut self, project: i64) -> Option<&[procore::Hook]> {
        if let Entry::Vacant(place) = self.listed.entry(project) {
            let listed = webhooks_of(self.api, project)
                .hooks(&self.app.config.webhook_namespace)
                .await
                .inspect_err(|error| {
                    tracing::info!("An older app does not show its webhooks: {error}");
                });
            place.insert(listed.ok());
        }
        self.listed.get(&project)?.as_deref()
    }

    /// Whether a hook that Procore does not find is not there. In a project that is hidden from us it may be
    /// there all the same: only a list with others and without it tells.
    async fn lacks(&mut self, project: i64, procore_id: &str) -> bool {
        if project == 0 {
            return true;
        }
        let there = self.of(project).await.unwrap_or_default();
        !there.is_empty() && there.iter().all(|it| it.id != procore_id)
    }
}

fn webhooks_of(api: &CompanyApi, project: i64) -> procore::Webhooks {
    match project {
        0 => api.webhooks(),
        project => api.project_webhooks(project),
    }
}

/// Removes what a run has just set up, or may have, for an app that another one took the place of
/// meanwhile. Does nothing where the hook is still the connection's own.
///
/// The run's lease may have ended with that, so nothing is written under it.
pub(super) async fn take_back(
    lease: &RunLease<'_>,
    context: &RunContext,
    hook: HookId,
    procore_id: Option<&str>,
) -> Result<(), Halt> {
    let app = lease.app;
    let Some((ended, client_id)) = context.ended_access(lease).await? else {
        return Ok(());
    };
    let mut conn = app.db.acquire_for_write().await?;
    let firm = context.run.firm_id;
    let is_left = left_hooks::note(&mut conn, firm, hook, (&client_id, procore_id)).await?;
    conn.finish().await?;
    if !is_left {
        return Ok(());
    }
    let mut left = left_with(app, &context.connection, &client_id).await?;
    left.retain(|it| it.id == hook);
    remove_these(app, firm, (&ended, &client_id), &left).await?;
    // It lapses soon, also if Procore does not take it back.
    if let Err(error) = ended.revoke_token().await {
        tracing::info!("Procore did not take a token back: {error}");
    }
    Ok(())
}
