//! What people are told about a completion: timeline and mail.

use secrecy::SecretString;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::catalog::DataSet;
use crate::engine::{Halt, RunLease};
use crate::help::{self, OwnPage};
use crate::mail;
use crate::store::actions::{self, Entry};
use crate::store::{memberships, onboardings, runs, settings_changes};
use crate::text::mails::{self, Letter, Section};
use crate::verdict::ReasonCode;
use serde_json::json;

/// Tells that a completion needs a person.
pub(super) async fn needs_person(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    entry: &Entry,
    code: ReasonCode,
) -> Result<(), Halt> {
    let link = address(lease, "/setup/complete");
    let product = &lease.app.config.product_name;
    let letter = mails::setup::needs_person(product, entry.action, link)
        .section(what_to_do(conn, lease, code).await?);
    let verb = ActivityVerb::CompletionNeedsPerson;
    tell(conn, lease, entry, code, (verb, &letter)).await
}

/// Tells that a change of settings needs a person.
pub(super) async fn change_needs_person(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    entry: &Entry,
    code: ReasonCode,
) -> Result<(), Halt> {
    let ledger = actions::list(conn, lease.held.firm_id, lease.held.run_id).await?;
    let in_use = settings_changes::replaced(&ledger).is_some();
    let link = address(lease, "/settings");
    let letter = mails::setup::change_needs_person(entry.action, in_use, link)
        .section(what_to_do(conn, lease, code).await?);
    let verb = ActivityVerb::SettingsChangeNeedsPerson;
    tell(conn, lease, entry, code, (verb, &letter)).await
}

/// The card that the page shows.
async fn what_to_do(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    code: ReasonCode,
) -> Result<Option<Section>, Halt> {
    let (firm, run) = (lease.held.firm_id, lease.held.run_id);
    let Some(found) = runs::find(conn, firm, run).await? else {
        return Ok(None);
    };
    let connection = found.connection_id;
    let Some(onboarding) = onboardings::find_id_of_connection(conn, firm, connection).await? else {
        return Ok(None);
    };
    let Some(stored) = onboardings::find(conn, firm, onboarding).await? else {
        return Ok(None);
    };
    let ledger = actions::list(conn, firm, run).await?;
    let remedy = help::remedy_of_completion(lease.app, &stored, &ledger, code, OwnPage::RUN);
    Ok(remedy.map(|it| help::section(&it.into())))
}

/// The mail is written once per cause, however often it is tried again in vain.
async fn tell(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    entry: &Entry,
    code: ReasonCode,
    (verb, letter): (ActivityVerb, &Letter),
) -> Result<(), Halt> {
    let facts = json!({ "action": entry.action.key(), "cause": code });
    let Some(run) = runs::find(conn, lease.held.firm_id, lease.held.run_id).await? else {
        return Ok(());
    };
    lease.record_activity(conn, verb, None, facts).await?;
    if run.told_code != Some(code) {
        runs::set_told(conn, &lease.held, Some(code)).await?;
        write(conn, lease, letter).await?;
    }
    Ok(())
}

/// Tells that Procore is connected.
pub(super) async fn done(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    company: &str,
    short: &[DataSet],
) -> Result<(), Halt> {
    let verb = ActivityVerb::CompletionDone;
    lease
        .record_activity(conn, verb, Some(company), json!({}))
        .await?;
    let product = &lease.app.config.product_name;
    let letter = mails::setup::completed(product, company, short, address(lease, ""));
    write(conn, lease, &letter).await
}

/// Writes to everybody who may act for the firm: the person who confirmed the plan may be away.
async fn write(conn: &mut PgConnection, lease: &RunLease<'_>, letter: &Letter) -> Result<(), Halt> {
    let firm = lease.held.firm_id;
    for member in memberships::list(conn, firm).await? {
        let queued = mail::queue(conn, lease.app, Some(firm), &member.email, letter).await;
        queued.map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// A page of the firm's integration.
fn address(lease: &RunLease<'_>, page: &str) -> SecretString {
    let base = lease.app.config.public_url.as_str().trim_end_matches('/');
    let firm = lease.held.firm_id;
    SecretString::from(format!("{base}/firms/{firm}/procore{page}"))
}
