//! Made-up bodies, and the parts that several of them share.

use serde_json::{Map, Value, json};

use super::{Dataset, Records, Row, names};
use crate::clock::iso;

/// The body of a record that has nothing but a name.
pub fn name_alone(_: &Records, row: &Row, name: &str) -> Value {
    json!({ "id": row.id, "name": name })
}

pub fn office(_: &Records, row: &Row, name: &str) -> Value {
    let (city, state, zip) = city(row.index);
    json!({
        "id": row.id, "name": name, "address": format!("{} Main St.", 100 + row.index),
        "city": city, "state_code": state, "country_code": "US", "zip": zip,
        "phone": phone(row.index), "fax": null, "division": null, "logo": null,
    })
}

pub fn cost_code(records: &Records, row: &Row, name: &str) -> Value {
    let index = row.index;
    json!({
        "id": row.id, "standard_cost_code_list_id": records.cost_code_list_of(index),
        "parent_id": null, "code": format!("{:03}", index % 1000),
        "full_code": format!("{:02}-{:03}", index / 1000 + 1, index % 1000),
        "name": name, "origin_id": null, "origin_data": null,
    })
}

/// Name and category of a project stage.
pub fn stage(index: i64) -> (&'static str, &'static str) {
    names::STAGES[index.rem_euclid(names::STAGES.len() as i64) as usize]
}

pub fn full_name(records: &Records, index: i64) -> [String; 2] {
    let chance = records.chance(Dataset::Users, index);
    let first = names::FIRST_NAMES[chance as usize % names::FIRST_NAMES.len()];
    let last = names::LAST_NAMES[(chance >> 16) as usize % names::LAST_NAMES.len()];
    [first.to_owned(), last.to_owned()]
}

pub fn user(records: &Records, row: &Row, name: &str) -> Value {
    let index = row.index;
    let [first_name, last_name] = full_name(records, index);
    let (city, state, zip) = city(index);
    let is_employee = index % 4 != 3;
    let (vendor, template) = if is_employee {
        (
            Value::Null,
            json!({ "id": 9001, "name": "Company User", "project_specific": false, "type": "company_tools" }),
        )
    } else {
        (records.reference(Dataset::Vendors, index), Value::Null)
    };
    let initials: String = [&first_name, &last_name]
        .iter()
        .filter_map(|name| name.chars().next())
        .collect();
    json!({
        "id": row.id, "contact_id": row.id + 7_000_000,
        "name": name, "first_name": first_name, "last_name": last_name,
        "initials": initials,
        "email_address": format!("{}.{}.{index}@example.com", slug(&first_name), slug(&last_name)),
        "job_title": names::JOB_TITLES[index.rem_euclid(8) as usize],
        "business_phone": phone(index), "business_phone_extension": index % 90 + 10,
        "mobile_phone": null, "fax_number": null,
        "address": format!("{} Second St.", 20 + index % 900), "city": city, "state_code": state,
        "country_code": "US", "zip": zip,
        "is_active": row.active, "is_employee": is_employee,
        "employee_id": if is_employee { json!(format!("E{index:05}")) } else { Value::Null },
        "vendor": vendor, "permission_template": template,
        "company_permission_template": null, "work_classification_id": null,
        "erp_integrated_accountant": false, "last_login_at": iso(row.updated_at),
        "welcome_email_sent_at": iso(row.created_at), "avatar": null, "email_signature": null,
        "notes": null, "business_id": null, "origin_id": null, "origin_data": null,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
        "role": names::JOB_TITLES[index.rem_euclid(8) as usize], "verified_employee": is_employee,
    })
}

pub fn city(index: i64) -> (&'static str, &'static str, &'static str) {
    names::CITIES[index.rem_euclid(names::CITIES.len() as i64) as usize]
}

pub fn phone(index: i64) -> String {
    format!("805-555-{:04}", index.rem_euclid(10_000))
}

/// Lower-case letters of a name, for addresses.
pub fn slug(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
