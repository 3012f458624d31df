//! Click paths: what to do in Procore, step by step.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;
use serde::Deserialize;
use url::Url;

use super::values::{Placeholder, Values};
use super::{Drawing, Step, markup};
use crate::catalog::DataSet;
use crate::connection::AccessWay;

/// The click paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathId {
    /// Install the vendor's app and give access through it.
    InstallOurApp,
    /// Give access through the firm's own Procore app.
    OwnApp,
    /// Give access through a service account that still exists.
    LegacyAccount,
    /// Find the Company ID.
    FindCompanyId,
    /// Share projects with the app.
    PermittedProjects,
    /// Install a custom app in a company.
    InstallCustomApp,
    /// Find our webhooks in Procore.
    SeeWebhooks,
    /// Delete our webhook in a project.
    DeleteProjectWebhook,
    /// Remove us from Procore.
    RemoveUs,
    /// Take the vendor's app out of a company.
    UninstallOurApp,
}

impl PathId {
    /// Every path.
    pub const ALL: [Self; 10] = [
        Self::InstallOurApp,
        Self::OwnApp,
        Self::LegacyAccount,
        Self::FindCompanyId,
        Self::PermittedProjects,
        Self::InstallCustomApp,
        Self::SeeWebhooks,
        Self::DeleteProjectWebhook,
        Self::RemoveUs,
        Self::UninstallOurApp,
    ];

    /// Its name in files and URLs.
    pub fn key(self) -> &'static str {
        match self {
            Self::InstallOurApp => "install_our_app",
            Self::OwnApp => "own_app",
            Self::LegacyAccount => "legacy_account",
            Self::FindCompanyId => "find_company_id",
            Self::PermittedProjects => "permitted_projects",
            Self::InstallCustomApp => "install_custom_app",
            Self::SeeWebhooks => "see_webhooks",
            Self::DeleteProjectWebhook => "delete_project_webhook",
            Self::RemoveUs => "remove_us",
            Self::UninstallOurApp => "uninstall_our_app",
        }
    }

    /// The path of a key.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.key() == key)
    }

    /// Whether it is of use to a firm that gives access in this way.
    pub(super) fn is_for(self, way: AccessWay) -> bool {
        match self {
            Self::InstallOurApp | Self::OwnApp | Self::LegacyAccount => self == Self::of(way),
            Self::UninstallOurApp => way == AccessWay::VendorApp,
            // A service account is no app: it is added to projects in the Directory.
            Self::PermittedProjects | Self::InstallCustomApp => way != AccessWay::LegacyAccount,
            Self::FindCompanyId
            | Self::SeeWebhooks
            | Self::DeleteProjectWebhook
            | Self::RemoveUs => true,
        }
    }

    /// How a firm gives access in this way.
    pub fn of(way: AccessWay) -> Self {
        match way {
            AccessWay::VendorApp => Self::InstallOurApp,
            AccessWay::OwnApp => Self::OwnApp,
            AccessWay::LegacyAccount => Self::LegacyAccount,
        }
    }
}

/// A click path, filled in for one firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickPath {
    /// Which one.
    pub id: PathId,
    /// Heading.
    pub title: String,
    /// What it is for.
    pub intro: String,
    /// What to know before starting, where there is something.
    pub notice: Option<String>,
    /// What the person who does it needs.
    pub needs: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The tasks that the steps make up, where the path is work for several people or days.
    pub tasks: Vec<PathTask>,
    /// What to know afterwards.
    pub notes: Vec<String>,
    /// The drawings that the steps mention, each once, in order.
    pub drawings: Vec<Drawing>,
    /// Where the company is opened in Procore.
    pub company_page: Option<String>,
    /// The day it was compared with Procore's documentation.
    pub checked_on: NaiveDate,
    /// The pages it was compared with.
    pub sources: Vec<ProcorePage>,
}

/// A public page of Procore's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcorePage {
    pub title: String,
    pub url: Url,
}

/// Where a task of a path is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathPart {
    /// In Procore's Developer Portal.
    Portal,
    /// In the firm's Procore company.
    Install,
    /// Copying what is entered here.
    Collect,
}

impl PathPart {
    /// In the order in which they are done.
    pub(crate) const ALL: [Self; 3] = [Self::Portal, Self::Install, Self::Collect];

    /// The heading over its tasks.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Portal => "In Procore’s Developer Portal",
            Self::Install => "In your Procore company",
            Self::Collect => "What you enter here",
        }
    }
}

/// What one person does in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTask {
    /// Its name in forms and in the store.
    pub key: String,
    pub part: PathPart,
    pub title: String,
    /// About how long it takes.
    pub minutes: u32,
    /// Whether Procore then takes its time.
    pub waits: bool,
    pub who: String,
    /// The data set that needs it; none where every choice does.
    pub only_for: Option<DataSet>,
    /// Its first step, and the one behind its last, as places in the path's steps.
    pub steps: Range<usize>,
    /// Procore's own pages about it.
    pub pages: Vec<ProcorePage>,
}

/// A file in `content/paths`: steps, or tasks of steps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    title: String,
    intro: String,
    notice: Option<String>,
    needs: Vec<String>,
    #[serde(default)]
    steps: Vec<StepSource>,
    #[serde(default)]
    tasks: Vec<TaskSource>,
    #[serde(default)]
    notes: Vec<String>,
    checked_on: NaiveDate,
    pub(super) sources: Vec<ProcorePage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskSource {
    key: String,
    part: PathPart,
    title: String,
    minutes: u32,
    #[serde(default)]
    waits: bool,
    who: String,
    only_for: Option<DataSet>,
    /// Titles of those of the path's sources that are about it.
    #[serde(default)]
    pages: Vec<String>,
    steps: Vec<StepSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSource {
    text: String,
    need: Option<String>,
    drawing: Option<String>,
    callout: Option<u8>,
    /// The step is there only where its value is known; only outside tasks.
    #[serde(default)]
    only_known: bool,
}

impl StepSource {
    fn is_shown(&self, values: &Values) -> bool {
        !self.only_known || values.all_known_in(&self.text)
    }
}

impl Source {
    fn steps(&self) -> impl Iterator<Item = &StepSource> {
        let in_tasks = self.tasks.iter().flat_map(|task| &task.steps);
        self.steps.iter().chain(in_tasks)
    }

    /// The drawing and call-out of each step that has one.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&str, u8)> {
        self.steps()
            .filter_map(|step| Some((step.drawing.as_deref()?, step.callout?)))
    }

    /// All words of the file.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let tasks = self.tasks.iter();
        let lists = self.needs.iter().chain(&self.notes);
        [self.title.as_str(), &self.intro]
            .into_iter()
            .chain(self.notice.as_deref())
            .chain(lists.map(String::as_str))
            .chain(tasks.flat_map(|task| [task.title.as_str(), &task.who]))
            .chain(
                self.steps().flat_map(|step| {
                    std::iter::once(step.text.as_str()).chain(step.need.as_deref())
                }),
            )
    }

    pub(super) fn check(
        &self,
        id: PathId,
        drawings: &BTreeMap<String, Drawing>,
        problems: &mut Vec<String>,
    ) {
        let mut report = |problem: String| problems.push(format!("{}: {problem}", id.key()));
        for text in self.texts() {
            if let Some(problem) = markup::problem(text) {
                report(format!("{problem}, in “{text}”"));
            }
        }
        for source in &self.sources {
            if source.url.scheme() != "https" || !source.url.host_str().is_some_and(is_procores) {
                report(format!("{} is no page of Procore’s", source.url));
            }
        }
        for task in &self.tasks {
            if self.pages_of(task).count() != task.pages.len() {
                report(format!(
                    "the task {} names a page that is no source",
                    task.key
                ));
            }
        }
        let is_linked =
            |page: &ProcorePage| self.tasks.iter().any(|it| it.pages.contains(&page.title));
        for page in self.sources.iter().filter(|_| !self.tasks.is_empty()) {
            if !is_linked(page) {
                report(format!("no task links to the page {}", page.title));
            }
        }
        for step in self.steps() {
            match (&step.drawing, step.callout) {
                (None, None) => {}
                (Some(name), Some(callout)) => match drawings.get(name) {
                    Some(drawing) if drawing.callouts.contains(&callout) => {}
                    Some(_) => report(format!("the drawing {name} has no call-out {callout}")),
                    None => report(format!("there is no drawing {name}")),
                },
                (Some(_), None) | (None, Some(_)) => {
                    report(format!(
                        "drawing and callout go together, in “{}”",
                        step.text
                    ));
                }
            }
        }
        if self.steps().next().is_none() || self.needs.is_empty() || self.sources.is_empty() {
            report("a path has steps, needs and sources".to_owned());
        }
        if self.shown().next().is_none() {
            report("a path has at least one drawing".to_owned());
        }
    }

    pub(super) fn fill(&self, id: PathId, drawings: Vec<Drawing>, values: &Values) -> ClickPath {
        let all = |texts: &[String]| texts.iter().map(|text| values.fill(text)).collect();
        let shown = self.steps().filter(|step| step.is_shown(values));
        let steps = shown.zip(1..).map(|(step, number)| Step {
            number,
            pieces: markup::pieces(&step.text, values),
            need: step.need.as_deref().map(|need| values.fill(need)),
            shown_in: step.drawing.clone().zip(step.callout),
            checks_again: false,
        });
        ClickPath {
            id,
            title: values.fill(&self.title),
            intro: values.fill(&self.intro),
            notice: self.notice.as_deref().map(|notice| values.fill(notice)),
            needs: all(&self.needs),
            steps: steps.collect(),
            tasks: self.fill_tasks(values),
            notes: all(&self.notes),
            drawings,
            company_page: values.known(Placeholder::CompanyPage),
            checked_on: self.checked_on,
            sources: self.sources.clone(),
        }
    }

    fn pages_of<'a>(&'a self, task: &'a TaskSource) -> impl Iterator<Item = &'a ProcorePage> {
        let titled = |page: &&ProcorePage| task.pages.contains(&page.title);
        self.sources.iter().filter(titled)
    }

    fn fill_tasks(&self, values: &Values) -> Vec<PathTask> {
        let mut first = self.steps.iter().filter(|it| it.is_shown(values)).count();
        let mut steps_of = |task: &TaskSource| {
            let steps = first..first + task.steps.len();
            first = steps.end;
            steps
        };
        self.tasks
            .iter()
            .map(|task| PathTask {
                key: task.key.clone(),
                part: task.part,
                title: values.fill(&task.title),
                minutes: task.minutes,
                waits: task.waits,
                who: values.fill(&task.who),
                only_for: task.only_for,
                steps: steps_of(task),
                pages: self.pages_of(task).cloned().collect(),
            })
            .collect()
    }
}

/// Procore's support site, its other sites, and where its documentation for developers is published.
fn is_procores(host: &str) -> bool {
    host.ends_with(".procore.com") || host == "procore.github.io"
}
