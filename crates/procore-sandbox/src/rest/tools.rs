//! The permission manifest and the tools of a project.

use http::StatusCode;
use serde_json::{Value, json};

use super::pages;
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::world::World;

/// `GET /rest/v1.0/settings/permissions` for exactly one of a company or a project.
pub(crate) fn manifest(world: &mut World, call: &Call<'_>) -> Answered {
    if call.request.query("company_id").is_some() == call.project_id.is_some() {
        let why = "the manifest needs exactly one of company_id and project_id";
        let body = json!({ "error": { "code": "400", "message": why } });
        return Err(Refusal::counted(
            why,
            Answer::json(StatusCode::BAD_REQUEST, body),
        ));
    }
    let access = call.access(&world.state)?;
    Ok(Answer::ok(
        access.manifest(call.company_id, call.project_id),
    ))
}

/// `GET /rest/v1.0/tools?project_id=`: a project's tools with the level on each.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    rows(world, call, true)
}

/// `GET /rest/v1.0/projects/{project_id}/tools`: which tools the project has switched on.
pub(crate) fn list_of_project(world: &mut World, call: &Call<'_>) -> Answered {
    rows(world, call, false)
}

fn rows(world: &World, call: &Call<'_>, with_level: bool) -> Answered {
    let access = call.access(&world.state)?;
    let project_id = call.project_id.ok_or(NotFound)?;
    let wanted = call
        .request
        .query("filters[is_active]")
        .map(|text| text == "true");
    let tools = (1..).zip(access.tools_of(call.project_id));
    let tools = tools.filter(|(_, tool)| wanted.is_none_or(|active| tool.present == active));
    let rows = tools.map(|(position, tool)| {
        let mut row = json!({
            "id": tool.id, "engine_name": tool.name, "is_active": tool.present,
            "position": position, "required": tool.name == "home",
        });
        if with_level {
            row["user_access_level"] =
                json!(access.spell(access.level(call.project_id, &tool.name)));
            row["provider_id"] = json!(project_id);
            row["provider_type"] = json!("Project");
        } else {
            row["title"] = json!(tool.friendly_name);
        }
        row
    });
    let rows: Vec<Value> = rows.collect();
    Ok(pages::page_of(world, call, &rows, Answer::ok))
}
