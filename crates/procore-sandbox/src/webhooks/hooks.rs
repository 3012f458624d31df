//! Hooks: list, create, show, change, delete.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::Hook;
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::rest::pages;
use crate::world::{ProjectHookStatus, State, World};

/// What a call may set. A new hook needs the first three and begins active.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    payload_version: Option<String>,
    namespace: Option<String>,
    destination_url: Option<String>,
    destination_headers: Option<Headers>,
    status: Option<HookStatus>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    #[serde(rename = "Authorization")]
    authorization: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum HookStatus {
    Active,
    Disabled,
}

/// `GET …/webhooks/hooks`: this app's hooks of this company, or of this project.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let namespace = call.request.query("namespace");
    let version = call.request.query("payload_version").map(dotted);
    let with_count = call.request.query("include_trigger_count") == Some("true");
    let hooks = world
        .state
        .hooks
        .values()
        .filter(|hook| belongs(hook, call));
    let hooks = hooks.filter(|hook| namespace.is_none_or(|name| hook.namespace == name));
    let hooks = hooks.filter(|hook| {
        version
            .as_ref()
            .is_none_or(|version| dotted(&hook.payload_version) == *version)
    });
    let rows: Vec<Value> = hooks.map(|hook| hook.shown(with_count)).collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let fields: Fields = call.json()?;
    let needed = [
        &fields.payload_version,
        &fields.namespace,
        &fields.destination_url,
    ];
    if needed.contains(&&None) || fields.status.is_some() {
        let why =
            "payload_version, namespace and destination_url are required, status is not known";
        return Err(Refusal::bad(why));
    }
    let now = world.clock.now();
    let mut hook = Hook {
        id: world.state.next_id(),
        client_id: call.client_id.clone(),
        company_id: call.company_id,
        project_id: call.project_id,
        active: true,
        created_at: now,
        updated_at: now,
        ..Hook::default()
    };
    fields.fill(&mut hook)?;
    let shown = hook.shown(false);
    world.state.hooks.insert(hook.id, hook);
    Ok(Answer::data(StatusCode::CREATED, shown))
}

pub(crate) fn show(world: &mut World, call: &Call<'_>) -> Answered {
    Ok(Answer::found(
        find(&mut world.state, call, "id")?.shown(false),
    ))
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answered {
    let mut fields: Fields = call.json()?;
    let now = world.clock.now();
    let hook = find(&mut world.state, call, "id")?;
    if call.project_id.is_some() {
        match world.project_hook_status {
            ProjectHookStatus::Taken => {}
            ProjectHookStatus::Ignored => fields.status = None,
            ProjectHookStatus::Refused if fields.status.is_none() => {}
            ProjectHookStatus::Refused => {
                let why = "status is not allowed for a project hook";
                return Err(Answer::error(StatusCode::BAD_REQUEST, why).into());
            }
        }
    }
    let mut changed = hook.clone();
    fields.fill(&mut changed)?;
    changed.updated_at = now;
    *hook = changed;
    Ok(Answer::found(hook.shown(false)))
}

/// Deletes a hook with its triggers; what waits for delivery to it is dropped.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let id = find(&mut world.state, call, "id")?.id;
    world.state.hooks.remove(&id);
    world
        .state
        .outbox
        .discard(|delivery| delivery.hook_id == id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The hook that the path names, if it is this app's and of this scope.
pub(crate) fn find<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    name: &str,
) -> Result<&'s mut Hook, NotFound> {
    let hook = state.hooks.get_mut(&call.path_id(name)?);
    hook.filter(|hook| belongs(hook, call)).ok_or(NotFound)
}

fn belongs(hook: &Hook, call: &Call<'_>) -> bool {
    let scope = (hook.company_id, hook.project_id);
    hook.client_id == call.client_id && scope == (call.company_id, call.project_id)
}

impl Fields {
    /// Takes the fields over that were sent.
    fn fill(self, hook: &mut Hook) -> Result<(), Refusal> {
        if let Some(version) = self.payload_version {
            if !VERSIONS.contains(&dotted(&version).as_str()) {
                return Err(Refusal::bad(format!("payload_version cannot be {version}")));
            }
            hook.payload_version = version;
        }
        if let Some(namespace) = self.namespace {
            let allowed = |letter| matches!(letter, 'a'..='z' | '0'..='9' | '-');
            if namespace.is_empty() || !namespace.chars().all(allowed) {
                return Err(Refusal::bad("namespace may hold a-z, 0-9 and - only"));
            }
            hook.namespace = namespace;
        }
        if let Some(address) = self.destination_url {
            let url =
                Url::parse(&address).map_err(|_| Refusal::bad("destination_url is no URL"))?;
            let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if url.scheme() != "https" && !(url.scheme() == "http" && local) {
                return Err(Refusal::bad("destination_url must be https"));
            }
            hook.destination_url = address;
        }
        if let Some(headers) = self.destination_headers {
            hook.authorization = headers.authorization;
        }
        hook.active = self
            .status
            .map_or(hook.active, |status| status == HookStatus::Active);
        Ok(())
    }
}

pub(crate) const VERSIONS: [&str; 3] = ["v2.0", "v3.0", "v4.0"];

/// `v2` and `v2.0` are the same version.
pub(crate) fn dotted(version: &str) -> String {
    match version.contains('.') {
        true => version.to_owned(),
        false => format!("{version}.0"),
    }
}
