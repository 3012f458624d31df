//! Reads Procore's permission manifest.

use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::debug;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::lenient::{spelled, value};
use crate::catalog::Level;
use crate::verdict::{Manifest, ManifestTool};

impl CompanyApi {
    /// Our levels on the company's tools.
    pub async fn company_permissions(&self) -> Result<Manifest, Error> {
        let company = ("company_id", self.company_id().get());
        self.permissions("read our company permissions", company)
            .await
    }

    /// Our level on each tool of a project.
    pub(crate) async fn project_permissions(&self, project: i64) -> Result<Manifest, Error> {
        self.permissions("read our permissions in a project", ("project_id", project))
            .await
    }

    async fn permissions(
        &self,
        action: &'static str,
        of: (&'static str, i64),
    ) -> Result<Manifest, Error> {
        #[derive(Deserialize)]
        struct Wire {
            tools: Vec<Box<RawValue>>,
        }
        let call = Call::get(action, "/rest/v1.0/settings/permissions").query([of]);
        let wire: Wire = self.read_json(&call).await?;
        let offered = wire.tools.len();
        let tools: Vec<ManifestTool> = wire
            .tools
            .iter()
            .filter_map(|raw| tool(raw.get()))
            .collect();
        if tools.len() < offered {
            debug!(
                skipped = offered - tools.len(),
                "Skipped tools of a manifest without a name"
            );
        }
        Ok(Manifest { tools })
    }
}

/// Reads one tool. `None` if it has no name; the attempt to read what it guards then decides.
fn tool(json: &str) -> Option<ManifestTool> {
    #[derive(Deserialize)]
    struct Tool {
        #[serde(default, deserialize_with = "spelled")]
        name: Option<String>,
        #[serde(default, deserialize_with = "spelled")]
        friendly_name: Option<String>,
        #[serde(default, deserialize_with = "spelled")]
        available_for_user: Option<bool>,
        user_access_level: Option<Box<RawValue>>,
    }
    #[derive(Deserialize)]
    struct AccessLevel {
        #[serde(default, deserialize_with = "spelled")]
        name: Option<String>,
    }
    let tool: Tool = serde_json::from_str(json).ok()?;
    let name = tool.name.or_else(|| tool.friendly_name.clone())?;
    let level = tool.user_access_level.and_then(|level| {
        let named = serde_json::from_str::<AccessLevel>(level.get());
        named.map_or_else(|_| value::<String>(level.get()), |level| level.name)
    });
    Some(ManifestTool {
        label: tool.friendly_name.unwrap_or_else(|| name.clone()),
        name,
        level: match tool.available_for_user {
            Some(false) => Some(Level::None),
            Some(true) | None => level.as_deref().and_then(Level::parse),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Tool;

    #[test]
    fn odd_tools_do_not_hide_the_others() {
        let tools = [
            json!({"name": "directory", "friendly_name": "Directory", "available_for_user": true,
                "user_access_level": {"id": 2, "name": "Read-Only"},
                "permitted_actions": [{"action_name": "read_users"}, {"label": "?"}]}),
            json!({"friendly_name": "Portfolio", "user_access_level": null}),
            json!({"name": "webhooks_api", "user_access_level": "Standard", "new_field": [1]}),
            json!({"name": "admin", "available_for_user": "false", "user_access_level": "Standard"}),
            json!({"id": 7}),
            json!("nonsense"),
        ];
        let tools: Vec<_> = tools
            .iter()
            .filter_map(|it| tool(&it.to_string()))
            .collect();
        assert_eq!(tools.len(), 4);
        let manifest = Manifest { tools };
        for (tool, level) in [
            (Tool::Directory, Some(Level::ReadOnly)),
            (Tool::Portfolio, None),
            (Tool::WebhooksApi, Some(Level::Standard)),
            (Tool::Admin, Some(Level::None)),
        ] {
            assert_eq!(manifest.level(tool), level, "{tool}");
        }
        assert!(manifest.find(Tool::Portfolio).is_some());
    }
}
