//! What is brought is changed after the setup: shown before, carried out as a whole, or not at all.

use std::ops::ControlFlow;

use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::engine::{FaultInjector, FaultPoint};
use concierge::flows::{Seen, change_settings};
use concierge::identity::RunId;
use concierge::ledger::RunState;
use concierge::paths;
use concierge::work::LEASE;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;

use crate::harness::faults::EndAt;
use crate::harness::live::Live;
use crate::harness::page::Page;
use crate::harness::site::{Site, choices, work_on};
use crate::harness::walk::Walk;

impl Site {
    /// Saves a change as a page does whose checks have passed.
    pub(crate) async fn save_change(&self, settings: &Settings) {
        let sql =
            "insert into check_run (firm_id, check_run_id, connection_id, credential_id, purpose,
                                          settings, started_by, started_at, finished_at, outcome)
                   select $1, gen_random_uuid(), connection_id, credential_id, 'permissions', $2,
                          'Test', $3, $3, 'passed'
                   from credential where firm_id = $1 and state = 'current'";
        sqlx::query(sql)
            .bind(self.firm)
            .bind(json!(settings))
            .bind(self.clock.now())
            .execute(self.db.pool())
            .await
            .unwrap();
        let version = sqlx::query_scalar("select version from onboarding where firm_id = $1")
            .bind(self.firm)
            .fetch_one(self.db.pool())
            .await
            .unwrap();
        let seen = Seen {
            onboarding_id: self.onboarding,
            version,
        };
        change_settings::run(&self.app, &self.admin(), seen, settings)
            .await
            .unwrap();
    }

    /// The newest change with its state.
    async fn newest_change(&self) -> (RunId, RunState) {
        let sql = "select run_id, state from run where firm_id = $1 and kind = 'change'
                   order by started_at desc, run_id desc limit 1";
        let (id, state): (uuid::Uuid, String) = sqlx::query_as(sql)
            .bind(self.firm)
            .fetch_one(self.db.pool())
            .await
            .unwrap();
        (RunId(id), RunState::from_stored(&state).unwrap())
    }

    async fn work_on_change(&self, faults: &dyn FaultInjector) {
        work_on(&self.app, faults, self.newest_change().await.0).await;
    }

    async fn finish_change(&self) {
        self.advance(LEASE.num_seconds() + 1).await;
        self.work_on_change(&concierge::engine::NoFaults).await;
        assert_eq!(self.newest_change().await.1, RunState::Done);
    }

    async fn settings_in_use(&self) -> Settings {
        let settings = sqlx::query_scalar("select settings from connection where firm_id = $1")
            .bind(self.firm)
            .fetch_one(self.db.pool())
            .await
            .unwrap();
        serde_json::from_value(settings).unwrap()
    }
}

/// Ends a worker before it puts the new settings in use.
struct BeforeSwitch;

impl FaultInjector for BeforeSwitch {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        match point {
            FaultPoint::BeforeWrite("settings switched") => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[tokio::test]
async fn a_change_that_is_killed_anywhere_ends_as_if_it_had_not_been() {
    let before = choices(&[DataSet::Offices, DataSet::Programs]);
    let after = choices(&[DataSet::Offices, DataSet::Departments]);
    let site = Site::confirmed(before.clone(), SandboxOptions::default()).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let left_before = site.outcome().await;

    site.save_change(&after).await;
    let all = EndAt::new(usize::MAX);
    site.work_on_change(all.as_ref()).await;
    let expected = site.outcome().await;
    assert_eq!(site.newest_change().await.1, RunState::Done);
    assert_ne!(expected, left_before);

    // There and back again: both ways read one data set and delete one.
    let ways = [
        (&after, &before, &left_before),
        (&before, &after, &expected),
    ];
    for (point, (from, to, left)) in (0..all.seen().len()).zip(ways.into_iter().cycle()) {
        site.save_change(to).await;
        let ended = EndAt::new(point);
        site.work_on_change(ended.as_ref()).await;
        assert!(ended.has_ended(), "point {point} comes");
        let place = ended.seen().pop();
        let in_use = site.settings_in_use().await;
        assert!(in_use == *from || in_use == *to, "{place:?}");
        let kinds = site.outcome().await.records;
        for choice in in_use.choices() {
            let key = choice.data_set.key();
            assert!(kinds.iter().any(|(kind, _, _)| kind == key), "{place:?}");
        }
        site.finish_change().await;
        assert_eq!(site.settings_in_use().await, *to, "after {place:?}");
        assert_eq!(site.outcome().await, *left, "after {place:?}");
        site.assert_hook_is_known().await;
    }
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_is_announced_while_a_change_goes_on_is_not_lost() {
    let before = choices(&[DataSet::Offices]);
    let after = choices(&[DataSet::Departments, DataSet::Programs]);
    let live = Live::connected(before, SandboxOptions::default()).await;
    live.catch_up().await;
    let site = &live.site;
    site.save_change(&after).await;
    site.work_on_change(&BeforeSwitch).await;

    // Announced for both choices; the worker that was killed still has its lease.
    let new = json!({ "name": "Night shift" });
    site.sandbox.create_record("departments", new).await;
    let new = json!({ "name": "Pier 9" });
    site.sandbox.create_record("offices", new).await;
    live.catch_up().await;
    let (departments, offices): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where body ->> 'name' = 'Night shift'),
                count(*) filter (where body ->> 'name' = 'Pier 9') from record",
    )
    .fetch_one(live.db())
    .await
    .unwrap();
    assert_eq!((departments, offices), (1, 1));

    site.advance(LEASE.num_seconds() + 1).await;
    live.catch_up().await;
    assert_eq!(site.settings_in_use().await, after);
    assert_eq!(live.ours().await, live.procores(&after).await);
    // What came late for what is no longer brought changes nothing.
    let late = json!({ "name": "Pier 10" });
    site.sandbox.create_record("offices", late).await;
    live.catch_up().await;
    assert_eq!(live.ours().await, live.procores(&after).await);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_reconcile_leaves_alone_what_a_change_is_reading_and_says_so() {
    let narrow = choices(&[DataSet::Projects, DataSet::Offices]);
    let wide = Settings::new([
        Choice {
            include_inactive: true,
            ..Choice::of(DataSet::Projects)
        },
        Choice::of(DataSet::Offices),
    ])
    .unwrap();
    let live = Live::connected(narrow, SandboxOptions::default()).await;
    live.catch_up().await;
    live.site.save_change(&wide).await;
    live.site.work_on_change(&BeforeSwitch).await;
    let read = live.ours().await;
    assert_eq!(read, live.procores(&wide).await);

    // Events may be lost; the worker that was killed still has its lease.
    for sql in [
        "insert into reconcile (firm_id, connection_id, gap_from, gap_to, gap_lost)
         select firm_id, connection_id, created_at, created_at + interval '1 minute', true
         from connection",
        "update work set due_at = '2000-01-01' where kind = 'reconcile'",
    ] {
        sqlx::query(sql).execute(live.db()).await.unwrap();
    }
    live.catch_up().await;
    assert_eq!(live.ours().await, read);
    let (incomplete, has_gap): (serde_json::Value, bool) =
        sqlx::query_as("select result -> 'incomplete', gap_from is not null from reconcile")
            .fetch_one(live.db())
            .await
            .unwrap();
    assert_eq!(incomplete, json!(["projects"]));
    assert!(has_gap, "until the projects are read too");

    live.site.finish_change().await;
    live.catch_up().await;
    assert_eq!(live.ours().await, read);
}

#[tokio::test]
async fn inactive_records_come_and_go_with_their_option() {
    let narrow = choices(&[DataSet::Projects]);
    let wide = Settings::new([Choice {
        include_inactive: true,
        ..Choice::of(DataSet::Projects)
    }])
    .unwrap();
    let live = Live::connected(narrow.clone(), SandboxOptions::default()).await;
    let active = live.ours().await;
    live.site.save_change(&wide).await;
    live.catch_up().await;
    let all = live.ours().await;
    assert_eq!(all, live.procores(&wide).await);
    assert!(all.len() > active.len());

    live.site.save_change(&narrow).await;
    live.catch_up().await;
    assert_eq!(live.ours().await, active);
    assert_eq!(live.site.settings_in_use().await, narrow);

    // A change of an inactive one brings it back no more; one that we have is kept right.
    let sandbox = &live.site.sandbox;
    let (_, inactive) = all.keys().find(|it| !active.contains_key(it)).unwrap();
    let renamed = json!({ "name": "Closed long ago" });
    sandbox.edit_record("projects", *inactive, renamed).await;
    let kept = active.keys().find(|(kind, _)| kind == "projects").unwrap();
    let closed = json!({ "active": false });
    sandbox
        .edit_record("projects", kept.1, closed.clone())
        .await;
    live.catch_up().await;
    let ours = live.ours().await;
    assert_eq!(ours.len(), active.len());
    assert_eq!(ours[kept]["active"], closed["active"]);
    let sql = "select outcome from event order by outcome";
    let outcomes = sqlx::query_scalar::<_, String>(sql).fetch_all(live.db());
    assert_eq!(outcomes.await.unwrap(), ["applied", "not_chosen"]);
    let reopened = json!({ "active": true });
    sandbox.edit_record("projects", kept.1, reopened).await;
    live.catch_up().await;
    let active = live.ours().await;
    let all = live.procores(&wide).await;

    // Read again, and undone before they are brought for good.
    live.site.save_change(&wide).await;
    live.site.work_on_change(&BeforeSwitch).await;
    assert_eq!(live.ours().await, all);
    live.site.save_change(&narrow).await;
    live.catch_up().await;
    assert_eq!(live.ours().await, active);
}

impl Walk {
    pub(crate) async fn settings_page(&self) -> Page {
        let path = paths::settings(self.admin.firm);
        self.admin.browser.visit(&path).await
    }

    /// Reviews a choice, and lets its checks run.
    pub(crate) async fn review_change(&self, data: &[&str]) -> Page {
        let fields: Vec<_> = data.iter().map(|key| ("data", *key)).collect();
        let path = paths::settings(self.admin.firm);
        let page = self.admin.browser.submit(&path, &fields).await;
        self.app.run_jobs().await;
        assert_eq!(page.status, 200, "{}", page.text());
        self.admin.browser.visit(&self.review_path(data)).await
    }

    fn review_path(&self, data: &[&str]) -> String {
        let fields: Vec<String> = data.iter().map(|key| format!("data={key}")).collect();
        format!(
            "{}?{}",
            paths::settings_review(self.admin.firm),
            fields.join("&")
        )
    }

    pub(crate) async fn save(&self, review: &Page, data: &[&str]) -> Page {
        let fields: Vec<_> = data.iter().map(|key| ("data", *key)).collect();
        self.press(review, "Save changes", &fields).await
    }
}

#[tokio::test]
async fn the_effect_is_shown_before_anything_is_saved() {
    let walk = Walk::start().await;
    walk.connect(&["projects", "offices"]).await;
    let page = walk.settings_page().await;
    assert_eq!(page.h1(), "Settings");
    assert_eq!(
        page.values("input[name=data][checked]"),
        ["projects", "offices"]
    );

    let same = [("data", "projects"), ("data", "offices")];
    let action = page.button("Review changes").expect("a button");
    let page = walk.admin.browser.submit(&action, &same).await;
    assert!(page.has_text("Nothing was changed"), "{}", page.text());
    let path = paths::settings(walk.admin.firm);
    let none = walk.admin.browser.submit(&path, &[]).await;
    assert_eq!(none.status, 422);
    assert_eq!(
        none.error_for("data"),
        "Choose at least one kind of data to bring from Procore"
    );

    let offices: i64 = sqlx::query_scalar("select count(*) from record where kind = 'offices'")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    let chosen = ["projects", "users"];
    let review = walk.review_change(&chosen).await;
    assert_eq!(review.h1(), "Review changes");
    for text in [
        "Also changes of Company Users",
        "No longer Offices (create, delete, update)",
        &format!("Offices: {offices} records"),
        "Directory",
        "All checks passed",
    ] {
        assert!(review.has_text(text), "{text}: {}", review.text());
    }
    assert!(review.has_text("about"), "{}", review.text());
    let page = walk.save(&review, &chosen).await;
    assert!(page.has_text("Read People"), "{}", page.text());
    assert!(
        page.html.contains("http-equiv=\"refresh\""),
        "works without a script"
    );
    assert!(page.button("Review changes").is_none());

    // The same form again changes nothing; another one is out of date.
    walk.save(&review, &chosen).await;
    let other = ["projects", "trades"];
    let stale = walk.save(&review, &other).await;
    assert_eq!(stale.status, 409);
    walk.app.run_jobs().await;
    let page = walk.settings_page().await;
    assert_eq!(page.values("input[name=data][checked]"), chosen);
    let kinds: Vec<String> = sqlx::query_scalar("select distinct data_set from record order by 1")
        .fetch_all(walk.app.db())
        .await
        .unwrap();
    assert_eq!(kinds, chosen);
    let hooks = walk.sandbox.state().await.hooks;
    let announced = |name: &str| {
        hooks[0]
            .triggers
            .iter()
            .any(|(resource, _)| resource == name)
    };
    assert!(announced("Company Users") && !announced("Offices"));
    let done = walk.app.activity_of(walk.admin.firm).await;
    assert!(done.contains(&"settings.changed".to_owned()), "{done:?}");
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_refused_level_shows_its_fix_and_what_was_brought_stays() {
    let walk = Walk::start().await;
    walk.connect(&["offices"]).await;
    walk.sandbox.set_level("Directory", "None").await;
    let chosen = ["users"];
    let review = walk.review_change(&chosen).await;
    assert!(
        review.has_text("Ref PC-LEVEL:directory"),
        "{}",
        review.text()
    );
    assert!(review.button("Save changes").is_none());
    let (onboarding, version) = (review.value_of("onboarding"), review.value_of("version"));
    let forged = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("data", "users"),
    ];
    let address = walk.review_path(&chosen);
    let forged = walk.admin.browser.submit(&address, &forged).await;
    assert!(forged.has_text("nothing was changed"), "{}", forged.text());

    // Fixed and saved, and taken away again before it is read.
    walk.sandbox.set_level("Directory", "Read Only").await;
    walk.press(
        &review,
        "Check again",
        &[("data", "users"), ("check", "again")],
    )
    .await;
    walk.app.run_jobs().await;
    let review = walk.admin.browser.visit(&walk.review_path(&chosen)).await;
    walk.save(&review, &chosen).await;
    walk.sandbox.set_level("Directory", "None").await;
    walk.app.run_jobs().await;
    let page = walk.settings_page().await;
    assert!(page.has_text("Ref PC-LEVEL:directory"), "{}", page.text());
    assert!(page.has_text("we bring what we brought before"));
    let brought: Vec<String> = sqlx::query_scalar("select distinct data_set from record")
        .fetch_all(walk.app.db())
        .await
        .unwrap();
    assert_eq!(brought, ["offices"]);
    let data = paths::integration_page(walk.admin.firm, "data");
    assert!(walk.admin.browser.get(&data).await.has_text("Offices"));

    let undo = page.link("Undo the change").expect("a way back");
    let review = walk.admin.browser.visit(&undo).await;
    walk.save(&review, &["offices"]).await;
    walk.app.run_jobs().await;
    let page = walk.settings_page().await;
    assert!(
        !page.has_text("The change that you saved"),
        "{}",
        page.text()
    );
    let hooks = walk.sandbox.state().await.hooks;
    assert!(
        hooks[0]
            .triggers
            .iter()
            .all(|(resource, _)| resource == "Offices")
    );
    walk.sandbox.assert_no_violations().await;
}
