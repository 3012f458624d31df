//! The table `project`: the company's projects, what we may read in each, and what is integrated.

mod board;
mod counts;
mod looks;
mod new_projects;
mod not_ready;
mod references;
mod unshared;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub(crate) use self::board::{
    BoardFilter, BoardOrder, BoardProject, list_board, list_free, list_on_board,
};
pub(crate) use self::counts::{
    IntegrationProgress, ProjectCounts, count, fold_counts, forget_counts,
};
pub(crate) use self::looks::{
    DueProject, LOOKS, ask_for_look, count_look_requests, is_list_refused, list_due,
    look_at_hidden, look_task, next_due, note_announced, note_list_refused, put_off_look,
};
pub(crate) use self::new_projects::{
    NewProjectWish, ProjectNews, TELL, end_wish, find_wish, list_news, lock_new, mark_by_itself,
    note_told, save_wish, tell_task,
};
pub(crate) use self::not_ready::{NotReady, count_obstacles};
pub(crate) use self::references::{
    ReferenceFilter, count_referenced, find_reference_file, forget_reference_file,
    keep_reference_file, list_all_referenced, list_referenced, lock_referenced,
    purge_reference_files, save_references,
};
pub(crate) use self::unshared::{
    Unshared, UnsharedProject, ask_unshared_again, find_unshared, forget_unshared,
    note_unshared_refused, put_off_unshared, replace_unshared, save_own_count, unshared_due,
};
use super::StoreError;
use super::record_set::RecordSet;
use super::records::escaped;
use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};

/// The `like` pattern that finds `search` in the column `searched`.
fn searched_like(search: &str) -> String {
    format!("%{}%", escaped(&search.to_lowercase()))
}

/// What is brought of each project that is integrated, or is being integrated.
pub(crate) async fn list_settings(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<(i64, Settings)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select project_id, settings as "settings!: Settings"
        from project
        where firm_id = $1 and connection_id = $2 and state in ('integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project_id, row.settings))
        .collect())
}

/// What is brought of a project; nobody writes it before the transaction ends. `None` where it is not
/// integrated.
pub(crate) async fn lock_settings(
    conn: &mut PgConnection,
    set: &RecordSet,
    project: i64,
) -> Result<Option<Settings>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select settings as "settings!: Settings"
        from project
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and state in ('integrating', 'integrated')
        for no key update
        "#,
        set.firm_id.0,
        set.connection_id.0,
        project,
    )
    .fetch_optional(conn)
    .await?)
}

/// Notes that an event of the project's was applied.
pub(crate) async fn note_event(
    conn: &mut PgConnection,
    set: &RecordSet,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set last_event_at = $4
        where firm_id = $1 and connection_id = $2 and project_id = $3
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.project_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
