//! Who calls, and what the one permission state lets them do.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::call::{Call, Request};
use crate::data::Dataset;
use crate::guard::Refusal;
use crate::permissions::{Access, Level};
use crate::routes::{Need, Route, Scope};
use crate::world::World;

/// Finds out who calls and whether they may; `Some` is the answer to one who may not.
pub fn admit(
    world: &mut World,
    call: &mut Call<'_>,
    route: &Route,
    now: DateTime<Utc>,
) -> Result<Option<Answer>, Refusal> {
    let request = call.request;
    let refusal = |status, why: String, message: &str| {
        Err(Refusal {
            why,
            answer: Answer::error(&request.path, status, message),
        })
    };
    match world.token_owner(request, now) {
        Ok(client_id) => call.client_id = client_id,
        Err(answer) => return Ok(Some(answer)),
    }
    let company = match request.header("procore-company-id").map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            let why = "Procore-Company-Id is not a number".to_owned();
            return refusal(
                StatusCode::BAD_REQUEST,
                why,
                "Invalid Procore-Company-Id header!",
            );
        }
    };
    let Some(company_id) = company else {
        if route.scope == Scope::Principal && !world.companies_need_header {
            return Ok(None);
        }
        let message =
            "Missing Procore-Company-Id header! Send the id of the company that you call into.";
        let answer = Answer::error(&request.path, StatusCode::BAD_REQUEST, message);
        return match route.scope {
            // Sources disagree on whether this one needs it: insisting is no one's fault.
            Scope::Principal => Ok(Some(answer)),
            Scope::Company | Scope::Login => Err(Refusal {
                why: "missing Procore-Company-Id header".to_owned(),
                answer,
            }),
        };
    };
    call.company_id = company_id;
    let named = [call.path_value("company_id"), request.query("company_id")];
    for named in named.into_iter().flatten() {
        if named != company_id.to_string() {
            let why = format!("Procore-Company-Id is {company_id}, the call names company {named}");
            return refusal(StatusCode::NOT_FOUND, why, "Not Found");
        }
    }
    Ok(may(world, call, route).err())
}

/// The permission state's say: installed, project visible, tool there, level high enough.
fn may(world: &mut World, call: &mut Call<'_>, route: &Route) -> Result<(), Answer> {
    let Some(company) = world.state.companies.get(&call.company_id) else {
        return Err(call.not_found());
    };
    let Some(access) = company
        .access
        .get(&call.client_id)
        .filter(|access| access.installed)
    else {
        let known = company.access.get(&call.client_id);
        let status = known.map_or(403, |access| access.uninstalled_status);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        excuse_after_401(world, call.request, status);
        let body = json!({ "errors": ["App is not connected to this company."] });
        return Err(Answer::json(status, body));
    };
    let project = call
        .path_value("project_id")
        .or(call.request.query("project_id"));
    if let Some(text) = project {
        let visible = text.parse().ok().filter(|id| access.sees_project(*id));
        let row = visible.and_then(|id| company.records.row(Dataset::Projects, id));
        match row.filter(|row| !row.deleted) {
            Some(row) => call.project_id = Some(row.id),
            None => return Err(call.not_found()),
        }
    }
    match lacking(route.need, access, call.project_id) {
        None => Ok(()),
        Some(tool) => {
            let message = format!("You do not have permission to perform this action ({tool}).");
            Err(Answer::error(
                &call.request.path,
                StatusCode::FORBIDDEN,
                &message,
            ))
        }
    }
}

/// The tool whose level is too low for what an endpoint needs.
fn lacking(need: Need, access: &Access, project_id: Option<i64>) -> Option<&'static str> {
    let (tool, enough) = match need {
        Need::Nothing => return None,
        Need::Company(tool, level) => (tool, access.company_level(tool) >= level),
        Need::Directory => {
            let level = access.company_level("directory");
            (
                "directory",
                level >= Level::ReadOnly || access.reduced_views,
            )
        }
        Need::Here(tool, level) => {
            let found = match project_id {
                Some(id) => access.project_level(id, tool),
                None => access.company_level(tool),
            };
            (tool, found >= level)
        }
    };
    (!enough).then_some(tool)
}

/// A token that was answered 401 may be fetched again.
pub fn excuse_after_401(world: &mut World, request: &Request, status: StatusCode) {
    if status == StatusCode::UNAUTHORIZED
        && let Some(token) = request
            .bearer()
            .and_then(|token| world.state.tokens.get_mut(token))
    {
        token.excused = true;
    }
}
