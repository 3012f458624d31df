//! What integrating the chosen projects would do, before it is begun.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::choose::{Chosen, titles, under_projects};
use super::row::{is_free, title};
use super::{MOST_CHOSEN, chosen, ids};
use crate::app::App;
use crate::catalog::Tool;
use crate::connection::{Connection, Settings};
use crate::flows::integrate_projects;
use crate::help;
use crate::ledger::plan::{PROJECTS_AT_A_TIME, project_calls};
use crate::paths;
use crate::store::project_runs;
use crate::store::projects::BoardProject;
use crate::text::projects::{self as text, HourlyCalls, LeftOut};
use crate::verdict::{ProjectFix, fixes_of_projects, obstacles};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::integration::connected;
use crate::web::view::{FixCard, Nav, Shell};
use crate::web::wizard::{SeenFields, SeenInput, data_form};

/// What the form of a plan may hold: all that one can choose, however far their numbers are apart.
pub(super) const LARGEST_FORM: usize = 16 * MOST_CHOSEN as usize + 4 * 1024;

#[derive(Template)]
#[template(path = "integration/projects_plan.html")]
struct PlanPage {
    shell: Shell,
    pages: Nav,
    here: String,
    seen: SeenFields,
    fields: Vec<(&'static str, String)>,
    /// Exactly these projects, packed: what is looked at meanwhile changes what a filter finds.
    shown: String,
    back: String,
    /// The projects in a line.
    named: String,
    left_out: Vec<String>,
    data: String,
    webhooks: String,
    announced: String,
    time: String,
    /// What cannot be read in some of them yet.
    card: Option<FixCard>,
    /// Without webhooks nothing is begun in a project.
    is_stopped: bool,
    /// Projects that were never looked at.
    unknown: Option<String>,
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<Chosen>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    let choose = asked.address(paths::choose_for_projects(firm), None);
    let (_, Some(settings)) = asked.parse() else {
        return Ok(see_other(choose).into_response());
    };
    let found = asked.projects(&app, connection).await?;
    let (free, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_free);
    if free.is_empty() {
        let back = see_other(paths::projects(firm));
        return Ok(back.with_message(text::queued(0, false)).into_response());
    }
    let allowed = app.hourly_calls(connection).await?;
    let hourly = HourlyCalls {
        allowed,
        left: app.left_for_background(allowed),
    };
    let stored = access.onboarding()?;
    let shell = access.shell(&app);
    let fixes = fixes(&free, &settings);
    let mut fields = asked.fields();
    fields.extend(data_form::fields(&settings));
    ok(&PlanPage {
        pages: under_projects(&shell, firm),
        here: paths::projects_plan(firm),
        seen: (&stored.onboarding).into(),
        fields,
        shown: ids::pack(&ids_of(&free)),
        back: asked.address(paths::choose_for_projects(firm), Some(&settings)),
        named: text::named(&titles(&free)),
        left_out: left_out(&others),
        data: settings.labels(),
        webhooks: text::webhooks(free.len()),
        announced: announced(&settings),
        time: text::time_needed(
            project_calls(&settings),
            free.len(),
            PROJECTS_AT_A_TIME,
            hourly,
        ),
        is_stopped: fixes
            .iter()
            .any(|fix| matches!(fix.obstacle.tool, None | Some(Tool::WebhooksApi))),
        card: help::card_of_projects(&app, stored, &fixes, text::INTEGRATE)
            .as_ref()
            .map(FixCard::from),
        unknown: unknown(&free),
        shell,
    })
}

/// The plan that was shown.
#[derive(Deserialize)]
pub(crate) struct PlanForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    project: Vec<i64>,
    #[serde(default)]
    all: Option<String>,
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    option: Vec<String>,
    /// The projects of the plan, packed.
    #[serde(default)]
    shown: String,
}

fn ids_of(projects: &[BoardProject]) -> Vec<i64> {
    projects.iter().map(|it| it.project_id).collect()
}

/// *Integrate*: exactly the projects that the plan showed, or the plan is shown again.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<PlanForm>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let seen = input.seen.seen()?;
    // A page of an earlier release said it in another way: the plan is shown again.
    let shown = ids::unpack(&input.shown).unwrap_or_default();
    let asked = Chosen {
        project: input.project,
        all: input.all,
        q: input.q,
        state: input.state,
        data: input.data,
        option: input.option,
    };
    let (_, Some(settings)) = asked.parse() else {
        return Err(PageError::Unreadable);
    };
    let firm = access.firm.id;
    let mut free = chosen(&app, connection, &shown, None).await?;
    free.retain(is_free);
    // In the order of the board's newest: what is new is worked in first.
    let ids: Vec<i64> = ids_of(&free).into_iter().rev().collect();
    let begun = match !ids.is_empty() && ids::pack(&ids) == ids::pack(&shown) {
        true => integrate_projects::run_all(&app, &access.actor, seen, &ids, &settings)
            .await?
            .map(|it| it.queued),
        false => None,
    };
    let begun = match begun {
        Some(begun) => Some(begun),
        None => begun_before(&app, connection, &shown).await?,
    };
    let Some(begun) = begun else {
        let mut found = asked.projects(&app, connection).await?;
        found.retain(is_free);
        let told = text::plan_changed(found.len());
        let again = see_other(asked.address(paths::projects_plan(firm), Some(&settings)));
        return Ok(again.with_message(told).into_response());
    };
    let to = match begun.as_slice() {
        [one] => paths::project(firm, *one),
        _ => paths::projects(firm),
    };
    let told = text::queued(begun.len(), connection.pause.is_some());
    Ok(see_other(to).with_message(told).into_response())
}

/// The projects that a plan showed, if exactly these were begun together: its form was sent twice.
async fn begun_before(
    app: &App,
    connection: &Connection,
    shown: &[i64],
) -> Result<Option<Vec<i64>>, PageError> {
    let of = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let begun = project_runs::list_begun_together(&mut conn, of).await?;
    let shown = ids::pack(shown);
    Ok(begun.into_iter().find(|ids| ids::pack(ids) == shown))
}

/// Why the others are left out.
fn left_out(others: &[BoardProject]) -> Vec<String> {
    let mut by_reason: BTreeMap<LeftOut, usize> = BTreeMap::new();
    for project in others {
        let why = if project.state.is_some() {
            LeftOut::Already
        } else if project.hidden_at.is_some() {
            LeftOut::NotShown
        } else if !project.is_active {
            LeftOut::Inactive
        } else {
            LeftOut::Template
        };
        *by_reason.entry(why).or_default() += 1;
    }
    let reasons = by_reason.into_iter();
    reasons
        .map(|(why, projects)| text::left_out(why, projects))
        .collect()
}

/// The kinds of record whose changes each webhook announces.
fn announced(settings: &Settings) -> String {
    let choices = settings.choices().iter();
    let resources = choices.flat_map(|choice| choice.data_set.entry().webhooks());
    resources.collect::<Vec<_>>().join(", ")
}

fn unknown(projects: &[BoardProject]) -> Option<String> {
    let unknown = projects.iter().filter(|it| it.looked_at.is_none()).count();
    (unknown > 0).then(|| text::not_looked_at(unknown))
}

/// What keeps the choice from being brought of these projects, as far as it is known.
fn fixes(projects: &[BoardProject], settings: &Settings) -> Vec<ProjectFix> {
    let found: Vec<_> = projects
        .iter()
        .flat_map(|project| {
            let tools = project.tools.as_ref().map_or(&[][..], |it| it.0.as_slice());
            let title = title(project);
            let found = obstacles(tools, settings.choices()).into_iter();
            found.map(move |obstacle| (title.clone(), obstacle))
        })
        .collect();
    fixes_of_projects(found.iter().map(|(title, it)| (title.as_str(), it)))
}
