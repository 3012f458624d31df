//! Pages say of a list that did not come whole what of it came, until all of it has.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use serde_json::Value;

use crate::harness::app::TestApp;
use crate::harness::case::case_of;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{Change, Fail, SandboxOptions};

const VENDORS: &str = "/rest/v1.0/vendors";
/// As often as it is asked.
const ALWAYS: u32 = 10_000;

/// A firm that confirmed the plan for so many companies, whose list is answered with this change.
async fn connected(vendors: &str, change: Change) -> Walk {
    let options = SandboxOptions::default().flag("vendors", vendors);
    let walk = Walk::start_with(options, &[]).await;
    walk.up_to(Stage::Complete, &["vendors"]).await;
    let list = Fail::change(change).on(VENDORS).times(ALWAYS);
    walk.sandbox.fail_next(list).await;
    walk.complete().await;
    walk
}

/// The text of the pages that show how much was read.
async fn pages(walk: &Walk) -> [String; 3] {
    let firm = walk.admin.firm;
    let get = async |address: &str| walk.admin.browser.get(address).await.text();
    [
        walk.page(Stage::Complete).await.text(),
        get(&paths::integration(firm)).await,
        get(&paths::integration_page(firm, "data")).await,
    ]
}

#[tokio::test]
async fn the_pages_say_how_much_was_read_until_all_of_it_is() {
    let hidden = Change {
        hidden_rows: 1,
        ..Change::default()
    };
    let walk = connected("4098", hidden).await;

    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected");
    for text in pages(&walk).await {
        assert!(
            text.contains("4,098 of 4,099 read, reading again at 09:15"),
            "{text}"
        );
    }
    let case = support_case(&walk.app, &walk).await;
    assert!(
        case.contains("4,098 of 4,099 read, reading again at 09:15"),
        "{case}"
    );

    walk.sandbox.up().await;
    walk.app.advance(TimeDelta::minutes(16));
    walk.app.run_jobs().await;
    for text in pages(&walk).await {
        assert!(!text.contains("reading again"), "{text}");
        assert!(text.contains("4,098"), "{text}");
    }
    let activity = walk.app.activity_of(walk.admin.firm).await;
    assert!(
        activity.contains(&"reading.completed".to_owned()),
        "{activity:?}"
    );
}

#[tokio::test]
async fn a_full_page_for_every_number_is_never_taken_for_the_whole_list() {
    let headers = ["Link", "Total", "Per-Page"];
    let same = Change {
        page: Some(1),
        headers: headers.map(|name| (name.to_owned(), Value::Null)).into(),
        ..Change::default()
    };
    let walk = connected("4098", same).await;

    for text in pages(&walk).await {
        let told = "2,000 read, but not to the end of the list, reading again at 09:15";
        assert!(text.contains(told), "{text}");
    }
    walk.sandbox.up().await;
    walk.app.advance(TimeDelta::minutes(16));
    walk.app.run_jobs().await;
    for text in pages(&walk).await {
        assert!(!text.contains("reading again"), "{text}");
        assert!(text.contains("4,098"), "{text}");
    }
}

async fn support_case(app: &TestApp, walk: &Walk) -> String {
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(app, walk.admin.firm).await;
    support.browser.get(&paths::case(case)).await.text()
}
