//! The lists of records, all made in one way: filter, page, then the fields of the view.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::pages;
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::data::{Dataset, Deleted, Filter, Place, Row, Status};
use crate::permissions::Level;
use crate::world::{Company, State, World};

/// Page size of the `ids` view: bare ids come in one page of any requested size.
const IDS_PER_PAGE: usize = 200_000;
/// What the compact view shows of a project's user.
const COMPACT_USER: [&str; 6] = [
    "id",
    "name",
    "first_name",
    "last_name",
    "initials",
    "vendor",
];

/// The records of a company or a project that the app may see, active or not as the endpoint has it.
pub(crate) fn list(
    world: &mut World,
    call: &Call<'_>,
    dataset: Dataset,
    status: Status,
) -> Answered {
    list_some(world, call, dataset, status, |_| {})
}

/// The deleted records of a project.
pub(crate) fn recycle_bin(world: &mut World, call: &Call<'_>, dataset: Dataset) -> Answered {
    list_some(world, call, dataset, Status::Any, |filter| {
        filter.deleted = Deleted::Only;
    })
}

/// The records that belong to the one that the path names, such as the replies to an RFI.
pub(crate) fn list_below(
    world: &mut World,
    call: &Call<'_>,
    dataset: Dataset,
    (name, owner): (&'static str, Dataset),
) -> Answered {
    let id = call.path_id(name)?;
    find(call, call.company(&world.state)?, owner, id)?;
    list_some(world, call, dataset, Status::Any, |filter| {
        filter.fields.push((name, json!(id)));
    })
}

/// One of them.
pub(crate) fn show_below(
    world: &mut World,
    call: &Call<'_>,
    dataset: Dataset,
    (name, owner): (&'static str, Dataset),
) -> Answered {
    let company = call.company(&world.state)?;
    let owner_id = find(call, company, owner, call.path_id(name)?)?.id;
    let row = find(call, company, dataset, call.path_id("id")?)?;
    let whole = body(call, company, dataset, &row, "extended");
    match whole[name] == owner_id {
        true => Ok(Answer::ok(body(call, company, dataset, &row, "normal"))),
        false => Err(NotFound.into()),
    }
}

fn list_some(
    world: &mut World,
    call: &Call<'_>,
    dataset: Dataset,
    status: Status,
    narrow: impl FnOnce(&mut Filter),
) -> Answered {
    let company = call.company(&world.state)?;
    let mut filter = filter(call, company, dataset, status)?;
    narrow(&mut filter);
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
        if inactive && call.project_id.is_none() {
            let users = format!("/rest/v1.0/companies/{}/users", call.company_id);
            let path = format!("{users}/{}/reactivate", row.id);
            body["_links"] = json!({ "reactivate": { "href": path } });
        }
        body
    });
    let answer = enveloped(call, rows.collect());
    Ok(pages::with_paging(world, call, page, total, answer))
}

/// One record; the gate has already hidden projects that the app may not see.
pub(crate) fn show(world: &mut World, call: &Call<'_>, dataset: Dataset) -> Answered {
    let company = call.company(&world.state)?;
    let id = match (dataset, call.project_id) {
        (Dataset::Projects, Some(id)) => id,
        _ => call.path_id("id")?,
    };
    let row = find(call, company, dataset, id)?;
    if !company.records.is_readable(dataset, id, world.clock.now()) {
        return Err(NotFound.into());
    }
    if dataset == Dataset::CostCodes {
        // A list takes its codes with it.
        let list = company.records.cost_code_list_of(row.index);
        company
            .records
            .existing(Dataset::CostCodeLists, list)
            .ok_or(NotFound)?;
    }
    let view = match dataset {
        _ if is_reduced(call, &world.state, dataset) => "compact",
        Dataset::PrimeContracts | Dataset::Commitments => view(call, &world.state, dataset)?,
        _ => "extended",
    };
    Ok(enveloped(call, body(call, company, dataset, &row, view)))
}

/// The record with this id in the company, or in the project that the call names.
pub(super) fn find(
    call: &Call<'_>,
    company: &Company,
    dataset: Dataset,
    id: i64,
) -> Result<Row, NotFound> {
    let records = &company.records;
    let row = records.existing(dataset, id).ok_or(NotFound)?;
    let is_there = match (call.project_id, dataset.place()) {
        (Some(project), Place::Project) => records.project_of(dataset, id) == project,
        (Some(project), Place::Company) if dataset.membership().is_some() => {
            records.members(dataset, project).contains(&id)
        }
        (_, Place::Company) => true,
        (None, Place::Project) => false,
    };
    is_there.then_some(row).ok_or(NotFound)
}

/// The body as the version of the API has it: v2 puts it into an envelope, with ids as text.
fn enveloped(call: &Call<'_>, mut body: Value) -> Answer {
    match call.request.path.starts_with("/rest/v2") {
        true => {
            spell_ids(&mut body);
            Answer::found(body)
        }
        false => Answer::ok(body),
    }
}

fn spell_ids(body: &mut Value) {
    match body {
        Value::Array(rows) => rows.iter_mut().for_each(spell_ids),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_i64() {
                    Some(id) if name == "id" || name.ends_with("_id") => {
                        *value = json!(id.to_string());
                    }
                    _ => spell_ids(value),
                }
            }
        }
        _ => {}
    }
}

/// The Directory level is too low, and Procore answers with less instead of a 403.
fn is_reduced(call: &Call<'_>, state: &State, dataset: Dataset) -> bool {
    let access = state.access_of(&call.client_id, call.person, call.company_id);
    let level = access.map(|access| access.level(call.project_id, "directory"));
    dataset.membership().is_some() && level < Some(Level::ReadOnly)
}

fn view<'a>(call: &'a Call<'_>, state: &State, dataset: Dataset) -> Result<&'a str, Refusal> {
    let reduced = is_reduced(call, state, dataset);
    let known = match call.project_id {
        Some(_) if dataset.membership().is_some() => {
            let (views, open) = dataset.views_of_members();
            let first = if reduced { views.len() - open } else { 0 };
            &views[first..]
        }
        _ if reduced => return Ok("compact"),
        _ => dataset.views(),
    };
    let asked = call.request.query("view").filter(|_| !known.is_empty());
    match asked.or(known.first().copied()) {
        // What needs a level is answered with less.
        Some(view) if reduced && !known.contains(&view) => Ok(known[0]),
        Some(view) if !known.contains(&view) => Err(Refusal::bad(format!("unknown view {view}"))),
        view => Ok(view.unwrap_or("normal")),
    }
}

/// A record as one view shows it.
pub(super) fn body(
    call: &Call<'_>,
    company: &Company,
    dataset: Dataset,
    row: &Row,
    view: &str,
) -> Value {
    let name = || company.records.name(dataset, row);
    let in_project = call.project_id.is_some();
    match view {
        "ids" | "ids_only" => return json!(row.id),
        "compact" if in_project && dataset == Dataset::Users => {
            let mut body = company.records.body(dataset, row, false);
            body.retain(|name, _| COMPACT_USER.contains(&name.as_str()));
            return Value::Object(body);
        }
        "compact" | "minimal" | "name" | "list" => return json!({ "id": row.id, "name": name() }),
        _ => {}
    }
    let mut body = company.records.body(dataset, row, view == "extended");
    if dataset == Dataset::Projects {
        let owner = json!({ "id": call.company_id, "name": company.name });
        body.insert("company".to_owned(), owner);
    }
    if in_project && dataset == Dataset::Users {
        body.remove("company_permission_template");
    }
    Value::Object(body)
}

/// What the call asks for, of the filters that its endpoint knows.
fn filter(
    call: &Call<'_>,
    company: &Company,
    dataset: Dataset,
    usual: Status,
) -> Result<Filter, Refusal> {
    let query = |name| call.request.query(name);
    let range = |name| {
        let parsed = query(name).map(|text| {
            let why = format!("{name} must be <from>...<to>, both in ISO 8601");
            Filter::parse_range(text).ok_or_else(|| Refusal::bad(why))
        });
        parsed.transpose()
    };
    let status = status(call, usual)?;
    let ids = ["filters[id]", "filters[ids]", "id"].into_iter();
    let ids = ids.flat_map(|name| call.request.query_list(name));
    let ids = ids.map(|id| id.trim_matches(['[', ']']).parse());
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
    let deleted_at = range("filters[deleted_at]")?;
    let deleted = query("filters[include_deleted]").or(query("filters[deleted]"));
    let deleted = match deleted {
        Some("only") => Deleted::Only,
        Some("with") => Deleted::With,
        Some(other) => return Err(Refusal::bad(format!("only or with, not {other}"))),
        None if deleted_at.is_some() => Deleted::Only,
        None => Deleted::Without,
    };
    let members = call.project_id.filter(|_| dataset.membership().is_some());
    Ok(Filter {
        project_id: call.project_id,
        status,
        deleted,
        deleted_at,
        fields: wanted_fields(call, dataset)?,
        updated: range("filters[updated_at]")?,
        created: range("filters[created_at]")?,
        ids: Some(ids).filter(|ids| !ids.is_empty()),
        text: texts.map(str::to_owned),
        cost_code_list: code_list,
        visible: members.map(|project| company.records.members(dataset, project)),
    })
}

/// Whether active records are asked for, inactive ones, or both.
pub(super) fn status(call: &Call<'_>, usual: Status) -> Result<Status, Refusal> {
    let query = |name| call.request.query(name);
    match (query("filters[by_status]"), query("filters[active]")) {
        (Some("Active"), _) | (None, Some("true")) => Ok(Status::Active),
        (Some("Inactive"), _) | (None, Some(_)) => Ok(Status::Inactive),
        (Some("All"), _) => Ok(Status::Any),
        (Some(other), _) => Err(Refusal::bad(format!(
            "filters[by_status] cannot be {other}"
        ))),
        (None, None) => Ok(usual),
    }
}

/// The filters that compare a field of the record.
fn wanted_fields(call: &Call<'_>, dataset: Dataset) -> Result<Vec<(&'static str, Value)>, Refusal> {
    let query = |name| call.request.query(name);
    let mut fields = Vec::new();
    if let Some(id) = query("drawing_id") {
        let id: i64 = id
            .parse()
            .map_err(|_| Refusal::bad("drawing_id is no number"))?;
        fields.push(("drawing_id", json!(id)));
    }
    fields.extend(query("filters[type]").map(|kind| ("type", json!(kind))));
    let current = query("filters[current_revision]");
    fields.extend(current.map(|text| ("current_revision", json!(text == "true"))));
    if dataset == Dataset::DrawingRevisions && query("with_obsolete") != Some("true") {
        fields.push(("obsolete", json!(false)));
    }
    Ok(fields)
}
