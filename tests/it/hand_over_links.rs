//! The states of a hand-over's link, and who may do what with it.

use chrono::TimeDelta;
use concierge::flows::hand_over::{further_link, send};
use concierge::identity::{Actor, OnboardingId, Place, SupportRole, Who};
use concierge::onboarding::Stage;
use concierge::onboarding::hand_over::{End, HandOverState};
use concierge::paths;
use concierge::store::hand_overs;

use crate::harness::app::PASSWORD;
use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;
use procore_sandbox::testing::CLIENT_SECRET;

const DANA: &str = "dana@firm.example";

async fn at_credentials() -> (Walk, Colleague) {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;
    (walk, dana)
}

/// Everything that the link could be used for, and that nothing of it was.
async fn assert_does_nothing(walk: &Walk, dana: &Colleague, heading: &str) {
    assert_ended(walk, dana, 410, heading).await;
}

async fn assert_ended(walk: &Walk, dana: &Colleague, status: u16, heading: &str) {
    let before = walk.app.activity_of(walk.admin.firm).await;
    let page = dana.page().await;
    assert_eq!((page.status, page.h1()), (status, heading.to_owned()));
    for (form, fields) in [
        ("details", Walk::good_details()),
        ("task", vec![("task", "create"), ("mark", "done")]),
        ("check", vec![]),
        ("done", vec![]),
        ("cannot", vec![("reason", "No time for it")]),
        ("not-found?text=own_app&step=1", vec![("saw", "Nothing")]),
    ] {
        let page = dana.send(form, &fields).await;
        assert_eq!(
            (page.status, page.h1()),
            (status, heading.to_owned()),
            "{form}"
        );
    }
    assert_eq!(walk.app.activity_of(walk.admin.firm).await, before);
}

fn is_sent(page: &Page) -> bool {
    page.status == 200 && page.h1() == "Ask for the new link"
}

#[tokio::test]
async fn an_expired_link_is_renewed_for_the_same_address_only() {
    let (walk, dana) = at_credentials().await;
    walk.app.advance(TimeDelta::days(7));
    assert_does_nothing(&walk, &dana, "This link has expired").await;
    walk.app.run_jobs().await;
    walk.admin
        .browser
        .sign_in(&walk.admin.email, PASSWORD)
        .await;
    let page = walk.page(Stage::Credentials).await;
    assert!(page.has_text("expired 9 March"), "{}", page.text());

    let renew = dana.page().await.button("Send me a new link").unwrap();
    let other = [("email", "thief@evil.example")];
    let page = dana.browser.post(&renew, &other).await;
    assert!(is_sent(&page), "{}", page.text());
    assert_eq!(walk.app.mails_to("thief@evil.example").await, 0);
    assert_eq!(walk.app.mails_to(DANA).await, 2);
    let fresh = walk.app.links_in_mail_to(DANA).await.remove(0);
    assert_ne!(fresh, dana.link);
    assert_eq!(dana.browser.get(&fresh).await.status, 200);
    assert_does_nothing(&walk, &dana, "There is a newer link").await;

    // Said the same, done nothing: the old link is no longer one that expired.
    let again = dana.browser.post(&renew, &[]).await;
    assert!(is_sent(&again));
    assert_eq!(walk.app.mails_to(DANA).await, 2);
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    assert!(verbs.contains(&"handover.renewed".to_owned()), "{verbs:?}");
}

#[tokio::test]
async fn asking_for_new_links_is_slowed_down_without_saying_so() {
    let (walk, mut dana) = at_credentials().await;
    for _ in 0..5 {
        walk.app.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
        let page = dana.send("renew", &[]).await;
        assert!(is_sent(&page));
        dana.link = walk.app.links_in_mail_to(DANA).await.remove(0);
    }
    assert_eq!(walk.app.mails_to(DANA).await, 6, "a week apart");
    // Somebody who holds a link and asks without end.
    for _ in 0..10 {
        assert!(is_sent(&dana.send("renew", &[]).await));
    }
    assert_eq!(walk.app.mails_to(DANA).await, 6, "it is not expired");
}

#[tokio::test]
async fn an_expired_link_cannot_push_out_the_one_who_was_asked_since() {
    let (walk, dana) = at_credentials().await;
    walk.app.advance(TimeDelta::days(8));
    walk.app.run_jobs().await;
    walk.admin
        .browser
        .sign_in(&walk.admin.email, PASSWORD)
        .await;
    let email = "bo@firm.example";
    let bo = Colleague::named(&walk, Stage::Credentials, "Bo Lane", email, &[]).await;
    assert!(is_sent(&dana.send("renew", &[]).await));
    assert_eq!(walk.app.mails_to(DANA).await, 1);
    assert_eq!(bo.page().await.status, 200);
    assert_does_nothing(&walk, &dana, "There is a newer link").await;
}

#[tokio::test]
async fn sending_again_replaces_the_link() {
    let (walk, dana) = at_credentials().await;
    walk.app.advance(TimeDelta::days(7));
    walk.app.run_jobs().await;
    walk.admin
        .browser
        .sign_in(&walk.admin.email, PASSWORD)
        .await;
    let page = walk.page(Stage::Credentials).await;
    let again = page.button("Send again to Dana Fox").unwrap();
    let page = walk.admin.browser.submit(&again, &[]).await;
    assert!(
        page.has_text("There is a fresh link; the older one no longer works."),
        "{}",
        page.text()
    );
    assert_does_nothing(&walk, &dana, "There is a newer link").await;
    let fresh = walk.app.links_in_mail_to(DANA).await.remove(0);
    assert_eq!(dana.browser.get(&fresh).await.status, 200);
}

#[tokio::test]
async fn a_link_that_is_taken_back_while_its_page_is_open_does_nothing() {
    let (walk, dana) = at_credentials().await;
    assert_eq!(dana.page().await.status, 200);
    let page = walk.page(Stage::Credentials).await;
    let take_back = page.button("Take back the link of Dana Fox").unwrap();
    let page = walk.admin.browser.submit(&take_back, &[]).await;
    assert!(!page.has_text("For Dana Fox since"), "{}", page.text());
    assert_does_nothing(&walk, &dana, "This link was taken back").await;
    assert!(is_sent(&dana.send("renew", &[]).await));
    assert_eq!(walk.app.mails_to(DANA).await, 1);
    let again = walk.admin.browser.post(&take_back, &[]).await;
    assert_eq!(again.status, 409, "taken back already");
}

#[tokio::test]
async fn details_that_somebody_else_enters_end_the_task() {
    let (walk, dana) = at_credentials().await;
    walk.enter_details(&Walk::good_details()).await;
    assert_does_nothing(&walk, &dana, "Nothing is left to do here").await;
}

#[tokio::test]
async fn a_setup_that_is_started_again_ends_the_task() {
    let (walk, dana) = at_credentials().await;
    let page = walk
        .admin
        .browser
        .get(&paths::start_again(walk.admin.firm))
        .await;
    walk.press(&page, "Start again", &[]).await;
    assert_does_nothing(&walk, &dana, "This setup was closed").await;
    walk.app.advance(TimeDelta::days(8));
    assert_does_nothing(&walk, &dana, "This setup was closed").await;
}

#[tokio::test]
async fn a_finished_task_is_finished() {
    let (walk, dana) = at_credentials().await;
    dana.press("Save and continue", &Walk::good_details()).await;
    walk.app.run_jobs().await;
    dana.press("Done", &[]).await;
    assert_ended(&walk, &dana, 200, "Thank you, this is done").await;
    assert_eq!(walk.app.mails_to(&walk.admin.email).await, 1);
}

#[tokio::test]
async fn opening_uses_nothing_up_and_is_noted_once() {
    let (walk, dana) = at_credentials().await;
    let prefetch = [("sec-purpose", "prefetch;prerender")];
    let page = dana.browser.get_with(&dana.link, &prefetch).await;
    assert_eq!(page.status, 200);
    let opened = |verbs: Vec<String>| verbs.iter().filter(|it| *it == "handover.opened").count();
    assert_eq!(opened(walk.app.activity_of(walk.admin.firm).await), 0);
    for _ in 0..3 {
        assert_eq!(dana.page().await.status, 200);
    }
    assert_eq!(opened(walk.app.activity_of(walk.admin.firm).await), 1);
}

#[tokio::test]
async fn a_token_opens_its_own_firm_and_nothing_that_was_made_up() {
    let (walk, dana) = at_credentials().await;
    let other = walk.app.firm_admin().await;
    let token = dana.link.rsplit('/').next().unwrap();
    // The firm stands in the first 16 bytes; with another firm's there it is nobody's.
    let theirs = concierge::vault::new_endpoint(other.firm).unwrap();
    let theirs = secrecy::ExposeSecret::expose_secret(&theirs).to_owned();
    let forged = format!("{}{}", &theirs[..21], &token[21..]);
    for token in [
        forged.as_str(),
        theirs.as_str(),
        "abc",
        "%00",
        &"A".repeat(43),
    ] {
        let path = format!("/handover/{token}");
        assert_eq!(walk.app.browser().get(&path).await.status, 404, "{token}");
        let page = walk.app.browser().post(&format!("{path}/renew"), &[]).await;
        assert_eq!(page.status, 404, "{token}");
    }
    // Another firm's admin takes nothing back and sends nothing again.
    let id = newest(&walk).await.id;
    for path in [
        paths::take_back(other.firm, id),
        paths::send_again(other.firm, id),
        paths::remind(other.firm, id),
        paths::copy_link(other.firm, id),
    ] {
        assert_eq!(other.browser.post(&path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(dana.page().await.status, 200);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let (walk, dana) = at_credentials().await;
    for form in ["details", "check", "done", "cannot", "renew"] {
        let path = format!("{}/{form}", dana.link);
        let page = walk.app.browser().post_from_elsewhere(&path, &[]).await;
        assert_eq!(page.status, 403, "{form}");
    }
    assert!(!dana.page().await.html.contains(CLIENT_SECRET));
}

#[tokio::test]
async fn support_sends_a_fresh_link_and_a_visitor_hands_over_nothing() {
    let (walk, dana) = at_credentials().await;
    let support = walk.app.support(SupportRole::Staff).await;
    let hand_over = newest(&walk).await;
    let at = |place| Actor::Support {
        role: SupportRole::Staff,
        place,
        who: Who {
            id: support.person,
            name: "Sam".to_owned(),
            source: None,
        },
    };
    let desk = send::again(&walk.app.app, &at(Place::Desk), hand_over.id, None).await;
    assert!(desk.is_err(), "at no firm in particular");
    let case = at(Place::Case(walk.admin.firm));
    send::again(&walk.app.app, &case, hand_over.id, None)
        .await
        .unwrap();
    assert_eq!(walk.app.mails_to(DANA).await, 2);
    assert_does_nothing(&walk, &dana, "There is a newer link").await;
    let fresh = newest(&walk).await;
    assert_eq!(fresh.asked_by, hand_over.asked_by, "who asked stays");

    walk.app
        .grant(walk.admin.firm, support.person, "view")
        .await;
    for path in [
        paths::take_back(walk.admin.firm, fresh.id),
        paths::copy_link(walk.admin.firm, fresh.id),
    ] {
        assert_eq!(support.browser.post(&path, &[]).await.status, 403, "{path}");
    }
    let copied = further_link::copy(&walk.app.app, &case, fresh.id).await;
    assert!(copied.is_err(), "a link for the firm's admin alone");
}

#[tokio::test]
async fn the_history_of_an_onboarding_lists_every_link_with_its_state() {
    let (walk, _) = at_credentials().await;
    Colleague::asked(&walk, Stage::Credentials, DANA, &[]).await;
    let mut conn = walk.app.db().acquire().await.unwrap();
    let id = newest(&walk).await.onboarding_id;
    let all = hand_overs::list_for_onboarding(&mut conn, walk.admin.firm, id)
        .await
        .unwrap();
    let states: Vec<HandOverState> = all.iter().map(|it| it.state(walk.app.now())).collect();
    assert_eq!(
        states,
        [HandOverState::Sent, HandOverState::Ended(End::Replaced)]
    );
}

async fn newest(walk: &Walk) -> hand_overs::HandOver {
    let mut conn = walk.app.db().acquire().await.unwrap();
    let id: OnboardingId = sqlx::query_scalar(
        "select onboarding_id from onboarding where firm_id = $1 and archived_at is null",
    )
    .bind(walk.admin.firm.0)
    .fetch_one(&mut *conn)
    .await
    .unwrap();
    hand_overs::list_for_onboarding(&mut conn, walk.admin.firm, id)
        .await
        .unwrap()
        .remove(0)
}
