//! The one permission state: what an app may see and do in a company.
//!
//! The manifest, every 403 and 404, reduced views, totals and the webhook catalog are all read
//! from here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Procore's levels, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Level {
    None = 1,
    ReadOnly,
    Standard,
    Admin,
}

impl Level {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::ReadOnly, Self::Standard, Self::Admin];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ReadOnly => "Read Only",
            Self::Standard => "Standard",
            Self::Admin => "Admin",
        }
    }
}

/// Reads a level however it is spelt: `Read Only`, `read-only`, `read_only`.
impl TryFrom<String> for Level {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let found = Self::ALL
            .into_iter()
            .find(|level| plain(level.name()) == plain(&text));
        found.ok_or("level must be None, Read Only, Standard or Admin")
    }
}

/// A tool of a company or of a project, with the level that the app has on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tool {
    pub id: i64,
    /// Engine name in snake case. The simulator recognises its tools by it.
    pub name: String,
    /// What Procore calls it instead, where a test wants a tool that nobody knows.
    pub shown_name: Option<String>,
    pub friendly_name: String,
    pub level: Level,
    /// A tool that the company does not have, or the project has switched off, is absent.
    pub present: bool,
}

/// A name without spaces and punctuation, in lower case.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_lowercase()
}

type Tools = &'static [(&'static str, &'static str, Level)];

const COMPANY_TOOLS: Tools = &[
    ("admin", "Admin", Level::ReadOnly),
    ("directory", "Directory", Level::ReadOnly),
    ("documents", "Documents", Level::None),
    ("erp_integrations", "ERP Integrations", Level::None),
    ("inspections", "Inspections", Level::None),
    ("permissions", "Permissions", Level::None),
    ("planroom", "Planroom", Level::None),
    ("portfolio", "Portfolio", Level::ReadOnly),
    ("prequalification", "Prequalification", Level::None),
    ("programs", "Programs", Level::None),
    ("reports", "Reports", Level::None),
    ("schedule", "Schedule", Level::None),
    ("timesheets", "Timesheets", Level::None),
    ("workflows", "Workflows", Level::None),
    ("webhooks_api", "Webhooks API", Level::Standard),
];

const PROJECT_TOOLS: Tools = &[
    ("admin", "Admin", Level::None),
    ("directory", "Directory", Level::ReadOnly),
    ("home", "Home", Level::ReadOnly),
    ("rfi", "RFIs", Level::ReadOnly),
    ("submittal_log", "Submittals", Level::ReadOnly),
    ("prime_contract", "Prime Contracts", Level::ReadOnly),
    ("commitments", "Commitments", Level::ReadOnly),
    ("change_events", "Change Events", Level::ReadOnly),
    ("meetings", "Meetings", Level::ReadOnly),
    ("punch_list", "Punch List", Level::ReadOnly),
    ("observations", "Observations", Level::ReadOnly),
    ("drawings", "Drawings", Level::ReadOnly),
    ("documents", "Documents", Level::ReadOnly),
    ("daily_log", "Daily Log", Level::ReadOnly),
    ("budget", "Budget", Level::None),
    ("webhooks_api", "Webhooks API", Level::Standard),
];

/// Which projects the app is a member of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Permitted {
    All,
    Only(BTreeSet<i64>),
}

/// What one app may do in one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    pub installed: bool,
    /// What a company call answers while the app is not installed: 403, or the 401 that is seen
    /// before a first installation.
    pub uninstalled_status: u16,
    /// Id of the directory user that the installation made.
    pub user_id: i64,
    pub tools: Vec<Tool>,
    pub project_tools: Vec<Tool>,
    /// Where one project differs from `project_tools`.
    pub project_exceptions: BTreeMap<i64, Vec<Tool>>,
    pub permitted: Permitted,
    /// How the manifest writes the Read Only level: sources have three spellings.
    pub read_only_spelling: String,
    /// Answer a list that the Directory level forbids with ids and names instead of a 403.
    pub reduced_views: bool,
    /// The project permission template that the app's user gets in new projects.
    #[serde(default)]
    pub default_template: Option<i64>,
    /// The box that adds the app's user to all new projects.
    #[serde(default)]
    pub joins_new_projects: bool,
    /// A newer version of the app was promoted, and nobody has accepted it.
    #[serde(default)]
    pub update_waits: bool,
    /// How many updates of the app were accepted.
    #[serde(default)]
    pub updates: u32,
}

impl Access {
    /// The access of a freshly installed app: what the concierge's data sets need, no more.
    pub(crate) fn installed(user_id: i64) -> Self {
        let tools = |table: Tools| {
            let tool = |(index, (name, friendly_name, level)): (i64, &(&str, &str, Level))| Tool {
                id: user_id * 100 + index,
                name: (*name).to_owned(),
                shown_name: None,
                friendly_name: (*friendly_name).to_owned(),
                level: *level,
                present: true,
            };
            (0..).zip(table).map(tool).collect()
        };
        Self {
            installed: true,
            uninstalled_status: 403,
            user_id,
            tools: tools(COMPANY_TOOLS),
            project_tools: tools(PROJECT_TOOLS),
            project_exceptions: BTreeMap::new(),
            permitted: Permitted::All,
            read_only_spelling: Level::ReadOnly.name().to_owned(),
            reduced_views: false,
            default_template: None,
            joins_new_projects: false,
            update_waits: false,
            updates: 0,
        }
    }

    /// Takes the levels of a version of the app, on company tools by engine name or label.
    pub(crate) fn take_levels(&mut self, levels: &BTreeMap<String, Level>) {
        for (name, level) in levels {
            if let Some(tool) = self.tool_mut(None, name) {
                tool.level = *level;
            }
        }
    }

    /// Admin on the company Directory makes a company administrator.
    pub(crate) fn is_company_admin(&self) -> bool {
        level_in(&self.tools, "directory") == Level::Admin
    }

    /// The level on a tool of the company, or of a project that the app can see; an absent tool
    /// has none. Admin on the Directory is Admin on everything there.
    pub(crate) fn level(&self, project_id: Option<i64>, name: &str) -> Level {
        let tools = self.tools_of(project_id);
        let admin = self.is_company_admin() || level_in(tools, "directory") == Level::Admin;
        let present = tools.iter().any(|tool| tool.name == name && tool.present);
        match present && admin {
            true => Level::Admin,
            false => level_in(tools, name),
        }
    }

    /// The chosen projects, unless the app sees all.
    pub(crate) fn only_projects(&self) -> Option<&BTreeSet<i64>> {
        match &self.permitted {
            Permitted::Only(ids) if !self.is_company_admin() => Some(ids),
            Permitted::Only(_) | Permitted::All => None,
        }
    }

    pub(crate) fn sees_project(&self, project_id: i64) -> bool {
        self.only_projects()
            .is_none_or(|ids| ids.contains(&project_id))
    }

    pub(crate) fn tools_of(&self, project_id: Option<i64>) -> &[Tool] {
        match project_id {
            None => &self.tools,
            Some(id) => self
                .project_exceptions
                .get(&id)
                .unwrap_or(&self.project_tools),
        }
    }

    /// The tool to change, by engine name or label: of the company, of a project, or (project 0)
    /// of every project.
    pub(crate) fn tool_mut(&mut self, project_id: Option<i64>, name: &str) -> Option<&mut Tool> {
        let tools = match project_id {
            None => &mut self.tools,
            Some(0) => &mut self.project_tools,
            Some(id) => {
                let exception = self.project_exceptions.entry(id);
                exception.or_insert_with(|| self.project_tools.clone())
            }
        };
        let name = plain(name);
        tools
            .iter_mut()
            .find(|tool| plain(&tool.name) == name || plain(&tool.friendly_name) == name)
    }

    /// The permission manifest of the company, or of one project.
    pub(crate) fn manifest(&self, company_id: i64, project_id: Option<i64>) -> Value {
        let place = project_id.map_or("company".to_owned(), |id| format!("project/{id}"));
        let present = self.tools_of(project_id).iter().filter(|tool| tool.present);
        let rows = (3..).zip(present).map(|(domain_id, tool)| {
            let level = self.level(project_id, &tool.name);
            json!({
                "id": tool.id,
                "name": tool.shown_name.as_ref().unwrap_or(&tool.name),
                "friendly_name": tool.friendly_name,
                "domain_id": domain_id,
                "tab_group": "core",
                "available_for_user": level > Level::None,
                "url": format!("/{company_id}/{place}/{}", tool.name),
                "user_access_level": { "id": level as u8, "name": self.spell(level) },
                "permitted_actions": [],
                "create_url": null,
                "can_create": level >= Level::Standard,
                "trial": false,
            })
        });
        json!({ "tools": rows.collect::<Vec<_>>() })
    }

    /// A level's name as this company's manifest writes it.
    pub(crate) fn spell(&self, level: Level) -> &str {
        match level {
            Level::ReadOnly => &self.read_only_spelling,
            Level::None | Level::Standard | Level::Admin => level.name(),
        }
    }
}

/// The level that was set on a tool; an absent one has none.
fn level_in(tools: &[Tool], name: &str) -> Level {
    let tool = tools.iter().find(|tool| tool.name == name && tool.present);
    tool.map_or(Level::None, |tool| tool.level)
}
