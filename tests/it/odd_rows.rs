//! An odd row never stops the rest: it is read, or left aside, counted and shown.

use concierge::catalog::DataSet;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{BodyChange, Change, Fail};

use crate::harness::case::case_of;
use crate::harness::walk::Walk;

const VENDORS: &str = "/rest/v1.0/vendors";

/// The first company of every answer, with a field written like this.
fn first_vendor(field: &str, raw: &str) -> Fail {
    let change = Change {
        body: BodyChange {
            at: "/0".to_owned(),
            raw: [(field.to_owned(), raw.to_owned())].into(),
            ..BodyChange::default()
        },
        ..Change::default()
    };
    Fail::change(change).on(VENDORS).method("GET").times(10_000)
}

#[tokio::test]
async fn an_odd_row_is_read_or_left_aside_and_never_taken_for_a_missing_permission() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let too_deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    for (field, raw, is_read) in [
        ("name", r#""cut \ud83d""#, true),
        ("name", "\"Caf\u{e9}\"", true),
        ("rating", "1e400", true),
        ("tree", deep.as_str(), true),
        ("updated_at", r#""yesterday""#, true),
        ("id", "null", false),
        ("id", "NaN", false),
        ("rating", "1e200000", false),
        ("tree", too_deep.as_str(), false),
    ] {
        let walk = Walk::start().await;
        walk.sandbox.fail_next(first_vendor(field, raw)).await;
        walk.connect(&["vendors"]).await;
        let name = format!("{field}: {}", &raw[..raw.len().min(20)]);
        assert_eq!(walk.stage().await, Stage::Done, "{name}");

        let told = "1 record could not be read";
        let page = walk.page(Stage::Done).await;
        assert_eq!(page.has_text(told), !is_read, "{name}: {}", page.text());
        let left = sqlx::query_scalar::<_, String>("select body from unread_record")
            .fetch_all(walk.app.db())
            .await
            .unwrap();
        assert_eq!(left.len(), usize::from(!is_read), "{name}");

        let browser = walk.app.support(SupportRole::Staff).await.browser;
        let case = paths::case(case_of(&walk.app, walk.admin.firm).await);
        let case = browser.get(&case).await;
        assert_eq!(case.has_text(told), !is_read, "{name}");
        if is_read {
            let first =
                "select kind, procore_id from record order by kind desc, procore_id limit 1";
            let (kind, id): (String, i64) = sqlx::query_as(first)
                .fetch_one(walk.app.db())
                .await
                .unwrap();
            let record = paths::record(walk.admin.firm, DataSet::Companies, kind.as_str(), id);
            let shown = walk.admin.browser.get(&record).await;
            assert_eq!(shown.status, 200, "{name}: {kind} {id}");
            assert!(shown.has_text(field), "{name}: {}", shown.text());
        } else {
            let raw = browser
                .get(&case.link("Look at what Procore sent").unwrap())
                .await;
            assert!(raw.has_text("Rows of lists"), "{}", raw.text());
        }
    }
}
