//! Procore's page of installed apps, on which an administrator installs, updates and removes them.

use std::collections::BTreeSet;

use askama::Template;
use http::StatusCode;

use crate::answer::{Answer, Answered, NotFound, Payload};
use crate::call::Call;
use crate::permissions::{Access, Permitted};
use crate::rest::companies::app_version_key;
use crate::sign_in::form;
use crate::world::{State, World};

#[derive(Template)]
#[template(path = "app_management.html")]
struct AppManagementPage<'a> {
    company_id: i64,
    company: &'a str,
    people: Vec<(i64, &'a str)>,
    apps: Vec<(&'a str, &'a Access)>,
    refused: Option<&'static str>,
}

/// `GET /{company_id}/company/apps`.
pub(crate) fn show(world: &mut World, call: &Call<'_>) -> Answered {
    page(&world.state, call.path_id("company_id")?, None)
}

/// An administrator installs an app by its App Version Key, accepts an update of it, or removes it.
pub(crate) fn act(world: &mut World, call: &Call<'_>) -> Answered {
    let company_id = call.path_id("company_id")?;
    let fields = form(call.request);
    let value = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim())
    };
    let person = value("person").parse().unwrap_or_default();
    let state = &mut world.state;
    if !state
        .people
        .get(&person)
        .is_some_and(|it| it.administers(company_id))
    {
        return page(
            state,
            company_id,
            Some("You need Admin on the company Directory tool."),
        );
    }
    let all_projects = !value("projects").is_empty();
    let done = match value("action") {
        "install" => state.install_by_key(company_id, value("version_key"), all_projects),
        "update" => state.accept_update(value("app"), company_id, false),
        "uninstall" => state.uninstall(value("app"), company_id),
        _ => None,
    };
    if done.is_none() {
        return page(
            state,
            company_id,
            Some("There is no such app, or nothing to do about it."),
        );
    }
    let here = format!("/{company_id}/company/apps");
    Ok(Answer::empty(StatusCode::SEE_OTHER).with("location", here))
}

fn page(state: &State, company_id: i64, refused: Option<&'static str>) -> Answered {
    let company = state.companies.get(&company_id).ok_or(NotFound)?;
    let people = state.people.iter();
    let of_company = people.filter(|(_, it)| it.companies.contains_key(&company_id));
    let apps = company.access.iter().filter(|(_, access)| access.installed);
    let page = AppManagementPage {
        company_id,
        company: &company.name,
        people: of_company.map(|(id, it)| (*id, it.name.as_str())).collect(),
        apps: apps.map(|(id, access)| (id.as_str(), access)).collect(),
        refused,
    };
    let status = match refused {
        Some(_) => StatusCode::FORBIDDEN,
        None => StatusCode::OK,
    };
    Ok(Answer::new(
        status,
        Payload::Html(page.render().unwrap_or_default()),
    ))
}

impl State {
    /// Installs the newest version of the app that a key belongs to.
    fn install_by_key(&mut self, company_id: i64, key: &str, all_projects: bool) -> Option<()> {
        let mut clients = self.clients.iter();
        let (client_id, _) = clients.find(|(id, it)| app_version_key(id, it.version) == key)?;
        let client_id = client_id.clone();
        self.install_anew(&client_id, company_id, all_projects)
    }

    /// Installs an app, for the first time or again: in its newest version, with its levels, and with no
    /// project unless all are chosen.
    pub(crate) fn install_anew(
        &mut self,
        client_id: &str,
        company_id: i64,
        all_projects: bool,
    ) -> Option<()> {
        self.install(client_id, company_id);
        let client = self.clients.get(client_id)?;
        let access = self
            .companies
            .get_mut(&company_id)?
            .access
            .get_mut(client_id)?;
        access.installed = true;
        access.permitted = match all_projects {
            true => Permitted::All,
            false => Permitted::Only(BTreeSet::new()),
        };
        access.updates = access.updates.max(client.version);
        access.update_waits = false;
        access.take_levels(&client.levels);
        Some(())
    }

    /// Accepts the newer version that waits, with its levels; Procore may clear the permitted projects.
    pub(crate) fn accept_update(
        &mut self,
        client_id: &str,
        company_id: i64,
        clears_projects: bool,
    ) -> Option<()> {
        let client = self.clients.get(client_id)?;
        let access = self
            .companies
            .get_mut(&company_id)?
            .access
            .get_mut(client_id)?;
        if access.update_waits {
            access.updates = client.version.max(access.updates + 1);
            access.update_waits = false;
            access.take_levels(&client.levels);
        }
        if clears_projects {
            access.permitted = Permitted::Only(BTreeSet::new());
        }
        Some(())
    }

    fn uninstall(&mut self, client_id: &str, company_id: i64) -> Option<()> {
        let access = self
            .companies
            .get_mut(&company_id)?
            .access
            .get_mut(client_id)?;
        access.uninstalled_status = 403;
        access.installed = false;
        Some(())
    }
}
