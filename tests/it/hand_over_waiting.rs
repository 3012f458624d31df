//! A task in a colleague's hands as the firm sees it: how far it is, a reminder, a further link, and when
//! it can be reported as done.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::CLIENT_SECRET;

use crate::harness::app::PASSWORD;
use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

const DANA: &str = "dana@firm.example";

/// Directory and webhooks are too low, and Dana was asked to raise them.
async fn asked_to_fix() -> (Walk, Colleague) {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects", "users"]).await;
    for tool in ["directory", "webhooks_api"] {
        walk.sandbox.set_level(tool, "None").await;
    }
    walk.check(Stage::Permissions).await;
    let message = [("message", "We go live on Friday.")];
    let dana = Colleague::asked(&walk, Stage::Permissions, DANA, &message).await;
    (walk, dana)
}

async fn check(walk: &Walk, dana: &Colleague) -> Page {
    dana.press("Check again", &[]).await;
    walk.app.run_jobs().await;
    dana.page().await
}

#[tokio::test]
async fn done_is_said_once_it_is_true_and_shows_on_tile_and_rail_until_then() {
    let (walk, dana) = asked_to_fix().await;
    let waits = |how: &str| format!("Waiting for Dana Fox: {how}");
    let tile = paths::concierge(walk.admin.firm);
    for path in [tile.clone(), walk.at(Stage::Settings)] {
        let page = walk.admin.browser.visit(&path).await;
        assert!(
            page.has_text(&waits("not opened yet, 0 of 2 fixed")),
            "{}",
            page.text()
        );
    }

    let page = dana.page().await;
    assert!(page.has_text("We go live on Friday."), "{}", page.text());
    assert_eq!(page.button("Done"), None);
    walk.sandbox.set_level("directory", "Read Only").await;
    let page = check(&walk, &dana).await;
    assert_eq!(page.button("Done"), None, "one of two is fixed");
    assert!(page.button("I can't").is_some());
    dana.send("done", &[]).await;
    assert_eq!(
        dana.page().await.h1(),
        "Change permissions in Firm 1’s Procore"
    );
    for path in [tile.clone(), walk.at(Stage::Review)] {
        let page = walk.admin.browser.visit(&path).await;
        assert!(
            page.has_text(&waits("opened 09:00, 1 of 2 fixed")),
            "{}",
            page.text()
        );
    }

    walk.sandbox.set_level("webhooks_api", "Standard").await;
    check(&walk, &dana).await;
    let page = dana.press("Done", &[]).await;
    assert_eq!(
        (page.status, page.h1()),
        (200, "Thank you, this is done".to_owned())
    );
    let page = walk.admin.browser.visit(&tile).await;
    assert!(!page.has_text("Waiting for Dana Fox"), "{}", page.text());

    // What was reported does not change with what is found later.
    let story = "For Dana Fox since 2 March, opened 09:00, done 09:00";
    assert!(walk.page(Stage::Permissions).await.has_text(story));
    walk.sandbox.set_level("directory", "None").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:directory"), "{}", page.text());
    assert!(page.has_text(story), "{}", page.text());
}

#[tokio::test]
async fn a_reminder_and_a_copied_link_lead_to_the_same_task() {
    let (walk, dana) = asked_to_fix().await;
    walk.app.advance(TimeDelta::days(6));
    walk.admin
        .browser
        .sign_in(&walk.admin.email, PASSWORD)
        .await;
    let page = walk.page(Stage::Permissions).await;
    let remind = page.button("Remind Dana Fox").unwrap();
    walk.admin.browser.submit(&remind, &[]).await;
    assert_eq!(walk.app.mails_to(DANA).await, 2);
    let reminded = walk.app.links_in_mail_to(DANA).await.remove(0);

    let copy = page.button("Copy link for Dana Fox").unwrap();
    let page = walk.admin.browser.submit(&copy, &[]).await;
    assert_eq!(page.h1(), "Link for Dana Fox");
    let copied = page.texts(".copy-value").concat();
    let copied = copied[copied.find("/handover/").unwrap()..].to_owned();
    assert_eq!(walk.app.mails_to(DANA).await, 2, "nothing is mailed");

    walk.app.advance(TimeDelta::days(2));
    let links = [&dana.link, &reminded, &copied];
    for link in links {
        let page = dana.browser.get(link).await;
        assert_eq!(
            page.h1(),
            "Change permissions in Firm 1’s Procore",
            "{link}"
        );
    }
    walk.admin
        .browser
        .sign_in(&walk.admin.email, PASSWORD)
        .await;
    let page = walk.page(Stage::Permissions).await;
    let take_back = page.button("Take back the link of Dana Fox").unwrap();
    walk.admin.browser.submit(&take_back, &[]).await;
    for link in links {
        assert_eq!(dana.browser.get(link).await.status, 410, "{link}");
    }
    for path in [&remind, &copy] {
        let page = walk.admin.browser.post(path, &[]).await;
        assert_eq!(page.status, 409, "{path}");
    }
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    for verb in ["handover.reminded", "handover.link_copied"] {
        assert!(verbs.contains(&verb.to_owned()), "{verb}: {verbs:?}");
    }
}

#[tokio::test]
async fn a_sentence_of_ones_own_goes_along_and_holds_no_secret() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let form = paths::hand_over(walk.admin.firm, Stage::Credentials);
    let form = walk.admin.browser.get(&form).await;
    assert!(
        form.has_text("This installation sends no mail"),
        "{}",
        form.text()
    );
    let fields = |message| {
        let who = [
            ("from", "credentials"),
            ("name", "Dana Fox"),
            ("email", DANA),
        ];
        who.into_iter()
            .chain([("message", message)])
            .collect::<Vec<_>>()
    };
    let page = walk.press(&form, "Send", &fields(CLIENT_SECRET)).await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("message")
            .contains("looks like a key or a secret")
    );
    assert!(!page.html.contains(CLIENT_SECRET), "and is not shown again");
    walk.press(&form, "Send", &fields("It is in the safe."))
        .await;
    let mail: String = sqlx::query_scalar("select text from mail where recipient = $1")
        .bind(DANA)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(
        mail.contains("Admin 2 writes: “It is in the safe.”"),
        "{mail}"
    );
}

/// A confirmed plan whose completion stopped, for Dana.
async fn stopped(task: &str, stop: impl AsyncFnOnce(&Walk)) -> (Walk, Colleague) {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices", "users"]).await;
    stop(&walk).await;
    walk.complete().await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Setting up");
    assert!(
        page.button("Someone else will do this").is_some(),
        "{}",
        page.text()
    );
    let sends = page
        .button("Send these fixes to my Procore admin")
        .is_some();
    assert_eq!(sends, task == "fix_permissions", "{}", page.text());
    let task = [("task", task)];
    let dana = Colleague::asked(&walk, Stage::Completing, DANA, &task).await;
    (walk, dana)
}

#[tokio::test]
async fn a_completion_that_stopped_is_fixed_by_a_colleague() {
    let uninstall = async |walk: &Walk| walk.sandbox.uninstall().await;
    let (walk, dana) = stopped("fix_permissions", uninstall).await;
    let page = dana.page().await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());
    assert_eq!(page.button("Done"), None);
    let page = check(&walk, &dana).await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());

    walk.sandbox.reinstall_with_projects().await;
    check(&walk, &dana).await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected", "{}", page.text());
    says_thank_you(&dana).await;
}

/// The task is done without a word of theirs, and the page says so.
async fn says_thank_you(dana: &Colleague) {
    let page = dana.page().await;
    let done = "Thank you, this is done".to_owned();
    assert_eq!((page.status, page.h1()), (200, done), "{}", page.text());
}

#[tokio::test]
async fn a_completion_that_stopped_gets_its_new_key_from_a_colleague() {
    let revoke = async |walk: &Walk| walk.sandbox.revoke_secret().await;
    let (walk, dana) = stopped("enter_credentials", revoke).await;
    let cause = "Procore did not recognise this Client ID and secret";
    let page = dana.page().await;
    assert!(page.has_text(cause), "why it is asked: {}", page.text());

    let secret = "the-new-secret-of-the-app";
    walk.sandbox.replace_secret(secret).await;
    let mut details = Walk::good_details();
    dana.press("Save and continue", &details).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text(cause), "{}", page.text());
    assert!(page.link("Enter the secret again").is_some());
    details[3].1 = secret;
    dana.press("Save and continue", &details).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected", "{}", page.text());
    assert!(!page.html.contains(secret));
    says_thank_you(&dana).await;
}

#[tokio::test]
async fn a_colleague_whose_key_the_setup_went_on_with_is_thanked() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;
    dana.press("Save and continue", &Walk::good_details()).await;
    walk.app.run_jobs().await;
    walk.up_to(Stage::Settings, &[]).await;
    says_thank_you(&dana).await;
}

/// The buttons of a hand-over on the tile and, where the page itself does not show it, on the rail.
#[tokio::test]
async fn tile_and_rail_lead_to_what_can_be_done_about_a_task() {
    let (walk, dana) = asked_to_fix().await;
    let browser = &walk.admin.browser;
    let tile = paths::concierge(walk.admin.firm);
    let buttons = [
        "Remind Dana Fox",
        "Copy link for Dana Fox",
        "Take back the link of Dana Fox",
    ];
    for path in [&tile, &walk.at(Stage::Settings)] {
        let page = browser.visit(path).await;
        for button in buttons {
            assert!(page.button(button).is_some(), "{path}: {button}");
        }
    }
    let page = walk.page(Stage::Permissions).await;
    let to_panel = "Remind Dana Fox, copy or take back the link";
    assert_eq!(page.link(to_panel).as_deref(), Some("#handed"));
    assert!(page.html.contains("id=\"handed\""));

    // Where no mail leaves, a reminder is the link itself, and leads back to where it was asked for.
    let page = browser.visit(&tile).await;
    let from_tile = [("back", "concierge")];
    let remind = page.button(buttons[0]).unwrap();
    let page = browser.submit(&remind, &from_tile).await;
    assert_eq!(page.h1(), "Link for Dana Fox");
    assert_eq!(page.texts(".copy-value").len(), 1);
    assert_eq!(page.link("Back to Concierge"), Some(tile.clone()));
    let settings = walk.page(Stage::Settings).await;
    let copy = settings.button(buttons[1]).unwrap();
    let page = browser.submit(&copy, &[("back", "settings")]).await;
    assert_eq!(
        page.link("Back to the setup"),
        Some(walk.at(Stage::Settings))
    );

    let page = browser.visit(&tile).await;
    let take_back = page.button(buttons[2]).unwrap();
    let page = browser.submit(&take_back, &from_tile).await;
    assert_eq!(page.h1(), "Concierge");
    assert!(page.has_text("The link is taken back."), "{}", page.text());
    assert!(!page.has_text("Waiting for Dana Fox"));
    assert_eq!(dana.page().await.status, 410);
}

#[tokio::test]
async fn a_link_that_no_mail_takes_is_on_the_page_after_send() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let form = paths::hand_over(walk.admin.firm, Stage::Credentials);
    let form = walk.admin.browser.get(&form).await;
    let fields = [
        ("from", "credentials"),
        ("name", "Dana Fox"),
        ("email", DANA),
    ];
    let page = walk.press(&form, "Send", &fields).await;
    assert_eq!(page.h1(), "Link for Dana Fox");
    let link = page.texts(".copy-value").concat();
    let link = &link[link.find("/handover/").unwrap()..];
    assert_eq!(
        page.link("Back to the setup"),
        Some(walk.at(Stage::Credentials))
    );
    let opened = walk.app.browser().get(link).await;
    assert_eq!(opened.h1(), "Enter the Procore details of Firm 1");
}

/// The steps of a page that end in a button of ours name one that is there.
fn names_its_button(page: &Page, button: &str) {
    let steps = page.texts(":is(.fix-card, .cause) .click > p");
    let last = steps
        .iter()
        .rfind(|step| step.starts_with("Choose") || step.contains("then choose"));
    let last = last.unwrap_or_else(|| panic!("no last step: {}", page.text()));
    assert!(last.contains(button), "{last}");
    assert!(
        page.button(button).is_some(),
        "no {button}: {}",
        page.text()
    );
}

#[tokio::test]
async fn a_colleagues_steps_name_the_buttons_of_their_own_page() {
    let uninstall = async |walk: &Walk| walk.sandbox.uninstall().await;
    let (walk, dana) = stopped("fix_permissions", uninstall).await;
    names_its_button(&dana.page().await, "Check again");
    names_its_button(&walk.page(Stage::Complete).await, "Try again");

    let revoke = async |walk: &Walk| walk.sandbox.revoke_secret().await;
    let (_walk, dana) = stopped("enter_credentials", revoke).await;
    let page = dana.page().await;
    names_its_button(&page, "Save and continue");
    assert!(
        page.has_text("Enter the Client ID and secret again here"),
        "{}",
        page.text()
    );
    assert!(
        !page.has_text("Check again"),
        "no button of that name is here"
    );
}

#[tokio::test]
async fn a_failed_page_leads_with_sending_the_fixes() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    walk.sandbox.uninstall().await;
    walk.enter_details(&Walk::good_details()).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    let (fixes, other) = (
        "Send these fixes to my Procore admin",
        "Someone else will do this",
    );
    assert!(page.button(fixes).is_some(), "{}", page.text());
    assert!(page.button(other).is_some(), "for another task");
    let form = paths::hand_over(walk.admin.firm, Stage::Verify);
    let page = walk.admin.browser.get(&format!("{form}&as=fixes")).await;
    assert_eq!(page.link("Ask for something else instead"), Some(form));

    walk.sandbox.reinstall_with_projects().await;
    walk.sandbox.revoke_secret().await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert_eq!(page.button(fixes), None, "it is in the details");
    assert!(page.button(other).is_some());
}
