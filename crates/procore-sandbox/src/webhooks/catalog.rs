//! The catalog of resources that webhooks can tell about, as a developer sandbox listed it.
//!
//! Company Users, Company Vendors and Projects have no `delete`.

use serde_json::{Value, json};

use super::Hook;
use super::hooks::{VERSIONS, dotted};
use crate::answer::{Answer, Answered, Refusal};
use crate::call::Call;
use crate::rest::pages;
use crate::world::{State, World};

/// Name and events: C create, U update, D delete.
const COMPANY: [(&str, &str); 25] = [
    ("Bids", "U"),
    ("Change Order Change Reasons", "CUD"),
    ("Change Types", "CUD"),
    ("Company File Versions", "CUD"),
    ("Company Files", "CUD"),
    ("Company Folders", "CUD"),
    ("Company Insurances", "CUD"),
    ("Company Users", "CU"),
    ("Company Vendors", "CU"),
    ("Departments", "CUD"),
    ("ERP Requests", "CUD"),
    ("Form Templates", "CUD"),
    ("Line Item Types", "CUD"),
    ("Offices", "CUD"),
    ("Programs", "CUD"),
    ("Project Bid Types", "CUD"),
    ("Project Owner Types", "CUD"),
    ("Project Regions", "CUD"),
    ("Project Stages", "CUD"),
    ("Project Types", "CUD"),
    ("Projects", "CU"),
    ("Standard Cost Code Lists", "C"),
    ("Standard Cost Codes", "CUD"),
    ("Timecard Time Types", "CD"),
    ("Trades", "CD"),
];

/// Company resources that exist in payload version 4.0 only.
const COMPANY_V4: [(&str, &str); 2] = [
    ("Bid Board Projects", "CUD"),
    ("Estimating Projects", "CUD"),
];

/// Project resources with every event.
const PROJECT: &str = "Accident Logs; BIM File Extractions; BIM Model Revisions; BIM Models; \
    Budget Change Adjustment Line Items; Budget Change Adjustments; \
    Budget Change Production Quantities; Budget Changes; Budget Line Items; Budget Modifications; \
    Call Logs; Change Event Line Items; Change Events; Change Order Packages; \
    Change Order Requests; Company Direct Cost Line Items; Contract Payments; \
    Coordination Issue Activities; Coordination Issues; Cost Codes; \
    Daily Construction Report Logs; Daily Log/Entries; Daily Logs; Delivery Logs; \
    Direct Cost Line Items; Direct Costs; Draw Requests; Drawing Areas; Drawing Sets; \
    Drawing Uploads; Drawings; Dumpster Logs; Equipment Logs; File Versions; Forms; \
    Generic Tool Items; Image Categories; Images; Incidents; Inspection Logs; Locations; \
    Manpower Logs; Meeting Attendees; Meeting Categories; Meeting Topics; Meetings; Notes Logs; \
    Observation Items; Payment Applications; Pdf Download Pages; Plan Revision Logs; \
    Potential Change Order Line Items; Potential Change Orders; Prime Contract Line Items; \
    Prime Contracts; Productivity Logs; Project Dates; Project File Versions; Project Files; \
    Project Folders; Project Insurances; Punch Items; \
    Purchase Order Contract Line Items; Purchase Order Contracts; Quantity Logs; RFI Replies; \
    RFIs; RFQs; Safety Violation Logs; Site Instructions; Specification Areas; \
    Specification Section Divisions; Specification Section Revisions; Specification Sets; \
    Sub Jobs; Submittal Packages; Submittals; Tasks; Timecard Entries; ToDos; Visitor Logs; \
    Waste Logs; Work Logs; Work Order Contract Line Items; Work Order Contracts";

/// Project resources with fewer events. Those of people and companies lost `update` on 30 June 2026.
const PROJECT_FEWER: [(&str, &str); 11] = [
    ("Budget View Snapshots", "C"),
    ("Inspection Checklists", "CU"),
    ("Markup Layers", "CU"),
    ("Observation Item Response Logs", "C"),
    ("Project Users", "CD"),
    ("Project Vendors", "CD"),
    ("RFQ Quotes", "CU"),
    ("RFQ Responses", "CU"),
    ("Specification Sections", "CU"),
    ("Task Items", "CU"),
    ("Weather Logs", "CU"),
];

/// How the resources of a project's tool begin. A tool that is switched off has none.
const OF_TOOLS: [(&str, &str); 10] = [
    ("RFI", "rfi"),
    ("Submittal", "submittal_log"),
    ("Prime Contract", "prime_contract"),
    ("Work Order Contract", "commitments"),
    ("Purchase Order Contract", "commitments"),
    ("Change Event", "change_events"),
    ("Drawing", "drawings"),
    ("Meeting", "meetings"),
    ("Observation", "observations"),
    ("Punch", "punch_list"),
];

/// Whose catalog it is: an app's, of a company or of a project.
pub(crate) struct Owner<'a> {
    pub client_id: &'a str,
    pub company_id: i64,
    pub project_id: Option<i64>,
}

impl<'a> Owner<'a> {
    pub(crate) fn of_call(call: &'a Call<'_>) -> Self {
        Self {
            client_id: &call.client_id,
            company_id: call.company_id,
            project_id: call.project_id,
        }
    }

    pub(crate) fn of_hook(hook: &'a Hook) -> Self {
        Self {
            client_id: &hook.client_id,
            company_id: hook.company_id,
            project_id: hook.project_id,
        }
    }

    fn has_tool_of(&self, state: &State, resource: &str) -> bool {
        let mut prefixes = OF_TOOLS.iter();
        let tool = prefixes.find(|(prefix, _)| resource.starts_with(prefix));
        let access = state.access(self.client_id, self.company_id);
        let (Some((_, tool)), Some(access), Some(_)) = (tool, access, self.project_id) else {
            return true;
        };
        let mut tools = access.tools_of(self.project_id).iter();
        tools.any(|it| it.name == *tool && it.present)
    }
}

/// `GET …/webhooks/resources` of the company, or of a project.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let version = dotted(call.request.query("payload_version").unwrap_or_default());
    if !VERSIONS.contains(&version.as_str()) {
        return Err(Refusal::bad("payload_version must be v2.0, v3.0 or v4.0"));
    }
    let in_project = call.project_id.is_some();
    let category = if in_project { "Project" } else { "Company" };
    let rows = resources(&world.state, &Owner::of_call(call), &version)
        .into_iter()
        .map(|(name, actions)| {
            let tool = name
                .split(' ')
                .next()
                .filter(|_| in_project)
                .unwrap_or("Admin");
            json!({
                "category": category, "tool": tool, "name": name, "payload_version": version,
                "actions": actions,
            })
        });
    let rows: Vec<Value> = rows.collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

/// The events that a resource offers; `None` when the catalog lacks it.
pub(crate) fn actions(
    state: &State,
    owner: &Owner<'_>,
    version: &str,
    resource: &str,
) -> Option<Vec<String>> {
    let mut table = table(owner.project_id.is_some(), &dotted(version));
    let (name, letters) = table.find(|(name, _)| *name == resource)?;
    offered(state, owner, name, letters)
}

fn resources(state: &State, owner: &Owner<'_>, version: &str) -> Vec<(String, Vec<String>)> {
    let table = table(owner.project_id.is_some(), version);
    let offered = table.filter_map(|(name, letters)| {
        Some((name.to_owned(), offered(state, owner, name, letters)?))
    });
    let mut offered: Vec<_> = offered.collect();
    offered.sort_unstable();
    offered
}

/// What there is for a company or a project in a payload version, in no order.
fn table(
    in_project: bool,
    version: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let of_project = PROJECT.split("; ").map(|name| (name, "CUD"));
    let of_project = of_project.chain(PROJECT_FEWER);
    let newest = (version == "v4.0").then_some(COMPANY_V4);
    let of_company = COMPANY.into_iter().chain(newest.into_iter().flatten());
    let of_project = in_project.then_some(of_project);
    let of_company = (!in_project).then_some(of_company);
    of_project
        .into_iter()
        .flatten()
        .chain(of_company.into_iter().flatten())
}

/// The events of a resource, unless it was taken out or belongs to a tool that is off.
fn offered(state: &State, owner: &Owner<'_>, name: &str, letters: &str) -> Option<Vec<String>> {
    let actions = match state.catalog_changes.get(name) {
        Some(changed) => changed.clone()?,
        None => spelt_out(letters),
    };
    owner.has_tool_of(state, name).then_some(actions)
}

fn spelt_out(letters: &str) -> Vec<String> {
    let actions = [('C', "create"), ('U', "update"), ('D', "delete")].into_iter();
    let offered = actions.filter(|(letter, _)| letters.contains(*letter));
    offered.map(|(_, action)| action.to_owned()).collect()
}
