//! The control API: a page for people and an API for programs, below `/__control`.
//!
//! Every command is `POST /__control/{command}` with a JSON object; the page's forms post the same
//! fields to `/__control/form/{command}`. Commands that name no company or app mean the first.

mod command;
mod error;
mod hooks;
pub(crate) mod inspect;
mod page;
mod projects;
mod records;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use self::error::{CommandError, CommandResult};
use crate::faults::Then;
use crate::ledger::Violation;
use crate::shared::Shared;
use crate::world::World;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/__control", get(page::show))
        .route("/__control/style.css", get(page::style))
        .route("/__control/violations", get(inspect::violations))
        .route("/__control/state", get(inspect::state))
        .route("/__control/project/{id}", get(inspect::project))
        .route("/__control/requests", get(inspect::requests))
        .route("/__control/deliveries", get(inspect::deliveries))
        .route("/__control/deliveries/settled", get(inspect::settled))
        .route("/__control/form/{*command}", post(from_form))
        .route("/__control/{*command}", post(from_json))
}

/// Carries out what a scripted fault asked for; that it cannot counts as a violation, so that no
/// test passes without it.
pub(crate) fn run_scripted(world: &mut World, then: Then) {
    let (at, path) = (world.clock.now(), format!("/__control/{}", then.command));
    if let Err(CommandError(why)) = command::run(world, &then.command, then.fields) {
        let method = "POST".to_owned();
        world.ledger.violations.push(Violation {
            at,
            method,
            path,
            why,
        });
    }
}

fn run(shared: &Shared, command: &str, fields: Value) -> CommandResult {
    let done = shared.with_world(|world| command::run(world, command, fields));
    shared.notify_changed();
    done
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
    let done = fields
        .map_err(CommandError::from)
        .and_then(|fields| run(&shared, &command, fields));
    match done {
        Ok(answer) => Json(answer).into_response(),
        Err(CommandError(why)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "error": why })),
        )
            .into_response(),
    }
}

/// Fields that stay text even where they look like a number.
#[rustfmt::skip]
const TEXTS: [&str; 9] = [
    "client_id", "client_secret", "tool", "level", "name", "friendly_name", "resource", "prefix", "kind",
];

/// A form's fields as JSON: numbers and yes/no by their look, empty fields left out.
async fn from_form(
    State(shared): State<Arc<Shared>>,
    Path(command): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let target = form
        .iter()
        .filter(|(name, _)| matches!(&***name, "company_id" | "client_id"));
    let back = Serializer::new(String::new()).extend_pairs(target).finish();
    let filled = form.into_iter().filter(|(_, text)| !text.is_empty());
    let fields = filled.map(|(name, text)| match serde_json::from_str(&text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) if !TEXTS.contains(&name.as_str()) => {
            (name, value)
        }
        Ok(_) | Err(_) => (name, Value::String(text)),
    });
    match run(&shared, &command, Value::Object(fields.collect())) {
        Ok(_) => Redirect::to(&format!("/__control?{back}")).into_response(),
        Err(CommandError(why)) => page::refused(&why),
    }
}
