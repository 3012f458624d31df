//! What support has mailed from a case: a fresh link, or the fixes that are left.

use chrono::TimeDelta;
use concierge::flows::hand_over;
use concierge::identity::{Actor, Email, SupportRole, Task, Who};
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::desk::Desk;

#[tokio::test]
async fn a_fresh_link_goes_to_whom_the_firm_made_known() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let (app, admin) = (&desk.walk.app, &desk.walk.admin);
    let people = paths::people(admin.firm);
    let invite = [("email", "bo@firm.example")];
    admin.browser.post(&people, &invite).await;
    let first = app.links_in_mail_to("bo@firm.example").await;
    app.advance(TimeDelta::days(8));
    admin
        .browser
        .sign_in(&admin.email, crate::harness::app::PASSWORD)
        .await;
    let support = app.support(SupportRole::Staff).await;

    let ask = desk.ask_as(&support, "Send a fresh link").await;
    let options = ask.texts("#link option");
    assert_eq!(options.len(), 3, "{options:?}");
    assert!(options[2].contains("bo@firm.example: the invitation again (expired"));

    // The way to the step, behind the admin's own sign-in.
    let step = format!("step:{}", admin.person);
    let page = desk.confirm_as(&support, &ask, &[("link", &step)]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let links = app.links_in_mail_to(&admin.email).await;
    assert_eq!(links, [desk.walk.at(Stage::Verify)]);
    let page = support.browser.get(&desk.case()).await;
    let facts = page.texts(".facts > div").join("; ");
    assert!(facts.contains("Last contactjust now"), "{facts}");

    // A new password.
    let ask = desk.ask_as(&support, "Send a fresh link").await;
    let password = format!("password:{}", admin.person);
    desk.confirm_as(&support, &ask, &[("link", &password)])
        .await;
    let links = app.links_in_mail_to(&admin.email).await;
    let page = app.browser().get(&links[0]).await;
    assert_eq!(page.h1(), "Choose a new password", "{}", page.text());

    // The invitation again; the old link no longer works.
    let ask = desk.ask_as(&support, "Send a fresh link").await;
    let invitation = ask.html.split("invitation:").nth(1).unwrap();
    let invitation = format!("invitation:{}", &invitation[..36]);
    desk.confirm_as(&support, &ask, &[("link", &invitation)])
        .await;
    let second = app.links_in_mail_to("bo@firm.example").await;
    assert_ne!(first, second);
    assert!(app.browser().get(&second[0]).await.has_text("Firm 1"));
    assert_ne!(app.browser().get(&first[0]).await.status, 200);

    let verbs = app.activity_of(admin.firm).await.join(" ");
    for verb in [
        "support.step_link_sent",
        "support.reset_link_sent",
        "invitation.sent",
    ] {
        assert!(verbs.contains(verb), "{verbs}");
    }
}

#[tokio::test]
async fn a_colleague_who_was_asked_to_help_gets_another_link() {
    let desk = Desk::stuck_at(Stage::Permissions).await;
    let (app, admin) = (&desk.walk.app, &desk.walk.admin);
    let ask = hand_over::send::Ask {
        task: Task::FixPermissions,
        step: Stage::Permissions,
        name: "Pat".to_owned(),
        email: Email::parse("pat@firm.example").unwrap(),
        company_id: None,
        message: None,
    };
    let asks = Actor::FirmAdmin {
        firm: admin.firm,
        who: Who {
            id: admin.person,
            name: "Ada".to_owned(),
            source: None,
        },
    };
    hand_over::send::run(&app.app, &asks, desk.onboarding, &ask, None)
        .await
        .unwrap();
    let first = app.links_in_mail_to("pat@firm.example").await;
    let page = desk.page().await;
    assert!(page.has_text("Asked by Ada"), "{}", page.text());
    let asked = desk.ask("Send a fresh link").await;
    let task = asked
        .html
        .split("task:")
        .nth(1)
        .expect("the task is offered");
    let task = format!("task:{}", &task[..36]);
    desk.act("Send a fresh link", &[("link", &task)]).await;
    let second = app.links_in_mail_to("pat@firm.example").await;
    assert_ne!(first, second);
    assert_eq!(app.mails_to("pat@firm.example").await, 2);
    let verbs = app.activity_of(admin.firm).await.join(" ");
    assert!(verbs.contains("handover.sent_again"), "{verbs}");
}

#[tokio::test]
async fn nobody_elses_people_get_a_link_here() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let other = desk.walk.app.firm_admin().await;
    let people = paths::people(other.firm);
    let invite = [("email", "eve@other.example")];
    other.browser.post(&people, &invite).await;
    let theirs: uuid::Uuid = sqlx::query_scalar("select link_id from person_link")
        .fetch_one(desk.walk.app.db())
        .await
        .unwrap();
    let mails = desk.walk.app.mails_to(&other.email).await;
    let ask = desk.ask("Send a fresh link").await;
    for (link, status) in [
        (format!("step:{}", other.person), 404),
        (format!("password:{}", other.person), 404),
        (format!("invitation:{theirs}"), 409),
        ("step:me".to_owned(), 422),
        ("anything".to_owned(), 422),
    ] {
        let page = desk.confirm(&ask, &[("link", &link)]).await;
        assert_eq!(page.status, status, "{link}: {}", page.text());
    }
    assert_eq!(desk.walk.app.mails_to(&other.email).await, mails);
    assert_eq!(desk.walk.app.mails_to("eve@other.example").await, 1);
    assert_eq!(desk.deeds().await, 0);
}

#[tokio::test]
async fn a_firm_without_people_gets_no_link_and_says_so() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    sqlx::query("delete from membership")
        .execute(desk.walk.app.db())
        .await
        .unwrap();
    let why = desk.why_not("Send a fresh link", "link").await;
    assert!(
        why.starts_with("Nobody at the firm can get a link"),
        "{why}"
    );
}

#[tokio::test]
async fn these_fixes_are_what_the_firm_sees() {
    let desk = Desk::stuck_at(Stage::Verify).await;
    let firms = desk.walk.page(Stage::Verify).await;
    let ask = desk.ask("Send these fixes").await;
    assert!(ask.has_text("Ref PC-NOT-INSTALLED"), "{}", ask.text());

    let to = [("reader", "other"), ("email", "nobody")];
    let page = desk.confirm(&ask, &to).await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("email")
            .starts_with("Enter an email address")
    );
    assert_eq!(page.value_of("email"), "nobody");

    let to = [("reader", "other"), ("email", "pat@procore.example")];
    assert_eq!(desk.confirm(&ask, &to).await.status, 303);
    let text = mail_to(&desk, "pat@procore.example").await;
    assert!(
        text.contains("Ref PC-NOT-INSTALLED") && text.contains("1. "),
        "{text}"
    );
    assert!(!text.contains("http"), "somebody else gets no link: {text}");
    let step = text
        .lines()
        .find_map(|line| line.strip_prefix("2. "))
        .unwrap();
    let words = step.split(" › ").next().unwrap();
    assert!(firms.has_text(words), "{words}");

    let admin = desk.walk.admin.person.to_string();
    desk.act("Send these fixes", &[("reader", &admin)]).await;
    let links = desk.walk.app.links_in_mail_to(&desk.walk.admin.email).await;
    assert_eq!(links, [desk.walk.at(Stage::Verify)]);
    assert_eq!(desk.record().await.0, "case.fixes_sent");
}

async fn mail_to(desk: &Desk, email: &str) -> String {
    let id = sqlx::query_scalar("select mail_id from mail where recipient = $1")
        .bind(email)
        .fetch_one(desk.walk.app.db())
        .await
        .unwrap();
    concierge::flows::read_mail::in_clear(&desk.walk.app.app, id)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_fixes_of_a_completion_that_stopped_are_sent_too() {
    let desk = Desk::stopped().await;
    let ask = desk.ask("Send these fixes").await;
    assert!(ask.has_text("Ref PC-NOT-INSTALLED"), "{}", ask.text());
    let admin = desk.walk.admin.person.to_string();
    desk.act("Send these fixes", &[("reader", &admin)]).await;
}
