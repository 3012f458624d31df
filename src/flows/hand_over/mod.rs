//! Hands one task to a colleague without an account, by a link.
//!
//! The link names a firm and is otherwise random; we store its hash. Its holder may do the one task
//! it was sent for, until they report it done, the link expires, or the setup no longer needs it.

pub mod answer;
pub(crate) mod expire;
pub mod further_link;
mod letter;
pub mod notice;
pub mod open;
pub mod renew;
pub mod revoke;
pub mod send;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::identity::{Actor, CredentialId, Denied, FirmId, Place, Verb};
use crate::onboarding::Onboarding;
use crate::onboarding::hand_over::{End, HandOverState};
use crate::store::firms::{self, Firm};
use crate::store::hand_overs::{self, HandOver};
use crate::store::onboardings::{self, Stored};
use crate::vault;

pub use letter::Fixes;

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct OpenedLink {
    pub hand_over: HandOver,
    pub stored: Stored,
    pub firm: Firm,
    pub state: HandOverState,
}

impl OpenedLink {
    /// The colleague, acting from `source`.
    pub fn actor(&self, source: Option<IpAddr>) -> Actor {
        Actor::Colleague {
            firm: self.hand_over.firm,
            hand_over: self.hand_over.id,
            name: self.hand_over.name.clone(),
            task: self.hand_over.task,
            source,
        }
    }
}

/// Looks up a link.
async fn find(
    conn: &mut PgConnection,
    app: &App,
    token: &SecretString,
) -> Result<OpenedLink, Error> {
    let firm = vault::owner_of_endpoint(token).ok_or(Error::Missing)?;
    let hash = vault::token_hash(token);
    let hand_over = hand_overs::find_by_token(conn, firm, &hash)
        .await?
        .ok_or(Error::Missing)?;
    let firm = firms::find(conn, hand_over.firm)
        .await?
        .ok_or(Error::Missing)?;
    let stored = onboardings::find(conn, hand_over.firm, hand_over.onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    let state = hand_over.standing(&stored.onboarding, app.clock.now());
    Ok(OpenedLink {
        hand_over,
        stored,
        firm,
        state,
    })
}

/// Whether the actor may hand over, or send again; the console has its own verb.
fn may_send(actor: &Actor, in_console: Verb) -> Result<FirmId, Denied> {
    match actor {
        Actor::Support {
            place: Place::Case(_),
            ..
        } => actor.may(in_console),
        Actor::FirmAdmin { .. }
        | Actor::Account { .. }
        | Actor::Colleague { .. }
        | Actor::Support { .. }
        | Actor::System { .. } => actor.may(Verb::HandOver),
    }
}

/// The open task of an acting colleague; `None` for everybody else.
///
/// The caller has locked the onboarding, and so does everything that ends a task, so the task stays
/// open until the caller's transaction ends.
pub(super) async fn of(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding: &Onboarding,
) -> Result<Option<HandOver>, Error> {
    let (firm, id) = match actor {
        Actor::Colleague {
            firm, hand_over, ..
        } => (*firm, *hand_over),
        Actor::FirmAdmin { .. }
        | Actor::Account { .. }
        | Actor::Support { .. }
        | Actor::System { .. } => return Ok(None),
    };
    let hand_over = hand_overs::find(conn, firm, id)
        .await?
        .filter(|hand_over| hand_over.onboarding_id == onboarding.id)
        .ok_or(Error::Missing)?;
    if hand_over.standing(onboarding, app.clock.now()).is_open() {
        Ok(Some(hand_over))
    } else {
        Err(Error::Stale)
    }
}

/// Records what the colleague entered.
pub(super) async fn entered(
    conn: &mut PgConnection,
    task: Option<&HandOver>,
    credential: CredentialId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(task) = task {
        hand_overs::mark_entered(conn, task.firm, task.id, credential, now).await?;
    }
    Ok(())
}

/// Records that the colleague started the checks.
pub(super) async fn checked(
    conn: &mut PgConnection,
    task: Option<&HandOver>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(task) = task {
        hand_overs::mark_checked(conn, task.firm, task.id, now).await?;
    }
    Ok(())
}

/// Ends every task but `task`: new details were entered, and the other tasks were about the old
/// ones.
pub(super) async fn overtake_others(
    conn: &mut PgConnection,
    onboarding: &Onboarding,
    task: Option<&HandOver>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let firm = onboarding.firm_id;
    let except = task.map(|task| task.id);
    Ok(hand_overs::end_all(conn, firm, onboarding.id, except, End::Overtaken, now).await?)
}

/// Ends the tasks the setup no longer needs. Returns whether there were any.
pub(super) async fn end_what_is_over(
    conn: &mut PgConnection,
    onboarding: &Onboarding,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    Ok(hand_overs::end_over(conn, onboarding, now).await?)
}
