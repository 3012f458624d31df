//! The people who use Procore in a browser, and what each may do in which company.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::permissions::{Access, Level, Permitted};
use crate::world::State;

/// The first person's id; further ones count up from it.
const FIRST: i64 = 160_586;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub name: String,
    /// The address with which they sign in.
    pub login: String,
    /// By company: what they may do there.
    pub companies: BTreeMap<i64, Access>,
}

impl Person {
    /// Whether Procore calls them an administrator of the company.
    pub(crate) fn administers(&self, company_id: i64) -> bool {
        let access = self.companies.get(&company_id);
        access.is_some_and(Access::is_company_admin)
    }
}

impl State {
    /// An administrator of the first company, and somebody who only works there.
    pub(crate) fn add_first_people(&mut self, company_id: i64) {
        let admin = self.add_person("Dana Whitfield", "dana.whitfield@harborlane.example");
        self.join(admin, company_id, Level::Admin, None);
        let other = self.add_person("Sam Okafor", "sam.okafor@harborlane.example");
        self.join(other, company_id, Level::ReadOnly, None);
    }

    /// Adds a person, or renames the one with this address.
    pub(crate) fn add_person(&mut self, name: &str, login: &str) -> i64 {
        let known = self.people.iter().find(|(_, it)| it.login == login);
        let next = self.people.keys().max().map_or(FIRST, |last| last + 1);
        let id = known.map_or(next, |(id, _)| *id);
        let person = self.people.entry(id).or_insert_with(|| Person {
            name: String::new(),
            login: login.to_owned(),
            companies: BTreeMap::new(),
        });
        person.name = name.to_owned();
        id
    }

    /// Gives a person a level on a company's Directory, and the projects that they are in; all, if none
    /// are named.
    pub(crate) fn join(
        &mut self,
        person: i64,
        company_id: i64,
        directory: Level,
        projects: Option<BTreeSet<i64>>,
    ) {
        let Some(known) = self.people.get_mut(&person) else {
            return;
        };
        let mut access = Access::installed(person);
        if let Some(tool) = access.tool_mut(None, "directory") {
            tool.level = directory;
        }
        access.permitted = projects.map_or(Permitted::All, Permitted::Only);
        known.companies.insert(company_id, access);
    }
}
