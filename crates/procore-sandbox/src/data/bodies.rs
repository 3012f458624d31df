//! Generated bodies. Each comes in two parts: what every view shows, and what only the fullest adds.

use serde_json::{Value, json};

use super::names::{self, pick};
use super::{Dataset, Records, Row};
use crate::clock::iso;

pub(super) type Body = [Value; 2];

pub(super) fn plain(body: Value) -> Body {
    [body, Value::Null]
}

/// The body of a record that has nothing but a name.
pub(super) fn name_alone(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({ "id": row.id, "name": name }))
}

pub(super) fn department(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({ "id": row.id, "name": name, "origin_id": null, "origin_data": null }))
}

pub(super) fn office(_: &Records, row: &Row, name: &str) -> Body {
    let (city, state, zip) = city(row.index);
    plain(json!({
        "id": row.id, "name": name, "address": format!("{} Main St.", 100 + row.index),
        "city": city, "state_code": state, "country_code": "US", "zip": zip,
        "phone": phone(row.index), "fax": null, "division": null, "logo": null,
    }))
}

pub(super) fn program(_: &Records, row: &Row, name: &str) -> Body {
    let address = format!("{} First St.", 10 + row.index);
    let row = json!({ "id": row.id, "name": name, "address_freeform": address, "website": null, "logo": null });
    plain(row)
}

pub(super) fn trade(_: &Records, row: &Row, name: &str) -> Body {
    let updated_at = iso(row.updated_at);
    plain(json!({ "id": row.id, "name": name, "active": row.active, "updated_at": updated_at }))
}

pub(super) fn cost_code(records: &Records, row: &Row, name: &str) -> Body {
    let index = row.index;
    plain(json!({
        "id": row.id, "standard_cost_code_list_id": records.cost_code_list_of(index),
        "parent_id": null, "code": format!("{:03}", index % 1000),
        "full_code": format!("{:02}-{:03}", index / 1000 + 1, index % 1000),
        "name": name, "origin_id": null, "origin_data": null,
    }))
}

pub(super) fn cost_code_list(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({
        "id": row.id, "name": name, "is_erp_list": false,
        "available_to_use_on_new_projects": row.index == 0,
    }))
}

/// Name and category of a project stage.
pub(super) fn stage(index: i64) -> (&'static str, &'static str) {
    pick(names::STAGES, index as u64)
}

pub(super) fn project_stage(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({
        "id": row.id, "name": name, "category": stage(row.index).1,
        "is_bidding_stage": row.index == 0, "is_concept_stage": false, "readonly": true,
        "default_stage": row.index == 2, "hideable": true, "has_rfi_prefixes": false,
        "project_stage_has_children": false,
    }))
}

fn first_and_last_name(records: &Records, index: i64) -> [&'static str; 2] {
    let chance = records.chance(Dataset::Users, index);
    [
        pick(names::FIRST_NAMES, chance),
        pick(names::LAST_NAMES, chance >> 16),
    ]
}

pub(super) fn full_name(records: &Records, index: i64) -> String {
    first_and_last_name(records, index).join(" ")
}

pub(super) fn user(records: &Records, row: &Row, name: &str) -> Body {
    let index = row.index;
    let [first, last] = first_and_last_name(records, index);
    let (city, state, zip) = city(index);
    let job_title = pick(names::JOB_TITLES, index as u64);
    let is_employee = index % 4 != 3;
    let template = json!({ "id": 9001, "name": "Company User", "project_specific": false, "type": "company_tools" });
    let (vendor, template, employee_id) = match is_employee {
        true => (Value::Null, template, json!(format!("E{index:05}"))),
        false => (
            records.reference(Dataset::Vendors, index),
            Value::Null,
            Value::Null,
        ),
    };
    let body = json!({
        "id": row.id, "contact_id": row.id + 7_000_000,
        "name": name, "first_name": first, "last_name": last,
        "initials": format!("{}{}", &first[..1], &last[..1]),
        "email_address": format!("{}.{}.{index}@example.com", slug(first), slug(last)),
        "job_title": job_title,
        "business_phone": phone(index), "business_phone_extension": index % 90 + 10,
        "mobile_phone": null, "fax_number": null,
        "address": format!("{} Second St.", 20 + index % 900), "city": city, "state_code": state,
        "country_code": "US", "zip": zip,
        "is_active": row.active, "is_employee": is_employee, "employee_id": employee_id,
        "vendor": vendor, "permission_template": template,
        "company_permission_template": null, "work_classification_id": null,
        "erp_integrated_accountant": false, "last_login_at": iso(row.updated_at),
        "welcome_email_sent_at": iso(row.created_at), "avatar": null, "email_signature": null,
        "notes": null, "business_id": null, "origin_id": null, "origin_data": null,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    });
    [
        body,
        json!({ "role": job_title, "verified_employee": is_employee }),
    ]
}

pub(super) fn project_name(records: &Records, index: i64) -> String {
    let chance = records.chance(Dataset::Projects, index);
    format!(
        "{} {}",
        pick(names::PLACES, chance),
        pick(names::BUILDINGS, chance >> 16)
    )
}

pub(super) fn project(records: &Records, row: &Row, name: &str) -> Body {
    let index = row.index;
    let number = (index + 1).to_string();
    let (city, state, zip) = city(index);
    let value = (records.chance(Dataset::Projects, index) % 900 + 100) * 10_000;
    let value = format!("{value}.0");
    let custom_field = json!({ "data_type": "lov_entry", "value": { "id": 5, "label": "Public" } });
    let region = records.reference(Dataset::ProjectRegions, index);
    let owner_type = records.reference(Dataset::ProjectOwnerTypes, index);
    let bid_type = records.reference(Dataset::ProjectBidTypes, index);
    let department = records.reference(Dataset::Departments, index);
    let departments: Vec<Value> = Some(department)
        .filter(|it| !it.is_null())
        .into_iter()
        .collect();
    let body = json!({
        "id": row.id, "name": name, "display_name": format!("{number} - {name}"),
        "project_number": number, "accounting_project_number": null,
        "active": row.active, "is_demo": false,
        "address": format!("{} First St.", 100 + index % 900), "city": city, "county": null,
        "state_code": state, "country_code": "US", "zip": zip,
        "latitude": null, "longitude": null, "time_zone": "US/Pacific", "phone": phone(index),
        "project_stage": records.reference(Dataset::ProjectStages, index + 2),
        "project_template": null,
        "project_bid_type_id": bid_type["id"], "project_owner_type_id": owner_type["id"],
        "project_region_id": region["id"],
        "start_date": row.created_at.date_naive(), "completion_date": "2027-10-31",
        "total_value": value, "estimated_value": value,
        "designated_market_area": null, "store_number": null, "parent_job_id": null,
        "owners_project_id": null, "photo_id": null, "origin_id": null, "origin_code": null,
        "origin_data": null,
        "custom_fields": { "custom_field_562949953421999": custom_field },
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    });
    let further = json!({
        "description": format!("Construction of {name}."), "public_notes": null,
        "square_feet": 10_000 + index % 500 * 100, "actual_start_date": null,
        "projected_finish_date": null, "warranty_start_date": null, "warranty_end_date": null,
        "flag": null, "departments": departments,
        "office": records.reference(Dataset::Offices, index),
        "program": records.reference(Dataset::Programs, index),
        "project_type": records.reference(Dataset::ProjectTypes, index),
        "project_region": region, "project_owner_type": owner_type, "project_bid_type": bid_type,
        "tz_name": "America/Los_Angeles", "logo_url": null, "inbound_email": null,
        "standard_cost_code_list_id": records.id(Dataset::CostCodeLists, 0),
        "persistent_message": null,
    });
    [body, further]
}

pub(super) fn vendor_name(records: &Records, index: i64) -> String {
    let chance = records.chance(Dataset::Vendors, index);
    let [family, kind] = [
        pick(names::LAST_NAMES, chance),
        pick(names::COMPANY_KINDS, chance >> 16),
    ];
    format!(
        "{family} {kind} {}",
        pick(names::COMPANY_FORMS, chance >> 32)
    )
}

pub(super) fn vendor(records: &Records, row: &Row, name: &str) -> Body {
    let index = row.index;
    let (city, state, zip) = city(index);
    let host = format!("{}{index}.example.com", slug(name));
    let email = format!("office@{host}");
    let (created_at, updated_at) = (iso(row.created_at), iso(row.updated_at));
    let trade = match records.reference(Dataset::Trades, index) {
        Value::Null => json!([]),
        trade => json!([{
            "id": trade["id"], "name": trade["name"], "active": true, "updated_at": created_at,
        }]),
    };
    let body = json!({
        "id": row.id, "name": name, "abbreviated_name": null, "legal_name": name, "trade_name": null,
        "company": name, "is_active": row.active, "is_connected": false,
        "company_vendor": index == 0,
        "address": format!("{} Industrial Way", 10 + index % 900), "city": city,
        "state_code": state, "country_code": "US", "zip": zip,
        "business_phone": phone(index), "mobile_phone": null, "fax_number": null,
        "email_address": email, "website": format!("https://{host}"), "logo": null, "notes": null,
        "contact_count": 1, "trades": trade, "business_id": null,
        "authorized_bidder": true, "prequalified": index % 3 == 0,
        "union_member": false, "labor_union": null, "license_number": format!("L-{index:06}"),
        "non_union_prevailing_wage": false, "synced_to_erp": false,
        "origin_id": null, "origin_code": null, "origin_data": null,
        "created_at": created_at, "updated_at": updated_at,
    });
    let contact = json!({
        "id": row.id + 1, "first_name": "Office",
        "last_name": pick(names::LAST_NAMES, index as u64),
        "business_phone": phone(index), "business_phone_extension": null, "fax_number": null,
        "mobile_phone": null, "email_address": email,
        "created_at": created_at, "updated_at": updated_at,
    });
    let further = json!({
        "children_count": 0, "parent": null, "primary_contact": contact, "project_ids": [],
        "standard_cost_codes": [], "vendor_group": null, "business_register": null,
        "bidding": { "affirmative_action": false, "small_business": index % 5 == 0 },
        "bidding_distribution": [], "attachments": [],
    });
    [body, further]
}

fn city(index: i64) -> (&'static str, &'static str, &'static str) {
    pick(names::CITIES, index as u64)
}

fn phone(index: i64) -> String {
    format!("805-555-{:04}", index % 10_000)
}

/// Lower-case letters of a name, for addresses.
fn slug(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_lowercase()
}
