//! The permission manifest and the tools of a project.

use http::StatusCode;
use serde_json::{Value, json};

use super::pages;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::Refusal;
use crate::permissions::Level;
use crate::routes::Answered;
use crate::world::World;

/// `GET /rest/v1.0/settings/permissions` for exactly one of a company or a project.
pub fn manifest(world: &mut World, call: &Call<'_>) -> Answered {
    let company = call.request.query("company_id").is_some();
    if company == call.project_id.is_some() {
        let why = "the manifest needs exactly one of company_id and project_id";
        let body = json!({ "error": { "code": "400", "message": why } });
        let answer = Answer::json(StatusCode::BAD_REQUEST, body);
        return Err(Some(Refusal {
            why: why.to_owned(),
            answer,
        }));
    }
    let access = call.access(world).ok_or(None)?;
    Ok(Answer::ok(
        access.manifest(call.company_id, call.project_id),
    ))
}

/// `GET /rest/v1.0/tools?project_id=`: a project's tools with the level on each.
pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    rows(world, call, true)
}

/// `GET /rest/v1.0/projects/{project_id}/tools`: which tools the project has switched on.
pub fn list_of_project(world: &mut World, call: &Call<'_>) -> Answered {
    rows(world, call, false)
}

fn rows(world: &World, call: &Call<'_>, with_level: bool) -> Answered {
    let access = call.access(world).ok_or(None)?;
    let project_id = call.project_id.ok_or(None)?;
    let wanted = call
        .request
        .query("filters[is_active]")
        .map(|text| text == "true");
    let tools = access.tools_of(project_id).iter().enumerate();
    let tools = tools.filter(|(_, tool)| wanted.is_none_or(|active| tool.present == active));
    let rows: Vec<Value> = tools
        .map(|(position, tool)| {
            let mut row = json!({
                "id": tool.id, "engine_name": tool.name, "is_active": tool.present,
                "position": position + 1, "required": tool.name == "home",
            });
            if with_level {
                let level: Level = access.project_level(project_id, &tool.name);
                row["user_access_level"] = json!(access.spell(level));
                row["provider_id"] = json!(project_id);
                row["provider_type"] = json!("Project");
            } else {
                row["title"] = json!(tool.friendly_name);
            }
            row
        })
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::ok))
}
