//! Reads Procore's permission manifest.

use serde::Deserialize;
use serde_json::Value;
use tracing::debug;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use crate::catalog::Level;
use crate::verdict::{Manifest, ManifestTool};

impl CompanyApi {
    /// Our levels on the company's tools.
    pub async fn company_permissions(&self) -> Result<Manifest, Error> {
        #[derive(Deserialize)]
        struct Wire {
            tools: Vec<Value>,
        }
        let (action, path) = (
            "read our company permissions",
            "/rest/v1.0/settings/permissions",
        );
        let call = Call::get(action, path).query([("company_id", self.company_id().get())]);
        let wire: Wire = self.read_json(&call).await?;
        let offered = wire.tools.len();
        let tools: Vec<ManifestTool> = wire.tools.iter().filter_map(tool).collect();
        if tools.len() < offered {
            debug!(
                skipped = offered - tools.len(),
                "Skipped tools of a manifest without a name"
            );
        }
        Ok(Manifest { tools })
    }
}

/// Reads one tool field by field, so that a malformed one does not hide the others.
fn tool(value: &Value) -> Option<ManifestTool> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim);
    let name = text("name")
        .or_else(|| text("friendly_name"))
        .filter(|name| !name.is_empty())?;
    let level = match value.get("user_access_level") {
        Some(Value::Object(level)) => level.get("name").and_then(Value::as_str),
        Some(Value::String(level)) => Some(level.as_str()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => None,
    };
    let available = value.get("available_for_user").and_then(Value::as_bool);
    Some(ManifestTool {
        name: name.to_owned(),
        label: text("friendly_name").unwrap_or(name).to_owned(),
        level: match available {
            Some(false) => Some(Level::None),
            Some(true) | None => level.and_then(Level::parse),
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
            json!({"name": "admin", "available_for_user": false, "user_access_level": "Standard"}),
            json!({"id": 7}),
            json!("nonsense"),
        ];
        let tools: Vec<_> = tools.iter().filter_map(tool).collect();
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
