//! Which lists of the company the projects of a connection follow.

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::catalog::DataSet;
use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// The data sets of the company that chosen data sets of its projects follow.
pub(crate) async fn list_followed(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Vec<DataSet>, StoreError> {
    let chosen = sqlx::query_scalar!(
        r#"
        select distinct settings as "settings!: Settings"
        from project
        where firm_id = $1 and connection_id = $2 and state in ('queued', 'integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
    );
    let chosen = chosen.fetch_all(conn).await?;
    let choices = chosen.iter().flat_map(|settings| settings.choices());
    let mut followed: Vec<DataSet> = choices
        .filter_map(|choice| choice.data_set.entry().follows)
        .collect();
    followed.sort();
    followed.dedup();
    Ok(followed)
}

/// Whether any of these data sets is brought of any project, or is about to be.
pub(crate) async fn is_any_chosen(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    sets: &[DataSet],
) -> Result<bool, StoreError> {
    let chosen = sets.iter().map(|set| json!([{ "data_set": set.key() }]));
    let chosen: Vec<Value> = chosen.collect();
    let is_chosen = sqlx::query_scalar!(
        r#"
        select exists (
            select from project
            where firm_id = $1 and connection_id = $2 and state in ('queued', 'integrating', 'integrated')
              and settings @> any($3)
        ) as "is_chosen!"
        "#,
        firm.0,
        connection.0,
        &chosen,
    );
    Ok(is_chosen.fetch_one(conn).await?)
}
