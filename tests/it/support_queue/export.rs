//! The queue as a file.

use std::collections::HashSet;

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use super::lines::{line, many};
use crate::harness::app::TestApp;
use crate::harness::walk::Walk;
use procore_sandbox::testing::CLIENT_ID;

/// The rows of the file, the header among them.
async fn export(support: &crate::harness::app::SupportPerson, query: &str) -> Vec<Vec<String>> {
    let page = support
        .browser
        .get(&format!("{}?{query}", paths::SUPPORT_EXPORT))
        .await;
    assert_eq!(page.status, 200);
    let text = page
        .html
        .strip_prefix('\u{feff}')
        .expect("a byte order mark");
    assert!(!text.contains('\u{feff}'), "there is one");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let row = |record: Result<csv::StringRecord, _>| {
        let record = record.unwrap();
        record.iter().map(str::to_owned).collect()
    };
    reader.records().map(row).collect()
}

#[tokio::test]
async fn the_file_holds_what_the_filter_lets_through() {
    let app = TestApp::start().await;
    line(
        &app,
        "Acme, \"Builders\"\nInc.",
        "company_id = 535, due_at = $2, waiting_on = 'us'",
    )
    .await;
    line(&app, "Ümläut 建設", "situation = 'closed'").await;
    let support = app.support(SupportRole::Staff).await;

    let page = support.browser.get(paths::SUPPORT).await;
    let href = page.link("Export as CSV").unwrap();
    let file = support.browser.get(&href).await;
    assert_eq!(
        file.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"onboardings-2026-03-02.csv\"")
    );
    assert_eq!(file.header("cache-control"), Some("no-store"));

    let rows = export(&support, "").await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][..4], ["Firm", "Company ID", "Step", "Reason"]);
    assert_eq!(
        rows[1][..6],
        [
            "Acme, \"Builders\"\nInc.",
            "535",
            "1 Review the steps",
            "Never started",
            "",
            "Us"
        ]
    );
    assert!(rows[1].contains(&"2026-03-02T09:00:00Z".to_owned()));
    assert!(
        rows[1]
            .last()
            .unwrap()
            .starts_with("https://concierge.example/support/onboardings/")
    );
    let rows = export(&support, "state=closed").await;
    assert_eq!(rows[1][0], "Ümläut 建設");
    assert_eq!(
        export(&support, "view=mine").await.len(),
        1,
        "the header alone"
    );
    assert_eq!(export(&support, "q=acme").await.len(), 2);
}

#[tokio::test]
async fn a_firms_name_is_no_formula() {
    let app = TestApp::start().await;
    for name in [
        "=HYPERLINK(\"https://evil.example\")",
        "+1",
        "-1",
        "@SUM(A1)",
    ] {
        app.firm(name).await;
    }
    let support = app.support(SupportRole::Staff).await;
    for row in export(&support, "").await.iter().skip(1) {
        assert!(row[0].starts_with('\''), "{}", row[0]);
    }
}

#[tokio::test]
async fn a_long_file_has_everybody_once() {
    let app = TestApp::start().await;
    many(&app, 1_203).await;
    let support = app.support(SupportRole::Staff).await;
    for query in ["", "sort=-contact", "sort=firm&reason=never_started"] {
        let rows = export(&support, query).await;
        let firms: HashSet<_> = rows.iter().skip(1).map(|row| row[0].clone()).collect();
        assert_eq!((rows.len(), firms.len()), (1_204, 1_203), "{query}");
    }
}

#[tokio::test]
async fn nothing_of_the_access_to_procore_is_in_it() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let support = walk.app.support(SupportRole::Staff).await;
    let page = support
        .browser
        .get(&format!("{}?state=all", paths::SUPPORT_EXPORT))
        .await;
    assert!(page.html.contains("4 Settings"), "{}", page.html);
    assert!(!page.html.contains(CLIENT_ID) && !page.html.contains(&CLIENT_ID[..5]));
}
