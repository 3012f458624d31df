//! Re-seals every stored secret with the first key of the ring, without downtime.
//!
//! It needs no cursor: values sealed with the first key are only opened, so an interrupted run resumes
//! by running again, and a key whose id is right and whose bytes are wrong is noticed. A value that changes meanwhile is skipped, since its writer used the first key.

use super::{Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::Actor;
use crate::store::sealed::{self, Column, StoredSecret};
use crate::vault::{Purpose, Sealed, VaultError};

/// Values per transaction; small, so that locks are short.
const BATCH: i64 = 200;

/// The result for one column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// The column, such as `credential.secret`.
    pub column: String,
    pub resealed: u64,
    /// Values that do not open: their key is missing or another one, or they were altered.
    pub unopened: u64,
    /// Why the first of those did not open.
    pub reason: Option<String>,
}

/// Re-seals values that are not sealed with the first key, column by column, and reports each
/// column to `progress`.
pub async fn run(app: &App, mut progress: impl FnMut(&Done)) -> Result<Vec<Done>, Error> {
    let mut all = Vec::new();
    for column in Column::ALL {
        let done = reseal(app, column).await?;
        progress(&done);
        all.push(done);
    }
    let actor = Actor::System { firm: None };
    let mut tx = app.db.begin().await?;
    let activity = app
        .activity(&actor, ActivityVerb::KeysRotated)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(all)
}

async fn reseal(app: &App, column: Column) -> Result<Done, Error> {
    let mut done = Done {
        column: column.name(),
        resealed: 0,
        unopened: 0,
        reason: None,
    };
    let current = app.vault.current_beginning();
    let mut after = None;
    loop {
        let mut tx = app.db.begin().await?;
        let found = sealed::list_others(&mut tx, column, &[], after, BATCH).await?;
        let Some(last) = found.last() else {
            return Ok(done);
        };
        after = Some(last.key);
        let mut changes = Vec::with_capacity(found.len());
        for value in found {
            let is_current = value.sealed.as_bytes().starts_with(&current);
            match fresh(app, column, &value) {
                Ok(_) if is_current => {}
                Ok(sealed) => changes.push((value, sealed)),
                Err(error) => {
                    done.unopened += 1;
                    done.reason.get_or_insert_with(|| error.to_string());
                }
            }
        }
        done.resealed += sealed::replace(&mut tx, column, &changes).await?;
        tx.commit().await?;
    }
}

fn fresh(app: &App, column: Column, value: &StoredSecret) -> Result<Sealed, VaultError> {
    let (purpose, owner) = (purpose(column), value.key.0);
    let secret = app.vault.open(purpose, owner, &value.sealed)?;
    app.vault.seal(purpose, owner, &secret)
}

/// What the values of a column are sealed for.
pub fn purpose(column: Column) -> Purpose {
    match column {
        Column::CredentialSecret => Purpose::ProcoreSecret,
        Column::ProcoreToken | Column::VendorToken => Purpose::ProcoreToken,
        Column::PersonToken => Purpose::PersonToken,
        Column::RemovalAccess => Purpose::RemovalAccess,
        Column::HookPending => Purpose::HookAuthorization,
        Column::MailLinks => Purpose::MailLinks,
        Column::SecondFactor => Purpose::SecondFactor,
    }
}
