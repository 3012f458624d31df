//! Finds the session and the person behind a request.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::Error;
use crate::app::App;
use crate::identity::{FirmId, SessionId};
use crate::store::sessions::{self, FirmView, Session};
use crate::vault;

/// The live session a token belongs to.
pub(crate) async fn run(app: &App, token: &SecretString) -> Result<Option<Session>, Error> {
    let hash = vault::token_hash(token);
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire().await?;
        Ok(sessions::find(&mut conn, &hash, app.clock.now()).await?)
    };
    let mut session = app.db.retried(find).await?;
    if let Some(session) = &mut session {
        session.needs_factor |= app.config.require_second_factor;
    }
    Ok(session)
}

/// The session and the firm as its person may see it, in one query; see
/// [`sessions::find_at_firm`].
pub(crate) async fn at_firm(
    app: &App,
    token: &SecretString,
    firm: FirmId,
) -> Result<Option<(Session, Option<FirmView>)>, Error> {
    let hash = vault::token_hash(token);
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire().await?;
        Ok(sessions::find_at_firm(&mut conn, &hash, firm, app.clock.now()).await?)
    };
    let mut found = app.db.retried(find).await?;
    if let Some((session, _)) = &mut found {
        session.needs_factor |= app.config.require_second_factor;
    }
    Ok(found)
}

/// Records that a session was used at `now`.
pub(crate) async fn record_use(
    app: App,
    session_id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut conn = app.db.acquire_for_write().await?;
    sessions::touch(&mut conn, session_id, now).await?;
    Ok(conn.finish().await?)
}
