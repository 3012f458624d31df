//! Commitments by the v1.0 API: work orders and purchase orders, each below an address of its own.

use serde_json::json;

use super::lists;
use crate::answer::{Answer, Answered, NotFound};
use crate::call::Call;
use crate::data::Dataset;
use crate::world::World;

/// The v1.0 ids of commitments where they are others than in v2: so much more.
pub(crate) const OTHER_IDS: i64 = 5_000_000_000_000;

/// `GET /rest/v1.0/work_order_contracts/{id}` or `…/purchase_order_contracts/{id}`.
pub(crate) fn show(world: &mut World, call: &Call<'_>, kind: &str) -> Answered {
    let company = call.company(&world.state)?;
    let shift = if world.other_contract_ids {
        OTHER_IDS
    } else {
        0
    };
    let id = call.path_id("id")? - shift;
    let row = lists::find(call, company, Dataset::Commitments, id)?;
    let mut body = lists::body(call, company, Dataset::Commitments, &row, "extended");
    if body["type"] != kind {
        return Err(NotFound.into());
    }
    body["id"] = json!(row.id + shift);
    Ok(Answer::ok(body))
}
