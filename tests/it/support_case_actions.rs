//! What support does at a case: in each state, twice, too late, and for no good reason.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::desk::{Ask, Desk};
use crate::harness::walk::Walk;
use procore_sandbox::testing::Fail;

/// The actions that have a page of their own.
const ASKED: [&str; 5] = [
    "Send a fresh link",
    "Send these fixes",
    "View as",
    "Reopen a step",
    "Close as abandoned",
];

#[tokio::test]
async fn what_reaches_the_firm_says_what_will_happen_and_asks_why() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    for label in ASKED {
        let ask = desk.ask(label).await;
        assert_eq!(ask.h1(), label);
        assert!(
            ask.texts("main ul li").len() >= 2,
            "{label}: {}",
            ask.text()
        );
        let page = desk.confirm(&ask, &[("reason", " ")]).await;
        assert_eq!(page.status, 422, "{label}");
        assert_eq!(page.error_for("reason"), "Enter a reason", "{label}");
        let page = desk.confirm(&ask, &[("reason", &"x ".repeat(200))]).await;
        assert_eq!(page.error_for("reason"), "Use at most 300 characters");
    }
    assert_eq!(desk.deeds().await, 0);
}

#[tokio::test]
async fn what_is_done_at_once_needs_no_reason_and_loses_none() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let me = desk.support.person.to_string();
    let all: [(&str, &[(&str, &str)]); 3] = [
        ("Assign to me", &[("assignee", &me)]),
        ("Snooze until", &[("day", "2026-03-05")]),
        ("Check again now", &[]),
    ];
    for (label, fields) in all {
        let ask = desk.ask(label).await;
        assert_eq!(ask.h1(), "Firm 1", "{label} acts at the case");
        for (reason, error) in [
            ("x ".repeat(200), "Use at most 300 characters"),
            (
                "the key is sk_live_51HcOqwLkjsd8123".to_owned(),
                "This looks like",
            ),
        ] {
            let typed = [fields, &[("reason", reason.as_str())]].concat();
            let page = desk.confirm(&ask, &typed).await;
            assert_eq!(page.status, 422, "{label}");
            assert!(page.error_for("reason").starts_with(error), "{label}");
            for (field, value) in fields {
                assert_eq!(page.value_of(field), *value, "{label}");
            }
            let is_secret = error == "This looks like";
            assert_eq!(page.value_of("reason").is_empty(), is_secret, "{label}");
        }
    }
    assert_eq!(desk.deeds().await, 0);
    for (acted, (label, fields)) in all.into_iter().enumerate() {
        let page = desk.act(label, &[fields, &[("reason", "")]].concat()).await;
        assert_eq!(page.h1(), "Firm 1", "{label}");
        assert_eq!(desk.deeds().await, acted as i64 + 1, "{label}");
        assert!(desk.record().await.2["reason"].is_null(), "{label}");
    }
    // Their addresses are no pages; somebody who kept one comes to the case.
    for action in ["assign", "snooze", "check-again", "retry"] {
        let path = paths::case_action(desk.onboarding, action);
        let page = desk.support.browser.get(&path).await;
        assert_eq!((page.status, page.location), (303, Some(desk.case())));
    }
}

#[tokio::test]
async fn one_action_is_recommended_three_stand_beside_it_and_none_is_impossible() {
    let buttons = async |desk: &Desk| {
        let page = desk.page().await;
        let more = page.texts(".more button");
        let mut shown = page.texts(".case-actions button");
        shown.retain(|label| !more.contains(label));
        let recommended = page.texts(".case-actions .button:not(.button-second)");
        (recommended.join(", "), shown.join(", "), more.join(", "))
    };
    let all = |first: &str, shown: &str, more: &str| {
        (first.to_owned(), shown.to_owned(), more.to_owned())
    };
    let desk = Desk::stuck_at(Stage::Verify).await;
    assert_eq!(
        buttons(&desk).await,
        all(
            "Send these fixes",
            "Send these fixes, Check again now, Assign to me, Snooze until",
            "Send a fresh link, View as, Act for the firm, Reopen a step, Close as abandoned",
        )
    );
    // What is mine already is not assigned to me.
    let me = desk.support.person.to_string();
    desk.act("Assign to me", &[("assignee", &me)]).await;
    assert_eq!(
        buttons(&desk).await.1,
        "Send these fixes, Check again now, Snooze until, Send a fresh link"
    );
    let stopped = Desk::stopped().await;
    let (recommended, shown, _) = buttons(&stopped).await;
    assert_eq!(recommended, "Send these fixes");
    assert!(shown.contains("Retry"), "{shown}");
    let new = Desk::at(Walk::start().await).await;
    assert_eq!(
        buttons(&new).await,
        all(
            "Send a fresh link",
            "Send a fresh link, Assign to me, Snooze until, View as",
            "Act for the firm, Close as abandoned",
        )
    );
}

#[tokio::test]
async fn what_does_not_apply_is_not_offered_and_its_address_says_why() {
    let walk = Walk::start().await;
    let desk = Desk::at(walk).await;
    let connected = "Procore is connected; no step is left.";
    let unconfirmed = "The plan is not confirmed yet, so there is nothing to retry.";
    let (check, retry) = (("Check again now", "check-again"), ("Retry", "retry"));
    for (stage, (label, action), why) in [
        (
            Stage::Review,
            check,
            "The firm has not entered its Procore details yet, so there is nothing to check.",
        ),
        (Stage::Review, retry, unconfirmed),
        (
            Stage::Review,
            ("Send these fixes", "fixes"),
            "Nothing has failed, so there is nothing to fix.",
        ),
        (Stage::Complete, retry, unconfirmed),
        (Stage::Done, check, connected),
        (Stage::Done, retry, connected),
        (Stage::Done, ("Snooze until", "snooze"), connected),
    ] {
        match stage {
            Stage::Done if desk.walk.stage().await != Stage::Done => desk.walk.complete().await,
            Stage::Done => {}
            stage => {
                desk.walk.up_to(stage, &["projects"]).await;
            }
        }
        assert_eq!(desk.why_not(label, action).await, why, "{stage:?}");
        let path = paths::case_action(desk.onboarding, action);
        // An old page of it changes nothing either.
        let version: i64 = sqlx::query_scalar("select version from onboarding")
            .fetch_one(desk.walk.app.db())
            .await
            .unwrap();
        let (onboarding, version) = (desk.onboarding.to_string(), version.to_string());
        let fields = [
            ("onboarding", onboarding.as_str()),
            ("version", &version),
            ("turn", "0"),
            ("reason", "Because"),
            ("day", "2026-03-05"),
            ("reader", "other"),
            ("email", "pat@firm.example"),
        ];
        let page = desk.support.browser.post(&path, &fields).await;
        assert_eq!(page.status, 409, "{label}: {}", page.text());
        assert!(
            page.has_text(&format!("Nothing was done. {why}")),
            "{}",
            page.text()
        );
    }
    assert_eq!(desk.deeds().await, 0);
    assert_eq!(desk.walk.app.mails_to("pat@firm.example").await, 0);
}

#[tokio::test]
async fn check_again_now_runs_the_steps_checks_for_the_firm() {
    for step in [Stage::Verify, Stage::Permissions] {
        let desk = Desk::stuck_at(step).await;
        desk.walk.sandbox.reinstall_with_projects().await;
        let page = desk
            .act("Check again now", &[("reason", "They say it is installed")])
            .await;
        assert!(page.has_text("The checks are running."), "{}", page.text());
        assert!(page.html.contains("data-live=\"on\""), "it follows them");
        assert_eq!(
            desk.why_not("Check again now", "check-again").await,
            "The checks are running right now.",
            "{step:?}"
        );
        desk.walk.app.run_jobs().await;
        let page = desk.page().await;
        assert!(page.has_text("All checks passed."), "{}", page.text());
        assert!(
            !page.html.contains("data-live=\"on\""),
            "nothing moves any more"
        );
        let firms = desk.walk.page(step).await;
        assert!(firms.button("Continue").is_some(), "{}", firms.text());
        let (verb, about, details) = desk.record().await;
        assert_eq!(verb, "case.checked_again");
        assert_eq!(about, None);
        assert!(details["checks"].is_string(), "{details}");
        assert_eq!(details["reason"], "They say it is installed");
        let by: String = sqlx::query_scalar(
            "select started_by from check_run order by started_at desc, check_run_id desc limit 1",
        )
        .fetch_one(desk.walk.app.db())
        .await
        .unwrap();
        assert!(by.starts_with("Support"), "{by}");
    }
}

#[tokio::test]
async fn retry_takes_up_a_completion_that_needs_a_person() {
    let desk = Desk::stopped().await;
    let page = desk.page().await;
    assert!(page.has_text("Setting up stopped: "), "{}", page.text());
    assert_eq!(
        desk.why_not("Check again now", "check-again").await,
        "The plan is being carried out, and its access is checked with “Retry”."
    );
    desk.walk.sandbox.reinstall_with_projects().await;
    let page = desk.act("Retry", &[]).await;
    assert!(page.has_text("The plan goes on"), "{}", page.text());
    desk.walk.app.run_jobs().await;
    assert_eq!(desk.walk.stage().await, Stage::Done);
    let page = desk.page().await;
    assert!(page.has_text("Procore is connected."), "{}", page.text());
    assert_eq!(desk.record().await.0, "case.retried");
    desk.walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn retry_does_not_wait_for_any_time_and_warns_where_procore_named_it() {
    for named in [false, true] {
        let walk = Walk::start().await;
        walk.up_to(Stage::Complete, &["projects"]).await;
        if named {
            let busy = Fail::busy(900).on("/rest/").times(20);
            walk.sandbox.fail_next(busy).await;
        } else {
            walk.sandbox.down().await;
        }
        walk.complete().await;
        walk.sandbox.up().await;
        let desk = Desk::at(walk).await;
        let ask = desk.ask("Retry").await;
        assert_eq!(ask.has_text("Retrying earlier uses up calls"), named);
        let db = desk.walk.app.db();
        let learnt = "update rate_window set budget = budget || '{\"hourly_limit\": 7}'";
        assert_eq!(
            sqlx::query(learnt)
                .execute(db)
                .await
                .unwrap()
                .rows_affected(),
            1
        );
        desk.act("Retry", &[]).await;
        let kept: bool = sqlx::query_scalar("select budget ? 'hourly_limit' from rate_window")
            .fetch_one(db)
            .await
            .unwrap();
        assert!(!kept, "an hour's limit that we learnt is dropped, too");
        desk.walk.app.run_jobs().await;
        assert_eq!(desk.walk.stage().await, Stage::Done);
    }
}

#[tokio::test]
async fn a_case_is_taken_given_away_and_left_to_nobody() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let other = desk.walk.app.support(SupportRole::Lead).await;
    let ask = desk.ask("Assign to me").await;
    let options = ask.texts("#assignee option");
    assert!(
        options[0].ends_with("(me)"),
        "oneself comes first: {options:?}"
    );
    assert_eq!(options.last().unwrap(), "Nobody");
    let (me, them) = (desk.support.person.to_string(), other.person.to_string());
    for (choice, fact) in [
        (me.as_str(), "(you)"),
        (them.as_str(), "Support 4"),
        ("nobody", "Nobody"),
    ] {
        let page = desk.act("Assign", &[("assignee", choice)]).await;
        let facts = page.texts(".facts > div");
        let assigned = facts
            .iter()
            .find(|it| it.starts_with("Assigned to"))
            .unwrap();
        assert!(assigned.ends_with(fact), "{assigned}");
    }
    // Neither a firm's admin nor anybody unknown looks after a case.
    let ask = desk.ask("Assign to me").await;
    let admin = desk.walk.admin.person.to_string();
    assert_eq!(
        desk.confirm(&ask, &[("assignee", &admin)]).await.status,
        404
    );
    assert_eq!(desk.confirm(&ask, &[("assignee", "me")]).await.status, 422);
}

#[tokio::test]
async fn a_snooze_ends_by_itself_and_when_the_reason_changes() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let snoozed = async || {
        let page = desk.page().await;
        page.texts(".facts > div")
            .join("; ")
            .contains("Snoozed until")
    };
    let ask = desk.ask("Snooze until").await;
    let page = desk.confirm(&ask, &[("day", "2026-03-02")]).await;
    assert_eq!(page.error_for("day"), "Choose a day from tomorrow on");
    desk.act("Snooze until", &[("day", "2026-03-03")]).await;
    assert!(snoozed().await);
    desk.walk.app.advance(TimeDelta::hours(1));
    assert!(snoozed().await);

    // The firm goes on: the reason is another one.
    desk.walk.sandbox.reinstall_with_projects().await;
    desk.walk.check(Stage::Verify).await;
    assert!(!snoozed().await);

    desk.act("Snooze until", &[("day", "2026-03-03")]).await;
    assert!(snoozed().await);
    for (hours, still) in [(13, true), (1, false)] {
        desk.walk.app.advance(TimeDelta::hours(hours));
        let support = desk.walk.app.support(SupportRole::Staff).await;
        let page = support.browser.get(&desk.case()).await;
        let facts = page.texts(".facts > div").join("; ");
        assert_eq!(facts.contains("Snoozed until"), still, "{facts}");
    }
}

#[tokio::test]
async fn of_two_support_people_one_acts_and_the_other_hears_of_it() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let other = desk.walk.app.support(SupportRole::Staff).await;
    let step = format!("step:{}", desk.walk.admin.person);
    let mine = desk.ask("Send a fresh link").await;
    let theirs = desk.ask_as(&other, "Check again now").await;
    let same = desk.ask_as(&other, "Send a fresh link").await;

    assert_eq!(desk.confirm(&mine, &[("link", &step)]).await.status, 303);
    let fields = [("link", step.as_str()), ("reason", "They asked twice")];
    for (ask, fields) in [(&theirs, &[][..]), (&same, &fields[..])] {
        let page = desk.confirm_as(&other, ask, fields).await;
        assert_eq!(page.status, 409, "{}", page.text());
        assert!(
            page.has_text("Support 3, just now: Sent a fresh link"),
            "{}",
            page.text()
        );
    }
    assert_eq!(desk.walk.app.mails_to(&desk.walk.admin.email).await, 1);
    assert_eq!(desk.deeds().await, 1);

    // What was typed is still there, and the page that says so can be sent.
    let page = desk.confirm_as(&other, &same, &fields).await;
    assert_eq!(page.value_of("reason"), "They asked twice");
    assert_eq!(page.value_of("link"), step);
    let page = Ask::on(page, "Send a fresh link");
    let page = desk.confirm_as(&other, &page, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(desk.walk.app.mails_to(&desk.walk.admin.email).await, 2);
}

#[tokio::test]
async fn a_double_click_acts_once() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let step = format!("step:{}", desk.walk.admin.person);
    let ask = desk.ask("Send a fresh link").await;
    let fields = [("link", step.as_str())];
    let (one, two) = tokio::join!(desk.confirm(&ask, &fields), desk.confirm(&ask, &fields));
    assert_eq!(
        (one.status, two.status),
        (303, 303),
        "{}{}",
        one.text(),
        two.text()
    );
    assert_eq!(desk.walk.app.mails_to(&desk.walk.admin.email).await, 1);
    assert_eq!(desk.deeds().await, 1);
}

#[tokio::test]
async fn a_page_from_before_the_firm_went_on_is_refused() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let ask = desk.ask("Check again now").await;
    desk.walk.enter_details(&Walk::good_details()).await;
    let page = desk.walk.page(Stage::Credentials).await;
    let mut other = Walk::good_details();
    other[1] = ("company_id", "4711");
    desk.walk.press(&page, "Save and continue", &other).await;
    let page = desk.confirm(&ask, &[]).await;
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.has_text("Changed the setup"), "{}", page.text());
    assert_eq!(desk.deeds().await, 0);
}
