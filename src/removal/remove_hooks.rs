//! Removes our webhooks from Procore.

use serde_json::json;

use super::settles_at;
use crate::connection::ACCESS_KEPT;
use crate::engine::{ActionOutcome, Failure, Halt, Next, RunContext, RunLease};
use crate::procore::Hook;
use crate::store::actions::{ActionEnd, Entry};
use crate::store::{claims, hooks};
use crate::verdict::ReasonCode;
use crate::webhooks;

/// Removes every webhook of the connection, and looks again whether any is left. What could not be
/// removed for as long as the access may be kept stays there.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    // A connection that ends cannot be proven again.
    if context.is_unproven() || context.run.started_at + ACCESS_KEPT <= lease.now() {
        return give_up(lease, context, entry).await;
    }
    let access = context.webhooks()?;
    let mut removed = 0;
    for _ in 0..webhooks::ROUNDS {
        let (listed, mut foreign) = webhooks::list(lease, context, &access).await?;
        let mut ours = Vec::new();
        for hook in listed {
            match is_to_go(lease, context, &hook).await? {
                true => ours.push(hook),
                false => foreign.push(hook),
            }
        }
        if ours.is_empty() {
            // A webhook that comes late may be in a project.
            wait_for_late_look(lease, context).await?;
            removed += remove_from_projects(lease, context).await?;
            // Nothing is asked any more. Whatever keeps Procore from taking the token back, it
            // ends by itself soon.
            let revoked = lease
                .call("revoke token", context.api()?.revoke_token())
                .await?;
            if let Err(error) = revoked {
                tracing::info!("Procore did not take a token back: {error}");
            }
            let foreign: Vec<String> = foreign.into_iter().map(|hook| hook.id).collect();
            return Ok(ActionOutcome::done(
                json!({ "removed": removed, "foreign": foreign }),
            ));
        }
        for hook in &ours {
            webhooks::delete(lease, &access, hook).await?;
            removed += 1;
        }
    }
    // Deleted and listed again and again.
    Err(Failure::wait(ReasonCode::Unexpected).into())
}

/// Removes the webhooks of single projects. One that Procore does not let us remove, since the project is
/// closed or hidden from us, is asked for again, and keeps no other from being removed.
async fn remove_from_projects(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<usize, Halt> {
    let (firm_id, id) = (context.run.firm_id, context.connection.id);
    let mut conn = lease.app.db.acquire().await?;
    let projects = hooks::list_projects(&mut conn, firm_id, id).await?;
    drop(conn);
    let (mut removed, mut refused) = (0, None);
    for project in projects {
        match webhooks::delete_of_project(lease, context, project).await {
            Ok(deleted) => removed += deleted,
            Err(Halt::Failed(failure)) if failure.next == Next::NeedsPerson => {
                refused = Some(failure);
            }
            Err(halt) => return Err(halt),
        }
    }
    match refused {
        Some(failure) => Err(Halt::Failed(failure)),
        None => Ok(removed),
    }
}

/// Whether a hook that leads to us and is no other connection's is this one's.
///
/// Those whose address names another firm are not. As long as nobody has claimed the company since it
/// was released, all others are; after that, only those that we know.
async fn is_to_go(lease: &RunLease<'_>, context: &RunContext, hook: &Hook) -> Result<bool, Halt> {
    let (firm_id, connection) = (context.run.firm_id, &context.connection);
    if webhooks::is_of_another(hook, firm_id) {
        return Ok(false);
    }
    let mut conn = lease.app.db.acquire().await?;
    let target = &connection.target;
    let is_claimed = claims::is_claimed(&mut conn, &target.environment, target.company_id).await?;
    if !is_claimed {
        return Ok(true);
    }
    let known = hooks::list_of_company(&mut conn, firm_id, connection.id).await?;
    let hash = webhooks::endpoint_hash(&hook.destination_url);
    Ok(known
        .iter()
        .any(|row| Some(&row.endpoint_hash) == hash.as_ref()))
}

/// Leaves what is still there to people, and says what it is.
async fn give_up(
    lease: &RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    let mut conn = lease.app.db.acquire().await?;
    let (firm_id, id) = (context.run.firm_id, context.connection.id);
    let mut left = hooks::list_of_company(&mut conn, firm_id, id).await?;
    for project in hooks::list_projects(&mut conn, firm_id, id).await? {
        left.extend(hooks::list(&mut conn, firm_id, id, project).await?);
    }
    let left: Vec<String> = left
        .into_iter()
        .filter_map(|hook| hook.procore_id)
        .collect();
    let otherwise = match context.is_unproven() {
        true => ReasonCode::NotInstalled,
        false => ReasonCode::Unexpected,
    };
    let code = entry.code.unwrap_or(otherwise);
    Ok(ActionOutcome::done(json!({ "left": left })).ended(ActionEnd::Partial(code)))
}

/// Waits while Procore may still carry out a creation that it did not answer: with the access gone,
/// nobody could remove what comes of it.
async fn wait_for_late_look(lease: &RunLease<'_>, context: &RunContext) -> Result<(), Halt> {
    let of = (context.run.firm_id, context.connection.id);
    let mut conn = lease.app.db.acquire().await?;
    match settles_at(&mut conn, of, lease.now()).await? {
        None => Ok(()),
        not_before => Err(Halt::from(Failure {
            next: Next::Wait { not_before },
            ..Failure::wait(ReasonCode::Unreachable)
        })),
    }
}
