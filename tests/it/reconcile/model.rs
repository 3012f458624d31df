//! A model test: whatever happens in Procore, to what it delivers and to our workers, after a quiet time
//! our copy says what Procore says.

use std::env;
use std::time::Duration;

use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::worker;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::HOUR;
use crate::harness::host::{HostProduct, published};
use crate::harness::live::Live;

/// How many stories are told: the first seed and the number of them.
const SEEDS: &str = "CONCIERGE_MODEL_SEEDS";
const FIRST_SEED: &str = "CONCIERGE_MODEL_FIRST_SEED";
const USUAL_SEEDS: u64 = 3;
/// Half hours until everything was read again in turn.
const A_DAY: usize = 54;
/// What happens in a story, one after the other.
const STEPS: u64 = 30;

const DATASETS: [(&str, &str); 8] = [
    ("projects", "projects"),
    ("users", "users"),
    ("vendors", "vendors"),
    ("departments", "departments"),
    ("offices", "offices"),
    ("trades", "trades"),
    ("cost_code_lists", "standard_cost_code_lists"),
    ("cost_codes", "standard_cost_codes"),
];

/// Data sets of a project, whose kinds of records are called the same.
const OF_PROJECT: [(&str, DataSet); 6] = [
    ("rfis", DataSet::Rfis),
    ("submittals", DataSet::Submittals),
    ("locations", DataSet::Locations),
    ("prime_contracts", DataSet::PrimeContracts),
    ("change_events", DataSet::ChangeEvents),
    ("meetings", DataSet::Meetings),
];

/// Numbers that follow from a seed (splitmix).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

struct Story {
    live: Live,
    chance: Chance,
    /// The integrated projects in which something happens; in the company where there are none.
    projects: Vec<i64>,
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().expect("a whole number"))
}

#[tokio::test]
async fn after_a_quiet_time_our_copy_equals_procores() {
    let first = number(FIRST_SEED, 1);
    for seed in first..first + number(SEEDS, USUAL_SEEDS) {
        let settings = Settings::new(DataSet::OF_COMPANY.map(|data_set| Choice {
            include_inactive: seed % 2 == 0,
            ..Choice::of(data_set)
        }));
        let settings = settings.unwrap();
        let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
        let mut story = Story {
            live,
            chance: Chance(seed),
            projects: Vec::new(),
        };
        story.live.site.sandbox.hold_deliveries().await;
        let host = HostProduct::new().await;
        for step in 0..STEPS {
            story.go_on().await;
            if step % 10 == 0 {
                host.follow(&story.live.site.db, 100).await;
            }
        }
        story.deliver().await;
        story.live.site.sandbox.release_deliveries(false).await;
        // What was delivered is applied, then everything is read again.
        story.live.after(600).await;
        story.live.after(13 * HOUR).await;
        host.follow(&story.live.site.db, 100).await;
        assert_eq!(host.records().await, published(story.live.db()).await);
        let differences = story.live.differences(&settings).await;
        assert_eq!(differences, [], "{FIRST_SEED}={seed} {SEEDS}=1");
        story.live.site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn after_a_quiet_time_our_copy_of_projects_equals_procores() {
    let first = number(FIRST_SEED, 1);
    let settings = Settings::new(OF_PROJECT.map(|(_, data_set)| Choice::of(data_set))).unwrap();
    for seed in first..first + number(SEEDS, USUAL_SEEDS) {
        let live = Live::with_projects(3).await;
        live.catch_up().await;
        let projects = live.project_ids().await[..2].to_vec();
        live.integrate(&projects, &settings).await;
        live.catch_up().await;
        let mut story = Story {
            live,
            chance: Chance(seed),
            projects: projects.clone(),
        };
        story.live.site.sandbox.hold_deliveries().await;
        for _ in 0..STEPS {
            story.go_on().await;
        }
        story.deliver().await;
        story.live.site.sandbox.release_deliveries(false).await;
        // What was delivered is applied, then everything is read again, of the projects last.
        story.live.after(600).await;
        story.live.after(13 * HOUR).await;
        let mut wrong = story.wrong(&settings).await;
        for _ in 0..A_DAY {
            if wrong.is_empty() {
                break;
            }
            story.live.after(HOUR / 2).await;
            wrong = story.wrong(&settings).await;
        }
        assert!(wrong.is_empty(), "{FIRST_SEED}={seed} {SEEDS}=1: {wrong:?}");
        for project in projects {
            story.live.assert_project_is_right(project, &settings).await;
        }
        story.live.site.sandbox.assert_no_violations().await;
    }
}

impl Story {
    /// What our copy of the projects says otherwise than Procore. A record that was read by itself says more than
    /// a row of its list.
    async fn wrong(&self, settings: &Settings) -> Vec<(i64, String, i64)> {
        let mut wrong = Vec::new();
        for project in &self.projects {
            let mut ours = self.live.ours_of(*project).await;
            for ((kind, id), theirs) in self.live.procores_of(*project, settings).await {
                let ours = ours.remove(&(kind.clone(), id));
                let mut fields = theirs.as_object().unwrap().iter();
                let is_right = ours.is_some_and(|ours| fields.all(|(name, it)| ours[name] == *it));
                if !is_right {
                    wrong.push((*project, kind, id));
                }
            }
            wrong.extend(ours.into_keys().map(|(kind, id)| (*project, kind, id)));
        }
        wrong
    }

    async fn go_on(&mut self) {
        match self.chance.below(10) {
            0..=4 if !self.projects.is_empty() => self.change_in_project().await,
            0..=4 => self.change().await,
            5 => self.deliver().await,
            6 => {
                let seconds = self.chance.of(&[1, 20, 600, 3 * HOUR]);
                self.live.site.advance(seconds).await;
            }
            7 => self.work(None).await,
            _ => {
                let moment = Duration::from_millis(self.chance.below(30));
                self.work(Some(moment)).await;
            }
        }
    }

    /// Somebody changes something in Procore.
    async fn change(&mut self) {
        let (dataset, kind) = self.chance.of(&DATASETS);
        let sandbox = &self.live.site.sandbox;
        let name = format!("Name {}", self.chance.below(1000));
        let known: Vec<i64> = sqlx::query_scalar(
            "select procore_id from record where kind = $1 and gone_at is null order by procore_id",
        )
        .bind(kind)
        .fetch_all(self.live.db())
        .await
        .unwrap();
        let action = self.chance.of(&[
            "create",
            "update",
            "update",
            "delete",
            "deactivate",
            "activate",
        ]);
        if action == "create" || known.is_empty() {
            sandbox
                .create_record(dataset, json!({ "name": name }))
                .await;
            return;
        }
        let id = self.chance.of(&known);
        let command = json!({
            "dataset": dataset, "action": action, "id": id, "fields": { "name": name },
        });
        // It may be gone in Procore, and unknown to us.
        drop(sandbox.try_control("records", command).await);
    }

    /// Somebody changes something in a project, its webhook among it.
    async fn change_in_project(&mut self) {
        let project = self.chance.of(&self.projects.clone());
        let (dataset, _) = self.chance.of(&OF_PROJECT);
        let sandbox = &self.live.site.sandbox;
        let name = format!("Name {}", self.chance.below(1000));
        let fields = json!({ "name": name, "title": name, "subject": name });
        let known = "select procore_id from record where kind = $1 and project_id = $2
                     and gone_at is null order by procore_id";
        let known: Vec<i64> = sqlx::query_scalar(known)
            .bind(dataset)
            .bind(project)
            .fetch_all(self.live.db())
            .await
            .unwrap();
        let action = self
            .chance
            .of(&["create", "update", "update", "delete", "delete", "hook"]);
        match action {
            "hook" if self.chance.below(3) == 0 => {
                sandbox.set_project_hook_active(project, false).await;
            }
            "hook" => {}
            "create" => {
                sandbox
                    .create_project_record(project, dataset, fields)
                    .await;
            }
            _ if known.is_empty() => {}
            _ => {
                let id = self.chance.of(&known);
                let command = json!({
                    "project_id": project, "dataset": dataset, "action": action, "id": id,
                    "fields": fields,
                });
                // It may be gone in Procore, and unknown to us.
                drop(sandbox.try_control("records", command).await);
            }
        }
    }

    /// Procore delivers what waits: some of it twice, some never, in any order.
    async fn deliver(&mut self) {
        let sandbox = &self.live.site.sandbox;
        let mut ids = Vec::new();
        for delivery in sandbox.deliveries().await {
            let waits = ["enqueued", "retrying"].contains(&delivery["status"].as_str().unwrap());
            let times = if waits {
                self.chance.of(&[0, 1, 1, 1, 2])
            } else {
                0
            };
            ids.extend((0..times).map(|_| delivery["id"].as_i64().unwrap()));
        }
        for place in (1..ids.len()).rev() {
            ids.swap(place, self.chance.below(place as u64 + 1) as usize);
        }
        sandbox.arrange_deliveries(&ids).await;
        sandbox.release_deliveries(false).await;
        sandbox.settled_deliveries().await;
        self.live.site.app.deliveries.put_work().await;
        sandbox.hold_deliveries().await;
    }

    /// Two workers do what is due; each piece of work may be killed at a moment.
    async fn work(&mut self, killed_after: Option<Duration>) {
        let stop = CancellationToken::new();
        let workers = [0, 1].map(|_| worker::new(self.live.site.app.clone(), stop.clone()));
        for worker in &workers {
            for (lease, _place) in worker.claim().await.unwrap() {
                match killed_after {
                    Some(moment) => drop(timeout(moment, worker.attend(&lease)).await),
                    None => worker.attend(&lease).await,
                }
            }
        }
        if killed_after.is_some() {
            // What a killed process holds lapses, and it may have lost a token on the way.
            self.live.site.advance(20).await;
            self.live.site.sandbox.forget_tokens().await;
        }
    }
}
