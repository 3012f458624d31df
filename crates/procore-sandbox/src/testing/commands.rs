//! What a person could do on the control page.

use serde_json::{Value, json};

use super::{Fail, Sandbox};

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident($($argument:ident: $type:ty),*) $command:literal $fields:tt;)*) => {
        impl Sandbox {
            $($(#[doc = $doc])*
            pub async fn $name(&self $(, $argument: $type)*) {
                self.control($command, json!($fields)).await;
            })*
        }
    };
}

commands! {
    /// Sets the level on a company tool: `None`, `Read Only`, `Standard`, `Admin`.
    set_level(tool: &str, level: &str) "level" { "tool": tool, "level": level };
    /// Takes a company tool away or brings it back.
    set_tool_present(tool: &str, present: bool) "tool" { "tool": tool, "present": present };
    /// How the manifest writes the Read Only level from now on.
    spell_read_only(spelling: &str) "spelling" { "read_only": spelling };
    /// Users and vendors without the Directory level: ids and names instead of a 403.
    set_reduced_views(on: bool) "reduced-views" { "on": on };
    permit_all_projects() "projects" { "all": true };
    /// Permits these projects and no others.
    permit_projects(ids: &[i64]) "projects" { "all": false, "permit": ids };
    withdraw_project(id: i64) "projects" { "withdraw": [id] };
    /// Makes the app a member of a project again.
    share_project(id: i64) "projects" { "permit": [id] };
    /// Sets the level on a tool of a project; project 0 is every project without levels of its own.
    set_project_level(project_id: i64, tool: &str, level: &str) "level"
        { "project_id": project_id, "tool": tool, "level": level };
    /// Switches a tool of a project on or off; project 0 as above.
    switch_project_tool(project_id: i64, tool: &str, on: bool) "tool"
        { "project_id": project_id, "tool": tool, "present": on };
    close_project(id: i64) "records" { "dataset": "projects", "action": "deactivate", "id": id };
    reopen_project(id: i64) "records" { "dataset": "projects", "action": "activate", "id": id };
    delete_project(id: i64) "records" { "dataset": "projects", "action": "delete", "id": id };
    /// Shows a deleted project again.
    restore_project(id: i64) "records" { "dataset": "projects", "action": "restore", "id": id };
    /// What calls into closed projects answer, 403 at first; `None` is as into any other.
    answer_closed_projects(status: Option<u16>) "closed-projects" { "status": status };
    /// Refuses a path template, such as `/rest/v1.0/tools`, until it is given `None`.
    refuse(path: &str, status: Option<u16>) "refuse" { "path": path, "status": status };
    /// The default template of the app's user, and whether it joins all new projects.
    set_new_projects(template: Option<i64>, join: bool) "new-projects"
        { "template": template, "join": join };
    /// What a PATCH of a project's hook makes of `status`: `ignored` (at first), `refused`, `taken`.
    take_project_hook_status(how: &str) "project-hook-status" { "how": how };
    /// Whether commitments have other ids in v1.0, which events then carry.
    set_contract_ids_differ(differ: bool) "contract-ids" { "differ": differ };
    uninstall() "uninstall" {};
    uninstall_app(client_id: &str) "uninstall" { "client_id": client_id };
    /// The same, answered with the 401 that is seen before a first installation.
    uninstall_with_401() "uninstall" { "status": 401 };
    /// Installs the app again; as in Procore, no project is permitted then.
    reinstall() "reinstall" {};
    /// Installs the app again and permits all projects.
    reinstall_with_projects() "reinstall" { "all_projects": true };
    /// Promotes a newer version of the app, which waits to be accepted.
    offer_app_update() "app-update" { "accepted": false };
    /// Accepts the newer version; Procore may clear the permitted projects then.
    accept_app_update(clears_projects: bool) "app-update"
        { "accepted": true, "clears_projects": clears_projects };
    /// Ends the secret and every token that was issued for it.
    revoke_secret() "secret/revoke" { "revoke_tokens": true };
    /// Gives the app a new secret; tokens go on until they expire.
    replace_secret(secret: &str) "secret/replace" { "client_secret": secret };
    expire_tokens() "tokens/expire" {};
    /// The product's process was killed: that it fetches a new token is right.
    forget_tokens() "tokens/forget" {};
    /// Sets both rate limits; 0 is off.
    throttle(hourly: u32, spike: u32) "throttle" { "hourly": hourly, "spike": spike };
    /// Scripts the next answers to requests of a kind.
    fail_next(fail: Fail) "fail" (fail);
    /// Makes a hook of the app in a namespace, as another program would.
    create_hook(namespace: &str, destination_url: &str, triggers: &[(&str, &str)]) "hooks/create"
        { "namespace": namespace, "destination_url": destination_url, "triggers": triggers };
    create_project_hook(project_id: i64, namespace: &str, destination_url: &str, triggers: &[(&str, &str)])
        "hooks/create" { "project_id": project_id, "namespace": namespace,
            "destination_url": destination_url, "triggers": triggers };
    set_project_hook_active(project_id: i64, active: bool) "hooks/change"
        { "project_id": project_id, "active": active };
    delete_project_hook(project_id: i64) "hooks/change" { "project_id": project_id, "deleted": true };
    delete_project_trigger(project_id: i64) "triggers/delete" { "project_id": project_id };
    /// Gives every hook another payload version, as if it had been made with it.
    set_hook_versions(version: &str) "hooks/version" { "version": version };
    /// Disables the first hook, or enables it again.
    set_hook_active(active: bool) "hooks/change" { "active": active };
    delete_hook() "hooks/change" { "deleted": true };
    /// Deletes the first trigger of a hook.
    delete_trigger() "triggers/delete" {};
    /// Lets single triggers of the next bulk fail; positions count from 1.
    fail_triggers(positions: &[usize]) "triggers/fail" { "positions": positions };
    /// Every answer is an edge server's 502 page.
    down() "down" {};
    /// Connections are closed without an answer.
    down_silently() "down" { "how": "drop" };
    /// Ends outage, slowness, scripted answers and ordered waits.
    up() "up" {};
    /// Delays every answer below a path (`""` is every path); 0 ends it.
    slow(prefix: &str, ms: u64) "slow" { "ms": ms, "prefix": prefix };
    advance_clock(seconds: i64) "clock" { "advance_seconds": seconds };
    /// Whether the list of companies insists on the company header: sources disagree.
    companies_need_header(on: bool) "companies-need-header" { "on": on };
    /// Takes a resource out of the webhook catalog.
    remove_from_catalog(resource: &str) "catalog" { "resource": resource, "present": false };
    /// Adds a company where these apps are installed.
    add_company(id: i64, name: &str, clients: &[&str]) "company"
        { "id": id, "name": name, "clients": clients };
    /// Adds an app that is installed in these companies.
    add_client(client_id: &str, client_secret: &str, companies: &[i64]) "client"
        { "client_id": client_id, "client_secret": client_secret, "companies": companies };
    /// Lets people who signed in to an app be sent back to an address.
    register_redirect(client_id: &str, client_secret: &str, address: &str) "client"
        { "client_id": client_id, "client_secret": client_secret, "redirects": [address] };
    /// Makes a person known who administers a company, or only works there.
    add_person(company_id: i64, name: &str, login: &str, admin: bool) "person"
        { "company_id": company_id, "name": name, "login": login, "admin": admin };
    /// Whether people see their companies also where the app is not installed: sources do not say.
    people_see_all_companies(on: bool) "people-see-all-companies" { "on": on };
    /// Whether a code is exchanged without comparing its challenge: Procore documents no PKCE.
    ignore_pkce(on: bool) "ignore-pkce" { "on": on };
    /// Promotes a version of an app, with these levels; its installations are offered an update.
    promote_app(client_id: &str, levels: Value) "promote"
        { "client_id": client_id, "levels": levels };
    /// Installs an app in a company, with all projects.
    install_app(client_id: &str, company_id: i64) "reinstall"
        { "client_id": client_id, "company_id": company_id, "all_projects": true };
    edit_record(dataset: &str, id: i64, fields: Value) "records"
        { "dataset": dataset, "action": "update", "id": id, "fields": fields };
    /// `create`, `update`, `activate`, `deactivate`, `delete` or `restore`.
    act_on_record(dataset: &str, action: &str, id: i64) "records"
        { "dataset": dataset, "action": action, "id": id };
    edit_project_record(project_id: i64, dataset: &str, id: i64, fields: Value) "records"
        { "project_id": project_id, "dataset": dataset, "action": "update", "id": id, "fields": fields };
    /// Deletes a record of a project; a user or vendor leaves it.
    delete_project_record(project_id: i64, dataset: &str, id: i64) "records"
        { "project_id": project_id, "dataset": dataset, "action": "delete", "id": id };
    /// A user or vendor of the company joins a project.
    join_project(project_id: i64, dataset: &str, id: i64) "records"
        { "project_id": project_id, "dataset": dataset, "action": "create", "id": id };
    /// Changes a record and tells no hook.
    edit_silently(project_id: i64, dataset: &str, id: i64, fields: Value) "records"
        { "project_id": project_id, "dataset": dataset, "action": "update", "id": id,
            "fields": fields, "silent": true };
    /// Sends the last delivered event again.
    duplicate_delivery() "deliveries/duplicate" {};
    hold_deliveries() "deliveries/hold" {};
    /// Sends these of what waits, in this order, and the rest never.
    arrange_deliveries(ids: &[i64]) "deliveries/arrange" { "ids": ids };
    /// Sends what was held, newest first when `reverse`.
    release_deliveries(reverse: bool) "deliveries/release" { "reverse": reverse };
    reset_violations() "violations/reset" {};
    reset_requests() "requests/reset" {};
}

impl Sandbox {
    /// Makes a record as a person in Procore would; returns its id. Hooks are told.
    pub async fn create_record(&self, dataset: &str, fields: Value) -> i64 {
        let command = json!({ "dataset": dataset, "action": "create", "fields": fields });
        let created = self.control("records", command).await;
        created["id"].as_i64().expect("an id")
    }

    /// Makes a record in a project; returns its id.
    pub async fn create_project_record(&self, project: i64, dataset: &str, fields: Value) -> i64 {
        let command = json!({
            "project_id": project, "dataset": dataset, "action": "create", "fields": fields,
        });
        let created = self.control("records", command).await;
        created["id"].as_i64().expect("an id")
    }

    /// The same, where it can be read alone only after some seconds of simulated time.
    pub async fn create_late_record(
        &self,
        project: i64,
        dataset: &str,
        readable_after: i64,
    ) -> i64 {
        let command = json!({
            "project_id": project, "dataset": dataset, "action": "create",
            "readable_after": readable_after,
        });
        let created = self.control("records", command).await;
        created["id"].as_i64().expect("an id")
    }

    /// Makes a project like another, hooks included; returns its id.
    pub async fn clone_project(&self, id: i64) -> i64 {
        let cloned = self
            .control("projects/clone", json!({ "project_id": id }))
            .await;
        cloned["id"].as_i64().expect("an id")
    }
}
