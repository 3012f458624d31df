//! Who calls, and what the one permission state lets them do.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::answer::{Answer, NotFound, Refusal};
use crate::call::Call;
use crate::data::Dataset;
use crate::permissions::{Access, Level};
use crate::request::Request;
use crate::route::{Need, Route, Scope};
use crate::world::{Company, World};

/// Finds out who calls and whether they may.
pub(crate) fn admit(
    world: &mut World,
    call: &mut Call<'_>,
    route: &Route,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    (call.client_id, call.person) = world.token_owner(call.request, now)?;
    let Some(company) = call.request.header("procore-company-id") else {
        let message =
            "Missing Procore-Company-Id header! Send the id of the company that you call into.";
        let answer = Answer::error(StatusCode::BAD_REQUEST, message);
        return match route.scope {
            Scope::Principal | Scope::Person if call.person.is_some() => Ok(()),
            Scope::Principal if !world.companies_need_header => Ok(()),
            // Sources disagree on whether this one needs it: insisting is no one's fault.
            Scope::Principal => Err(answer.into()),
            Scope::Company | Scope::Person | Scope::Login | Scope::Page => Err(Refusal::counted(
                "missing Procore-Company-Id header",
                answer,
            )),
        };
    };
    call.company_id = company.parse().map_err(|_| {
        let answer = Answer::error(
            StatusCode::BAD_REQUEST,
            "Invalid Procore-Company-Id header!",
        );
        Refusal::counted("Procore-Company-Id is not a number", answer)
    })?;
    let named = [
        call.path_value("company_id"),
        call.request.query("company_id"),
    ];
    if let Some(named) = named.into_iter().flatten().find(|named| *named != company) {
        let why = format!("Procore-Company-Id is {company}, the call names company {named}");
        let answer = Answer::error(StatusCode::NOT_FOUND, "Not Found");
        return Err(Refusal::counted(why, answer));
    }
    may(world, call, route)
}

/// The permission state's say: installed, project visible, tool there, level high enough.
fn may(world: &mut World, call: &mut Call<'_>, route: &Route) -> Result<(), Refusal> {
    let company = call.company(&world.state)?;
    let known = company.access.get(&call.client_id);
    let Some(access) = known.filter(|access| access.installed) else {
        let status = known.and_then(|access| StatusCode::from_u16(access.uninstalled_status).ok());
        let status = status.unwrap_or(StatusCode::FORBIDDEN);
        excuse_after_401(world, call.request, status);
        let body = json!({ "errors": ["App is not connected to this company."] });
        return Err(Answer::json(status, body).into());
    };
    let access = match call.person {
        None => access,
        Some(person) => {
            let person = world.state.people.get(&person);
            let own = person.and_then(|it| it.companies.get(&call.company_id));
            let refused = || Answer::error(StatusCode::FORBIDDEN, "You are not in this company.");
            own.ok_or_else(refused)?
        }
    };
    if let Some(project_id) = named_project(call, company)? {
        let visible = Some(project_id).filter(|id| access.sees_project(*id));
        let row = visible.and_then(|id| company.records.existing(Dataset::Projects, id));
        let row = row.ok_or(NotFound)?;
        call.project_id = Some(row.id);
        let closed = world.closed_projects.filter(|_| !row.active);
        let is_record = route.path.ends_with("/projects/{project_id}");
        if let Some(status) = closed.filter(|_| !is_record) {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            return Err(Answer::error(status, "The project is not active.").into());
        }
    }
    if let Some(status) = world.refused.get(route.path) {
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::FORBIDDEN);
        return Err(Answer::error(status, "Refused, as asked").into());
    }
    match lacking(route.need, access, call.project_id) {
        None => Ok(()),
        Some(tool) => {
            let message = format!("You do not have permission to perform this action ({tool}).");
            Err(Answer::error(StatusCode::FORBIDDEN, message).into())
        }
    }
}

/// The project that a call is made into: named by its id, or by a drawing area of it.
fn named_project(call: &Call<'_>, company: &Company) -> Result<Option<i64>, NotFound> {
    let named = call
        .path_value("project_id")
        .or(call.request.query("project_id"));
    if let Some(text) = named {
        return text.parse().map(Some).map_err(|_| NotFound);
    }
    let area = call.path_value("drawing_area_id");
    let area = area.and_then(|text| text.parse().ok());
    Ok(area.map(|id| company.records.project_of(Dataset::DrawingAreas, id)))
}

/// The tool whose level is too low for what an endpoint needs.
fn lacking(need: Need, access: &Access, project_id: Option<i64>) -> Option<&'static str> {
    let (tool, enough) = match need {
        Need::Nothing | Need::Project => return None,
        Need::Company(tool, level) => (tool, access.level(None, tool) >= level),
        Need::Directory => {
            let enough = access.level(None, "directory") >= Level::ReadOnly;
            ("directory", enough || access.reduced_views)
        }
        Need::Here(tool, level) => (tool, access.level(project_id, tool) >= level),
    };
    (!enough).then_some(tool)
}

/// A token that was answered 401 may be fetched again.
pub(crate) fn excuse_after_401(world: &mut World, request: &Request, status: StatusCode) {
    let token = request
        .bearer()
        .and_then(|token| world.state.tokens.get_mut(token));
    if let Some(token) = token.filter(|_| status == StatusCode::UNAUTHORIZED) {
        token.excused = true;
    }
}
