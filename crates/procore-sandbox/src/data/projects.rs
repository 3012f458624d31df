//! Made-up projects, with the fields of the extended view.

use serde_json::{Value, json};

use super::bodies::{city, object, phone};
use super::{Dataset, Records, Row, names};
use crate::clock::iso;

pub fn name(records: &Records, index: i64) -> String {
    let chance = records.chance(Dataset::Projects, index);
    let place = names::PLACES[chance as usize % names::PLACES.len()];
    let building = names::BUILDINGS[(chance >> 16) as usize % names::BUILDINGS.len()];
    format!("{place} {building}")
}

pub fn body(records: &Records, row: &Row, name: &str) -> Value {
    let index = row.index;
    let number = (index + 1).to_string();
    let (city, state, zip) = city(index);
    let value = format!(
        "{}.0",
        (records.chance(Dataset::Projects, index) % 900 + 100) * 10_000
    );
    let custom_field = json!({ "data_type": "lov_entry", "value": { "id": 5, "label": "Public" } });
    let region = records.reference(Dataset::ProjectRegions, index);
    let owner_type = records.reference(Dataset::ProjectOwnerTypes, index);
    let bid_type = records.reference(Dataset::ProjectBidTypes, index);
    let department = records.reference(Dataset::Departments, index);
    let departments = if department.is_null() {
        json!([])
    } else {
        json!([department])
    };
    let mut body = object(json!({
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
    }));
    body.extend(object(json!({
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
    })));
    Value::Object(body)
}

/// Fields that only the extended view shows.
pub const EXTENDED_ONLY: [&str; 20] = [
    "description",
    "public_notes",
    "square_feet",
    "actual_start_date",
    "projected_finish_date",
    "warranty_start_date",
    "warranty_end_date",
    "flag",
    "departments",
    "office",
    "program",
    "project_type",
    "project_region",
    "project_owner_type",
    "project_bid_type",
    "tz_name",
    "logo_url",
    "inbound_email",
    "standard_cost_code_list_id",
    "persistent_message",
];
