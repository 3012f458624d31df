//! The announced successor of the standard cost codes: items of the segment "Cost Code".

use serde_json::{Value, json};

use super::{lists, pages};
use crate::answer::{Answer, Payload};
use crate::call::Call;
use crate::data::Dataset;
use crate::routes::Answered;
use crate::world::World;

const SEGMENT: i64 = 11_000;

pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let segment = json!({ "id": SEGMENT, "name": "Cost Code", "type": "cost_code" });
    Ok(pages::page_of(world, call, &[segment], Answer::ok))
}

pub fn lists(world: &mut World, call: &Call<'_>) -> Answered {
    check(call)?;
    lists::lookup(world, call, Dataset::CostCodeLists)
}

/// A standard cost code with its code under the names that items use.
pub fn items(world: &mut World, call: &Call<'_>) -> Answered {
    check(call)?;
    let mut answer = lists::lookup(world, call, Dataset::CostCodes)?;
    if let Payload::Json(Value::Array(rows)) = &mut answer.body {
        for row in rows {
            row["path_code"] = row["full_code"].take();
            row["segment_item_list_id"] = row["standard_cost_code_list_id"].take();
        }
    }
    Ok(answer)
}

fn check(call: &Call<'_>) -> Result<(), Option<crate::guard::Refusal>> {
    let known = call.path_id("segment_id") == Some(SEGMENT);
    known.then_some(()).ok_or(None)
}
