//! The queue is kept in order as time goes by: what slept until now comes up again.

use super::Error;
use crate::app::App;
use crate::store::{attention, queue};

/// Ends the snoozes that are over and folds the tally together. Costs next to nothing where there
/// is nothing to do, and any number of workers may do it at once.
pub async fn run(app: &App) -> Result<(), Error> {
    let mut conn = app.db.acquire().await?;
    attention::end_snoozes(&mut conn, app.clock.now()).await?;
    queue::fold(&mut conn).await?;
    Ok(())
}
