//! The table `case_note`: what support writes about a case, for support.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{FirmId, NoteId, OnboardingId, PersonId};

/// A note.
#[derive(Debug, Clone)]
pub struct Note {
    /// From the clock; notes are ordered by it.
    pub id: NoteId,
    pub author_id: PersonId,
    pub author: String,
    pub body: String,
    pub written_at: DateTime<Utc>,
}

/// Adds a note to a case.
pub async fn create(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
    note: &Note,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into case_note (firm_id, note_id, onboarding_id, author_id, author_name, body,
                               written_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        firm.0,
        note.id.0,
        onboarding_id.0,
        note.author_id.0,
        note.author,
        note.body,
        note.written_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The notes about a case, newest first, up to `limit`.
pub async fn list(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
    limit: i64,
) -> Result<Vec<Note>, StoreError> {
    let notes = sqlx::query_as!(
        Note,
        r#"
        select note_id as id, author_id, author_name as author, body, written_at
        from case_note
        where firm_id = $1 and onboarding_id = $2
        order by note_id desc
        limit $3
        "#,
        firm.0,
        onboarding_id.0,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(notes)
}
