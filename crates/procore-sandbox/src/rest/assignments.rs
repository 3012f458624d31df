//! Which projects a user is a member of, and which not.

use serde_json::{Value, json};

use super::{lists, pages};
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::data::{Dataset, Filter, Row, Status};
use crate::world::World;

/// `GET /rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments`: current and
/// potential projects, of the app's own user or any other.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let (company, access) = (call.company(&world.state)?, call.access(&world.state)?);
    let (records, user_id) = (&company.records, call.path_id("user_id")?);
    let is_ours = user_id == access.user_id;
    if !is_ours {
        records.existing(Dataset::Users, user_id).ok_or(NotFound)?;
    }
    let is_assigned = |row: &Row| match is_ours {
        true => access.sees_project(row.id),
        false => records.members(Dataset::Users, row.id).contains(&user_id),
    };
    let query = |name| call.request.query(name);
    let wanted = match query("filters[assignment_status]") {
        Some("assigned") => Some(true),
        Some("unassigned") => Some(false),
        Some("all") | None => None,
        Some(other) => {
            return Err(Refusal::bad(format!(
                "filters[assignment_status] cannot be {other}"
            )));
        }
    };
    let names = call.request.query_list("filters[name]");
    let filter = Filter {
        status: lists::status(call, Status::Any)?,
        ..Filter::default()
    };
    let rows = records.rows(Dataset::Projects, &filter);
    let rows = rows.filter(|row| {
        wanted.is_none_or(|wanted| is_assigned(row) == wanted)
            && (names.is_empty() || names.contains(&records.name(Dataset::Projects, row).as_str()))
    });
    let rows: Vec<Row> = rows.collect();
    let (page, per_page) = call.page;
    let shown = rows.iter().skip((page - 1).saturating_mul(per_page));
    let shown = shown.take(per_page).map(|row| {
        let project = records.body(Dataset::Projects, row, true);
        let assigned = is_assigned(row);
        let name = |field: &str| project[field]["name"].clone();
        json!({
            "project_id": row.id, "name": project["name"], "address": project["address"],
            "project_number": project["project_number"], "stage": name("project_stage"),
            "active": row.active, "is_assigned": assigned, "roles": [],
            "permission_template_name": assigned.then_some("Data Connector"),
            "region": name("project_region"), "program": name("program"),
            "project_type": name("project_type"),
        })
    });
    let answer = Answer::ok(Value::Array(shown.collect()));
    Ok(pages::with_paging(
        world,
        call,
        call.page,
        rows.len(),
        answer,
    ))
}
