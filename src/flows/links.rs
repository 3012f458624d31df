//! Creates the links that prove control of an e-mail address.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::identity::{Email, LinkId};
use crate::paths;
use crate::store::links::{self, Inviter, Link, Purpose};
use crate::vault;

/// A new link. Its token exists only here: the table holds a hash.
pub(super) struct Made {
    pub id: LinkId,
    pub url: SecretString,
}

/// Creates a link and revokes every older one for the same purpose and address.
pub(super) async fn make(
    conn: &mut PgConnection,
    app: &App,
    purpose: Purpose,
    email: &Email,
    invited_by: Option<Inviter>,
    life: TimeDelta,
) -> Result<Made, Error> {
    let now = app.clock.now();
    let token = vault::random_token()?;
    let link = Link {
        id: Uuid::new_v4().into(),
        purpose,
        email: email.clone(),
        invited_by,
        created_at: now,
        expires_at: now + life,
        used_at: None,
        ended_at: None,
    };
    links::replace(conn, &link, &vault::token_hash(&token)).await?;
    let path = match purpose {
        Purpose::JoinFirm(_) | Purpose::JoinSupport(_) => paths::invitation(&token),
        Purpose::ResetPassword => paths::reset_link(&token),
        Purpose::KeepFactor => paths::keep_factor(&token),
    };
    Ok(Made {
        id: link.id,
        url: app.link(&path),
    })
}

/// The link that a token belongs to, whether or not it still works.
pub(super) async fn find(
    conn: &mut PgConnection,
    token: &SecretString,
) -> Result<Option<Link>, Error> {
    Ok(links::find(conn, &vault::token_hash(token)).await?)
}
