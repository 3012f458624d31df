//! A firm wants no more reminders, and later wants them again.

use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};
use crate::watch::{pass_days, reminders_to};

#[tokio::test]
async fn the_link_in_the_mail_stops_them_and_opening_it_alone_does_not() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    app.run_jobs().await;
    pass_days(&app, 3).await;
    let links = app.links_in_mail_to(&admin.email).await;
    let link = links.last().expect("a link that stops them");
    assert!(link.starts_with("/reminders/"), "{link}");

    let stranger = app.browser(); // a program that reads mail, then the reader: nobody is signed in
    for _ in 0..3 {
        assert_eq!(stranger.get(link).await.h1(), "Stop reminders?");
    }
    pass_days(&app, 7).await;
    assert_eq!(
        reminders_to(&app, &admin.email).await,
        2,
        "looking changes nothing"
    );

    let page = stranger.get(link).await;
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let stop = page.button("Stop these reminders").unwrap();
    let page = stranger.submit(&stop, &[]).await;
    assert_eq!(page.h1(), "Reminders are stopped");
    pass_days(&app, 21).await;
    assert_eq!(reminders_to(&app, &admin.email).await, 2);
    assert!(
        app.activity_of(admin.firm)
            .await
            .contains(&"reminders.stopped".to_owned())
    );

    // The older link still works, and turns them on again.
    let resume = page.button("Turn reminders on again").unwrap();
    assert_eq!(stranger.submit(&resume, &[]).await.h1(), "Stop reminders?");
    app.run_jobs().await;
    assert_eq!(reminders_to(&app, &admin.email).await, 3);

    assert_eq!(stranger.get("/reminders/nonsense").await.status, 404);
    assert_eq!(stranger.get(&format!("{link}x")).await.status, 404);
}

#[tokio::test]
async fn an_admin_stops_them_on_the_page_of_people_and_turns_them_on_again() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    app.run_jobs().await;
    let people = paths::people(admin.firm);
    let page = admin.browser.get(&people).await;
    let page = admin
        .browser
        .submit(&page.button("Stop reminders").unwrap(), &[])
        .await;
    assert!(
        page.has_text("Nobody at the firm gets reminders"),
        "{}",
        page.text()
    );
    pass_days(&app, 4).await;
    assert_eq!(reminders_to(&app, &admin.email).await, 0);

    let browser = app.browser();
    browser.sign_in(&admin.email, PASSWORD).await;
    let page = browser.get(&people).await;
    let resume = page.button("Turn reminders on again").unwrap();
    browser.submit(&resume, &[]).await;
    app.run_jobs().await;
    assert_eq!(reminders_to(&app, &admin.email).await, 1);
}
