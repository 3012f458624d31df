//! The control page: the same commands as forms, and what is going on, without a script.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::error::CommandError;
use super::target::Target;
use crate::data::{Dataset, Filter, Place};
use crate::faults::Down;
use crate::ledger::Entry;
use crate::people::Person;
use crate::permissions::{Access, Level, Permitted};
use crate::shared::Shared;
use crate::webhooks::{Delivery, DeliveryStatus};
use crate::world::{Company, World};

const SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "control.html")]
struct ControlPage<'a> {
    world: &'a World,
    company: &'a Company,
    access: &'a Access,
    company_id: i64,
    client_id: String,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    why: &'a str,
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Query(target): Query<Target>,
) -> Response {
    let page = shared.with_world(|world| {
        let page = ControlPage::of(world, &target)?;
        Ok::<_, CommandError>(render(StatusCode::OK, &page))
    });
    page.unwrap_or_else(|CommandError(why)| refused(&why))
}

pub(super) async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("page.css"),
    )
}

/// The page that says why a form was not carried out.
pub(super) fn refused(why: &str) -> Response {
    render(StatusCode::UNPROCESSABLE_ENTITY, &RefusedPage { why })
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

impl<'a> ControlPage<'a> {
    fn of(world: &'a World, target: &Target) -> Result<Self, CommandError> {
        let (company_id, client_id) = target.resolve(&world.state)?;
        let company = world
            .state
            .companies
            .get(&company_id)
            .ok_or("there is no such company")?;
        let access = company.access.get(&client_id);
        let access = access.ok_or("the app was never installed there")?;
        Ok(Self {
            world,
            company,
            access,
            company_id,
            client_id,
        })
    }

    fn client_secret(&self) -> Option<&str> {
        self.world
            .state
            .clients
            .get(&self.client_id)?
            .secret
            .as_deref()
    }

    /// Id and name of each company, with an app that was ever installed there.
    fn installations(&self) -> Vec<(i64, &str, &str)> {
        let companies = self.world.state.companies.iter();
        let pairs = companies.flat_map(|(id, company)| {
            company
                .access
                .keys()
                .map(|client| (*id, company.name.as_str(), client.as_str()))
        });
        pairs.collect()
    }

    /// Name and address of everybody, and what they are in this company.
    fn people(&self) -> Vec<(&str, &str, &'static str)> {
        let people = self.world.state.people.values();
        let standing = |person: &Person| match person.companies.contains_key(&self.company_id) {
            true if person.administers(self.company_id) => "administers this company",
            true => "works in this company",
            false => "not in this company",
        };
        people
            .map(|it| (it.name.as_str(), it.login.as_str(), standing(it)))
            .collect()
    }

    fn permitted(&self) -> String {
        match &self.access.permitted {
            Permitted::All => "All of them.".to_owned(),
            Permitted::Only(ids) if ids.is_empty() => "None of them.".to_owned(),
            Permitted::Only(ids) => {
                let shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
                format!("{} of them: {}", ids.len(), shown.join(", "))
            }
        }
    }

    /// Name, number and first id of each kind of records of the company.
    fn records(&self) -> Vec<(&'static str, usize, Option<i64>)> {
        let of_company = kinds(Place::Company);
        let rows = of_company.map(|dataset| {
            let filter = Filter::default();
            let mut rows = self.company.records.rows(dataset, &filter);
            let first = rows.next().map(|row| row.id);
            (
                dataset.name(),
                rows.count() + usize::from(first.is_some()),
                first,
            )
        });
        rows.collect()
    }

    /// The kinds of records of a project, people and companies included.
    fn project_kinds(&self) -> Vec<&'static str> {
        let members = kinds(Place::Company).filter(|dataset| dataset.membership().is_some());
        let of_project = members.chain(kinds(Place::Project));
        of_project.map(Dataset::name).collect()
    }

    fn latest_deliveries(&self) -> Vec<&Delivery> {
        self.world
            .state
            .outbox
            .all()
            .into_iter()
            .rev()
            .take(SHOWN)
            .collect()
    }

    fn latest_requests(&self) -> impl Iterator<Item = &Entry> {
        self.world.ledger.log.iter().rev().take(SHOWN)
    }

    fn trouble(&self) -> String {
        let faults = &self.world.faults;
        let down = faults.down.map(|down| match down {
            Down::Html => "Everything is answered with a 502 page.".to_owned(),
            Down::Drop => "Nothing is answered.".to_owned(),
        });
        let slow = faults
            .slow
            .as_ref()
            .map(|slow| format!("Answers take {} ms longer.", slow.ms));
        let scripted: u32 = faults.scripted.iter().map(|fault| fault.times).sum();
        let scripted =
            (scripted > 0).then(|| format!("{scripted} answers are scripted to go wrong."));
        let parts: Vec<String> = [down, slow, scripted].into_iter().flatten().collect();
        if parts.is_empty() {
            "All is well.".to_owned()
        } else {
            parts.join(" ")
        }
    }
}

fn kinds(place: Place) -> impl Iterator<Item = Dataset> {
    let all = Dataset::ALL.into_iter();
    all.filter(move |dataset| dataset.place() == place)
}

impl Delivery {
    fn state(&self) -> &'static str {
        match self.status {
            DeliveryStatus::Enqueued => "waiting",
            DeliveryStatus::Retrying => "failed, will be tried again",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Discarded => "discarded",
        }
    }
}
