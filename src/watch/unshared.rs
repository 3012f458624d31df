//! Asks Procore once a day which projects our own user is not in: they are not shared with us.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Connection;
use crate::connection::probe::EVERY;
use crate::identity::{ConnectionId, FirmId};
use crate::procore::{CompanyApi, Error, UnassignedProject};
use crate::store::StoreError;
use crate::store::projects::{self, UnsharedProject};

/// How long what Procore named is good.
const AGAIN: TimeDelta = TimeDelta::days(1);

/// When Procore is asked again that refused to tell: somebody may have raised the level.
const AFTER_REFUSAL: TimeDelta = TimeDelta::weeks(1);

/// Whether Procore is to be asked now, and at whose wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    No,
    InTurn,
    /// Somebody waits for the answer.
    Asked,
}

pub(super) async fn due(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<Due, StoreError> {
    let known = projects::unshared_due(conn, of).await?;
    Ok(match known {
        Some(it) if it.is_asked => Due::Asked,
        Some(it) if it.due_at <= now || it.is_outdated && !it.is_refused => Due::InTurn,
        Some(_) | None => Due::No,
    })
}

/// Asks Procore, keeps what it named, and says when to ask again.
pub(super) async fn look(
    app: &App,
    api: &CompanyApi,
    connection: &Connection,
) -> anyhow::Result<()> {
    let of = (connection.firm_id, connection.id);
    let settings = connection.settings.as_ref();
    let wants_projects = settings.is_some_and(|it| it.choice(DataSet::Projects).is_some());
    // What is hidden while Procore answers was not asked for.
    let tried_at = app.clock.now();
    let asked = match wants_projects {
        true => Some(ask(api).await),
        false => None,
    };
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    match asked {
        None => projects::put_off_unshared(&mut tx, of, (tried_at, now + AGAIN)).await?,
        Some(Ok(named)) => {
            let named: Vec<UnsharedProject> = named.into_iter().map(stored).collect();
            projects::replace_unshared(&mut tx, of, &named, tried_at, now + AGAIN).await?;
        }
        Some(Err(Error::NotVisible(_) | Error::NotPermitted(_))) => {
            projects::note_unshared_refused(&mut tx, of, (tried_at, now + AFTER_REFUSAL)).await?;
        }
        Some(Err(error)) => {
            if error.meaning().is_none() {
                return Err(error.into());
            }
            let again = error.until().unwrap_or(now + EVERY).max(now);
            projects::put_off_unshared(&mut tx, of, (tried_at, again)).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn ask(api: &CompanyApi) -> Result<Vec<UnassignedProject>, Error> {
    let me = api.me().await?;
    api.projects_without(me.id).await
}

fn stored(project: UnassignedProject) -> UnsharedProject {
    let UnassignedProject {
        id,
        name,
        number,
        stage,
        is_active,
    } = project;
    UnsharedProject {
        id,
        name,
        number,
        stage,
        is_active,
    }
}
