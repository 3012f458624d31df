//! The lists of records, all made in one way: filter, page, then the fields of the view.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::pages;
use crate::answer::Answer;
use crate::call::Call;
use crate::data::{Dataset, Filter, Row, Status};
use crate::guard::Refusal;
use crate::permissions::Level;
use crate::routes::Answered;
use crate::world::{Company, World};

/// Page size of the `ids` view.
const IDS_PER_PAGE: usize = 200_000;

/// `GET /rest/v1.1/projects`: those that the app is a member of; all for a company admin.
pub fn projects(world: &mut World, call: &Call<'_>) -> Answered {
    let view = view(call, &["ids", "compact", "normal", "extended"], "normal")?;
    let mut filter = common(call)?;
    filter.status = match call.request.query("filters[by_status]") {
        None | Some("Active") => Status::Active,
        Some("Inactive") => Status::Inactive,
        Some("All") => Status::Any,
        Some(other) => {
            return Err(wrong(
                call,
                &format!("filters[by_status] cannot be {other}"),
            ));
        }
    };
    filter.text = call.request.query("filters[name]").map(str::to_owned);
    list(world, call, Dataset::Projects, &filter, view)
}

/// `GET /rest/v1.3/companies/{company_id}/users`: active users.
pub fn users(world: &mut World, call: &Call<'_>) -> Answered {
    let view = view(call, &["normal", "extended", "ids_only"], "normal")?;
    let filter = Filter {
        status: Status::Active,
        ..common(call)?
    };
    list(world, call, Dataset::Users, &filter, view)
}

pub fn inactive_users(world: &mut World, call: &Call<'_>) -> Answered {
    let filter = Filter {
        status: Status::Inactive,
        ..common(call)?
    };
    list(world, call, Dataset::Users, &filter, "inactive")
}

const VENDOR_VIEWS: [&str; 6] = [
    "compact",
    "normal",
    "erp",
    "extended",
    "directory",
    "summary",
];

/// `GET /rest/v1.0/vendors`: active vendors.
pub fn vendors(world: &mut World, call: &Call<'_>) -> Answered {
    let view = view(call, &VENDOR_VIEWS, "extended")?;
    let filter = Filter {
        status: Status::Active,
        ..common(call)?
    };
    list(world, call, Dataset::Vendors, &filter, view)
}

pub fn inactive_vendors(world: &mut World, call: &Call<'_>) -> Answered {
    let view = view(call, &VENDOR_VIEWS, "extended")?;
    let filter = Filter {
        status: Status::Inactive,
        ..common(call)?
    };
    list(world, call, Dataset::Vendors, &filter, view)
}

/// A list of company settings: departments, offices, programs, trades, cost codes and the like.
pub fn lookup(world: &mut World, call: &Call<'_>, dataset: Dataset) -> Answered {
    let mut filter = common(call)?;
    filter.text = call.request.query("filters[query]").map(str::to_owned);
    filter.status = match call.request.query("filters[active]") {
        Some("true") => Status::Active,
        Some(_) => Status::Inactive,
        None => Status::Any,
    };
    let code_list = call.request.query("standard_cost_code_list_id");
    if let Some(code_list) = code_list.or(call.request.query("segment_item_list_id")) {
        let id = code_list
            .parse()
            .map_err(|_| wrong(call, "the list's id is no number"))?;
        let company = world.state.companies.get(&call.company_id).ok_or(None)?;
        let known = company.records.row(Dataset::CostCodeLists, id);
        known.filter(|row| !row.deleted).ok_or(None)?;
        filter.cost_code_list = Some(id);
    }
    list(world, call, dataset, &filter, "normal")
}

/// One user or vendor.
pub fn show(world: &mut World, call: &Call<'_>, dataset: Dataset) -> Answered {
    let company = world.state.companies.get(&call.company_id).ok_or(None)?;
    let id = call.path_id("id").ok_or(None)?;
    let row = company
        .records
        .row(dataset, id)
        .filter(|row| !row.deleted)
        .ok_or(None)?;
    let view = if is_reduced(world, call, dataset) {
        "compact"
    } else {
        "extended"
    };
    Ok(Answer::ok(body(
        company,
        call.company_id,
        dataset,
        &row,
        view,
    )))
}

fn list(world: &World, call: &Call<'_>, dataset: Dataset, filter: &Filter, view: &str) -> Answered {
    let company = world.state.companies.get(&call.company_id).ok_or(None)?;
    let access = call.access(world).ok_or(None)?;
    let view = if is_reduced(world, call, dataset) {
        "compact"
    } else {
        view
    };
    let (page, per_page) = match view {
        // Bare ids come in one page, whatever was asked for.
        "ids" => (call.page.0, IDS_PER_PAGE),
        _ => call.page,
    };
    let mut filter = filter.clone();
    if dataset == Dataset::Projects && !access.is_company_admin() {
        filter.visible = access.permitted.only().cloned();
    }
    let skipped = (page - 1).saturating_mul(per_page);
    let (total, rows) = company.records.page(dataset, &filter, skipped, per_page);
    let rows = rows
        .iter()
        .map(|row| body(company, call.company_id, dataset, row, view))
        .collect();
    Ok(pages::with_paging(
        world,
        call,
        (page, per_page),
        total,
        Answer::ok(Value::Array(rows)),
    ))
}

/// The Directory level is too low, and Procore answers with less instead of a 403.
fn is_reduced(world: &World, call: &Call<'_>, dataset: Dataset) -> bool {
    matches!(dataset, Dataset::Users | Dataset::Vendors)
        && call
            .access(world)
            .is_some_and(|access| access.company_level("directory") < Level::ReadOnly)
}

/// A record as one view shows it.
pub fn body(company: &Company, company_id: i64, dataset: Dataset, row: &Row, view: &str) -> Value {
    if matches!(view, "ids" | "ids_only") {
        return json!(row.id);
    }
    if view == "compact" {
        return json!({ "id": row.id, "name": company.records.name(dataset, row) });
    }
    let mut body: Map<String, Value> = company.records.body(dataset, row);
    if view != "extended" {
        for name in dataset.extended_only() {
            body.remove(*name);
        }
    }
    if dataset == Dataset::Projects {
        body.insert(
            "company".to_owned(),
            json!({ "id": company_id, "name": company.name }),
        );
    }
    if dataset == Dataset::Users && view == "inactive" {
        let path = format!(
            "/rest/v1.0/companies/{company_id}/users/{}/reactivate",
            row.id
        );
        body.insert(
            "_links".to_owned(),
            json!({ "reactivate": { "href": path } }),
        );
    }
    Value::Object(body)
}

/// The filters that many lists share.
fn common(call: &Call<'_>) -> Result<Filter, Option<Refusal>> {
    let mut filter = Filter::default();
    for (name, range) in [
        ("filters[updated_at]", &mut filter.updated),
        ("filters[created_at]", &mut filter.created),
    ] {
        if let Some(text) = call.request.query(name) {
            let parsed = Filter::parse_range(text);
            *range = Some(parsed.ok_or_else(|| {
                wrong(
                    call,
                    &format!("{name} must be <from>...<to>, both in ISO 8601"),
                )
            })?);
        }
    }
    let ids = call.request.query_list("filters[id]");
    if !ids.is_empty() {
        let ids: Result<BTreeSet<i64>, _> = ids.into_iter().map(str::parse).collect();
        filter.ids = Some(ids.map_err(|_| wrong(call, "filters[id] must be numbers"))?);
    }
    filter.text = call.request.query("filters[search]").map(str::to_owned);
    Ok(filter)
}

fn view<'a>(
    call: &'a Call<'_>,
    known: &[&str],
    default: &'a str,
) -> Result<&'a str, Option<Refusal>> {
    let view = call.request.query("view").unwrap_or(default);
    if known.contains(&view) {
        Ok(view)
    } else {
        Err(wrong(call, &format!("unknown view {view}")))
    }
}

/// A parameter whose value Procore does not know.
fn wrong(call: &Call<'_>, why: &str) -> Option<Refusal> {
    let answer = Answer::error(&call.request.path, StatusCode::BAD_REQUEST, why);
    Some(Refusal {
        why: why.to_owned(),
        answer,
    })
}
