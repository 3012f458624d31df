//! Another Client ID and secret take the place of those in use, once they passed every check.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::flows::{Seen, replace_credentials, rotate_keys};
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::procore::{ClientId, ClientSecret};
use concierge::store::onboardings;
use concierge::vault::generate_key_line;
use procore_sandbox::testing::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, SandboxOptions,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::close_case::count;
use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;
use crate::harness::page::Page;
use crate::harness::site::choices;
use crate::harness::walk::Walk;
use crate::locks::until_somebody_waits;

const NEW_SECRET: &str = "new-secret-0123456789-abcdefghijklmnopqrstu";
const OTHER_CLIENT: &str = "other-client-0123456789-abcdefghijklmnopqrs";
const SECRETS: &str = "select count(*) from credential where firm_id = $1 and secret is not null";

impl Walk {
    fn replace_page(&self) -> String {
        paths::replace_credentials(self.admin.firm)
    }

    /// Enters other details.
    async fn enter(&self, client_id: &str, secret: &str) -> Page {
        let page = self.admin.browser.get(&self.replace_page()).await;
        let fields = [("client_id", client_id), ("client_secret", secret)];
        self.press(&page, "Check and replace", &fields).await
    }

    /// Enters other details, and has them checked.
    async fn replace(&self, client_id: &str, secret: &str) -> Page {
        let page = self.enter(client_id, secret).await;
        if page.status != 200 {
            return page;
        }
        self.app.run_jobs().await;
        self.admin.browser.get(&self.replace_page()).await
    }

    /// The states of the firm's credentials, and whether each holds a secret, the oldest first.
    async fn credentials(&self) -> Vec<(String, bool)> {
        let sql = "select state, secret is not null from credential
                   where firm_id = $1 order by created_at, credential_id";
        let rows = sqlx::query_as(sql).bind(self.admin.firm);
        rows.fetch_all(self.app.db()).await.unwrap()
    }
}

/// A connected firm whose new secret is about to be checked.
async fn with_candidate() -> Walk {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    walk.advance(TimeDelta::seconds(1)).await;
    walk.sandbox.replace_secret(NEW_SECRET).await;
    assert_eq!(walk.enter(CLIENT_ID, NEW_SECRET).await.status, 200);
    let expected = [state("current", true), state("candidate", true)];
    assert_eq!(walk.credentials().await, expected);
    walk
}

async fn change(walk: &Walk, sql: &'static str) {
    let changed = sqlx::query(sql).bind(walk.admin.firm);
    let changed = changed.execute(walk.app.db()).await.unwrap();
    assert_eq!(changed.rows_affected(), 1, "{sql}");
}

fn state(state: &str, has_secret: bool) -> (String, bool) {
    (state.to_owned(), has_secret)
}

#[tokio::test]
async fn a_new_secret_is_checked_and_takes_the_place_of_the_old_one() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let credentials = paths::integration_page(walk.admin.firm, "credentials");
    let page = walk.admin.browser.get(&credentials).await;
    assert!(page.has_text("Replace credentials"), "{}", page.text());
    walk.advance(TimeDelta::seconds(1)).await;
    walk.sandbox.replace_secret(NEW_SECRET).await;

    let page = walk.replace(CLIENT_ID, "").await;
    assert_eq!(page.status, 422);
    let page = walk.replace(CLIENT_ID, CLIENT_SECRET).await;
    let error = page.error_for("client_secret");
    assert!(error.contains("already in use"), "{error}");
    let page = walk.replace(CLIENT_ID, NEW_SECRET).await;

    assert!(
        page.has_text("were checked and replaced"),
        "{}",
        page.text()
    );
    let expected = [state("retired", false), state("current", true)];
    assert_eq!(walk.credentials().await, expected);
    let tokens =
        "select count(*) from procore_token t join credential c using (firm_id, credential_id)
                  where c.state <> 'current' and t.token is not null";
    let old: i64 = sqlx::query_scalar(tokens)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(old, 0, "the old token is revoked");
    let page = walk
        .admin
        .browser
        .get(&paths::integration(walk.admin.firm))
        .await;
    assert!(page.has_text("Healthy"), "{}", page.text());
}

#[tokio::test]
async fn what_does_not_pass_is_wiped_and_the_old_ones_stay_in_use() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    walk.advance(TimeDelta::seconds(1)).await;
    let page = walk.replace(CLIENT_ID, NEW_SECRET).await;
    assert!(page.has_text("those in use stay in use"), "{}", page.text());
    assert!(
        page.has_text("PC-CREDENTIALS"),
        "the fix card: {}",
        page.text()
    );
    let expected = [state("current", true), state("refused", false)];
    assert_eq!(walk.credentials().await, expected);

    // Details of another company.
    walk.advance(TimeDelta::seconds(1)).await;
    walk.sandbox.add_company(77, "Other Builders", &[]).await;
    let companies = [77];
    walk.sandbox
        .add_client(OTHER_CLIENT, NEW_SECRET, &companies)
        .await;
    let page = walk.replace(OTHER_CLIENT, NEW_SECRET).await;
    let explained = format!("do not reach {COMPANY_NAME}");
    assert!(page.has_text(&explained), "{}", page.text());
    assert!(page.has_text("disconnect this one first"));
    assert_eq!(walk.credentials().await[0], state("current", true));
}

#[tokio::test]
async fn a_secret_entered_in_the_setup_after_it_is_done_is_not_dropped_without_a_word() {
    let walk = Walk::without_pauses().await;
    let old = walk.up_to(Stage::Complete, &["offices"]).await;
    let (onboarding, version) = (old.value_of("onboarding"), old.value_of("version"));
    walk.complete().await;
    let mut fields = Walk::good_details();
    fields.retain(|(name, _)| *name != "client_secret");
    fields.extend([
        ("client_secret", NEW_SECRET),
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
    ]);
    let step = walk.at(Stage::Credentials);
    let page = walk.admin.browser.submit(&step, &fields).await;
    assert_eq!(page.h1(), "Replace credentials", "{}", page.text());
    assert!(page.has_text("nothing was saved"), "{}", page.text());
}

#[tokio::test]
async fn what_waits_for_the_secret_goes_on_with_the_new_one() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let both = ["offices", "departments"];
    let review = walk.review_change(&both).await;
    walk.advance(TimeDelta::seconds(1)).await;
    walk.sandbox.replace_secret(NEW_SECRET).await;
    walk.sandbox.expire_tokens().await;
    walk.save(&review, &both).await;
    walk.app.run_jobs().await;
    let page = walk.settings_page().await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());

    let page = walk.replace(CLIENT_ID, NEW_SECRET).await;
    assert!(page.has_text("were checked and replaced"));
    let changed = "select count(*) from run r join connection c using (firm_id, connection_id)
                   where firm_id = $1 and r.kind = 'change' and r.state = 'done'
                     and jsonb_array_length(c.settings) = 2";
    let changed = sqlx::query_scalar::<_, i64>(changed).bind(walk.admin.firm);
    assert_eq!(changed.fetch_one(walk.app.db()).await.unwrap(), 1);
}

#[tokio::test]
async fn another_app_takes_the_webhook_over() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let before = walk.sandbox.state().await.hooks.remove(0);
    walk.advance(TimeDelta::seconds(1)).await;
    let companies = [COMPANY_ID];
    walk.sandbox
        .add_client(OTHER_CLIENT, NEW_SECRET, &companies)
        .await;
    let page = walk.replace(OTHER_CLIENT, NEW_SECRET).await;
    assert!(
        page.has_text("were checked and replaced"),
        "{}",
        page.text()
    );
    let [hook] = walk.sandbox.state().await.hooks.try_into().unwrap();
    assert_eq!(hook.client_id, OTHER_CLIENT);
    assert_ne!(hook.destination_url, before.destination_url);
    assert_ne!(hook.authorization, before.authorization);
    assert!(!hook.triggers.is_empty());
    let webhooks = paths::integration_page(walk.admin.firm, "webhooks");
    let page = walk.admin.browser.get(&webhooks).await;
    assert!(page.has_text(&hook.id), "{}", page.text());
    assert!(!page.has_text("A webhook of your old app"));
    let overview = paths::integration(walk.admin.firm);
    let overview = walk.admin.browser.get(&overview).await;
    assert!(overview.has_text("Healthy"), "{}", overview.text());
    let repaired = walk.app.activity_of(walk.admin.firm).await;
    assert!(
        repaired.contains(&"copy.gap_repaired".to_owned()),
        "{repaired:?}"
    );

    // The old app is not there any more: its webhook is named, with the way to remove it by hand.
    walk.advance(TimeDelta::minutes(1)).await;
    walk.sandbox.uninstall_app(OTHER_CLIENT).await;
    let page = walk.replace(CLIENT_ID, CLIENT_SECRET).await;
    assert!(
        page.has_text("were checked and replaced"),
        "{}",
        page.text()
    );
    let page = walk.admin.browser.get(&webhooks).await;
    assert!(
        page.has_text("A webhook of your old app"),
        "{}",
        page.text()
    );
    assert!(page.has_text(&format!("our webhook {}", hook.id)));
    assert!(page.has_text("See our webhooks in Procore"));
    assert_eq!(walk.sandbox.state().await.hooks.len(), 2);
    let disconnect = paths::integration_page(walk.admin.firm, "disconnect");
    let page = walk.admin.browser.get(&disconnect).await;
    assert!(page.has_text("What stays in Procore"), "{}", page.text());
    assert!(page.has_text(&format!("our webhook {}", hook.id)));
}

/// A worker that is in the middle of it would go on with the old app's access.
#[tokio::test]
async fn a_repair_that_was_begun_by_the_old_app_is_begun_again_by_the_new_one() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let companies = [COMPANY_ID];
    walk.sandbox
        .add_client(OTHER_CLIENT, NEW_SECRET, &companies)
        .await;
    walk.enter(OTHER_CLIENT, NEW_SECRET).await;
    let begun = "insert into run (firm_id, run_id, connection_id, kind, state, started_at, started_by)
                 select firm_id, gen_random_uuid(), connection_id, 'repair', 'running', connected_at, 'Ada'
                 from connection where firm_id = $1";
    change(&walk, begun).await;
    walk.app.run_jobs().await;
    let states = "select state from run where kind = 'repair' order by started_at";
    let states: Vec<String> = sqlx::query_scalar(states)
        .fetch_all(walk.app.db())
        .await
        .unwrap();
    assert_eq!(states, ["abandoned", "done"]);
    let [hook] = walk.sandbox.state().await.hooks.try_into().unwrap();
    assert_eq!(hook.client_id, OTHER_CLIENT);
}

#[tokio::test]
async fn a_candidate_that_nobody_waits_for_is_wiped_after_a_day() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    walk.advance(TimeDelta::seconds(1)).await;
    walk.sandbox.down().await;
    let page = walk.replace(CLIENT_ID, NEW_SECRET).await;
    assert!(page.has_text("Waiting"), "{}", page.text());
    assert_eq!(walk.credentials().await[1], state("candidate", true));
    walk.advance(TimeDelta::hours(25)).await;
    walk.app.run_jobs().await;
    assert_eq!(walk.credentials().await[1], state("refused", false));
    assert_eq!(walk.credentials().await[0], state("current", true));
}

#[tokio::test]
async fn a_candidate_that_is_dropped_while_it_is_about_to_be_used_leaves_the_old_one_in_use() {
    let walk = with_candidate().await;
    let passed = "update check_run set finished_at = started_at, outcome = 'passed'
                  where firm_id = $1 and finished_at is null";
    change(&walk, passed).await;
    let conclude = "update work
                    set kind = 'replace_credentials',
                        key = (select credential_id from credential where state = 'candidate')
                    where firm_id = $1 and kind = 'checks'";
    change(&walk, conclude).await;

    let mut other = walk.app.db().begin().await.unwrap();
    let lock = "select from connection where firm_id = $1 for no key update";
    let locked = sqlx::query(lock).bind(walk.admin.firm).execute(&mut *other);
    locked.await.unwrap();
    tokio::join!(walk.app.run_jobs(), async {
        until_somebody_waits(walk.app.db()).await;
        let dropped = "update credential set state = 'refused', secret = null, retired_at = now()
                       where firm_id = $1 and state = 'candidate'";
        let dropped = sqlx::query(dropped).bind(walk.admin.firm);
        dropped.execute(&mut *other).await.unwrap();
        other.commit().await.unwrap();
    });
    let expected = [state("current", true), state("refused", false)];
    assert_eq!(walk.credentials().await, expected);
}

#[tokio::test]
async fn a_candidate_is_checked_again_for_what_is_brought_by_then() {
    let walk = with_candidate().await;
    let chosen = r#"update connection set settings = settings || '[{"data_set": "departments"}]'
                    where firm_id = $1"#;
    change(&walk, chosen).await;
    walk.app.run_jobs().await;
    let expected = [state("retired", false), state("current", true)];
    assert_eq!(walk.credentials().await, expected);
    let checked = "select jsonb_array_length(r.settings) from check_run r
                   join credential c using (firm_id, credential_id)
                   where firm_id = $1 and c.state = 'current' order by r.check_run_id";
    let checked = sqlx::query_scalar(checked).bind(walk.admin.firm);
    let checked: Vec<i32> = checked.fetch_all(walk.app.db()).await.unwrap();
    assert_eq!(checked, [1, 2]);
}

#[tokio::test]
async fn a_candidate_whose_checks_are_given_up_is_wiped() {
    let walk = with_candidate().await;
    let failing = "update work set failures = 5 where firm_id = $1 and kind = 'checks'";
    change(&walk, failing).await;
    walk.app.run_jobs().await;
    let expected = [state("current", true), state("refused", false)];
    assert_eq!(walk.credentials().await, expected);
}

#[tokio::test]
async fn nothing_is_lost_while_secret_and_keys_are_replaced_under_traffic() {
    let settings = choices(&[DataSet::Offices]);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    live.site.advance(1).await;
    let site = &live.site;
    let mut conn = live.db().acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, site.firm).await.unwrap();
    let onboarding = stored.unwrap().onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    drop(conn);
    let ids: Vec<i64> = sqlx::query_scalar("select procore_id from record order by 1")
        .fetch_all(live.db())
        .await
        .unwrap();
    let new_key = generate_key_line("k2").unwrap();
    let new_key = new_key.expose_secret().to_owned();
    let both = site.app_with_keys(&format!("{new_key},{}", site.keys));
    let traffic = async {
        for (round, id) in ids.iter().cycle().take(12).enumerate() {
            let fields = json!({ "name": format!("Office {round}") });
            site.sandbox.edit_record("offices", *id, fields).await;
        }
    };
    let swap = async {
        site.sandbox.replace_secret(NEW_SECRET).await;
        let (client, secret) = (ClientId::parse(CLIENT_ID), ClientSecret::parse(NEW_SECRET));
        let (client, secret) = (client.unwrap(), secret.unwrap());
        replace_credentials::run(&site.app, &site.admin(), seen, &client, &secret)
            .await
            .unwrap();
        let (rotated, ()) = tokio::join!(
            rotate_keys::run(&both, |_| {}),
            work_until_nothing_is_due(&both)
        );
        assert!(rotated.unwrap().iter().any(|it| it.resealed > 0));
    };
    tokio::join!(traffic, swap);
    // What was sealed on the way, too, opens with the new key alone.
    site.sandbox.settled_deliveries().await;
    let with_new = site.app_with_keys(&new_key);
    work_until_nothing_is_due(&with_new).await;
    let sealed = rotate_keys::run(&with_new, |_| {}).await.unwrap();
    let closed = sealed
        .iter()
        .map(|it| it.resealed + it.unopened)
        .sum::<u64>();
    assert_eq!(closed, 0, "{sealed:?}");

    let newest = "select count(*) from credential where firm_id = $1 and state = 'current' \
                  and created_at > (select min(created_at) from credential)";
    assert_eq!(count(site, newest).await, 1, "the new one is in use");
    assert_eq!(count(site, SECRETS).await, 1);
    let waiting = "select count(*) from event where firm_id = $1 and handled_at is null";
    assert_eq!(count(site, waiting).await, 0);
    let names = |records: std::collections::BTreeMap<(String, i64), serde_json::Value>| {
        let name = |(key, body): (_, serde_json::Value)| (key, body["name"].clone());
        records.into_iter().map(name).collect::<Vec<_>>()
    };
    let ours = names(live.ours().await);
    site.sandbox.replace_secret(CLIENT_SECRET).await; // what the story itself asks with
    site.sandbox.forget_tokens().await;
    assert_eq!(ours, names(live.procores(&settings).await));
    let open = "select count(*) from incident where firm_id = $1 and ended_at is null";
    assert_eq!(count(site, open).await, 0);
}
