//! A list that did not come whole, and a change of data that brings less while it is read again.

use chrono::TimeDelta;
use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::paths;
use concierge::store::readings;
use procore_sandbox::testing::{Change, Fail, SandboxOptions};

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;
use crate::harness::site::{Site, choices};
use crate::harness::walk::Walk;

const VENDORS: &str = "/rest/v1.0/vendors";
const INACTIVE: &str = "/rest/v1.0/companies/5358233/vendors/inactive";
const INACTIVE_TEMPLATE: &str = "/rest/v1.0/companies/{company_id}/vendors/inactive";
/// As often as it is asked.
const ALWAYS: u32 = 10_000;

/// Companies with the inactive ones, and offices.
fn wide() -> Settings {
    let inactive = Choice {
        include_inactive: true,
        ..Choice::of(DataSet::Companies)
    };
    Settings::new([inactive, Choice::of(DataSet::Offices)]).unwrap()
}

/// A row fewer than Procore says that there are.
fn short(path: &str) -> Fail {
    let hidden = Change {
        hidden_rows: 1,
        ..Change::default()
    };
    Fail::change(hidden).on(path).times(ALWAYS)
}

/// A connected firm, one of whose lists comes short.
async fn connected(path: &str) -> Live {
    let site = Site::confirmed(wide(), SandboxOptions::default()).await;
    site.sandbox.fail_next(short(path)).await;
    work_until_nothing_is_due(&site.app).await;
    Live {
        site,
        address: String::new(),
        authorization: String::new(),
        client: reqwest::Client::new(),
    }
}

/// The names of the lists that are to be read again.
async fn to_read_again(live: &Live) -> Vec<String> {
    let connection = live.site.run().await.connection_id;
    let mut conn = live.db().acquire().await.unwrap();
    let reading = readings::find(&mut conn, live.site.firm, connection).await;
    let lists = reading.unwrap().map(|it| it.lists).unwrap_or_default();
    lists.into_iter().map(|it| it.list).collect()
}

#[tokio::test]
async fn a_list_that_is_not_brought_any_more_is_not_read_again() {
    let active = choices(&[DataSet::Companies, DataSet::Offices]);
    let without = choices(&[DataSet::Offices]);
    for (path, template, list, narrow) in [
        (INACTIVE, INACTIVE_TEMPLATE, "inactive_vendors", &active),
        (VENDORS, VENDORS, "vendors", &without),
    ] {
        let live = connected(path).await;
        assert_eq!(to_read_again(&live).await, [list]);
        live.site.save_change(narrow).await;
        work_until_nothing_is_due(&live.site.app).await;
        assert_eq!(to_read_again(&live).await, Vec::<String>::new(), "{list}");
        assert_eq!(live.ours().await, live.procores(narrow).await, "{list}");

        live.site.sandbox.reset_requests().await;
        live.site.advance(TimeDelta::hours(30).num_seconds()).await;
        work_until_nothing_is_due(&live.site.app).await;
        assert_eq!(
            live.site.sandbox.requests("GET", template).await,
            0,
            "{list}"
        );
        let open = "select count(*) from run where state not in ('done', 'abandoned')";
        let open: i64 = sqlx::query_scalar(open).fetch_one(live.db()).await.unwrap();
        assert_eq!(open, 0, "{list}: nothing waits");
    }
}

#[tokio::test]
async fn a_list_that_is_still_brought_is_read_again_as_it_is_now() {
    let live = connected(VENDORS).await;
    let narrow = choices(&[DataSet::Companies, DataSet::Offices]);
    live.site.save_change(&narrow).await;
    work_until_nothing_is_due(&live.site.app).await;
    assert_eq!(to_read_again(&live).await, ["vendors"]);

    live.site.sandbox.up().await;
    live.site.sandbox.reset_requests().await;
    live.site.advance(TimeDelta::hours(1).num_seconds()).await;
    work_until_nothing_is_due(&live.site.app).await;
    assert_eq!(to_read_again(&live).await, Vec::<String>::new());
    assert_eq!(live.ours().await, live.procores(&narrow).await);
    let inactive = live.site.sandbox.requests("GET", INACTIVE_TEMPLATE).await;
    assert_eq!(inactive, 0, "it is not brought any more");
}

#[tokio::test]
async fn the_pages_say_no_more_of_a_list_that_is_not_brought_any_more() {
    let walk = Walk::without_pauses().await;
    let both = ["vendors", "offices"];
    walk.up_to(concierge::onboarding::Stage::Complete, &both)
        .await;
    walk.sandbox.fail_next(short(VENDORS)).await;
    walk.complete().await;
    let firm = walk.admin.firm;
    let pages = [
        paths::integration(firm),
        paths::integration_page(firm, "data"),
    ];
    for address in &pages {
        let page = walk.admin.browser.get(address).await;
        assert!(page.has_text("reading again at"), "{}", page.text());
    }
    let offices = ["offices"];
    let review = walk.review_change(&offices).await;
    walk.save(&review, &offices).await;
    walk.app.run_jobs().await;
    for address in &pages {
        let page = walk.admin.browser.get(address).await;
        assert!(!page.has_text("reading again"), "{}", page.text());
        assert!(page.has_text("Offices"), "{}", page.text());
    }
}
