//! The queue: which onboardings are in it, in which order, and why.

mod export;
mod lines;
mod paging;
mod search;
mod ticked;

use chrono::TimeDelta;
use concierge::flows::fold_counts;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::queue_lines;

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::case::case_of;
use crate::harness::page::Page;
use crate::harness::walk::Walk;
use lines::{line, names, queue};

#[tokio::test]
async fn a_new_firm_is_in_the_queue_from_its_first_moment() {
    let app = TestApp::start().await;
    app.firm("Acme Builders").await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    assert_eq!(page.h1(), "Queue");
    assert_eq!(names(&page), ["Acme Builders"]);
    assert!(page.has_text("Never started"));
}

#[tokio::test]
async fn what_a_firm_meets_is_its_reason_and_its_company_is_found() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let mut details = Walk::good_details();
    details.retain(|(name, _)| *name != "client_secret");
    details.push(("client_secret", "not-the-secret-0123456789"));
    walk.enter_details(&details).await;
    walk.check(Stage::Verify).await;

    let support = walk.app.support(SupportRole::Staff).await;
    let page = support.browser.get(&queue("q=53582")).await;
    let row = page.texts("tbody tr td, tbody tr th").join(" | ");
    assert!(
        row.contains("Company 5358233")
            && row.contains("3 Verify")
            && row.contains("Key rejectedRef PC-CREDENTIALS")
            && row.contains("The firm"),
        "{row}"
    );

    walk.enter_details(&Walk::good_details()).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    let completed = support.browser.get(&queue("view=completed")).await;
    assert_eq!(names(&completed).len(), 1, "{}", completed.text());
    assert!(completed.has_text("Connected"));
    assert!(names(&support.browser.get(paths::SUPPORT).await).is_empty());
    walk.app.advance(TimeDelta::days(7));
    let later = walk.app.support(SupportRole::Staff).await;
    assert!(names(&later.browser.get(&queue("view=completed")).await).is_empty());
}

#[tokio::test]
async fn the_most_urgent_comes_first() {
    let app = TestApp::start().await;
    for (name, change) in [
        ("Over", "situation = 'closed'"),
        (
            "Asleep",
            "situation = 'key_rejected', snoozed_until = $2 + interval '1 day'",
        ),
        ("Idle for a week", "progress_at = $2 - interval '7 days'"),
        (
            "Idle for two weeks",
            "progress_at = $2 - interval '14 days'",
        ),
        ("Stuck since today", "situation = 'key_rejected'"),
        (
            "Stuck since yesterday",
            "situation = 'completion_needs_person', progress_at = $2 - interval '1 day'",
        ),
        (
            "Ours to do",
            "waiting_on = 'us', progress_at = $2 - interval '1 hour'",
        ),
        ("Due tomorrow", "due_at = $2 + interval '1 day'"),
        ("Overdue", "due_at = $2 - interval '1 day'"),
    ] {
        line(&app, name, change).await;
    }
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    let expected = [
        "Overdue",
        "Due tomorrow",
        "Stuck since yesterday",
        "Ours to do",
        "Stuck since today",
        "Idle for two weeks",
        "Idle for a week",
        "Asleep",
    ];
    assert_eq!(names(&page), expected);
    assert_eq!(
        page.texts("tbody .sub:last-child").concat(),
        "OverdueSnoozed until 09:00 on 3 March"
    );
    let page = support.browser.get(&queue("state=all")).await;
    assert_eq!(names(&page).last().unwrap(), "Over");
    assert!(page.link("Firm").is_none(), "all of them have one order");
}

#[tokio::test]
async fn every_filter_lets_through_what_it_says_and_stays_in_the_form() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let mine = format!("assignee_id = '{}'", support.person);
    for (name, change) in [
        (
            "Level",
            "situation = 'level_too_low', reason = 'PC-LEVEL:directory', stage = 'permissions', waiting_on = 'procore_admin'",
        ),
        (
            "Outage",
            "situation = 'procore_outage', stage = 'verify', waiting_on = 'procore'",
        ),
        ("Moving", "situation = 'in_progress', stage = 'settings'"),
        (
            "Idle",
            "situation = 'in_progress', stage = 'settings', progress_at = $2 - interval '3 days'",
        ),
        ("Mine", mine.as_str()),
        (
            "Closed",
            "situation = 'closed', stage = 'verify', waiting_on = 'nobody'",
        ),
        (
            "Connected",
            "situation = 'connected', stage = 'done', waiting_on = 'nobody'",
        ),
    ] {
        line(&app, name, change).await;
    }
    let me = format!("assignee={}", support.person);
    for (query, found) in [
        ("reason=level_too_low", vec!["Level"]),
        ("reason=procore_outage", vec!["Outage"]),
        ("reason=idle", vec!["Idle"]),
        ("reason=in_progress", vec!["Moving"]),
        ("reason=never_started", vec!["Mine"]),
        ("reason=closed", vec!["Closed"]),
        ("reason=connected", vec!["Connected"]),
        ("reason=no_projects", vec![]),
        ("step=permissions", vec!["Level"]),
        ("step=settings", vec!["Idle", "Moving"]),
        ("step=verify", vec!["Outage"]),
        ("step=verify&state=closed", vec!["Closed"]),
        ("waiting=procore_admin", vec!["Level"]),
        ("waiting=procore", vec!["Outage"]),
        ("waiting=nobody&state=all", vec!["Closed", "Connected"]),
        (me.as_str(), vec!["Mine"]),
        ("view=mine", vec!["Mine"]),
        ("assignee=nobody&step=settings&reason=idle", vec!["Idle"]),
        ("state=connected", vec!["Connected"]),
        (
            "reason=x&step=y&sort=z&after=0",
            vec!["Level", "Idle", "Outage", "Moving", "Mine"],
        ),
    ] {
        let page = support.browser.get(&queue(query)).await;
        let mut found_names = names(&page);
        let mut found = found;
        found_names.sort();
        found.sort_unstable();
        assert_eq!(found_names, found, "{query}");
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if ["reason", "step", "waiting", "assignee"].contains(&&*name) && value.len() > 1 {
                assert_eq!(page.value_of(&name), value, "{query}");
            }
        }
        let empty = found.is_empty();
        assert_eq!(page.has_text("Nothing found"), empty, "{query}");
    }
    let page = support.browser.get(&queue("reason=level_too_low")).await;
    assert!(page.has_text("Level too low on Directory") && page.has_text("Ref PC-LEVEL:directory"));
    assert_eq!(page.link("Clear").as_deref(), Some(paths::SUPPORT));
}

#[tokio::test]
async fn saved_views_show_what_they_are_called_by() {
    let app = TestApp::start().await;
    for (name, change) in [
        ("Fresh", "situation = 'in_progress'"),
        (
            "Idle",
            "situation = 'in_progress', progress_at = $2 - interval '3 days'",
        ),
        ("Stuck", "situation = 'key_rejected'"),
        ("Parked", "situation = 'completion_needs_person'"),
        (
            "Idle and due",
            "due_at = $2 + interval '1 day', progress_at = $2 - interval '9 days'",
        ),
        ("Fresh and due", "due_at = $2 + interval '1 day'"),
        (
            "Asleep",
            "situation = 'key_rejected', snoozed_until = $2 + interval '10 minutes'",
        ),
        ("Done today", "situation = 'connected', completed_at = $2"),
        (
            "Done last week",
            "situation = 'connected', completed_at = $2 - interval '1 day'",
        ),
    ] {
        line(&app, name, change).await;
    }
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    let view = async |name: &str| -> Page {
        let tabs = page.texts("#views a");
        let tab = tabs.iter().find(|tab| tab.starts_with(name));
        let tab = tab.unwrap_or_else(|| panic!("no view {name}: {tabs:?}"));
        let page = support.browser.get(&page.link(tab).unwrap()).await;
        assert_eq!(page.texts(".views a[aria-current='page']"), [tab.as_str()]);
        assert_eq!(*tab, format!("{name} {}", names(&page).len()), "its count");
        page
    };
    assert_eq!(names(&view("All open").await).len(), 7);
    assert_eq!(
        names(&view("Stalled").await),
        ["Idle and due", "Stuck", "Parked", "Idle"]
    );
    assert_eq!(names(&view("Needs a person").await), ["Stuck", "Parked"]);
    assert_eq!(names(&view("Completed this week").await), ["Done today"]);
    let mine = view("Mine").await;
    assert!(names(&mine).is_empty());
    assert!(mine.has_text("tick those that you take on, and choose “Assign to me”"));
    assert_eq!(mine.link("All open").as_deref(), Some(paths::SUPPORT));
}

#[tokio::test]
async fn a_snoozed_line_comes_up_again_when_the_snooze_ends() {
    let app = TestApp::start().await;
    let firm = app.firm("Asleep").await;
    app.run_jobs().await;
    let case = case_of(&app, firm).await;
    let until = app.now() + TimeDelta::days(5);
    let mut conn = app.db().acquire().await.unwrap();
    queue_lines::change(&mut conn, firm, case, app.now(), |line| {
        line.snooze(until);
    })
    .await
    .unwrap();
    drop(conn);
    for (days, stalled) in [(4, vec![]), (1, vec!["Asleep"])] {
        app.advance(TimeDelta::days(days));
        app.run_jobs().await;
        let support = app.support(SupportRole::Staff).await;
        let page = support.browser.get(&queue("view=stalled")).await;
        assert_eq!(names(&page), stalled);
    }
}

#[tokio::test]
async fn counts_tell_how_many_have_which_reason() {
    let app = TestApp::start().await;
    for number in 0..3 {
        let change = "situation = 'key_rejected'";
        line(&app, &format!("Stuck {number}"), change).await;
    }
    line(
        &app,
        "Idle",
        "situation = 'in_progress', progress_at = $2 - interval '9 days'",
    )
    .await;
    line(&app, "Moving", "situation = 'in_progress'").await;
    let support = app.support(SupportRole::Staff).await;
    let counts = async || {
        let page = support.browser.get(paths::SUPPORT).await;
        page.texts(".views-small a").join(", ")
    };
    assert_eq!(counts().await, "Key rejected 3, Idle 1, In progress 1");

    // Every change is a row of the tally until they are folded together.
    for situation in ["key_rejected", "no_projects"].iter().cycle().take(120) {
        sqlx::query("update queue_line set situation = $1 where firm_name like 'Stuck%'")
            .bind(situation)
            .execute(app.db())
            .await
            .unwrap();
    }
    let before = counts().await;
    assert_eq!(before, "No projects shared 3, Idle 1, In progress 1");
    fold_counts::run(&app.app).await.unwrap();
    assert_eq!(counts().await, before);
    let rows: i64 = sqlx::query_scalar("select count(*) from queue_tally")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(rows < 10, "{rows} rows are left in the tally");
}

#[tokio::test]
async fn the_queue_is_for_support_with_a_second_factor_alone() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let half_way = app.browser();
    half_way.sign_in(&support.email, PASSWORD).await;
    for path in [
        paths::SUPPORT,
        "/support?view=stalled&q=acme",
        paths::SUPPORT_EXPORT,
    ] {
        assert_eq!(admin.browser.get(path).await.status, 404, "{path}");
        assert_eq!(app.browser().visit(path).await.h1(), "Sign in", "{path}");
        assert_eq!(half_way.visit(path).await.h1(), "Enter your code", "{path}");
        assert_eq!(support.browser.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn leads_find_the_way_to_staff_and_others_do_not() {
    let app = TestApp::start().await;
    for (role, pages) in [
        (SupportRole::Staff, "Queue Overview Mail New firm"),
        (SupportRole::Lead, "Queue Overview Mail New firm Staff"),
    ] {
        let support = app.support(role).await;
        let page = support.browser.get(paths::SUPPORT).await;
        assert_eq!(page.texts(".head-nav a").join(" "), pages);
        assert_eq!(page.texts(".head-nav a[aria-current]"), ["Queue"]);
    }
}
