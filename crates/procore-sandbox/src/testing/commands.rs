//! What a person could do on the control page.

use serde_json::{Value, json};

use super::{Fail, Sandbox};

impl Sandbox {
    /// Sets the level on a company tool: `None`, `Read Only`, `Standard`, `Admin`.
    pub async fn set_level(&self, tool: &str, level: &str) {
        self.control("level", json!({ "tool": tool, "level": level }))
            .await;
    }

    /// Sets the level on a tool of one project.
    pub async fn set_project_level(&self, project_id: i64, tool: &str, level: &str) {
        let fields = json!({ "project_id": project_id, "tool": tool, "level": level });
        self.control("level", fields).await;
    }

    /// Takes a company tool away or brings it back.
    pub async fn set_tool_present(&self, tool: &str, present: bool) {
        self.control("tool", json!({ "tool": tool, "present": present }))
            .await;
    }

    /// Switches a tool of one project on or off.
    pub async fn set_project_tool(&self, project_id: i64, tool: &str, present: bool) {
        let fields = json!({ "project_id": project_id, "tool": tool, "present": present });
        self.control("tool", fields).await;
    }

    /// How the manifest writes the Read Only level from now on.
    pub async fn spell_read_only(&self, spelling: &str) {
        self.control("spelling", json!({ "read_only": spelling }))
            .await;
    }

    /// Users and vendors without the Directory level: ids and names instead of a 403.
    pub async fn set_reduced_views(&self, on: bool) {
        self.control("reduced-views", json!({ "on": on })).await;
    }

    pub async fn permit_all_projects(&self) {
        self.control("projects", json!({ "all": true })).await;
    }

    /// Permits these projects and no others.
    pub async fn permit_projects(&self, ids: &[i64]) {
        self.control("projects", json!({ "all": false, "permit": ids }))
            .await;
    }

    pub async fn withdraw_project(&self, id: i64) {
        self.control("projects", json!({ "withdraw": [id] })).await;
    }

    pub async fn uninstall(&self) {
        self.control("uninstall", json!({})).await;
    }

    /// The same, answered with the 401 that is seen before a first installation.
    pub async fn uninstall_with_401(&self) {
        self.control("uninstall", json!({ "status": 401 })).await;
    }

    /// Installs the app again; as in Procore, no project is permitted then.
    pub async fn reinstall(&self) {
        self.control("reinstall", json!({})).await;
    }

    /// Installs the app again and permits all projects.
    pub async fn reinstall_with_projects(&self) {
        self.control("reinstall", json!({ "all_projects": true }))
            .await;
    }

    /// Ends the secret and every token that was issued for it.
    pub async fn revoke_secret(&self) {
        self.control("secret/revoke", json!({ "revoke_tokens": true }))
            .await;
    }

    /// Gives the app a new secret; tokens go on until they expire.
    pub async fn replace_secret(&self, secret: &str) {
        self.control("secret/replace", json!({ "client_secret": secret }))
            .await;
    }

    pub async fn expire_tokens(&self) {
        self.control("tokens/expire", json!({})).await;
    }

    /// The product's process was killed: that it fetches a new token is right.
    pub async fn forget_tokens(&self) {
        self.control("tokens/forget", json!({})).await;
    }

    /// Sets both rate limits; 0 is off.
    pub async fn throttle(&self, hourly: u32, spike: u32) {
        self.control("throttle", json!({ "hourly": hourly, "spike": spike }))
            .await;
    }

    /// Scripts the next answers to requests of a kind.
    pub async fn fail_next(&self, fail: Fail) {
        self.control("fail", json!(fail)).await;
    }

    /// Lets single triggers of the next bulk fail; positions count from 1.
    pub async fn fail_triggers(&self, positions: &[usize]) {
        self.control("triggers/fail", json!({ "positions": positions }))
            .await;
    }

    /// Every answer is an edge server's 502 page.
    pub async fn down(&self) {
        self.control("down", json!({})).await;
    }

    /// Connections are closed without an answer.
    pub async fn down_silently(&self) {
        self.control("down", json!({ "how": "drop" })).await;
    }

    /// Ends outage, slowness, scripted answers and ordered waits.
    pub async fn up(&self) {
        self.control("up", json!({})).await;
    }

    /// Delays every answer below a path (`""` is every path); 0 ends it.
    pub async fn slow(&self, prefix: &str, ms: u64) {
        self.control("slow", json!({ "ms": ms, "prefix": prefix }))
            .await;
    }

    pub async fn advance_clock(&self, seconds: i64) {
        self.control("clock", json!({ "advance_seconds": seconds }))
            .await;
    }

    /// Whether the list of companies insists on the company header: sources disagree.
    pub async fn companies_need_header(&self, on: bool) {
        self.control("companies-need-header", json!({ "on": on }))
            .await;
    }

    /// Takes a resource out of the webhook catalog.
    pub async fn remove_from_catalog(&self, resource: &str) {
        self.control("catalog", json!({ "resource": resource, "present": false }))
            .await;
    }

    pub async fn restore_to_catalog(&self, resource: &str) {
        self.control("catalog", json!({ "resource": resource, "present": true }))
            .await;
    }

    /// Adds a company where these apps are installed.
    pub async fn add_company(&self, id: i64, name: &str, clients: &[&str]) {
        self.control(
            "company",
            json!({ "id": id, "name": name, "clients": clients }),
        )
        .await;
    }

    /// Adds an app that is installed in these companies.
    pub async fn add_client(&self, client_id: &str, client_secret: &str, companies: &[i64]) {
        let fields = json!({
            "client_id": client_id, "client_secret": client_secret, "companies": companies,
        });
        self.control("client", fields).await;
    }

    /// Adds an app of another environment: its credentials are not accepted here.
    pub async fn add_foreign_client(&self, client_id: &str, client_secret: &str) {
        let fields = json!({
            "client_id": client_id, "client_secret": client_secret, "foreign": true,
        });
        self.control("client", fields).await;
    }

    /// Makes a record as a person in Procore would; returns its id. Hooks are told.
    pub async fn create_record(&self, dataset: &str, fields: Value) -> i64 {
        let command = json!({ "dataset": dataset, "action": "create", "fields": fields });
        self.control("records", command).await["id"]
            .as_i64()
            .expect("an id")
    }

    pub async fn edit_record(&self, dataset: &str, id: i64, fields: Value) {
        let command = json!({ "dataset": dataset, "action": "update", "id": id, "fields": fields });
        self.control("records", command).await;
    }

    /// `create`, `update`, `activate`, `deactivate` or `delete`.
    pub async fn act_on_record(&self, dataset: &str, action: &str, id: i64) {
        let command = json!({ "dataset": dataset, "action": action, "id": id });
        self.control("records", command).await;
    }

    /// Waits until all that can be delivered now was tried; every delivery, oldest first.
    pub async fn settled_deliveries(&self) -> Vec<Value> {
        self.inspect("deliveries/settled").await
    }

    /// Sends the last delivered event once more.
    pub async fn duplicate_delivery(&self) {
        self.control("deliveries/duplicate", json!({})).await;
    }

    pub async fn hold_deliveries(&self) {
        self.control("deliveries/hold", json!({})).await;
    }

    /// Sends what was held, newest first when `reverse`.
    pub async fn release_deliveries(&self, reverse: bool) {
        self.control("deliveries/release", json!({ "reverse": reverse }))
            .await;
    }
}
