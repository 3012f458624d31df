//! Finishes the removal of a firm: the rows that Procore sent, and what we created in Procore.

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::PAUSE;
use crate::app::App;
use crate::identity::FirmId;
use crate::procore::{CompanyApi, Error, Webhooks};
use crate::store::removals::{self, RemovalAccess, RemovalReceipt};
use crate::webhooks;
use crate::work::{self, Task};

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "clean_up";
/// Rows that one write erases.
const AT_A_TIME: i32 = 5_000;

/// The work on a firm that was removed.
pub(crate) fn task(firm: FirmId) -> Task {
    Task {
        kind: KIND,
        key: firm.0,
        firm: None,
    }
}

/// Does as much as is possible now, and puts the rest for later. May be called at any time, and by
/// several at once.
pub(crate) async fn run(app: &App, firm: FirmId) -> anyhow::Result<RemovalReceipt> {
    erase_rows(app, firm).await?;
    let mut conn = app.db.acquire().await?;
    let kept = removals::list_access(&mut conn, firm).await?;
    drop(conn);
    let mut later: Option<DateTime<Utc>> = None;
    for access in kept {
        if let Some(next) = tidy(app, &access).await? {
            later = Some(later.map_or(next, |later| later.min(next)));
        }
    }
    let mut tx = app.db.begin().await?;
    if let Some(later) = later {
        work::put(&mut tx, task(firm), later).await?;
    }
    let receipt = removals::find_receipt(&mut tx, firm).await?;
    tx.commit().await?;
    receipt.context("the firm has no receipt")
}

/// In writes that are short enough for others to get their turn.
async fn erase_rows(app: &App, firm: FirmId) -> anyhow::Result<()> {
    loop {
        let mut tx = app.db.begin().await?;
        let erased = removals::erase_rows(&mut tx, firm, AT_A_TIME, app.clock.now()).await?;
        tx.commit().await?;
        if erased == 0 {
            return Ok(());
        }
    }
}

/// Takes back in Procore what one access had created; returns when to go on, if it is not over.
async fn tidy(app: &App, access: &RemovalAccess) -> anyhow::Result<Option<DateTime<Utc>>> {
    let (firm, now) = (access.firm_id, app.clock.now());
    let opened = app.open_for_removal(firm, access.access_id, &access.sealed);
    let mut left = access.projects.clone();
    let (removed, done) = match &opened {
        Ok(api) => take_back(app, firm, api, &mut left).await,
        Err(error) => {
            tracing::warn!(firm.id = %firm, "The access to Procore of a removed firm does not open: {error}");
            (0, Err(None))
        }
    };
    let mut tx = app.db.begin().await?;
    removals::count_webhooks(&mut tx, firm, removed).await?;
    if now >= access.not_before {
        // Until then Procore may still create one where there is none now.
        removals::keep_projects(&mut tx, access, &left).await?;
    }
    let next = match done {
        Ok(()) if now >= access.not_before => {
            removals::forget_access(&mut tx, access, false).await?;
            None
        }
        Ok(()) => Some(access.not_before),
        Err(_) if now >= access.keep_until => {
            removals::forget_access(&mut tx, access, true).await?;
            None
        }
        Err(until) => Some(until.unwrap_or(now + PAUSE).min(access.keep_until)),
    };
    tx.commit().await?;
    Ok(next)
}

/// Removes our webhooks and has the token revoked. Returns how many webhooks were removed, and
/// whether that was all; if not, when Procore wants to be asked again, if it said so. `projects` keeps those
/// in which one may be left.
async fn take_back(
    app: &App,
    firm: FirmId,
    api: &CompanyApi,
    projects: &mut Vec<i64>,
) -> (i32, Result<(), Option<DateTime<Utc>>>) {
    let mut removed = 0;
    let of_company = remove_webhooks(app, firm, &api.webhooks(), &mut removed).await;
    let done = match of_company {
        Ok(()) => remove_from_projects(app, firm, api, projects, &mut removed).await,
        Err(error) => Err(error),
    };
    // It lapses soon, also if Procore does not take it back.
    if let Err(error) = api.revoke_token().await {
        tracing::info!("Procore did not take a token back: {error}");
    }
    let done = done.map_err(|error| {
        tracing::info!(firm.id = %firm, "Procore is not tidy after a removal yet: {error}");
        error.until()
    });
    (removed, done)
}

/// Removes the webhooks of single projects. One in which Procore does not let us, since it is closed or hidden
/// from us, keeps no other from it; it stays in `projects`, and the first such error is returned.
async fn remove_from_projects(
    app: &App,
    firm: FirmId,
    api: &CompanyApi,
    projects: &mut Vec<i64>,
    removed: &mut i32,
) -> Result<(), Error> {
    let mut refused = None;
    let mut left = Vec::new();
    let mut all = std::mem::take(projects).into_iter();
    for project in all.by_ref() {
        match remove_webhooks(app, firm, &api.project_webhooks(project), removed).await {
            Ok(()) => {}
            Err(error @ (Error::NotPermitted(_) | Error::NotVisible(_))) => {
                left.push(project);
                refused.get_or_insert(error);
            }
            Err(error) => {
                left.push(project);
                refused = Some(error);
                break;
            }
        }
    }
    left.extend(all);
    *projects = left;
    match refused {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

async fn remove_webhooks(
    app: &App,
    firm: FirmId,
    access: &Webhooks,
    removed: &mut i32,
) -> Result<(), Error> {
    let public = &app.config.public_url;
    // Listed again, until none is there: deleting a hook moves those on the next page.
    loop {
        let listed = access.hooks(&app.config.webhook_namespace).await?;
        let ours: Vec<String> = listed
            .into_iter()
            .filter(|hook| webhooks::leads_to(&hook.destination_url, public))
            .filter(|hook| !webhooks::is_of_another(hook, firm))
            .map(|hook| hook.id)
            .collect();
        if ours.is_empty() {
            return Ok(());
        }
        for id in ours {
            match access.delete_hook(&id).await {
                Ok(()) => *removed += 1,
                Err(Error::NotVisible(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
