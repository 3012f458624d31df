//! The control room: a page for people and an API for programs, below `/__control`.
//!
//! Every command is `POST /__control/{command}` with a JSON object; the page's forms post the same
//! fields to `/__control/form/{command}`. Commands that name no company or app mean the first.

mod access;
mod apps;
mod inspect;
mod page;
mod records;
mod trouble;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::dispatch::Dispatch;
use crate::faults::Then;
use crate::ledger::Violation;
use crate::permissions::Access;
use crate::server::Shared;
use crate::world::{Company, World};

pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/__control", get(page::show))
        .route("/__control/style.css", get(page::style))
        .route("/__control/violations", get(inspect::violations))
        .route("/__control/state", get(inspect::state))
        .route("/__control/requests", get(inspect::requests))
        .route("/__control/deliveries", get(inspect::deliveries))
        .route("/__control/deliveries/settled", get(inspect::settled))
        .route("/__control/form/{*command}", post(from_form))
        .route("/__control/{*command}", post(from_json))
}

/// Why a command was not carried out: for the person or test that sent it.
pub struct Refused(String);

impl<T: ToString> From<T> for Refused {
    fn from(why: T) -> Self {
        Self(why.to_string())
    }
}

/// What a command works on.
pub struct Room<'a> {
    pub world: &'a mut World,
    pub dispatch: &'a mut Dispatch,
}

type Done = Result<Value, Refused>;

fn run(room: Room<'_>, command: &str, fields: Value) -> Done {
    let Room { world, dispatch } = room;
    match command {
        "level" => access::level(world, read(fields)?),
        "tool" => access::tool(world, read(fields)?),
        "spelling" => access::spelling(world, read(fields)?),
        "reduced-views" => access::reduced_views(world, read(fields)?),
        "projects" => access::projects(world, read(fields)?),
        "uninstall" => access::uninstall(world, read(fields)?),
        "reinstall" => access::reinstall(world, read(fields)?),
        "company" => apps::company(world, read(fields)?),
        "client" => apps::client(world, read(fields)?),
        "secret/revoke" => apps::revoke_secret(world, read(fields)?),
        "secret/replace" => apps::replace_secret(world, read(fields)?),
        "tokens/expire" => apps::expire_tokens(world, read(fields)?),
        "tokens/forget" => apps::forget_tokens(world, read(fields)?),
        "clock" => trouble::clock(world, read(fields)?),
        "throttle" => trouble::throttle(world, read(fields)?),
        "slow" => trouble::slow(world, read(fields)?),
        "fail" => trouble::fail(world, read(fields)?),
        "triggers/fail" => trouble::fail_triggers(world, read(fields)?),
        "down" => trouble::down(world, read(fields)?),
        "up" => trouble::up(world),
        "companies-need-header" => trouble::companies_need_header(world, read(fields)?),
        "catalog" => trouble::catalog(world, read(fields)?),
        "records" => records::change(world, read(fields)?),
        "events" => records::event(world, read(fields)?),
        "deliveries/change" => trouble::change_deliveries(world, read(fields)?),
        "deliveries/hold" => records::hold(dispatch),
        "deliveries/release" => records::release(dispatch, read(fields)?),
        "deliveries/duplicate" => records::duplicate(world),
        "violations/reset" => inspect::reset_violations(world),
        "requests/reset" => inspect::reset_requests(world),
        _ => Err(format!("there is no command {command}").into()),
    }
}

/// Carries out what a scripted fault asked for; that it cannot counts as a violation, so that no
/// test passes without it.
pub fn run_scripted(room: Room<'_>, then: Then) {
    let Room { world, dispatch } = room;
    let (now, path) = (world.clock.now(), format!("/__control/{}", then.command));
    if let Err(Refused(why)) = run(Room { world, dispatch }, &then.command, then.fields) {
        world.ledger.violations.push(Violation {
            at: now,
            method: "POST".to_owned(),
            path,
            why,
        });
    }
}

fn read<T: DeserializeOwned>(fields: Value) -> Result<T, Refused> {
    Ok(serde_json::from_value(fields)?)
}

async fn from_json(
    State(shared): State<Arc<Shared>>,
    Path(command): Path<String>,
    body: Bytes,
) -> Response {
    let fields = match body.is_empty() {
        true => Ok(json!({})),
        false => serde_json::from_slice(&body),
    };
    let done = fields.map_err(Refused::from).and_then(|fields| {
        shared.with_dispatch(|world, dispatch| run(Room { world, dispatch }, &command, fields))
    });
    shared.touched();
    shared.ease();
    match done {
        Ok(answer) => Json(answer).into_response(),
        Err(Refused(why)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "error": why })),
        )
            .into_response(),
    }
}

/// Fields that stay text even where they look like a number.
const TEXTS: [&str; 9] = [
    "client_id",
    "client_secret",
    "tool",
    "level",
    "name",
    "friendly_name",
    "resource",
    "prefix",
    "kind",
];

/// A form's fields as JSON: numbers and yes/no by their look, empty fields left out.
async fn from_form(
    State(shared): State<Arc<Shared>>,
    Path(command): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let back = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form.iter()
                .filter(|(name, _)| matches!(name.as_str(), "company_id" | "client_id")),
        )
        .finish();
    let filled = form.into_iter().filter(|(_, text)| !text.is_empty());
    let fields = filled.map(|(name, text)| match serde_json::from_str(&text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) if !TEXTS.contains(&name.as_str()) => {
            (name, value)
        }
        Ok(_) | Err(_) => (name, Value::String(text)),
    });
    let fields = Value::Object(fields.collect());
    let done =
        shared.with_dispatch(|world, dispatch| run(Room { world, dispatch }, &command, fields));
    shared.touched();
    shared.ease();
    match done {
        Ok(_) => Redirect::to(&format!("/__control?{back}")).into_response(),
        Err(Refused(why)) => page::refused(&why),
    }
}

/// Which app in which company a command means.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Whose {
    company_id: Option<i64>,
    client_id: Option<String>,
}

impl Whose {
    /// Nobody is named.
    fn is_first(&self) -> bool {
        self.company_id.is_none() && self.client_id.is_none()
    }

    fn company_id(&self, world: &World) -> Result<i64, Refused> {
        let first = world
            .state
            .companies
            .iter()
            .min_by_key(|(_, it)| it.records.ordinal);
        self.company_id
            .or(first.map(|(id, _)| *id))
            .ok_or_else(|| "there is no company".into())
    }

    /// The named app; else the first that was ever installed in the company.
    fn client_id(&self, world: &World) -> Result<String, Refused> {
        if let Some(id) = &self.client_id {
            return Ok(id.clone());
        }
        let company_id = self.company_id(world)?;
        let company = world
            .state
            .companies
            .get(&company_id)
            .ok_or("there is no such company")?;
        let first = company
            .access
            .iter()
            .min_by_key(|(_, access)| access.user_id);
        first
            .map(|(id, _)| id.clone())
            .ok_or_else(|| "no app was ever installed there".into())
    }

    fn company_mut<'w>(&self, world: &'w mut World) -> Result<&'w mut Company, Refused> {
        let id = self.company_id(world)?;
        world
            .state
            .companies
            .get_mut(&id)
            .ok_or_else(|| "there is no such company".into())
    }

    fn access_mut<'w>(&self, world: &'w mut World) -> Result<&'w mut Access, Refused> {
        let client_id = self.client_id(world)?;
        let company = self.company_mut(world)?;
        company
            .access
            .get_mut(&client_id)
            .ok_or_else(|| "the app was never installed there".into())
    }
}
