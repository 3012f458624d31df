//! Generated bodies of the records of a project.

use serde_json::{Value, json};

use super::bodies::{Body, plain};
use super::names::{self, numbered, pick};
use super::{Dataset, INDEXES_PER_PROJECT, Records, Row};
use crate::clock::iso;

/// The record's number in its project, from 1.
fn number(index: i64) -> i64 {
    index.rem_euclid(INDEXES_PER_PROJECT) + 1
}

/// The record of another kind in the same project that a record belongs to by its number.
fn parent(records: &Records, row: &Row, dataset: Dataset, number: i64) -> i64 {
    let first = row.index - row.index.rem_euclid(INDEXES_PER_PROJECT);
    let count = records.generated(dataset).0.max(1);
    records.id(dataset, first + number.rem_euclid(count))
}

fn deleted_at(row: &Row) -> Option<String> {
    row.deleted_at().map(iso)
}

pub(super) fn subject(_: &Records, index: i64) -> String {
    let trade = pick(names::TRADES, index as u64);
    format!("{trade} at {}", numbered(names::PLACES, number(index)))
}

pub(super) fn location_name(_: &Records, index: i64) -> String {
    format!("Floor {}", number(index))
}

pub(super) fn area_name(_: &Records, index: i64) -> String {
    format!("Building {}", number(index))
}

pub(super) fn reply_text(_: &Records, index: i64) -> String {
    format!("Proceed as drawn on sheet {}.", number(index))
}

pub(super) fn meeting_title(_: &Records, index: i64) -> String {
    format!("Meeting {}", number(index))
}

pub(super) fn location(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({
        "id": row.id, "name": name, "node_name": name, "parent_id": null,
        "code": format!("L{:02}", number(row.index)),
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    }))
}

pub(super) fn rfi(records: &Records, row: &Row, subject: &str) -> Body {
    let (index, number) = (row.index, number(row.index).to_string());
    let status = match (row.deleted, index % 3) {
        (true, _) => "recycled",
        (false, 2) => "closed",
        (false, _) => "open",
    };
    let person = records.reference(Dataset::Users, index);
    let question = json!({ "id": row.id + 1, "body": format!("<p>{subject}?</p>") });
    let body = json!({
        "id": row.id, "number": number, "full_number": number, "prefix": null,
        "subject": subject, "status": status, "translated_status": status, "private": false,
        "due_date": row.created_at.date_naive(), "initiated_at": iso(row.created_at),
        "time_resolved": null, "created_by": person, "rfi_manager": person, "assignee": person,
        "assignees": [person], "ball_in_court": person, "ball_in_courts": [person],
        "received_from": null,
        "responsible_contractor": records.reference(Dataset::Vendors, index),
        "questions": [question], "cost_code": null,
        "cost_impact": { "status": "tbd", "value": null },
        "schedule_impact": { "status": "n_a", "value": null },
        "location": null, "location_id": null, "reference": null, "sub_job": null,
        "custom_fields": {}, "deleted": row.deleted, "deleted_at": deleted_at(row),
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    });
    let further =
        json!({ "accepted": false, "draft": false, "distribution_list": [], "drawing_ids": [] });
    [body, further]
}

pub(super) fn rfi_reply(records: &Records, row: &Row, text: &str) -> Body {
    let person = records.reference(Dataset::Users, row.index);
    let body = json!({
        "id": row.id, "official": number(row.index) == 1, "answer_date": iso(row.updated_at),
        "plain_text_body": text, "rich_text_body": format!("<p>{text}</p>"),
        "created_by": person["name"], "created_by_id": person["id"], "attachments": [],
    });
    let rfi = parent(records, row, Dataset::Rfis, number(row.index) - 1);
    [body, json!({ "rfi_id": rfi })]
}

pub(super) fn submittal(records: &Records, row: &Row, title: &str) -> Body {
    let (index, number) = (row.index, number(row.index).to_string());
    let person = records.reference(Dataset::Users, index);
    plain(json!({
        "id": row.id, "number": number, "formatted_number": number, "title": title,
        "description": null, "revision": "0", "current_revision": true, "private": false,
        "status": { "id": 203_238, "name": "Open", "status": "Open" },
        "type": { "id": 301, "name": "Shop Drawing" },
        "due_date": row.created_at.date_naive(), "submit_by": null, "issue_date": null,
        "received_date": null, "distributed_at": null, "submittal_manager": person,
        "received_from": null, "ball_in_court": [person], "approvers": [],
        "responsible_contractor": records.reference(Dataset::Vendors, index),
        "submittal_package": null, "specification_section": null, "cost_code_id": null,
        "location_id": null, "sub_job_id": null, "drawing_ids": [], "linked_drawing_ids": [],
        "distribution_members": [], "associated_attachments": [], "created_by": person,
        "custom_fields": {},
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    }))
}

/// What every contract has. Money is written as text.
fn contract(row: &Row, title: &str) -> Value {
    let amount = format!("{}.0", 25_000 * (row.index % 40 + 1));
    json!({
        "id": row.id, "number": format!("{:03}", number(row.index)), "title": title,
        "status": "Approved", "description": null, "executed": true,
        "execution_date": row.created_at.date_naive(), "grand_total": amount,
        "approved_change_orders": "0.0", "retainage_percent": "10.0",
        "contract_date": row.created_at.date_naive(), "contract_start_date": null,
        "contract_estimated_completion_date": null, "actual_completion_date": null,
        "signed_contract_received_date": null, "accounting_method": "amount", "private": false,
        "currency_configuration": { "currency_iso_code": "USD" },
        "origin_id": null, "origin_code": null, "origin_data": null,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
        "deleted_at": deleted_at(row),
    })
}

pub(super) fn prime_contract(records: &Records, row: &Row, title: &str) -> Body {
    let mut body = contract(row, title);
    let contractor = records.reference(Dataset::Vendors, row.index);
    body["contractor_id"] = contractor["id"].clone();
    [
        body,
        json!({ "contractor": contractor, "architect": null, "vendor": null, "custom_fields": {} }),
    ]
}

pub(super) fn commitment(records: &Records, row: &Row, title: &str) -> Body {
    let mut body = contract(row, title);
    let vendor = records.reference(Dataset::Vendors, row.index);
    body["type"] = json!(match number(row.index) % 2 {
        1 => "WorkOrderContract",
        _ => "PurchaseOrderContract",
    });
    body["vendor_id"] = vendor["id"].clone();
    [body, json!({ "vendor": vendor, "custom_fields": {} })]
}

pub(super) fn change_event(records: &Records, row: &Row, title: &str) -> Body {
    let project_id = records.project_of(Dataset::ChangeEvents, row.id);
    plain(json!({
        "id": row.id, "number": format!("{:03}", number(row.index)), "title": title,
        "description": null, "scope": "out_of_scope", "project_id": project_id,
        "status": { "id": 1, "name": "Open", "mapped_to_status": "open" },
        "event_origin": null, "change_type": null, "change_reason": null,
        "prime_contract_for_estimates": null, "attachments": [], "change_items": [],
        "markup_items": [], "production_quantities": [], "comments_enabled": false,
        "deletable": true, "in_recycle_bin": row.deleted,
        "created_by": records.reference(Dataset::Users, row.index),
        "currency_configuration": { "currency_iso_code": "USD" }, "custom_fields": {},
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
        "deleted_at": deleted_at(row),
    }))
}

pub(super) fn drawing_area(_: &Records, row: &Row, name: &str) -> Body {
    plain(json!({
        "id": row.id, "name": name, "description": null, "drawings_count": null,
        "deletable": false, "latest_revision_update": null,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    }))
}

pub(super) fn drawing(records: &Records, row: &Row, title: &str) -> Body {
    let number = number(row.index);
    let body = json!({
        "id": row.id, "number": format!("A{:03}", 100 + number), "title": title,
        "discipline": "Architectural", "drawing_discipline_id": 1, "obsolete": false,
    });
    let area = parent(records, row, Dataset::DrawingAreas, number - 1);
    [body, json!({ "drawing_area_id": area })]
}

/// A drawing has two generated revisions, one after the other.
pub(super) fn drawing_revision(records: &Records, row: &Row, _: &str) -> Body {
    let drawing_id = records.drawing_of(row);
    let drawing = records.row(Dataset::Drawings, drawing_id);
    let mut of_drawing = match &drawing {
        Some(drawing) => records.body(Dataset::Drawings, drawing, true),
        None => serde_json::Map::new(),
    };
    let newest = records.newest_revision(drawing_id);
    plain(json!({
        "id": row.id, "drawing_id": drawing_id, "title": of_drawing.remove("title"),
        "number": of_drawing.remove("number"),
        "revision_number": (number(row.index) - 1).rem_euclid(2).to_string(),
        "current": row.id == newest && !row.deleted, "obsolete": row.id < newest,
        "status": "published", "drawing_area": { "id": of_drawing.remove("drawing_area_id") },
        "drawing_set": { "id": 1 }, "drawing_set_id": 1,
        "discipline": { "id": 1, "name": "Architectural", "position": 1 },
        "drawing_date": row.created_at.date_naive(), "received_date": row.created_at.date_naive(),
        "floorplan": false, "position": number(row.index), "order_in_drawing": 1,
        "pdf_url": null, "png_url": null, "pdf_size": 0, "png_size": 0, "custom_fields": {},
        "updated_at": iso(row.updated_at),
    }))
}

pub(super) fn meeting(records: &Records, row: &Row, title: &str) -> Body {
    let body = json!({
        "id": row.id, "meeting_template_id": 1 + number(row.index) % 2, "title": title,
        "position": number(row.index), "description": null, "mode": "agenda",
        "created_by_id": records.reference(Dataset::Users, row.index)["id"],
        "starts_at": iso(row.created_at), "ends_at": iso(row.created_at), "parent_id": null,
        "location": null, "meeting_topics_count": 0, "occurred": true, "is_private": false,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    });
    [
        body,
        json!({ "is_draft": false, "conclusion": null, "attachments": [], "attendees": [], "meeting_categories": [] }),
    ]
}

impl Records {
    /// Id of the drawing that a revision belongs to.
    pub(crate) fn drawing_of(&self, revision: &Row) -> i64 {
        let edit = self.edited(Dataset::DrawingRevisions, revision.id);
        let given = edit.and_then(|edit| edit.fields.get("drawing_id")?.as_i64());
        let number = (number(revision.index) - 1) / 2;
        given.unwrap_or_else(|| parent(self, revision, Dataset::Drawings, number))
    }

    /// The revisions of a drawing, deleted ones included.
    pub(crate) fn revisions(&self, drawing_id: i64) -> Vec<Row> {
        let project_id = self.project_of(Dataset::Drawings, drawing_id);
        let first = self.indexes(Dataset::Drawings, Some(project_id)).start;
        let number = drawing_id - self.id(Dataset::Drawings, first);
        let generated = [2 * number, 2 * number + 1]
            .map(|number| self.id(Dataset::DrawingRevisions, first + number));
        let created = self.created(Dataset::DrawingRevisions, Some(project_id));
        let rows = generated
            .into_iter()
            .chain(created)
            .filter_map(|id| self.row(Dataset::DrawingRevisions, id));
        rows.filter(|row| self.drawing_of(row) == drawing_id)
            .collect()
    }

    /// The last of a drawing's revisions that is there, else the last that was.
    fn newest_revision(&self, drawing_id: i64) -> i64 {
        let revisions = self.revisions(drawing_id);
        let there = revisions.iter().rfind(|row| !row.deleted);
        there.or(revisions.last()).map_or(0, |row| row.id)
    }
}
