//! A person's token is given back to Procore, in any case.
//!
//! It is sealed before anything is asked with it, so neither a process that dies nor a browser that goes
//! away leaves it in force. As a rule it is revoked while they wait; what Procore does not answer within
//! moments is done in the background.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::time::timeout;

use crate::app::App;
use crate::flows::Error;
use crate::identity::PersonTokenId;
use crate::procore::{CompanyId, PersonApi, Urgency};
use crate::store::person_tokens::{self, PersonToken};
use crate::vault::Purpose;
use crate::work::{self, Task};

/// The kind of the work that revokes what could not be revoked at once.
pub(crate) const KIND: &str = "revoke_person_token";

/// How long the person waits for it.
const AT_ONCE: Duration = Duration::from_secs(3);
/// When it is done in the background, if not before: no sign-in takes longer.
const AFTERWARDS: TimeDelta = TimeDelta::minutes(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// How long it is tried. The token itself is good for less.
const TRIED: TimeDelta = TimeDelta::days(1);

/// A token in use, which ends with [`InUse::end`] or in the background.
pub(super) struct InUse(PersonTokenId);

impl InUse {
    /// Seals a token that Procore just gave.
    pub(super) async fn keep(
        app: &App,
        environment: &str,
        token: &SecretString,
    ) -> Result<Self, Error> {
        let (id, now) = (app.clock.new_id::<PersonTokenId>(), app.clock.now());
        let kept = PersonToken {
            environment: environment.to_owned(),
            token: app.vault.seal(Purpose::PersonToken, id, token)?,
            created_at: now,
        };
        let mut tx = app.db.begin().await?;
        person_tokens::keep(&mut tx, id, &kept).await?;
        work::put(&mut tx, task(id), now + AFTERWARDS).await?;
        tx.commit().await?;
        Ok(Self(id))
    }

    /// Revokes it now, if Procore answers within moments.
    pub(super) async fn end(self, app: &App, api: PersonApi) -> Result<(), Error> {
        match timeout(AT_ONCE, api.end()).await {
            Ok(Ok(())) => wipe(app, self.0).await,
            Ok(Err(error)) => {
                tracing::info!("Procore takes a person's token back later: {error}");
                Ok(())
            }
            Err(_) => {
                tracing::info!("Procore takes a person's token back later: no answer yet");
                Ok(())
            }
        }
    }
}

fn task(id: PersonTokenId) -> Task {
    Task {
        kind: KIND,
        key: id.0,
        firm: None,
    }
}

async fn wipe(app: &App, id: PersonTokenId) -> Result<(), Error> {
    let mut conn = app.db.acquire_for_write().await?;
    person_tokens::wipe(&mut conn, id).await?;
    Ok(conn.finish().await?)
}

/// Revokes a token that is still kept, or plans the next attempt.
pub(crate) async fn carry_out(app: &App, id: PersonTokenId) -> Result<(), Error> {
    let mut conn = app.db.acquire().await?;
    let kept = person_tokens::find(&mut conn, id).await?;
    drop(conn);
    let Some(kept) = kept else { return Ok(()) };
    let now = app.clock.now();
    match try_to(app, id, &kept).await {
        Ok(()) => wipe(app, id).await,
        Err(error) if now - kept.created_at >= TRIED => {
            tracing::error!("A person's token was not revoked within a day: {error:#}");
            wipe(app, id).await
        }
        Err(error) => {
            tracing::info!("A person's token is not revoked yet: {error:#}");
            let mut conn = app.db.acquire_for_write().await?;
            work::put(&mut conn, task(id), next(&kept, now)).await?;
            Ok(conn.finish().await?)
        }
    }
}

fn next(kept: &PersonToken, now: DateTime<Utc>) -> DateTime<Utc> {
    now + (now - kept.created_at).clamp(AFTERWARDS, LONGEST_PAUSE)
}

async fn try_to(app: &App, id: PersonTokenId, kept: &PersonToken) -> anyhow::Result<()> {
    let token = app.vault.open(Purpose::PersonToken, id, &kept.token)?;
    let vendor = app.vendor_access(&kept.environment, CompanyId::NONE)?;
    let api = app.procore.company(vendor, Urgency::Upkeep);
    Ok(api.revoke_persons_token(&token).await?)
}
