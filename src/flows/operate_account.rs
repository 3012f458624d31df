//! An operator stops an account, opens it again, or helps its owner back in.

use sqlx::PgConnection;

use super::{Error, audit, remove_support, reset_factor};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Email, PersonId};
use crate::store::people::{self, Person};
use crate::store::sessions;

const OPERATOR: Actor = Actor::System { firm: None };

/// Ends the account's sessions and refuses every sign-in to it. What the person sent to others ends
/// with it.
pub async fn disable(app: &App, email: &Email) -> Result<PersonId, Error> {
    change(
        app,
        email,
        ActivityVerb::AccountDisabled,
        async |conn, person| {
            if person.disabled_at.is_none() {
                remove_support::end_access(conn, app, &OPERATOR, person).await?;
            }
            Ok(())
        },
    )
    .await
}

/// Lets the person sign in again, as what they were.
pub async fn enable(app: &App, email: &Email) -> Result<PersonId, Error> {
    change(
        app,
        email,
        ActivityVerb::AccountEnabled,
        async |conn, person| Ok(people::set_disabled(conn, person.id, None).await?),
    )
    .await
}

/// Ends all sessions of the account.
pub async fn sign_out(app: &App, email: &Email) -> Result<PersonId, Error> {
    change(
        app,
        email,
        ActivityVerb::AccountSessionsEnded,
        async |conn, person| {
            sessions::end_all(conn, person.id).await?;
            Ok(())
        },
    )
    .await
}

/// Removes the second factor of somebody who lost it, at once, and tells them.
pub async fn reset_factor(app: &App, email: &Email) -> Result<PersonId, Error> {
    change(
        app,
        email,
        ActivityVerb::AccountSecondFactorReset,
        async |conn, person| {
            reset_factor::drop_factor(conn, app, person).await?;
            Ok(())
        },
    )
    .await
}

async fn change(
    app: &App,
    email: &Email,
    verb: ActivityVerb,
    change: impl AsyncFnOnce(&mut PgConnection, &Person) -> Result<(), Error>,
) -> Result<PersonId, Error> {
    let mut tx = app.db.begin().await?;
    let person = people::find_by_email(&mut tx, email)
        .await?
        .ok_or(Error::Missing)?;
    change(&mut tx, &person).await?;
    let activity = app
        .activity(&OPERATOR, verb)
        .about(&person.name)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(person.id)
}
