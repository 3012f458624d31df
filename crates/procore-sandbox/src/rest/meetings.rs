//! Meetings: in groups, the deleted ones without.

use serde_json::{Value, json};

use super::lists;
use crate::answer::{Answered, Payload};
use crate::call::Call;
use crate::data::{Dataset, Status};
use crate::world::World;

/// `GET /rest/v1.1/projects/{project_id}/meetings`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    if call.request.query("deleted_only") == Some("true") {
        let mut answer = lists::recycle_bin(world, call, Dataset::Meetings)?;
        if let Payload::Json(rows) = &mut answer.body {
            *rows = json!({ "meetings": rows.take() });
        }
        return Ok(answer);
    }
    let mut answer = lists::list(world, call, Dataset::Meetings, Status::Any)?;
    if let Payload::Json(Value::Array(rows)) = &mut answer.body {
        *rows = grouped(std::mem::take(rows));
    }
    Ok(answer)
}

fn grouped(rows: Vec<Value>) -> Vec<Value> {
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for row in rows {
        let template = &row["meeting_template_id"];
        match groups.iter_mut().find(|(known, _)| known == template) {
            Some((_, meetings)) => meetings.push(row),
            None => groups.push((template.clone(), vec![row])),
        }
    }
    let shown = groups.into_iter().map(|(template, meetings)| {
        json!({ "group_title": format!("Series {template}"), "meetings": meetings })
    });
    shown.collect()
}
