//! Which tools we may use, as Procore's permission manifest says.

use std::convert::Infallible;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;
use tracing::debug;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;

/// How much of a tool we may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    None,
    ReadOnly,
    Standard,
    Admin,
    /// A name that nobody documented, or none at all.
    Other(String),
}

/// The tools of a company or project as our user sees them. A tool that is absent is one that the
/// company does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub tools: Vec<ManifestTool>,
}

/// One tool and our level on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestTool {
    /// Procore's engine name in snake case, the key to match on.
    pub name: String,
    /// The label people see; companies may rename it.
    pub friendly_name: String,
    pub level: Level,
    /// Whether the tool is visible to our user at all.
    pub available: bool,
    /// Granular permissions on top of the level.
    pub actions: Vec<String>,
}

impl FromStr for Level {
    type Err = Infallible;

    /// Compares letters only: sources write "Read Only", "Read-Only" and "read_only".
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match letters(text).as_str() {
            "none" => Self::None,
            "readonly" | "read" => Self::ReadOnly,
            "standard" => Self::Standard,
            "admin" => Self::Admin,
            _ => Self::Other(text.trim().to_owned()),
        })
    }
}

impl Level {
    /// Whether this level suffices; `None` if its name tells nothing.
    pub fn reaches(&self, needed: &Self) -> Option<bool> {
        Some(self.rank()? >= needed.rank()?)
    }

    fn rank(&self) -> Option<u8> {
        match self {
            Self::None => Some(0),
            Self::ReadOnly => Some(1),
            Self::Standard => Some(2),
            Self::Admin => Some(3),
            Self::Other(_) => None,
        }
    }
}

impl Manifest {
    /// The first tool that has one of these names as engine name or label, spelt in any way.
    pub fn tool(&self, names: &[&str]) -> Option<&ManifestTool> {
        let wanted: Vec<String> = names.iter().map(|name| letters(name)).collect();
        let is = |text: &str| wanted.contains(&letters(text));
        let by_name = self.tools.iter().find(|tool| is(&tool.name));
        by_name.or_else(|| self.tools.iter().find(|tool| is(&tool.friendly_name)))
    }

    /// The Webhooks API tool, whose engine name Procore does not document.
    pub fn webhooks(&self) -> Option<&ManifestTool> {
        let is = |text: &str| letters(text).contains("webhook");
        self.tools
            .iter()
            .find(|tool| is(&tool.name) || is(&tool.friendly_name))
    }
}

impl CompanyApi {
    /// Our levels on the company's tools.
    pub async fn company_permissions(&self) -> Result<Manifest, Error> {
        self.manifest(
            "read our company permissions",
            "company_id",
            self.company_id().get(),
        )
        .await
    }

    /// Our levels on one project's tools.
    pub async fn project_permissions(&self, project_id: i64) -> Result<Manifest, Error> {
        self.manifest("read our project permissions", "project_id", project_id)
            .await
    }

    async fn manifest(
        &self,
        action: &'static str,
        scope: &str,
        id: i64,
    ) -> Result<Manifest, Error> {
        #[derive(Deserialize)]
        struct Wire {
            tools: Vec<Value>,
        }
        let call = Call::get(action, "/rest/v1.0/settings/permissions").query([(scope, id)]);
        let wire: Wire = self.read_json(&call).await?;
        let offered = wire.tools.len();
        let tools: Vec<ManifestTool> = wire.tools.iter().filter_map(ManifestTool::read).collect();
        if tools.len() < offered {
            debug!(
                skipped = offered - tools.len(),
                "Skipped tools of a manifest without a name"
            );
        }
        Ok(Manifest { tools })
    }
}

impl ManifestTool {
    /// One tool, field by field: an odd one must not hide the others.
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim);
        let name = text("name")
            .or_else(|| text("friendly_name"))
            .filter(|name| !name.is_empty())?;
        let level = match value.get("user_access_level") {
            Some(Value::Object(level)) => level.get("name").and_then(Value::as_str).unwrap_or(""),
            Some(Value::String(level)) => level,
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => "",
        };
        let actions = value.get("permitted_actions").and_then(Value::as_array);
        let action = |action: &Value| action.get("action_name")?.as_str().map(str::to_owned);
        Some(Self {
            name: name.to_owned(),
            friendly_name: text("friendly_name").unwrap_or(name).to_owned(),
            level: level
                .parse()
                .unwrap_or_else(|never: Infallible| match never {}),
            available: value
                .get("available_for_user")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            actions: actions.into_iter().flatten().filter_map(action).collect(),
        })
    }
}

/// Lower-case letters and digits alone, so that spellings compare equal.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn levels_are_read_in_every_spelling() {
        let table = [
            ("Read Only", Level::ReadOnly),
            ("Read-only", Level::ReadOnly),
            ("read_only", Level::ReadOnly),
            (" STANDARD ", Level::Standard),
            ("Admin", Level::Admin),
            ("None", Level::None),
            ("Custom", Level::Other("Custom".into())),
            ("", Level::Other(String::new())),
        ];
        for (text, level) in table {
            assert_eq!(text.parse::<Level>(), Ok(level), "{text}");
        }
    }

    #[test]
    fn a_level_reaches_what_is_below_it_and_an_unknown_one_says_nothing() {
        assert_eq!(Level::Admin.reaches(&Level::Standard), Some(true));
        assert_eq!(Level::ReadOnly.reaches(&Level::ReadOnly), Some(true));
        assert_eq!(Level::None.reaches(&Level::ReadOnly), Some(false));
        assert_eq!(
            Level::Other("Custom".into()).reaches(&Level::ReadOnly),
            None
        );
    }

    #[test]
    fn odd_tools_do_not_hide_the_others() {
        let tools = [
            json!({"name": "directory", "friendly_name": "Directory", "available_for_user": true,
                "user_access_level": {"id": 2, "name": "Read-Only"},
                "permitted_actions": [{"action_name": "read_users"}, {"label": "?"}]}),
            json!({"friendly_name": "Portfolio", "user_access_level": null}),
            json!({"name": "webhooks_api", "user_access_level": "Standard", "new_field": [1]}),
            json!({"id": 7}),
            json!("nonsense"),
        ];
        let tools: Vec<_> = tools.iter().filter_map(ManifestTool::read).collect();
        let manifest = Manifest { tools };

        assert_eq!(manifest.tools.len(), 3);
        let directory = manifest.tool(&["Directory"]).unwrap();
        assert_eq!(
            (&directory.level, directory.available),
            (&Level::ReadOnly, true)
        );
        assert_eq!(directory.actions, ["read_users"]);
        let portfolio = manifest.tool(&["project_list", "PORTFOLIO"]).unwrap();
        assert_eq!(portfolio.level, Level::Other(String::new()));
        assert_eq!(manifest.webhooks().unwrap().level, Level::Standard);
        assert_eq!(manifest.tool(&["rfis"]), None);
    }
}
