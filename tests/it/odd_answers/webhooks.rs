//! The lists of webhooks and of their triggers, which are listed whole before anything is created.

use procore_sandbox::testing::{Change, Fail};
use serde_json::json;

use super::*;

pub(super) const ELSEWHERE: &str = "https://elsewhere.example/procore";
const UNKNOWN: Ends = Ends::Held("PC-UNEXPECTED");

/// A page of `most` rows, after which a command is carried out.
fn moving(most: usize, command: &str, fields: serde_json::Value) -> Fail {
    let clamped = Change {
        per_page_max: Some(most),
        ..Change::default()
    };
    let kind = Fail::change(clamped).kind;
    let then = Fail::then(command, fields);
    Fail { kind, ..then }
}

/// The clamp that lasts after a page that moved.
fn clamped(most: usize) -> Fail {
    let clamped = Change {
        per_page_max: Some(most),
        ..Change::default()
    };
    Fail::change(clamped).times(ALWAYS)
}

#[tokio::test]
async fn hooks() {
    let place = Place {
        name: "hooks",
        method: "GET",
        path: ("/rest/v2.0/companies/5358233/webhooks", "/hooks"),
        begins: Begins::WithPlan,
        unsent: &[COMPANY_HOOKS, BULK],
        choice: &SOME,
    };
    // Other programs of the firm use the namespace too, so the list has several pages.
    let others = async |walk: &Walk| {
        for _ in 0..5 {
            walk.sandbox
                .create_hook("concierge-test", ELSEWHERE, &[])
                .await;
        }
    };
    let mut rows = vec![odd_text("/data/0", "namespace")];
    rows.extend(pages(2));
    rows.extend(short_lists(2, UNKNOWN));
    // Ours comes last.
    let ours = json!({
        "created_at": "", "updated_at": null, "destination_headers": [], "project_id": "",
        "company_id": 5_358_233, "status": "ACTIVE",
    });
    for (answer, fail) in [
        ("another app's", more("/data", another_hook())),
        ("another that is none", more("/data", json!(7))),
        ("odd fields of ours", set("/data/5", ours)),
    ] {
        rows.push(Row::of(answer, fail, Ends::Unnoticed));
    }
    let new = json!({"namespace": "concierge-test", "destination_url": ELSEWHERE});
    let grows = moving(2, "hooks/create", new);
    rows.push(Row::new(
        "one more while it is read",
        [grows, clamped(2)],
        Ends::Unnoticed,
    ));
    rows.extend(no_answers(UNKNOWN));
    place.hold(rows, others).await;
}

#[tokio::test]
async fn triggers() {
    let place = Place {
        name: "triggers",
        method: "GET",
        path: ("/rest/v2.0/companies/5358233/webhooks/hooks/", "/triggers"),
        begins: Begins::WithPlan,
        unsent: &[BULK],
        choice: &SOME,
    };
    let mut rows = vec![odd_text("/data/0", "company_id")];
    rows.extend(pages(4));
    rows.push(short_lists(4, UNKNOWN).swap_remove(0));
    let first = json!({"event_type": "CREATED", "resource_name": "OFFICES"});
    for (answer, fail) in [
        ("other spellings", set("/data/0", first)),
        ("one without id", more("/data", json!({"id": null}))),
    ] {
        rows.push(Row::of(answer, fail, Ends::Unnoticed));
    }
    // The first time the hook is new and has none.
    let shrinks = moving(4, "triggers/delete", json!({})).after(1);
    rows.push(Row::new(
        "one less while it is read",
        [shrinks, clamped(4)],
        Ends::Unnoticed,
    ));
    let cut = raw("/data/0", "resource_name", r#""Offic\ud83d""#).after(1);
    rows.push(Row::new("a name cut once", [cut], Ends::Unnoticed));
    rows.extend(no_answers(UNKNOWN));
    place.hold(rows, async |_: &Walk| ()).await;
}
