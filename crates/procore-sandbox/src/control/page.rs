//! The control page: the same commands as forms, and what is going on, without a script.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::{Refused, Whose};
use crate::clock::iso;
use crate::data::{Dataset, Filter};
use crate::faults::Down;
use crate::ledger::{Entry, Violation};
use crate::permissions::{Permitted, Tool};
use crate::server::Shared;
use crate::webhooks::{DeliveryStatus, Hook};
use crate::world::World;

const SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "control.html")]
struct Page {
    url: String,
    now: String,
    violations: Vec<Violation>,
    company_id: i64,
    company_name: String,
    client_id: String,
    client_secret: Option<String>,
    others: Vec<Other>,
    installed: bool,
    tools: Vec<Tool>,
    project_tools: Vec<Tool>,
    levels: [&'static str; 4],
    permitted: String,
    records: Vec<RecordRow>,
    hooks: Vec<Hook>,
    deliveries: Vec<DeliveryRow>,
    trouble: String,
    hourly: u32,
    spike: u32,
    requests: Vec<Entry>,
}

struct Other {
    company_id: i64,
    company_name: String,
    client_id: String,
}

struct RecordRow {
    name: &'static str,
    count: usize,
    first_id: Option<i64>,
}

struct DeliveryRow {
    when: String,
    hook_id: i64,
    event: String,
    state: &'static str,
    attempts: usize,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    why: &'a str,
}

pub async fn show(State(shared): State<Arc<Shared>>, Query(whose): Query<Whose>) -> Response {
    match shared.with_world(|world| page(world, &whose)) {
        Ok(page) => render(StatusCode::OK, &page),
        Err(Refused(why)) => refused(&why),
    }
}

pub async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("page.css"),
    )
}

/// The page that says why a form was not carried out.
pub fn refused(why: &str) -> Response {
    render(StatusCode::UNPROCESSABLE_ENTITY, &RefusedPage { why })
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn page(world: &World, whose: &Whose) -> Result<Page, Refused> {
    let company_id = whose.company_id(world)?;
    let client_id = whose.client_id(world)?;
    let company = world
        .state
        .companies
        .get(&company_id)
        .ok_or("there is no such company")?;
    let access = company
        .access
        .get(&client_id)
        .ok_or("the app was never installed there")?;
    let permitted = match &access.permitted {
        Permitted::All => "All of them.".to_owned(),
        Permitted::Only(ids) if ids.is_empty() => "None of them.".to_owned(),
        Permitted::Only(ids) => {
            let shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
            format!("{} of them: {}", ids.len(), shown.join(", "))
        }
    };
    let records = Dataset::ALL.map(|dataset| {
        let filter = Filter::default();
        let mut rows = company.records.rows(dataset, &filter);
        let first_id = rows.next().map(|row| row.id);
        RecordRow {
            name: dataset.name(),
            count: rows.count() + usize::from(first_id.is_some()),
            first_id,
        }
    });
    Ok(Page {
        url: world.base_url.clone(),
        now: iso(world.clock.now()),
        violations: world.ledger.violations.clone(),
        company_id,
        company_name: company.name.clone(),
        client_secret: world
            .state
            .clients
            .get(&client_id)
            .and_then(|it| it.secret.clone()),
        others: others(world),
        installed: access.installed,
        tools: access.tools.clone(),
        project_tools: access.project_tools.clone(),
        levels: ["None", "Read Only", "Standard", "Admin"],
        permitted,
        records: records.into_iter().collect(),
        hooks: world.state.hooks.values().cloned().collect(),
        deliveries: deliveries(world),
        trouble: trouble(world),
        hourly: world.rates.limits.hourly,
        spike: world.rates.limits.spike,
        requests: world.ledger.log.iter().rev().take(SHOWN).cloned().collect(),
        client_id,
    })
}

fn others(world: &World) -> Vec<Other> {
    let companies = world.state.companies.iter();
    let pairs = companies.flat_map(|(company_id, company)| {
        company.access.keys().map(|client_id| Other {
            company_id: *company_id,
            company_name: company.name.clone(),
            client_id: client_id.clone(),
        })
    });
    pairs.collect()
}

fn deliveries(world: &World) -> Vec<DeliveryRow> {
    let latest = world.state.outbox.all().into_iter().rev().take(SHOWN);
    let rows = latest.map(|delivery| DeliveryRow {
        when: iso(delivery.created_at),
        hook_id: delivery.hook_id,
        event: format!("{} {}", delivery.resource_name, delivery.event_type),
        state: match delivery.status {
            DeliveryStatus::Enqueued => "waiting",
            DeliveryStatus::Retrying => "failed, will be tried again",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Discarded => "discarded",
        },
        attempts: delivery.attempts.len(),
    });
    rows.collect()
}

fn trouble(world: &World) -> String {
    let faults = &world.faults;
    let mut parts = Vec::new();
    match faults.down {
        Some(Down::Html) => parts.push("Everything is answered with a 502 page.".to_owned()),
        Some(Down::Drop) => parts.push("Nothing is answered.".to_owned()),
        None => {}
    }
    if let Some(slow) = &faults.slow {
        parts.push(format!("Answers take {} ms longer.", slow.ms));
    }
    let scripted: u32 = faults.scripted.iter().map(|fault| fault.times).sum();
    if scripted > 0 {
        parts.push(format!("{scripted} answers are scripted to fail."));
    }
    if parts.is_empty() {
        "All is well.".to_owned()
    } else {
        parts.join(" ")
    }
}
