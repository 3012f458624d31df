//! A firm disconnects: the company is free at once, our webhook goes, and then the secret.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::flows::disconnect::{self, DisconnectOutcome};
use concierge::flows::{Error, Seen};
use concierge::ledger::{ActionState, RunState};
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::onboardings;
use concierge::work::LEASE;
use procore_sandbox::testing::{COMPANY_NAME, Fail, SandboxOptions};
use serde_json::json;

use crate::close_case::{assert_forgotten, count};
use crate::harness::app::work_until_nothing_is_due;
use crate::harness::faults::EndAt;
use crate::harness::gate;
use crate::harness::live::Live;
use crate::harness::page::Page;
use crate::harness::site::{Site, choices, policy};
use crate::harness::walk::Walk;
use crate::locks::until_somebody_waits;

const SETS: [DataSet; 2] = [DataSet::Departments, DataSet::Offices];
const RECORDS: &str = "select count(*) from record where firm_id = $1";
const EVENTS: &str = "select count(*) from event where firm_id = $1";
const CLAIMS: &str = "select count(*) from company_claim where firm_id = $1";
const SECRETS: &str = "select count(*) from credential where firm_id = $1 and secret is not null";

/// What a page of the connection shows now.
async fn seen(site: &Site) -> Seen {
    let mut conn = site.db.pool().acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, site.firm).await.unwrap();
    let onboarding = stored.unwrap().onboarding;
    Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    }
}

/// The firm's admin ends the connection.
async fn end(site: &Site, with_data: bool) {
    let seen = seen(site).await;
    let ended = disconnect::run(&site.app, &site.admin(), seen, COMPANY_NAME, with_data).await;
    assert_eq!(ended.unwrap(), DisconnectOutcome::Ended);
}

async fn connected() -> Site {
    let site = Site::confirmed(choices(&SETS), SandboxOptions::default()).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    site
}

impl Walk {
    fn disconnect_page(&self) -> String {
        paths::integration_page(self.admin.firm, "disconnect")
    }

    /// Presses *Disconnect* with this name in the field.
    async fn disconnect(&self, name: &str) -> Page {
        let page = self.admin.browser.get(&self.disconnect_page()).await;
        self.press(&page, "Disconnect", &[("company_name", name)])
            .await
    }

    /// The same with the data.
    async fn disconnect_with_data(&self) -> Page {
        let page = self.admin.browser.get(&self.disconnect_page()).await;
        let fields = [("company_name", COMPANY_NAME), ("delete_data", "yes")];
        self.press(&page, "Disconnect", &fields).await
    }

    async fn connect_again(&self, page: &Page) -> Page {
        let button = page.button("Connect again").expect("it may be connected");
        self.admin.browser.submit(&button, &[]).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let count = sqlx::query_scalar(sql).bind(self.admin.firm);
        count.fetch_one(self.app.db()).await.unwrap()
    }

    async fn overview(&self) -> Page {
        let path = paths::integration(self.admin.firm);
        self.admin.browser.get(&path).await
    }

    /// The ids of the webhooks that Procore has.
    async fn hooks(&self) -> Vec<String> {
        let hooks = self.sandbox.state().await.hooks.into_iter();
        hooks.map(|hook| hook.id).collect()
    }
}

#[tokio::test]
async fn the_name_confirms_it_and_the_page_says_what_is_kept() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let [hook] = walk.hooks().await.try_into().unwrap();
    let page = walk.admin.browser.get(&walk.disconnect_page()).await;
    assert_eq!(page.h1(), "Disconnect Procore");
    assert!(page.has_text(&format!("webhook {hook}")), "{}", page.text());

    let page = walk.disconnect("Another company").await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("company_name").contains(COMPANY_NAME),
        "{}",
        page.text()
    );
    assert_eq!(walk.stage().await, Stage::Done);
    assert_eq!(walk.hooks().await.len(), 1, "nothing is lost");

    let typed = COMPANY_NAME.to_uppercase().replace(' ', "  ");
    let page = walk.disconnect(&typed).await;
    assert!(page.has_text("Disconnected"), "{}", page.text());
    assert!(page.has_text("We are removing our webhook"));
    assert_eq!(walk.count(CLAIMS).await, 0, "released at once");
    walk.app.run_jobs().await;
    assert!(walk.hooks().await.is_empty());
    assert_eq!(walk.count(SECRETS).await, 0);
    let page = walk.overview().await;
    assert!(page.has_text("Our webhook is removed"), "{}", page.text());
    assert!(page.has_text("Offices"), "what is kept: {}", page.text());
    let records = walk.count(RECORDS).await;
    assert!(records > 0);

    let page = walk.connect_again(&page).await;
    assert!(page.h1().starts_with("Connect Procore to"), "{}", page.h1());
    walk.sandbox.forget_tokens().await;
    walk.connect(&["departments"]).await;
    let of_new = "select count(*) from record r join connection c using (firm_id, connection_id)
                  where firm_id = $1 and c.state = 'connected' and r.data_set = 'offices'";
    assert_eq!(walk.count(of_new).await, 0, "a clean setup");

    walk.app.advance(TimeDelta::minutes(1));
    let page = walk.disconnect_with_data().await;
    let deleting = "Your records are being deleted.";
    assert!(page.has_text(deleting), "{}", page.text());
    assert!(!page.has_text("Departments"), "{}", page.text());
    walk.app.run_jobs().await;
    let page = walk.overview().await;
    let none = "None of your records are kept.";
    assert!(page.has_text(none), "{}", page.text());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_refused_removal_is_named_and_never_touches_the_newer_webhook() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let [old] = walk.hooks().await.try_into().unwrap();
    let refused = json!({ "errors": ["You do not have permission"] });
    let fail = Fail::status(403)
        .method("DELETE")
        .on("/rest/v2.0/companies");
    walk.sandbox.fail_next(fail.body(refused).times(100)).await;
    let check = paths::integration_page(walk.admin.firm, "permissions");
    walk.admin.browser.submit(&check, &[]).await;
    walk.disconnect(COMPANY_NAME).await;
    walk.app.run_jobs().await;
    assert_eq!(
        walk.count(CLAIMS).await,
        0,
        "what was being checked claims nothing"
    );
    let unfinished = "select count(*) from check_run where firm_id = $1 and finished_at is null";
    assert_eq!(walk.count(unfinished).await, 0);
    assert_eq!(walk.hooks().await, std::slice::from_ref(&old));
    let page = walk.overview().await;
    let named = format!("Procore does not let us remove our webhook {old}");
    assert!(page.has_text(&named), "{}", page.text());
    assert!(page.has_text("the Client secret is kept encrypted"));
    assert!(page.has_text("By hand:"), "the way to do it by hand");
    assert_eq!(walk.count(SECRETS).await, 1);

    // The same company again, with a webhook of its own, while the old one cannot be removed.
    walk.connect_again(&page).await;
    walk.sandbox.forget_tokens().await;
    walk.connect(&["offices"]).await;
    let hooks = walk.hooks().await;
    assert_eq!(hooks.len(), 2, "the old one is not adopted: {hooks:?}");
    walk.sandbox.up().await;
    walk.sandbox.forget_tokens().await;
    walk.advance(TimeDelta::minutes(61)).await;
    walk.app.run_jobs().await;
    let left = walk.hooks().await;
    assert_eq!(left.len(), 1);
    assert_ne!(left, [old], "the newer one stays");
    assert_eq!(walk.count(SECRETS).await, 1, "the newer one's");
    assert!(walk.overview().await.has_text("Healthy"));
}

#[tokio::test]
async fn an_old_page_ends_nothing_and_does_not_claim_that_the_data_is_deleted() {
    let site = connected().await;
    let now = seen(&site).await;
    let old = Seen {
        version: now.version - 1,
        ..now
    };
    let admin = site.admin();
    let end = |seen, with_data| disconnect::run(&site.app, &admin, seen, COMPANY_NAME, with_data);
    assert!(matches!(end(old, false).await, Err(Error::Stale)));
    assert_eq!(end(now, false).await.unwrap(), DisconnectOutcome::Ended);
    assert_eq!(
        end(now, false).await.unwrap(),
        DisconnectOutcome::Ended,
        "sent twice"
    );
    assert!(
        matches!(end(now, true).await, Err(Error::Stale)),
        "the data is kept"
    );
}

#[tokio::test]
async fn after_30_days_the_secret_is_wiped_and_what_is_left_is_named() {
    let site = connected().await;
    let hook = site.sandbox.state().await.hooks.remove(0).id;
    site.sandbox.set_level("webhooks_api", "None").await;
    end(&site, false).await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(count(&site, SECRETS).await, 1, "kept for the removal");
    site.advance(TimeDelta::days(15).num_seconds()).await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    let told = "select count(*) from activity where firm_id = $1 and verb = 'removal.needs_person'";
    assert_eq!(count(&site, told).await, 1, "the same refusal is told once");

    site.advance(TimeDelta::days(15).num_seconds() + 3600).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let entry = site.entry("remove_hooks").await;
    assert_eq!(entry.state, ActionState::Partial);
    assert_eq!(entry.outcome["left"], json!([hook]));
    assert_eq!(count(&site, SECRETS).await, 0);
    assert_eq!(site.sandbox.state().await.hooks.len(), 1);
}

#[tokio::test]
async fn an_outage_is_waited_out_while_the_company_is_free() {
    let site = connected().await;
    site.sandbox.down().await;
    end(&site, false).await;
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Waiting);
    assert_eq!(count(&site, CLAIMS).await, 0);
    assert_eq!(count(&site, SECRETS).await, 1);
    site.sandbox.up().await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert!(site.sandbox.state().await.hooks.is_empty());
    assert_eq!(count(&site, SECRETS).await, 0);
    assert!(count(&site, RECORDS).await > 0, "the data stays");
}

#[tokio::test]
async fn nothing_is_delivered_to_the_old_address_and_the_data_goes_if_asked_for() {
    let live = Live::connected(choices(&SETS), SandboxOptions::default()).await;
    let event = |id: u64| json!({ "id": id, "resource_name": "Offices" }).to_string();
    let (address, key) = (&live.address, &live.authorization);
    assert_eq!(live.deliver(address, key, &event(1)).await, 204);
    assert_eq!(count(&live.site, EVENTS).await, 1);

    live.site.sandbox.down().await;
    end(&live.site, true).await;
    assert_eq!(live.deliver(address, key, &event(2)).await, 404);
    assert_eq!(live.deliver(address, key, "no event").await, 404);
    live.site.work().await;
    for sql in [RECORDS, EVENTS] {
        assert_eq!(count(&live.site, sql).await, 0, "without Procore: {sql}");
    }
    live.site.sandbox.up().await;
    assert_eq!(live.site.work_to_the_end().await, RunState::Done);
    assert_forgotten(&live.site, "disconnected with its data").await;
    assert_eq!(live.deliver(address, key, &event(3)).await, 404);
    assert_eq!(count(&live.site, EVENTS).await, 0);
}

#[tokio::test]
async fn an_event_that_is_being_applied_meanwhile_leaves_nothing() {
    for is_being_written in [false, true] {
        let live = Live::connected(choices(&SETS), SandboxOptions::default()).await;
        live.catch_up().await;
        let (site, db) = (&live.site, live.db());
        let office = json!({ "name": "Pier 9" });
        site.sandbox.create_record("offices", office).await;
        site.sandbox.settled_deliveries().await;
        let seen = seen(site).await;
        if is_being_written {
            // The write waits for the changes of the firm, and the end for the write.
            let mut other = db.begin().await.unwrap();
            let lock = sqlx::query("select from lock_changes($1)").bind(site.firm);
            lock.execute(&mut *other).await.unwrap();
            tokio::join!(work_until_nothing_is_due(&site.app), async {
                until_somebody_waits(db).await;
                tokio::join!(end(site, true), async { other.commit().await.unwrap() });
            });
        } else {
            let (app, admin) = (site.app.clone(), site.admin());
            let gate = gate::open(&site.sandbox.url, move |request| {
                let (app, admin) = (app.clone(), admin.clone());
                let is_asked = request.uri.path().starts_with("/rest/v1.0/offices/");
                Box::pin(async move {
                    if is_asked {
                        let ended = disconnect::run(&app, &admin, seen, COMPANY_NAME, true).await;
                        assert_eq!(ended.unwrap(), DisconnectOutcome::Ended);
                    }
                })
            })
            .await;
            work_until_nothing_is_due(&site.app_before(&gate, policy())).await;
        }
        assert_eq!(site.work_to_the_end().await, RunState::Done);
        for sql in [RECORDS, EVENTS] {
            assert_eq!(count(site, sql).await, 0, "{is_being_written}: {sql}");
        }
        assert_forgotten(site, "disconnected while an event was applied").await;
    }
}

#[tokio::test]
async fn a_disconnection_that_is_cut_short_anywhere_ends_as_if_nothing_had_happened() {
    let mut site = connected().await;
    end(&site, true).await;
    let all = EndAt::new(usize::MAX);
    site.work_under(all.as_ref()).await;
    assert_eq!(site.run().await.state, RunState::Done);
    for point in 0..all.seen().len() {
        site.sandbox.forget_tokens().await;
        site.confirm(choices(&SETS)).await;
        assert_eq!(site.work_to_the_end().await, RunState::Done);
        end(&site, true).await;
        let ended = EndAt::new(point);
        site.work_under(ended.as_ref()).await;
        assert!(ended.has_ended(), "point {point} comes");
        site.advance(LEASE.num_seconds() + 1).await;

        let state = site.work_to_the_end().await;

        let place = format!("after {:?}", ended.seen().pop());
        assert_eq!(state, RunState::Done, "{place}");
        assert!(site.sandbox.state().await.hooks.is_empty(), "{place}");
        assert_forgotten(&site, &place).await;
    }
    site.sandbox.assert_no_violations().await;
}
