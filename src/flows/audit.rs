//! Records what a security team asks about: an entry for the person and the firms concerned, and one
//! line in the log, whose events `docs/LOGGING.md` lists.
//!
//! What strangers can cause without end is limited here: a line each, and some entries an hour.
//! Entries of refusals are written after the answer, which must not tell by its time whether there
//! is such an account or firm.

use std::net::IpAddr;

use sqlx::PgConnection;

use super::Error;
use super::slow_down;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, Email, FirmId, PersonId};
use crate::store::activities::{self, NewActivity};
use crate::store::firms;
use crate::store::people::Person;
use crate::telemetry::SecurityEvent;

/// Records something that was done and writes its line.
pub(super) async fn record(
    conn: &mut PgConnection,
    activity: &NewActivity<'_>,
) -> Result<(), Error> {
    activities::record(conn, activity).await?;
    let actor = activity.actor();
    SecurityEvent {
        firm: activity.firm().map(|firm| firm.0),
        ..of(activity.verb(), actor.person(), actor.source())
    }
    .log();
    Ok(())
}

/// An attempt at the account of `email` was refused, whether there is one or not.
pub(super) fn account_refused(
    app: &App,
    verb: ActivityVerb,
    email: &Email,
    person: Option<&Person>,
    source: Option<IpAddr>,
) {
    SecurityEvent {
        account: Some(&app.vault.pseudonym(email.as_str())),
        ..of(verb, person.map(|person| person.id), source)
    }
    .log();
    if let Some(person) = person {
        let entry = at_account(app.clone(), verb, person.id, person.name.clone(), source);
        app.late_writes.spawn("refusal", entry);
    }
}

/// A signed-in person was refused a page or an action, at a firm if the address names one.
pub(crate) fn access_refused(app: &App, actor: &Actor, firm: Option<FirmId>) {
    let verb = ActivityVerb::AccessRefused;
    SecurityEvent {
        firm: firm.map(|firm| firm.0),
        ..of(verb, actor.person(), actor.source())
    }
    .log();
    let entry = at_firm(app.clone(), verb, actor.clone(), firm);
    app.late_writes.spawn("refusal", entry);
}

/// The same for a request without a session: nobody is concerned.
pub(crate) fn stranger_refused(firm: Option<FirmId>, source: Option<IpAddr>) {
    SecurityEvent {
        firm: firm.map(|firm| firm.0),
        ..of(ActivityVerb::AccessRefused, None, source)
    }
    .log();
}

/// Records that a support person downloads the queue, before they have it.
pub(crate) async fn export(app: &App, actor: &Actor) -> Result<(), Error> {
    actor.may_at_desk(DeskVerb::SeeQueue)?;
    let mut tx = app.db.begin().await?;
    let activity = app
        .activity(actor, ActivityVerb::QueueExported)
        .for_staff_only();
    record(&mut tx, &activity).await?;
    Ok(tx.commit().await?)
}

/// An entry for the person, and one for each firm that they act for.
async fn at_account(
    app: App,
    verb: ActivityVerb,
    person: PersonId,
    name: String,
    source: Option<IpAddr>,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if slow_down::is_recorded_enough(&mut tx, &app, person, verb).await? {
        return Ok(tx.commit().await?);
    }
    let system = Actor::System { firm: None };
    let entry = || app.activity(&system, verb).about(&name).from(source);
    let own = entry().at_account(person).for_staff_only();
    activities::record(&mut tx, &own).await?;
    for firm in firms::list_of_person(&mut tx, person).await? {
        activities::record(&mut tx, &entry().at_firm(firm.id)).await?;
    }
    Ok(tx.commit().await?)
}

/// An entry for the person, filed under the firm for support. The firm does not see a stranger's
/// name in it, nor the stranger the firm's.
async fn at_firm(
    app: App,
    verb: ActivityVerb,
    actor: Actor,
    firm: Option<FirmId>,
) -> Result<(), Error> {
    let Some(person) = actor.person() else {
        return Ok(());
    };
    let mut tx = app.db.begin().await?;
    if slow_down::is_recorded_enough(&mut tx, &app, person, verb).await? {
        return Ok(tx.commit().await?);
    }
    let firm = match firm {
        Some(firm) => firms::find(&mut tx, firm).await?,
        None => None,
    };
    let entry = app.activity(&actor, verb).for_staff_only();
    let entry = match firm {
        Some(firm) => entry.at_firm(firm.id),
        None => entry,
    };
    activities::record(&mut tx, &entry).await?;
    Ok(tx.commit().await?)
}

fn of(
    verb: ActivityVerb,
    person: Option<PersonId>,
    source: Option<IpAddr>,
) -> SecurityEvent<'static> {
    SecurityEvent {
        event: verb.as_str(),
        person: person.map(|person| person.0),
        source,
        ..SecurityEvent::default()
    }
}
