//! Made-up vendors, with the fields of the extended view.

use serde_json::{Value, json};

use super::bodies::{city, object, phone, slug};
use super::{Dataset, Records, Row, names};
use crate::clock::iso;

pub fn name(records: &Records, index: i64) -> String {
    let chance = records.chance(Dataset::Vendors, index);
    let family = names::LAST_NAMES[chance as usize % names::LAST_NAMES.len()];
    let kind = names::COMPANY_KINDS[(chance >> 16) as usize % names::COMPANY_KINDS.len()];
    let form = names::COMPANY_FORMS[(chance >> 32) as usize % names::COMPANY_FORMS.len()];
    format!("{family} {kind} {form}")
}

pub fn body(records: &Records, row: &Row, name: &str) -> Value {
    let index = row.index;
    let (city, state, zip) = city(index);
    let host = format!("{}{index}.example.com", slug(name));
    let trade = match records.reference(Dataset::Trades, index) {
        Value::Null => json!([]),
        trade => json!([{
            "id": trade["id"], "name": trade["name"], "active": true,
            "updated_at": iso(row.created_at),
        }]),
    };
    let contact = json!({
        "id": row.id + 1, "first_name": "Office", "last_name": names::LAST_NAMES[index.rem_euclid(24) as usize],
        "business_phone": phone(index), "business_phone_extension": null, "fax_number": null,
        "mobile_phone": null, "email_address": format!("office@{host}"),
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    });
    let mut body = object(json!({
        "id": row.id, "name": name, "abbreviated_name": null, "legal_name": name, "trade_name": null,
        "company": name, "is_active": row.active, "is_connected": false,
        "company_vendor": index == 0,
        "address": format!("{} Industrial Way", 10 + index % 900), "city": city,
        "state_code": state, "country_code": "US", "zip": zip,
        "business_phone": phone(index), "mobile_phone": null, "fax_number": null,
        "email_address": format!("office@{host}"), "website": format!("https://{host}"),
        "logo": null, "notes": null,
    }));
    body.extend(object(json!({
        "contact_count": 1, "children_count": 0, "parent": null,
        "primary_contact": contact, "project_ids": [], "trades": trade,
        "standard_cost_codes": [], "vendor_group": null, "business_id": null,
        "business_register": null,
        "bidding": { "affirmative_action": false, "small_business": index % 5 == 0 },
        "bidding_distribution": [], "authorized_bidder": true, "prequalified": index % 3 == 0,
        "union_member": false, "labor_union": null, "license_number": format!("L-{index:06}"),
        "non_union_prevailing_wage": false, "attachments": [], "synced_to_erp": false,
        "origin_id": null, "origin_code": null, "origin_data": null,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    })));
    Value::Object(body)
}

/// Fields that the normal view leaves out of the extended one.
pub const EXTENDED_ONLY: [&str; 10] = [
    "standard_cost_codes",
    "bidding",
    "bidding_distribution",
    "business_register",
    "attachments",
    "project_ids",
    "children_count",
    "parent",
    "vendor_group",
    "primary_contact",
];
