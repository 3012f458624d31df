//! Tells who is behind a session's token. The first thing that happens to every request.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::identity::FirmId;
use crate::store::sessions::{self, FirmView, Session};
use crate::vault;

/// The session that a token belongs to, if it lives.
pub async fn run(app: &App, token: &SecretString) -> Result<Option<Session>, Error> {
    let mut conn = app.db.acquire().await?;
    let hash = vault::token_hash(token);
    Ok(sessions::find(&mut conn, &hash, app.clock.now()).await?)
}

/// In one query: the session, and the firm as its person may see it. `None` is no living session;
/// a session without a firm has no right to be there, or there is no such firm.
pub async fn at_firm(
    app: &App,
    token: &SecretString,
    firm: FirmId,
) -> Result<Option<(Session, Option<FirmView>)>, Error> {
    let mut conn = app.db.acquire().await?;
    let hash = vault::token_hash(token);
    Ok(sessions::find_at_firm(&mut conn, &hash, firm, app.clock.now()).await?)
}

/// Notes that a session was in use at `now`.
pub async fn note_use(app: &App, session_id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let mut conn = app.db.acquire().await?;
    Ok(sessions::touch(&mut conn, session_id, now).await?)
}
