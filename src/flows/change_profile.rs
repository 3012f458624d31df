//! A person changes their name and time zone.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, TimeZone};
use crate::store::{activities, people};

/// Stores the name and the time zone in which times are shown.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    name: &str,
    time_zone: TimeZone,
) -> Result<(), Error> {
    let id = actor.person().ok_or(Denied::NotTheirs)?;
    let mut tx = app.db.begin().await?;
    people::set_profile(&mut tx, id, name, time_zone).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountProfileChanged)
        .for_staff_only();
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}
