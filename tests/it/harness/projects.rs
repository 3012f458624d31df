//! A connected firm with projects that are integrated.

#![allow(dead_code)]

use std::collections::BTreeMap;

use concierge::catalog::{Choice, DataSet, Ids};
use concierge::connection::Settings;
use concierge::flows::Seen;
use concierge::flows::integrate_projects::{self, Integration};
use concierge::procore::{ListRequest, PageCursor};
use concierge::store::onboardings;
use procore_sandbox::testing::{COMPANY_ID, SandboxOptions};
use serde_json::Value;

use super::live::Live;
use super::site::choices;

/// Work that asks Procore besides what is counted.
const LOOKS: [&str; 4] = [
    "watch_connection",
    "watch_deliveries",
    "look_at_projects",
    "reconcile",
];

/// Every data set of a project, each with its defaults.
pub(crate) fn all_sets() -> Settings {
    choices(&DataSet::OF_PROJECT)
}

/// Every data set with the options that widen it.
pub(crate) fn widest() -> Settings {
    let wide = DataSet::OF_PROJECT.map(|data_set| Choice {
        include_inactive: true,
        ..Choice::of(data_set)
    });
    Settings::new(wide).unwrap()
}

impl Live {
    /// A firm that connected a company with this many projects.
    pub(crate) async fn with_projects(projects: usize) -> Self {
        let options = SandboxOptions::default().flag("projects", projects);
        Self::connected(choices(&[DataSet::Projects]), options).await
    }

    /// The projects that we know, by their numbers in Procore.
    pub(crate) async fn project_ids(&self) -> Vec<i64> {
        sqlx::query_scalar("select project_id from project order by project_id")
            .fetch_all(self.db())
            .await
            .unwrap()
    }

    pub(crate) async fn seen(&self) -> Seen {
        let mut conn = self.site.app.db.acquire().await.unwrap();
        let stored = onboardings::find(&mut conn, self.site.firm, self.site.onboarding).await;
        let onboarding = stored.unwrap().expect("an onboarding").onboarding;
        Seen {
            onboarding_id: onboarding.id,
            version: onboarding.version,
        }
    }

    /// The firm's admin has these projects integrated.
    pub(crate) async fn integrate(&self, projects: &[i64], settings: &Settings) -> Integration {
        let (app, admin) = (&self.site.app, self.site.admin());
        integrate_projects::run(app, &admin, self.seen().await, projects, settings)
            .await
            .unwrap()
    }

    /// State of each project that has one.
    pub(crate) async fn project_states(&self) -> BTreeMap<i64, String> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("select project_id, state from project where state is not null")
                .fetch_all(self.db())
                .await
                .unwrap();
        rows.into_iter().collect()
    }

    /// State and code of the newest run of a project.
    pub(crate) async fn project_run(&self, project: i64) -> (String, Option<String>) {
        sqlx::query_as(
            "select state, code from run where project_id = $1 and kind = 'project'
             order by started_at desc, run_id desc limit 1",
        )
        .bind(project)
        .fetch_one(self.db())
        .await
        .unwrap()
    }

    /// The state of each action of a project's newest run.
    pub(crate) async fn project_ledger(&self, project: i64) -> Vec<(String, String)> {
        sqlx::query_as(
            "select name, state from action where run_id = (
                 select run_id from run where project_id = $1 and kind = 'project'
                 order by started_at desc, run_id desc limit 1
             ) order by position",
        )
        .bind(project)
        .fetch_all(self.db())
        .await
        .unwrap()
    }

    /// Nothing asks Procore but what the story is about.
    pub(crate) async fn only_projects(&self) {
        sqlx::query("delete from work where kind = any($1)")
            .bind(&LOOKS as &[&str])
            .execute(self.db())
            .await
            .unwrap();
    }

    /// Calls to Procore since the counts were reset, tokens aside.
    pub(crate) async fn calls(&self) -> u64 {
        let requests = self.site.sandbox.state().await.requests;
        let calls = requests.iter().filter(|it| it.path.starts_with("/rest/"));
        calls.map(|it| it.count).sum()
    }

    /// Every record that Procore lists of a project, by kind and id.
    pub(crate) async fn procores_of(
        &self,
        project: i64,
        settings: &Settings,
    ) -> BTreeMap<(String, i64), Value> {
        let ids = Ids {
            company: COMPANY_ID,
            project,
        };
        let mut records = BTreeMap::new();
        for choice in settings.choices() {
            for read in choice.reads() {
                let mut request = ListRequest {
                    action: read.name,
                    path: read.path_for(ids),
                    query: read.query(ids, choice.include_inactive),
                    page: PageCursor::first(),
                    per_page: read.paged.then_some(read.page_size),
                    grouped_in: read.grouped_in,
                };
                loop {
                    let page = self.site.api().list_page(&request).await.unwrap();
                    for record in page.records {
                        let body = serde_json::from_str(record.body.get()).unwrap();
                        records.insert((read.kind.to_owned(), record.id), body);
                    }
                    match page.next {
                        Some(next) => request.page = next,
                        None => break,
                    }
                }
            }
        }
        records
    }

    /// Every record of our copy of a project that is neither gone nor hidden, likewise.
    pub(crate) async fn ours_of(&self, project: i64) -> BTreeMap<(String, i64), Value> {
        let rows: Vec<(String, i64, Value)> = sqlx::query_as(
            "select kind, procore_id, body from record
             where project_id = $1 and gone_at is null and unavailable_at is null",
        )
        .bind(project)
        .fetch_all(self.db())
        .await
        .unwrap();
        rows.into_iter()
            .map(|(kind, id, body)| ((kind, id), body))
            .collect()
    }

    /// A project is as it should be: integrated, one webhook with the triggers that we know, and a copy
    /// that says what Procore says.
    pub(crate) async fn assert_project_is_right(&self, project: i64, settings: &Settings) {
        assert_eq!(self.project_states().await[&project], "integrated");
        let hooks = self.site.sandbox.project(project).await.hooks;
        let [hook] = hooks.as_slice() else {
            panic!("one hook in {project}: {hooks:?}");
        };
        let known: Vec<(String, Value, bool)> = sqlx::query_as(
            "select procore_id, triggers, pending is null from hook
             where project_id = $1 and removed_at is null",
        )
        .bind(project)
        .fetch_all(self.db())
        .await
        .unwrap();
        let [(id, triggers, is_confirmed)] = known.as_slice() else {
            panic!("one row for the hook of {project}: {known:?}");
        };
        assert_eq!(*id, hook.id);
        assert!(is_confirmed);
        let told: Vec<(String, String)> = serde_json::from_value(triggers.clone()).unwrap();
        assert_eq!(told, hook.triggers);
        let ours = self.ours_of(project).await;
        let theirs = self.procores_of(project, settings).await;
        let ids: Vec<_> = ours.keys().collect();
        assert_eq!(ids, theirs.keys().collect::<Vec<_>>(), "of {project}");
        for (id, theirs) in &theirs {
            // A record that was read by itself says more than a row of its list.
            for (field, value) in theirs.as_object().unwrap() {
                assert_eq!(ours[id][field], *value, "{field} of {id:?} in {project}");
            }
        }
    }
}
