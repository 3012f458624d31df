//! A firm is removed, with every trace of it.

use chrono::TimeDelta;
use concierge::connection::ProcoreTidying;
use concierge::flows::create_person::PersonRole;
use concierge::flows::invite_person;
use concierge::flows::remove_firm::{self, RemoveFirmOutcome};
use concierge::flows::remove_member;
use concierge::identity::{Actor, Email, FirmId, SupportRole};
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::removals::{self, RemovalReceipt};
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, Fail};

use crate::harness::app::TestApp;
use crate::harness::case::case_of;
use crate::harness::colleague::Colleague;
use crate::harness::dump::{dump, lines_with};
use crate::harness::walk::Walk;

pub(crate) const FIRM: &str = "Halvorsen & Pike";
const DANA: &str = "dana@halvorsen.example";
/// Invited, and never came.
const ABSENT: &str = "absent@halvorsen.example";

/// A connected firm beside another one, and everything that its people ever typed.
pub(crate) async fn connected() -> (Walk, Vec<String>) {
    let walk = Walk::start().await;
    let firm = walk.app.firm(FIRM).await;
    let admin = walk.app.admin_of(firm).await;
    let walk = Walk { admin, ..walk };
    let app = &walk.app;
    let former = app
        .member(firm, "Former Colleague", "former@halvorsen.example")
        .await;
    let browser = app.browser();
    browser
        .sign_in("former@halvorsen.example", crate::harness::app::PASSWORD)
        .await;
    browser.visit(&walk.admin.home()).await;
    let actor = Actor::system_for(firm);
    remove_member::run(&app.app, &actor, former).await.unwrap();
    let email = Email::parse(ABSENT).unwrap();
    let role = PersonRole::Firm(firm);
    invite_person::run(&app.app, &actor, &email, role)
        .await
        .unwrap();
    let reset = [("email", walk.admin.email.as_str())];
    app.browser().post(paths::RESET, &reset).await;
    app.run_jobs().await;
    Colleague::asked(&walk, Stage::Review, DANA, &[("company_id", "5358233")]).await;
    walk.connect(&["departments", "offices"]).await;
    let typed = [
        FIRM,
        "Halvorsen",
        &walk.admin.email,
        &format!(
            "Admin {}",
            &walk.admin.email["admin".len()..walk.admin.email.find('@').unwrap()]
        ),
        "former@halvorsen.example",
        "Former Colleague",
        ABSENT,
        DANA,
        "Dana Fox",
        "5358233",
        CLIENT_ID,
        CLIENT_SECRET,
    ];
    let typed = typed.iter().map(|value| (*value).to_owned()).collect();
    (walk, typed)
}

pub(crate) async fn remove(app: &TestApp, firm: FirmId) -> RemovalReceipt {
    let operator = Actor::System { firm: None };
    let removed = remove_firm::run(&app.app, &operator, firm, FIRM, TimeDelta::zero()).await;
    match removed.unwrap() {
        RemoveFirmOutcome::Removed(receipt) => receipt,
        RemoveFirmOutcome::NotItsName => panic!("it is its name"),
    }
}

pub(crate) async fn receipt(app: &TestApp, firm: FirmId) -> RemovalReceipt {
    let mut conn = app.db().acquire().await.unwrap();
    let receipt = removals::find_receipt(&mut conn, firm).await.unwrap();
    receipt.expect("a receipt")
}

pub(crate) fn assert_nothing_typed_is_left(dump: &str, typed: &[String]) {
    for value in typed {
        let left = lines_with(dump, value);
        assert!(left.is_empty(), "{value:?} is left: {left:#?}");
    }
}

#[tokio::test]
async fn nothing_that_a_firm_ever_typed_is_left() {
    let (walk, typed) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let before = dump(app.db()).await;
    for value in &typed[..typed.len() - 1] {
        assert!(!lines_with(&before, value).is_empty(), "{value:?} was kept");
    }
    assert!(
        lines_with(&before, CLIENT_SECRET).is_empty(),
        "it is sealed"
    );
    let other: Vec<&str> = before
        .lines()
        .filter(|line| line.contains("Firm 1"))
        .collect();
    assert!(other.len() >= 3, "{other:#?}");

    remove(app, firm).await;
    let page = walk.admin.browser.get(&walk.admin.home()).await;
    assert_eq!(
        page.location.as_deref(),
        Some(&*paths::sign_in_for(&walk.admin.home()))
    );
    app.run_jobs().await;

    let after = dump(app.db()).await;
    assert_nothing_typed_is_left(&after, &typed);
    let id = firm.to_string();
    let named: Vec<&str> = lines_with(&after, &id);
    assert_eq!(named.len(), 1, "only the receipt names it: {named:#?}");
    for line in other {
        assert!(after.contains(line), "of another firm: {line}");
    }
    assert!(walk.sandbox.state().await.hooks.is_empty());
    assert_eq!(walk.sandbox.requests("POST", "/oauth/revoke").await, 1);

    let receipt = receipt(app, firm).await;
    assert_eq!(receipt.removed_by, "operator");
    assert_eq!(receipt.procore, ProcoreTidying::Removed);
    assert_eq!(receipt.webhooks_removed, 1);
    assert_eq!(receipt.rows["firm"], 1);
    assert_eq!(
        receipt.rows["person"], 2,
        "the admin and the former colleague"
    );
    assert!(receipt.rows["record"] > 0, "{receipt:?}");
    assert!(receipt.rows_gone_at.is_some());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn somebody_who_acts_for_another_firm_stays_there() {
    let (walk, _) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let other = app.firm("Another").await;
    sqlx::query("insert into membership (firm_id, person_id, joined_at) values ($1, $2, $3)")
        .bind(other)
        .bind(walk.admin.person)
        .bind(app.now())
        .execute(app.db())
        .await
        .unwrap();
    remove(app, firm).await;
    app.run_jobs().await;
    let page = walk.admin.browser.visit(&paths::concierge(other)).await;
    assert_eq!(page.status, 200, "still signed in");
    let page = walk.admin.browser.get(&walk.admin.home()).await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn with_procore_down_everything_else_goes_and_the_rest_follows() {
    let (walk, typed) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    walk.sandbox.down().await;
    remove(app, firm).await;
    app.run_jobs().await;
    let waiting = receipt(app, firm).await;
    assert_eq!(waiting.procore, ProcoreTidying::Pending);
    assert_eq!(
        waiting.access_kept_until,
        Some(app.now() + TimeDelta::days(30))
    );
    assert_nothing_typed_is_left(&dump(app.db()).await, &typed);

    walk.sandbox.up().await;
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await;
    let done = receipt(app, firm).await;
    assert_eq!(done.procore, ProcoreTidying::Removed);
    assert_eq!(done.access_kept_until, None);
    assert!(walk.sandbox.state().await.hooks.is_empty());
    assert_nothing_typed_is_left(&dump(app.db()).await, &typed);
}

#[tokio::test]
async fn what_procore_refuses_for_30_days_is_left_behind_and_the_access_is_forgotten() {
    let (walk, _) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    walk.sandbox.revoke_secret().await;
    remove(app, firm).await;
    app.run_jobs().await;
    assert_eq!(receipt(app, firm).await.procore, ProcoreTidying::Pending);
    app.advance(TimeDelta::days(29));
    app.run_jobs().await;
    assert!(receipt(app, firm).await.access_kept_until.is_some());
    app.advance(TimeDelta::days(1));
    app.run_jobs().await;
    let over = receipt(app, firm).await;
    assert_eq!(over.procore, ProcoreTidying::LeftBehind);
    assert_eq!(over.access_kept_until, None);
}

#[tokio::test]
async fn a_removal_that_is_cut_short_goes_on_and_one_asked_for_twice_is_one() {
    let (walk, typed) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let first = remove(app, firm).await;
    assert!(
        first.rows_gone_at.is_none(),
        "what Procore sent goes in steps"
    );
    let fail = Fail::status(500).on("/rest/v1.0/webhooks/hooks").times(50);
    walk.sandbox.fail_next(fail).await;
    app.run_jobs().await;
    let again = remove(app, firm).await;
    assert_eq!(again.removed_at, first.removed_at);
    app.advance(TimeDelta::days(1));
    walk.sandbox.up().await;
    app.run_jobs().await;
    assert_nothing_typed_is_left(&dump(app.db()).await, &typed);
}

#[tokio::test]
async fn the_name_has_to_be_typed_and_the_firm_has_to_be_there() {
    let app = TestApp::start().await;
    let firm = app.firm(FIRM).await;
    let operator = Actor::System { firm: None };
    let named = remove_firm::run(&app.app, &operator, firm, "Halvorsen", TimeDelta::zero()).await;
    assert_eq!(named.unwrap(), RemoveFirmOutcome::NotItsName);
    let nobody = FirmId(uuid::Uuid::new_v4());
    let missing = remove_firm::run(&app.app, &operator, nobody, FIRM, TimeDelta::zero()).await;
    assert!(missing.is_err());
    assert_eq!(app.activity_of(firm).await, ["firm.created"]);
}

#[tokio::test]
async fn a_lead_removes_a_firm_in_the_console_and_reads_the_receipt() {
    let (walk, typed) = connected().await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let lead = app.support(SupportRole::Lead).await;
    let staff = app.support(SupportRole::Staff).await;
    let case = paths::case(case_of(app, firm).await);
    let address = paths::remove_firm(firm);
    let page = staff.browser.get(&case).await;
    assert_eq!(page.link("Remove this firm"), None, "a lead's to do");
    assert_eq!(staff.browser.get(&address).await.status, 404);
    assert_eq!(
        staff.browser.post(&address, &[("name", FIRM)]).await.status,
        404
    );

    let page = lead.browser.get(&case).await;
    assert_eq!(page.link("Remove this firm"), Some(address.clone()));
    let page = lead.browser.get(&address).await;
    assert_eq!(page.h1(), format!("Remove {FIRM}"));
    assert_eq!(page.button("Remove this firm"), Some(address.clone()));
    let page = lead.browser.post(&address, &[("name", "Halvorsen")]).await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("name")
            .starts_with("This is not the name of the firm")
    );
    let page = lead.browser.submit(&address, &[("name", FIRM)]).await;
    assert_eq!(page.h1(), "Firm removed");
    app.run_jobs().await;

    let page = lead.browser.get(&address).await;
    assert!(
        page.has_text("Everything that we created is removed"),
        "{}",
        page.text()
    );
    assert!(
        page.has_text(&lead.person.to_string()),
        "by whom: {}",
        page.text()
    );
    assert_eq!(lead.browser.get(&case).await.status, 404);
    assert_nothing_typed_is_left(&dump(app.db()).await, &typed);
}

/// What belongs to a firm or a person is erased because of its columns; everything else is named
/// here, with the reason why no firm's data is in it. A new table has to be one or the other.
#[tokio::test]
async fn no_table_is_forgotten() {
    const OF_NOBODY: &[(&str, &str)] = &[
        ("_sqlx_migrations", "versions of the schema"),
        ("queue_tally", "numbers per situation"),
        ("heartbeat", "when the installation last worked"),
        ("throttle", "hashes, forgotten after two days"),
        ("rate_window", "erased by its company and client"),
        ("reset_request", "erased by its address"),
        ("removed_firm", "the receipt"),
        ("vendor_token", "of the vendor's own app"),
        (
            "vendor_install",
            "companies with the vendor's app, as Procore lists them",
        ),
        ("vendor_look", "when Procore's list was read"),
        ("vendor_call", "numbers per day"),
        ("person_token", "sealed, for Procore alone, a day at most"),
        ("outage", "of Procore's, for the whole installation"),
        (
            "removal_access",
            "sealed, for Procore alone, 30 days at most",
        ),
    ];
    let app = TestApp::start().await;
    let unnamed: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c \
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') \
           and not c.relispartition and c.relname <> 'person' \
           and c.oid not in (select firm_tables(false) union all select firm_tables(true)) \
           and not exists (select from pg_constraint f where f.contype = 'f' \
                           and f.conrelid = c.oid and f.confrelid = 'person'::regclass) \
         order by 1",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    let mut named: Vec<&str> = OF_NOBODY.iter().map(|(table, _)| *table).collect();
    named.sort_unstable();
    assert_eq!(unnamed, named);
}
