//! Finding a firm by the beginnings of words.

use concierge::identity::SupportRole;
use concierge::paths;

use super::lines::{line, many, names, queue};
use crate::harness::app::TestApp;

#[tokio::test]
async fn a_firm_is_found_by_name_address_and_company() {
    let app = TestApp::start().await;
    let acme = line(&app, "Acme Builders", "company_id = 5358233").await;
    let sons = line(&app, "O'Brien & Sons (Acme)", "company_id = 535999").await;
    app.member(acme, "Ada", "ada.lovelace@acme.example").await;
    app.firm("Harbor Lane").await;
    let admin = app.admin_of(sons).await;
    let invite = [("email", "zoe@brien.example")];
    admin.browser.post(&paths::people(sons), &invite).await;

    let support = app.support(SupportRole::Staff).await;
    for (typed, found) in [
        ("acme", vec!["Acme Builders", "O'Brien & Sons (Acme)"]),
        ("ACM", vec!["Acme Builders", "O'Brien & Sons (Acme)"]),
        ("build", vec!["Acme Builders"]),
        ("acme build", vec!["Acme Builders"]),
        ("acme harbor", vec![]),
        ("o'brien", vec!["O'Brien & Sons (Acme)"]),
        ("brien acme so", vec!["O'Brien & Sons (Acme)"]),
        ("uilders", vec![]),
        ("ada.love", vec!["Acme Builders"]),
        ("Ada.Lovelace@acme.example", vec!["Acme Builders"]),
        ("acme ada.l", vec!["Acme Builders"]),
        ("zoe@", vec!["O'Brien & Sons (Acme)"]),
        ("535", vec!["Acme Builders", "O'Brien & Sons (Acme)"]),
        ("5358233", vec!["Acme Builders"]),
        ("acme 535999", vec!["O'Brien & Sons (Acme)"]),
        ("53582330", vec![]),
        ("%", vec![]),
        ("acme%", vec!["Acme Builders", "O'Brien & Sons (Acme)"]),
        ("_cme", vec![]),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", typed)
            .append_pair("sort", "firm")
            .finish();
        let page = support.browser.get(&queue(&query)).await;
        assert_eq!(names(&page), found, "{typed}");
        assert_eq!(page.value_of("q"), typed);
    }
}

#[tokio::test]
async fn what_is_over_is_found_too_and_filters_narrow_a_search() {
    let app = TestApp::start().await;
    line(&app, "Acme Open", "waiting_on = 'us'").await;
    line(&app, "Acme Closed", "situation = 'closed'").await;
    let support = app.support(SupportRole::Staff).await;
    for (query, found) in [
        ("q=acme", vec!["Acme Open", "Acme Closed"]),
        ("q=acme&state=closed", vec!["Acme Closed"]),
        ("q=acme&waiting=us", vec!["Acme Open"]),
        ("q=acme&view=needs-person", vec!["Acme Open"]),
        ("q=acme&view=mine", vec![]),
    ] {
        assert_eq!(
            names(&support.browser.get(&queue(query)).await),
            found,
            "{query}"
        );
    }
}

#[tokio::test]
async fn hostile_words_find_nothing_and_break_nothing() {
    let app = TestApp::start().await;
    app.firm("Acme").await;
    let support = app.support(SupportRole::Staff).await;
    let long = "a".repeat(5_000);
    for typed in [
        "'; drop table firm; --",
        "\" or 1=1",
        "\\",
        "zz\\_%",
        "\0",
        "acme\0zzz",
        "<x-evil></x-evil>",
        "\u{202e}\u{feff}",
        "😀",
        "\u{10ffff}",
        "~",
        long.as_str(),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", typed)
            .finish();
        let page = support.browser.get(&queue(&query)).await;
        assert_eq!(page.status, 200, "{typed:.20}");
        assert!(names(&page).is_empty(), "{typed:.20}");
        assert!(page.texts("x-evil").is_empty());
    }
    for query in [
        "after=%00~x",
        "sort=firm&after=%00~0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f",
    ] {
        assert_eq!(
            support.browser.get(&queue(query)).await.status,
            200,
            "{query}"
        );
    }
}

#[tokio::test]
async fn too_many_firms_ask_for_another_word() {
    let app = TestApp::start().await;
    many(&app, 201).await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(&queue("q=fir")).await;
    assert!(
        page.has_text("200 firms at the most are looked at"),
        "{}",
        page.text()
    );
    assert_eq!(names(&page).len(), 50);
}
