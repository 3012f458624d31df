//! The one permission state: what an app may see and do in a company.
//!
//! The manifest, every 403 and 404, reduced views, totals and the webhook catalog are all read
//! from here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Procore's levels, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    None,
    ReadOnly,
    Standard,
    Admin,
}

impl Level {
    /// Reads a level however it is spelt: `Read Only`, `read-only`, `read_only`.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        match letters.to_ascii_lowercase().as_str() {
            "none" => Some(Self::None),
            "readonly" | "read" => Some(Self::ReadOnly),
            "standard" => Some(Self::Standard),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    pub fn id(self) -> u8 {
        match self {
            Self::None => 1,
            Self::ReadOnly => 2,
            Self::Standard => 3,
            Self::Admin => 4,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ReadOnly => "Read Only",
            Self::Standard => "Standard",
            Self::Admin => "Admin",
        }
    }
}

/// A tool of a company or of a project, with the level that the app has on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tool {
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

impl Tool {
    fn answers_to(&self, text: &str) -> bool {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase()
        };
        plain(&self.name) == plain(text) || plain(&self.friendly_name) == plain(text)
    }
}

const COMPANY_TOOLS: [(&str, &str, Level); 15] = [
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

const PROJECT_TOOLS: [(&str, &str, Level); 16] = [
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

/// Where a tool stands.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Company,
    EveryProject,
    Project(i64),
}

/// Which projects the app is a member of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Permitted {
    All,
    Only(BTreeSet<i64>),
}

impl Permitted {
    /// The chosen projects, unless all are.
    pub fn only(&self) -> Option<&BTreeSet<i64>> {
        match self {
            Self::All => None,
            Self::Only(ids) => Some(ids),
        }
    }
}

/// What one app may do in one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
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
}

impl Access {
    /// The access of a freshly installed app: what the concierge's data sets need, no more.
    pub fn installed(user_id: i64) -> Self {
        let tools = |table: &[(&str, &str, Level)]| {
            let tools = table
                .iter()
                .enumerate()
                .map(|(index, (name, friendly_name, level))| Tool {
                    id: user_id * 100 + index as i64,
                    name: (*name).to_owned(),
                    shown_name: None,
                    friendly_name: (*friendly_name).to_owned(),
                    level: *level,
                    present: true,
                });
            tools.collect()
        };
        Self {
            installed: true,
            uninstalled_status: 403,
            user_id,
            tools: tools(&COMPANY_TOOLS),
            project_tools: tools(&PROJECT_TOOLS),
            project_exceptions: BTreeMap::new(),
            permitted: Permitted::All,
            read_only_spelling: Level::ReadOnly.name().to_owned(),
            reduced_views: false,
        }
    }

    /// Admin on the company Directory makes a company administrator.
    pub fn is_company_admin(&self) -> bool {
        self.tools
            .iter()
            .any(|tool| tool.name == "directory" && tool.present && tool.level == Level::Admin)
    }

    /// The level on a company tool, by engine name; an absent tool has none.
    pub fn company_level(&self, name: &str) -> Level {
        match self.tools.iter().find(|tool| tool.name == name) {
            Some(tool) if tool.present && self.is_company_admin() => Level::Admin,
            Some(tool) if tool.present => tool.level,
            Some(_) | None => Level::None,
        }
    }

    /// The level on a tool of a project that the app can see.
    pub fn project_level(&self, project_id: i64, name: &str) -> Level {
        let tools = self.tools_of(project_id);
        let admin = self.is_company_admin()
            || tools
                .iter()
                .any(|tool| tool.name == "directory" && tool.present && tool.level == Level::Admin);
        match tools.iter().find(|tool| tool.name == name) {
            Some(tool) if tool.present && admin => Level::Admin,
            Some(tool) if tool.present => tool.level,
            Some(_) | None => Level::None,
        }
    }

    pub fn sees_project(&self, project_id: i64) -> bool {
        self.is_company_admin()
            || self
                .permitted
                .only()
                .is_none_or(|ids| ids.contains(&project_id))
    }

    pub fn tools_of(&self, project_id: i64) -> &[Tool] {
        self.project_exceptions
            .get(&project_id)
            .map_or(&self.project_tools, Vec::as_slice)
    }

    /// The tool to change, by engine name or label.
    pub fn tool_mut(&mut self, place: Place, name: &str) -> Option<&mut Tool> {
        let tools = match place {
            Place::Company => &mut self.tools,
            Place::EveryProject => &mut self.project_tools,
            Place::Project(id) => self
                .project_exceptions
                .entry(id)
                .or_insert_with(|| self.project_tools.clone()),
        };
        tools.iter_mut().find(|tool| tool.answers_to(name))
    }

    /// The permission manifest of the company, or of one project.
    pub fn manifest(&self, company_id: i64, project_id: Option<i64>) -> Value {
        let (tools, place) = match project_id {
            None => (self.tools.as_slice(), "company".to_owned()),
            Some(id) => (self.tools_of(id), format!("project/{id}")),
        };
        let rows = tools
            .iter()
            .filter(|tool| tool.present)
            .enumerate()
            .map(|(index, tool)| {
                let level = match project_id {
                    None => self.company_level(&tool.name),
                    Some(id) => self.project_level(id, &tool.name),
                };
                json!({
                    "id": tool.id,
                    "name": tool.shown_name.as_ref().unwrap_or(&tool.name),
                    "friendly_name": tool.friendly_name,
                    "domain_id": index + 3,
                    "tab_group": "core",
                    "available_for_user": level > Level::None,
                    "url": format!("/{company_id}/{place}/{}", tool.name),
                    "user_access_level": { "id": level.id(), "name": self.spell(level) },
                    "permitted_actions": [],
                    "create_url": null,
                    "can_create": level >= Level::Standard,
                    "trial": false,
                })
            });
        json!({ "tools": rows.collect::<Vec<_>>() })
    }

    /// A level's name as this company's manifest writes it.
    pub fn spell(&self, level: Level) -> &str {
        match level {
            Level::ReadOnly => &self.read_only_spelling,
            Level::None | Level::Standard | Level::Admin => level.name(),
        }
    }
}
