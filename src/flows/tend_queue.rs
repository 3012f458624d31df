//! Keeps what the queue counts small.

use super::Error;
use crate::app::App;
use crate::store::queue;

/// Folds the tally together. Costs next to nothing where there is nothing to do, and any number of
/// workers may do it at once.
pub async fn run(app: &App) -> Result<(), Error> {
    let mut conn = app.db.acquire_for_write().await?;
    queue::fold(&mut conn).await?;
    Ok(conn.finish().await?)
}
