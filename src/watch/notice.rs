//! Mails about incidents: one when something has lasted for an hour, and reminders. Several at once are
//! one mail. That it is over is written once what changed meanwhile has been read (`reconcile`).

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::Connection;
use crate::connection::incident::{Changes, Incident};
use crate::help;
use crate::mail;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{memberships, onboardings};
use crate::text::health::{about, cause};
use crate::text::mails::incident::{self as words, Extent};
use crate::text::mails::{Letter, shown};
use crate::verdict::ReasonCode;

/// Writes to everybody who acts for the firm what is due of these changes, and notes it in them. What else
/// stands `open` and is due as well is told with it, and then among them.
pub(super) async fn tell(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
    (open, changes): (&[Incident], &mut Changes),
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    if !changes.open().any(|it| it.is_mail_due(now)) {
        return Ok(());
    }
    let beside = open.iter().filter(|it| it.is_due_beside(now));
    let beside = beside.filter(|it| !changes.all().any(|changed| changed.id == it.id));
    let beside: Vec<Incident> = beside.cloned().collect();
    changes.standing.extend(beside);
    let is_due = |it: &Incident| it.is_mail_due(now) || it.is_due_beside(now);
    let mut due: Vec<Incident> = changes.open().filter(|it| is_due(it)).cloned().collect();
    due.sort_by_key(|it| (!it.code.stops_everything(), it.code));
    let letter = begun(conn, app, connection, &due).await?;
    for incident in changes.open_mut().filter(|it| is_due(it)) {
        incident.told_at.get_or_insert(now);
        incident.reminded_at = Some(now);
    }
    let firm_id = connection.firm_id;
    for member in memberships::list(conn, firm_id).await? {
        mail::queue(conn, app, Some(firm_id), &member.email, &letter).await?;
    }
    Ok(())
}

/// What is wrong, with the card of what comes first.
async fn begun(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
    due: &[Incident],
) -> anyhow::Result<Letter> {
    let product = &app.config.product_name;
    let is_new = due.iter().any(|it| it.told_at.is_none());
    let extent = extent(due);
    let mut letter = words::begun(product, company(connection), is_new, extent);
    let stored = stored(conn, connection).await?;
    for (place, incident) in due.iter().enumerate() {
        letter = letter
            .paragraph(words::since(&cause(incident.code), incident.since))
            .maybe_paragraph(about(&incident.finding).map(|it| shown(&it)))
            .closing(incident.code.reference());
        if place == 0 {
            // The cards of the others are on the page.
            let card = stored.as_ref();
            let card = card.and_then(|it| help::card_of_finding(app, it, &incident.finding));
            letter = letter.section(card.as_ref().map(help::section));
        }
    }
    let action = match extent {
        Extent::Everything | Extent::Something => words::SEE,
        Extent::CopyAlone => words::VIEW,
    };
    Ok(letter.action(action, page(app, connection)))
}

fn extent(due: &[Incident]) -> Extent {
    if due.iter().any(|it| it.code.stops_everything()) {
        Extent::Everything
    } else if due.iter().all(|it| it.code == ReasonCode::Late) {
        Extent::CopyAlone
    } else {
        Extent::Something
    }
}

fn company(connection: &Connection) -> &str {
    connection.company_name.as_deref().unwrap_or_default()
}

fn page(app: &App, connection: &Connection) -> SecretString {
    app.link(&paths::integration(connection.firm_id))
}

/// The setup that a connection comes from.
async fn stored(
    conn: &mut PgConnection,
    connection: &Connection,
) -> anyhow::Result<Option<Stored>> {
    let Connection { firm_id, id, .. } = *connection;
    let onboarding = onboardings::find_id_of_connection(conn, firm_id, id).await?;
    Ok(match onboarding {
        Some(onboarding) => onboardings::find(conn, firm_id, onboarding).await?,
        None => None,
    })
}
