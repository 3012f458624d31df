//! Edits records, as a person in Procore would.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{CommandError, CommandResult};
use super::target::Target;
use crate::data::{Dataset, Filter, Place, Records};
use crate::rest::contracts::OTHER_IDS;
use crate::webhooks::events::{self, Event};
use crate::world::World;

/// The directory user in whose name people edit on the control page.
pub(super) const PERSON: i64 = 160_000;

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Update,
    Activate,
    Deactivate,
    Delete,
    /// What was deleted is there again.
    Restore,
}

/// A change to one record.
#[derive(Deserialize)]
pub(super) struct RecordChange {
    dataset: Dataset,
    action: Action,
    /// Without one, the first of its kind.
    id: Option<i64>,
    /// Of a project's record; of users and vendors it means that they join or leave the project.
    project_id: Option<i64>,
    #[serde(default)]
    fields: Map<String, Value>,
    /// Short for the field that holds what the record is called.
    name: Option<String>,
    /// After so many seconds a new record can be read alone.
    #[serde(default)]
    readable_after: i64,
    /// No hook is told.
    #[serde(default)]
    silent: bool,
}

impl RecordChange {
    /// Creates, changes or deletes a record and lets webhooks know.
    pub(super) fn run(mut self, world: &mut World, target: &Target) -> CommandResult {
        let now = world.clock.now();
        let (company_id, company) = target.company(&mut world.state)?;
        let records = &mut company.records;
        let title = self.name.take().map(|name| json!(name));
        self.fields
            .extend(title.map(|title| (self.dataset.title_field().to_owned(), title)));
        self.check_project(records)?;
        if let Some((field, active)) = self.shown_active() {
            self.fields.insert(field.to_owned(), json!(active));
        }
        let joins = self.project_id.and(self.dataset.membership());
        let (id, event_type) = match joins {
            Some(_) => self.join_or_leave(records)?,
            None => self.apply(records, now)?,
        };
        let (resource_name, resource_id, event_type) = match joins {
            Some(resource) => (resource, id, event_type),
            None => self.subject(records, id, event_type, world.other_contract_ids),
        };
        let is_new_project = self.dataset == Dataset::Projects && self.action == Action::Create;
        if is_new_project {
            company.add_new_project(id);
        }
        let event = Event {
            company_id,
            project_id: self.project_id,
            resource_name: resource_name.to_owned(),
            event_type: event_type.to_owned(),
            resource_id,
            user_id: PERSON,
        };
        let queued = if self.silent {
            0
        } else {
            events::emit(world, &event)
        };
        Ok(json!({ "id": id, "dataset": self.dataset.name(), "deliveries": queued }))
    }

    /// The project is there, and named where the kind of records needs it.
    fn check_project(&mut self, records: &Records) -> Result<(), CommandError> {
        if self.dataset.place() == Place::Project {
            let of_record = self.id.map(|id| records.project_of(self.dataset, id));
            let project_id = self
                .project_id
                .or(of_record)
                .ok_or("project_id is missing")?;
            if of_record.is_some_and(|id| id != project_id) {
                return Err("the record belongs to another project".into());
            }
            self.project_id = Some(project_id);
        }
        if self.dataset.place() == Place::Company && self.dataset.membership().is_none() {
            self.project_id = None;
        }
        let project = self
            .project_id
            .map(|id| records.existing(Dataset::Projects, id));
        match project {
            Some(None) => Err("there is no such project".into()),
            Some(Some(_)) | None => Ok(()),
        }
    }

    fn active(&self) -> Option<bool> {
        match self.action {
            Action::Activate => Some(true),
            Action::Deactivate => Some(false),
            Action::Create | Action::Update | Action::Delete | Action::Restore => None,
        }
    }

    /// The field that shows whether a record is active, with its new value.
    fn shown_active(&self) -> Option<(&'static str, bool)> {
        let field = match self.dataset {
            Dataset::Projects => "active",
            Dataset::Users | Dataset::Vendors => "is_active",
            _ => return None,
        };
        Some((field, self.active()?))
    }

    /// The named record, else the first of its kind.
    fn known(&self, records: &Records) -> Result<i64, CommandError> {
        let project_id = self.project_id;
        let visible = project_id.filter(|_| self.dataset.membership().is_some());
        let filter = Filter {
            project_id,
            visible: visible.map(|id| records.members(self.dataset, id)),
            ..Filter::default()
        };
        let first = records.rows(self.dataset, &filter).next();
        let id = self.id.or(first.map(|row| row.id));
        id.ok_or_else(|| "there are no such records".into())
    }

    fn join_or_leave(&self, records: &mut Records) -> Result<(i64, &'static str), CommandError> {
        let project_id = self.project_id.ok_or("project_id is missing")?;
        let (added, event) = match self.action {
            Action::Create => (true, "create"),
            Action::Delete => (false, "delete"),
            Action::Update | Action::Activate | Action::Deactivate | Action::Restore => {
                return Err("change it in the company: leave project_id out".into());
            }
        };
        let id = match (self.id, added) {
            (Some(id), _) => id,
            (None, false) => self.known(records)?,
            (None, true) => {
                let members = records.members(self.dataset, project_id);
                let filter = Filter::default();
                let mut others = records.rows(self.dataset, &filter);
                let other = others.find(|row| row.active && !members.contains(&row.id));
                other.ok_or("all of them are in the project")?.id
            }
        };
        records.set_member(self.dataset, project_id, id, added)?;
        Ok((id, event))
    }

    fn apply(
        &self,
        records: &mut Records,
        now: DateTime<Utc>,
    ) -> Result<(i64, &'static str), CommandError> {
        let (dataset, fields) = (self.dataset, self.fields.clone());
        let (id, event) = match self.action {
            Action::Create => {
                let id = records.create(dataset, self.project_id, fields, now);
                let later = TimeDelta::try_seconds(self.readable_after);
                let readable_at = now + later.ok_or("that is too late")?;
                records.edit(dataset, id, now)?.readable_at = Some(readable_at);
                (id, "create")
            }
            Action::Update | Action::Activate | Action::Deactivate => {
                let known = self.known(records)?;
                let edit = records.edit(dataset, known, now)?;
                edit.fields.extend(fields);
                edit.active = self.active().or(edit.active);
                (known, "update")
            }
            Action::Delete => {
                let known = self.known(records)?;
                records.edit(dataset, known, now)?.deleted = true;
                (known, "delete")
            }
            Action::Restore => {
                let known = self.known(records)?;
                records.restore(dataset, known, now)?;
                (known, "create")
            }
        };
        self.follow_drawings(records, id, now)?;
        Ok((id, event))
    }

    /// A drawing takes its revisions along; a new revision makes the earlier ones obsolete.
    fn follow_drawings(
        &self,
        records: &mut Records,
        id: i64,
        now: DateTime<Utc>,
    ) -> Result<(), CommandError> {
        let drawing_id = match self.dataset {
            Dataset::Drawings => id,
            Dataset::DrawingRevisions => match records.row(self.dataset, id) {
                Some(row) => records.drawing_of(&row),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        if self.dataset == Dataset::Drawings && self.action == Action::Create {
            let fields = Map::from_iter([("drawing_id".to_owned(), json!(drawing_id))]);
            records.create(Dataset::DrawingRevisions, self.project_id, fields, now);
        }
        let revisions = records.revisions(drawing_id).into_iter();
        for revision in revisions.filter(|row| !row.deleted) {
            let edit = records.edit(Dataset::DrawingRevisions, revision.id, now)?;
            edit.deleted = self.dataset == Dataset::Drawings && self.action == Action::Delete;
        }
        Ok(())
    }

    /// What the event of a change is about: resource, id and kind.
    fn subject(
        &self,
        records: &Records,
        id: i64,
        event: &'static str,
        other_contract_ids: bool,
    ) -> (&'static str, i64, &'static str) {
        let row = records.row(self.dataset, id);
        match (self.dataset, row) {
            (Dataset::DrawingRevisions, Some(row)) => {
                (self.dataset.resource(), records.drawing_of(&row), "update")
            }
            (Dataset::Commitments, Some(row)) => {
                let kind = &records.body(self.dataset, &row, false)["type"];
                let resource = match kind.as_str() {
                    Some("PurchaseOrderContract") => "Purchase Order Contracts",
                    _ => self.dataset.resource(),
                };
                let shift = if other_contract_ids { OTHER_IDS } else { 0 };
                (resource, id + shift, event)
            }
            _ => (self.dataset.resource(), id, event),
        }
    }
}
