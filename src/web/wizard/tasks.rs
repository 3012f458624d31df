//! What is to be done in Procore before there is a key and a secret: tasks that are ticked.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{SeenInput, to_missing_step};
use crate::app::App;
use crate::content::{ClickPath, PathId, PathPart, PathTask, ProcorePage, Values};
use crate::flows::{Error, mark_task};
use crate::help;

use crate::onboarding::{Onboarding, TaskMark};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::setup as text;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::view::{Remedy, Shell, in_company};

/// The tasks of one place.
pub(crate) struct TaskGroup {
    pub heading: &'static str,
    pub tasks: Vec<TaskToDo>,
}

/// One task with its clicks.
pub(crate) struct TaskToDo {
    pub key: String,
    pub title: String,
    pub time: String,
    pub who: String,
    pub clicks: Remedy,
    /// Procore's own pages about it.
    pub pages: Vec<ProcorePage>,
    pub is_done: bool,
    /// Whether it is the first that is not done.
    pub is_next: bool,
    /// Whether Procore takes its time at its end.
    pub waits: bool,
    /// Since which day it waits for Procore.
    pub waiting_since: Option<String>,
}

/// The tasks that the firm's choice needs, by place.
pub(crate) fn groups(
    shell: &Shell,
    stored: &Stored,
    values: &Values,
    stuck: &str,
) -> Vec<TaskGroup> {
    let Some(path) = help::path(PathId::OwnApp, values) else {
        return Vec::new();
    };
    let onboarding = &stored.onboarding;
    let clicks = Remedy::from(&path).stuck_at(stuck);
    let tasks: Vec<_> = needed(&path, stored).collect();
    let next = tasks.iter().find(|task| !is_done(onboarding, task));
    let next = next.map(|task| task.key.clone());
    let to_do = |task: &&PathTask| TaskToDo {
        key: task.key.clone(),
        title: task.title.clone(),
        time: text::task_time(task.minutes, task.waits),
        who: task.who.clone(),
        clicks: Remedy {
            steps: in_company(
                clicks
                    .steps
                    .get(task.steps.clone())
                    .unwrap_or_default()
                    .to_vec(),
                path.company_page.as_ref(),
            ),
            ..clicks.clone()
        },
        pages: task.pages.clone(),
        is_done: is_done(onboarding, task),
        is_next: next.as_deref() == Some(&task.key),
        waits: task.waits,
        waiting_since: onboarding
            .approval_pending_since
            .filter(|_| task.waits)
            .map(|since| shell.when(since).day()),
    };
    PathPart::ALL
        .into_iter()
        .map(|part| TaskGroup {
            heading: part.label(),
            tasks: tasks
                .iter()
                .filter(|task| task.part == part)
                .map(to_do)
                .collect(),
        })
        .collect()
}

fn needed<'a>(path: &'a ClickPath, stored: &Stored) -> impl Iterator<Item = &'a PathTask> {
    let wanted = stored.wanted().cloned();
    path.tasks.iter().filter(move |task| {
        let is_wanted = |set| wanted.as_ref().is_none_or(|it| it.choice(set).is_some());
        task.only_for.is_none_or(is_wanted)
    })
}

fn is_done(onboarding: &Onboarding, task: &PathTask) -> bool {
    onboarding.tasks_done.contains(&task.key)
}

/// The tick of a task.
#[derive(Deserialize)]
pub(crate) struct MarkForm {
    #[serde(flatten)]
    seen: SeenInput,
    task: String,
    mark: String,
}

impl MarkForm {
    /// What is marked how, if there are such a task and such a mark.
    pub(crate) fn parse(&self) -> Result<(PathTask, TaskMark), PageError> {
        let path = help::path(PathId::OwnApp, &Values::default());
        let tasks = path.map(|path| path.tasks).unwrap_or_default();
        let task = tasks.into_iter().find(|task| task.key == self.task);
        let task = task.ok_or(PageError::Missing)?;
        let mark = match self.mark.as_str() {
            "done" => TaskMark::Done,
            "open" => TaskMark::Open,
            "waiting" if task.waits => TaskMark::Waiting,
            _ => return Err(PageError::Missing),
        };
        Ok((task, mark))
    }
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<MarkForm>,
) -> Result<Response, PageError> {
    let (task, mark) = input.parse()?;
    let seen = input.seen.seen()?;
    match mark_task::run(&app, &access.actor, seen, (&task.key, task.waits), mark).await {
        Ok(step) => {
            let step = paths::step(access.firm.id, step);
            Ok(see_other(format!("{step}#task-{}", task.key)).into_response())
        }
        Err(Error::Refused(refused)) => Ok(to_missing_step(&access, refused).into_response()),
        Err(error) => Err(error.into()),
    }
}
