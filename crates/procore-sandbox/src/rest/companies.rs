//! Which companies the app is installed in, and who it is there.

use serde_json::{Value, json};

use super::pages;
use crate::answer::{Answer, Answered, NotFound};
use crate::call::Call;
use crate::world::World;

/// `GET /rest/v1.0/companies`: the companies where the app is installed; of a person, those that they are
/// in.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let state = &world.state;
    let person = call.person.and_then(|id| state.people.get(&id));
    let is_in = |id: i64| person.is_none_or(|it| it.companies.contains_key(&id));
    let sees_all = person.is_some() && world.people_see_all_companies;
    let companies = state.companies.iter();
    let shown = companies.filter(|(id, _)| {
        is_in(**id) && (sees_all || state.access(&call.client_id, **id).is_some())
    });
    let rows = shown.map(|(id, company)| {
        json!({
            "id": id, "name": company.name, "is_active": true, "logo_url": null,
            "pcn_business_experience": false, "my_company": false,
        })
    });
    let rows: Vec<Value> = rows.collect();
    Ok(pages::page_of(world, call, &rows, Answer::ok))
}

fn login(client_id: &str) -> String {
    let letters = client_id.chars().filter(char::is_ascii_alphanumeric);
    let start: String = letters.take(8).collect();
    format!("dmsa-{}@procore.example", start.to_ascii_lowercase())
}

/// `GET /rest/v1.0/me`; the name comes only with a company or project.
pub(crate) fn me(world: &mut World, call: &Call<'_>) -> Answered {
    let scoped = call.request.query("company_id").is_some() || call.project_id.is_some();
    if let Some(id) = call.person {
        let person = world.state.people.get(&id).ok_or(NotFound)?;
        let name = scoped.then_some(&person.name);
        return Ok(Answer::ok(
            json!({ "id": id, "login": person.login, "name": name }),
        ));
    }
    let access = call.access(&world.state)?;
    let (login, name) = (login(&call.client_id), scoped.then_some("Service Account"));
    Ok(Answer::ok(
        json!({ "id": access.user_id, "login": login, "name": name }),
    ))
}

/// `GET /rest/v1.3/companies/{company_id}/me`: the app's directory user.
pub(crate) fn company_user(world: &mut World, call: &Call<'_>) -> Answered {
    let access = call.access(&world.state)?;
    let person = call.person.and_then(|id| world.state.people.get(&id));
    let name = person.map_or("Service Account", |it| it.name.as_str());
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let login = person.map_or_else(|| login(&call.client_id), |it| it.login.clone());
    Ok(Answer::ok(json!({
        "id": access.user_id, "name": name, "first_name": first,
        "last_name": last, "initials": "SA", "email_address": login,
        "job_title": null, "is_active": true, "is_employee": true, "vendor": null,
        "permission_template": null,
        "default_permission_template_id": access.default_template,
        "company_permission_template_id": null, "login_information_uuid": null,
        "address": null, "city": null, "state_code": null, "country_code": null, "zip": null,
        "last_login_at": null, "origin_id": null, "origin_data": null,
    })))
}

/// `GET /rest/v1.0/company_base_url`.
pub(crate) fn base_url(world: &mut World, call: &Call<'_>) -> Answered {
    let address = world.address_for(call.request);
    Ok(Answer::ok(
        json!({ "zone": "us02", "web_base_url": address }),
    ))
}

/// The key that installs the version of an app after so many updates.
pub(crate) fn app_version_key(client_id: &str, updates: u32) -> String {
    let letters = client_id.chars().filter(char::is_ascii_alphanumeric);
    let start: String = letters.take(8).collect();
    format!("{}-4d57-9a30-{updates:012}", start.to_ascii_lowercase())
}

/// `GET /rest/v1.0/app_installations`: the app as it is installed in the company.
pub(crate) fn installations(world: &mut World, call: &Call<'_>) -> Answered {
    let access = call.access(&world.state)?;
    let client_id = &call.client_id;
    let newest = access.updates + u32::from(access.update_waits);
    let key = app_version_key(client_id, newest);
    let row = json!({
        "id": access.user_id, "app_uid": client_id, "status": "installed",
        "semantic_version": format!("1.{}.0", access.updates),
        "updatable_app_version_id": access.update_waits.then_some(&key),
        "installed_at": "2026-01-05T09:00:00Z", "uninstalled_at": null,
        "components": ["Data Connector"],
        "developer_app": { "uid": client_id, "name": "Service Account", "published_app_version_id": key },
    });
    Ok(pages::page_of(world, call, &[row], Answer::ok))
}
