//! The announced successor of the standard cost codes: items of the segment "Cost Code".

use serde_json::{Value, json};

use super::{lists, pages};
use crate::answer::{Answer, Answered, NotFound, Payload};
use crate::call::Call;
use crate::data::{Dataset, Status};
use crate::world::World;

const SEGMENT: i64 = 11_000;

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let segment = json!({ "id": SEGMENT, "name": "Cost Code", "type": "cost_code" });
    Ok(pages::page_of(world, call, &[segment], Answer::ok))
}

pub(crate) fn lists(world: &mut World, call: &Call<'_>) -> Answered {
    check(call)?;
    lists::list(world, call, Dataset::CostCodeLists, Status::Any)
}

/// Standard cost codes, with their code and list under the names that items use.
pub(crate) fn items(world: &mut World, call: &Call<'_>) -> Answered {
    check(call)?;
    let mut answer = lists::list(world, call, Dataset::CostCodes, Status::Any)?;
    if let Payload::Json(Value::Array(rows)) = &mut answer.body {
        for row in rows {
            row["path_code"] = row["full_code"].take();
            row["segment_item_list_id"] = row["standard_cost_code_list_id"].take();
        }
    }
    Ok(answer)
}

fn check(call: &Call<'_>) -> Result<(), NotFound> {
    match call.path_id("segment_id")? {
        SEGMENT => Ok(()),
        _ => Err(NotFound),
    }
}
