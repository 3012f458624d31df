//! The lists of records, all made in one way: filter, page, then the fields of the view.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::pages;
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::data::{Dataset, Filter, Row, Status};
use crate::permissions::Level;
use crate::world::{Company, State, World};

/// Page size of the `ids` view: bare ids come in one page of any requested size.
const IDS_PER_PAGE: usize = 200_000;

/// The records of a company that the app may see, active or not as the endpoint has it.
pub(crate) fn list(
    world: &mut World,
    call: &Call<'_>,
    dataset: Dataset,
    status: Status,
) -> Answered {
    let company = call.company(&world.state)?;
    let mut filter = filter(call, company, status)?;
    if dataset == Dataset::Projects {
        filter.visible = call.access(&world.state)?.only_projects().cloned();
    }
    let view = view(call, &world.state, dataset)?;
    let page = if view == "ids" {
        (call.page.0, IDS_PER_PAGE)
    } else {
        call.page
    };
    let skipped = (page.0 - 1).saturating_mul(page.1);
    let (total, rows) = company.records.page(dataset, &filter, skipped, page.1);
    let inactive = dataset == Dataset::Users && status == Status::Inactive;
    let rows = rows.iter().map(|row| {
        let mut body = body(call, company, dataset, row, view);
        if inactive {
            let users = format!("/rest/v1.0/companies/{}/users", call.company_id);
            let path = format!("{users}/{}/reactivate", row.id);
            body["_links"] = json!({ "reactivate": { "href": path } });
        }
        body
    });
    let answer = Answer::ok(Value::Array(rows.collect()));
    Ok(pages::with_paging(world, call, page, total, answer))
}

/// One project, user or vendor; the gate has already hidden projects that the app may not see.
pub(crate) fn show(world: &mut World, call: &Call<'_>, dataset: Dataset) -> Answered {
    let company = call.company(&world.state)?;
    let id = call.project_id.map_or_else(|| call.path_id("id"), Ok)?;
    let row = company.records.existing(dataset, id).ok_or(NotFound)?;
    if dataset == Dataset::CostCodes {
        // A list takes its codes with it.
        let list = company.records.cost_code_list_of(row.index);
        company
            .records
            .existing(Dataset::CostCodeLists, list)
            .ok_or(NotFound)?;
    }
    let view = if is_reduced(call, &world.state, dataset) {
        "compact"
    } else {
        "extended"
    };
    Ok(Answer::ok(body(call, company, dataset, &row, view)))
}

/// The Directory level is too low, and Procore answers with less instead of a 403.
fn is_reduced(call: &Call<'_>, state: &State, dataset: Dataset) -> bool {
    let access = state.access(&call.client_id, call.company_id);
    let level = access.map(|access| access.level(None, "directory"));
    matches!(dataset, Dataset::Users | Dataset::Vendors) && level < Some(Level::ReadOnly)
}

fn view<'a>(call: &'a Call<'_>, state: &State, dataset: Dataset) -> Result<&'a str, Refusal> {
    if is_reduced(call, state, dataset) {
        return Ok("compact");
    }
    let known = dataset.views();
    let asked = call.request.query("view").filter(|_| !known.is_empty());
    match asked.or(known.first().copied()) {
        Some(view) if !known.contains(&view) => Err(Refusal::bad(format!("unknown view {view}"))),
        view => Ok(view.unwrap_or("normal")),
    }
}

/// A record as one view shows it.
fn body(call: &Call<'_>, company: &Company, dataset: Dataset, row: &Row, view: &str) -> Value {
    match view {
        "ids" | "ids_only" => return json!(row.id),
        "compact" => return json!({ "id": row.id, "name": company.records.name(dataset, row) }),
        _ => {}
    }
    let mut body = company.records.body(dataset, row, view == "extended");
    if dataset == Dataset::Projects {
        let owner = json!({ "id": call.company_id, "name": company.name });
        body.insert("company".to_owned(), owner);
    }
    Value::Object(body)
}

/// What the call asks for, of the filters that its endpoint knows.
fn filter(call: &Call<'_>, company: &Company, usual: Status) -> Result<Filter, Refusal> {
    let query = |name| call.request.query(name);
    let range = |name| {
        let parsed = query(name).map(|text| {
            let why = format!("{name} must be <from>...<to>, both in ISO 8601");
            Filter::parse_range(text).ok_or_else(|| Refusal::bad(why))
        });
        parsed.transpose()
    };
    let status = match (query("filters[by_status]"), query("filters[active]")) {
        (Some("Active"), _) | (None, Some("true")) => Status::Active,
        (Some("Inactive"), _) | (None, Some(_)) => Status::Inactive,
        (Some("All"), _) => Status::Any,
        (Some(other), _) => {
            return Err(Refusal::bad(format!(
                "filters[by_status] cannot be {other}"
            )));
        }
        (None, None) => usual,
    };
    let ids = call
        .request
        .query_list("filters[id]")
        .into_iter()
        .map(str::parse);
    let ids: BTreeSet<i64> = ids
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::bad("filters[id] must be numbers"))?;
    let texts = ["filters[name]", "filters[search]", "filters[query]"]
        .into_iter()
        .find_map(query);
    let code_list = query("standard_cost_code_list_id").or(query("segment_item_list_id"));
    let code_list: Option<i64> = code_list
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::bad("the list's id is no number"))?;
    if let Some(id) = code_list {
        company
            .records
            .existing(Dataset::CostCodeLists, id)
            .ok_or(NotFound)?;
    }
    Ok(Filter {
        status,
        updated: range("filters[updated_at]")?,
        created: range("filters[created_at]")?,
        ids: Some(ids).filter(|ids| !ids.is_empty()),
        text: texts.map(str::to_owned),
        cost_code_list: code_list,
        visible: None,
    })
}
