//! A firm requires a second factor of everybody who acts for it, or no longer does.

use super::{Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::store::firms;

/// Takes effect with everybody's next request: who has none sets one up before anything else.
pub(crate) async fn run(app: &App, actor: &Actor, required: bool) -> Result<(), Error> {
    let firm = actor.may(Verb::RequireSecondFactor)?;
    let mut tx = app.db.begin().await?;
    if firms::require_second_factor(&mut tx, firm, required).await? {
        let verb = match required {
            true => ActivityVerb::FirmSecondFactorRequired,
            false => ActivityVerb::FirmSecondFactorOptional,
        };
        audit::record(&mut tx, &app.activity(actor, verb)).await?;
    }
    tx.commit().await?;
    Ok(())
}
