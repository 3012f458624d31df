//! Keeps small what pages count by: the lines of support's queue, and the projects of a connection.

use super::Error;
use crate::app::App;
use crate::store::{projects, queue};

/// Folds what changed into the counts. Costs next to nothing where there is nothing to do, and any number of
/// workers may do it at once.
pub async fn run(app: &App) -> Result<(), Error> {
    let mut conn = app.db.acquire_for_write().await?;
    queue::fold(&mut conn).await?;
    conn.finish().await?;
    let mut conn = app.db.acquire_for_write().await?;
    projects::fold_counts(&mut conn).await?;
    Ok(conn.finish().await?)
}
