//! The made-up body of each kind of record, with the fields of its fullest view.

use serde_json::{Map, Value, json};

use super::names::{self, numbered};
use super::{Dataset, Records, Row, projects, vendors};
use crate::clock::iso;

/// The made-up name of a record.
pub fn name(records: &Records, dataset: Dataset, index: i64) -> String {
    match dataset {
        Dataset::Projects => projects::name(records, index),
        Dataset::Users => full_name(records, index).join(" "),
        Dataset::Vendors => vendors::name(records, index),
        Dataset::Departments => numbered(&names::DEPARTMENTS, index),
        Dataset::Offices => format!("{} Office", numbered(&names::PLACES, index)),
        Dataset::Programs => format!("{} Program", numbered(&names::PLACES, index + 5)),
        Dataset::Trades => numbered(&names::TRADES, index),
        Dataset::CostCodes => numbered(&names::COST_CODES, index),
        Dataset::CostCodeLists => format!("Master List {}", index + 1),
        Dataset::ProjectStages => names::STAGES
            [index.rem_euclid(names::STAGES.len() as i64) as usize]
            .0
            .to_owned(),
        Dataset::ProjectTypes => numbered(&names::PROJECT_TYPES, index),
        Dataset::ProjectRegions => numbered(&names::REGIONS, index),
        Dataset::ProjectOwnerTypes => numbered(&names::OWNER_TYPES, index),
        Dataset::ProjectBidTypes => numbered(&names::BID_TYPES, index),
    }
}

pub fn made_up(records: &Records, dataset: Dataset, row: &Row) -> Map<String, Value> {
    let (id, name, index) = (row.id, name(records, dataset, row.index), row.index);
    let body = match dataset {
        Dataset::Projects => return projects::body(records, row),
        Dataset::Users => return user(records, row),
        Dataset::Vendors => return vendors::body(records, row),
        Dataset::Departments => {
            json!({ "id": id, "name": name, "origin_id": null, "origin_data": null })
        }
        Dataset::Offices => {
            let (city, state, zip) = city(index);
            json!({
                "id": id, "name": name, "address": format!("{} Main St.", 100 + index),
                "city": city, "state_code": state, "country_code": "US", "zip": zip,
                "phone": phone(index), "fax": null, "division": null, "logo": null,
            })
        }
        Dataset::Programs => json!({
            "id": id, "name": name, "address_freeform": format!("{} First St.", 10 + index),
            "website": null, "logo": null,
        }),
        Dataset::Trades => json!({
            "id": id, "name": name, "active": row.active, "updated_at": iso(row.updated_at),
        }),
        Dataset::CostCodes => json!({
            "id": id, "standard_cost_code_list_id": records.cost_code_list_of(index),
            "parent_id": null, "code": format!("{:03}", index % 1000),
            "full_code": format!("{:02}-{:03}", index / 1000 + 1, index % 1000),
            "name": name, "origin_id": null, "origin_data": null,
        }),
        Dataset::CostCodeLists => json!({
            "id": id, "name": name, "is_erp_list": false, "available_to_use_on_new_projects": index == 0,
        }),
        Dataset::ProjectStages => {
            let (_, category) =
                names::STAGES[index.rem_euclid(names::STAGES.len() as i64) as usize];
            json!({
                "id": id, "name": name, "category": category, "is_bidding_stage": index == 0,
                "is_concept_stage": false, "readonly": true, "default_stage": index == 2,
                "hideable": true, "has_rfi_prefixes": false, "project_stage_has_children": false,
            })
        }
        Dataset::ProjectTypes
        | Dataset::ProjectRegions
        | Dataset::ProjectOwnerTypes
        | Dataset::ProjectBidTypes => json!({ "id": id, "name": name }),
    };
    object(body)
}

fn full_name(records: &Records, index: i64) -> [String; 2] {
    let chance = records.chance(Dataset::Users, index);
    let first = names::FIRST_NAMES[chance as usize % names::FIRST_NAMES.len()];
    let last = names::LAST_NAMES[(chance >> 16) as usize % names::LAST_NAMES.len()];
    [first.to_owned(), last.to_owned()]
}

fn user(records: &Records, row: &Row) -> Map<String, Value> {
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
    object(json!({
        "id": row.id, "contact_id": row.id + 7_000_000,
        "name": format!("{first_name} {last_name}"), "first_name": first_name, "last_name": last_name,
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
    }))
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
