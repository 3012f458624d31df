//! One project.

use super::lists;
use crate::answer::Answer;
use crate::call::Call;
use crate::data::Dataset;
use crate::routes::Answered;
use crate::world::World;

/// `GET /rest/v1.0/projects/{id}`; the gate has already hidden what the app may not see.
pub fn show(world: &mut World, call: &Call<'_>) -> Answered {
    let company = world.state.companies.get(&call.company_id).ok_or(None)?;
    let id = call.project_id.ok_or(None)?;
    let row = company
        .records
        .row(Dataset::Projects, id)
        .filter(|row| !row.deleted)
        .ok_or(None)?;
    let body = lists::body(
        company,
        call.company_id,
        Dataset::Projects,
        &row,
        "extended",
    );
    Ok(Answer::ok(body))
}
