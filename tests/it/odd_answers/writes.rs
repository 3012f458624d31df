//! What is written: the webhook, its triggers, and what is removed again.

use procore_sandbox::testing::{Change, Fail};
use serde_json::json;

use super::*;

pub(super) const PATH: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";
const OURS: &str = "https://concierge.example/webhooks/procore/from-before";
const SENTENCE: &str = "your company blocks this change";

fn place(name: &'static str, method: &'static str, suffix: &'static str) -> Place {
    Place {
        name,
        method,
        path: (PATH, suffix),
        begins: Begins::WithPlan,
        unsent: &[],
        choice: &SOME,
    }
}

/// The change is made, and its answer is another.
pub(super) fn answered(status: u16, raw_body: &str) -> Fail {
    Fail::change(Change {
        status: Some(status),
        body: BodyChange {
            raw_body: Some(raw_body.to_owned()),
            ..BodyChange::default()
        },
        ..Change::default()
    })
}

/// Answers that do not tell whether the change was made, or that it was not; the next may.
pub(super) fn doubts() -> Vec<Row> {
    let (away, unknown) = (Ends::Told("PC-UNREACHABLE"), Ends::Told("PC-UNEXPECTED"));
    let rows = [
        ("500", Fail::status(500), away),
        ("504", Fail::html(504), away),
        ("no answer", Fail::reset(), away),
        ("made without an answer", Fail::lost(), away),
        ("made long after", Fail::late(75), away),
        ("429", Fail::throttle(60), Ends::Told("PC-RATE")),
        ("503 with a time", Fail::busy(60), Ends::Told("PC-BUSY")),
        ("a web page", Fail::html(200), unknown),
    ];
    let rows = rows.into_iter();
    rows.map(|(answer, fail, ends)| Row::new(answer, [fail], ends))
        .collect()
}

/// Answers to what was made that do not say so; `ends` follows where they came whole.
pub(super) fn unreadable(ends: Ends) -> [Row; 3] {
    let half = Ends::Told("PC-UNREACHABLE");
    [
        ("made with half an answer", Fail::truncated(), half),
        ("made with an empty answer", answered(200, ""), ends),
        ("made with another text", answered(200, "done"), ends),
    ]
    .map(|(answer, fail, ends)| Row::new(answer, [fail], ends))
}

pub(super) fn refused() -> Row {
    let body = json!({"errors": {"base": [SENTENCE]}});
    let fail = Fail::status(422).body(body);
    Row::of("refused with a sentence", fail, Ends::Held(SENTENCE))
}

#[tokio::test]
async fn create_hook() {
    let mut rows = vec![odd_text("/data", "namespace")];
    rows.extend(doubts());
    rows.extend(unreadable(Ends::Told("PC-UNEXPECTED")));
    rows.push(refused());
    let odd = json!({"destination_headers": [], "created_at": "", "status": null});
    rows.push(Row::of("odd fields", set("/data", odd), Ends::Unnoticed));
    place("create a hook", "POST", "/hooks")
        .hold(rows, async |_: &Walk| ())
        .await;
}

#[tokio::test]
async fn change_hook() {
    let there = async |walk: &Walk| walk.sandbox.create_hook("concierge-test", OURS, &[]).await;
    let mut rows = vec![odd_text("/data", "namespace")];
    rows.extend(doubts());
    rows.extend(unreadable(Ends::Unnoticed));
    rows.push(refused());
    rows.push(Row::of(
        "204 without a body",
        answered(204, ""),
        Ends::Unnoticed,
    ));
    let odd = json!({"id": null, "destination_headers": [], "created_at": ""});
    rows.push(Row::of("odd fields", set("/data", odd), Ends::Unnoticed));
    place("change a hook", "PATCH", "").hold(rows, there).await;
}

#[tokio::test]
async fn delete_hook() {
    let two = async |walk: &Walk| {
        for _ in 0..2 {
            walk.sandbox.create_hook("concierge-test", OURS, &[]).await;
        }
    };
    let mut rows = doubts();
    rows.push(refused());
    rows.push(Row::new(
        "gone before",
        [Fail::status(404)],
        Ends::Unnoticed,
    ));
    rows.push(Row::of(
        "200 with a body",
        answered(200, "{}"),
        Ends::Unnoticed,
    ));
    place("delete a hook", "DELETE", "").hold(rows, two).await;
}

#[tokio::test]
async fn create_triggers() {
    let mut rows = vec![odd_text("/data/0", "company_id")];
    rows.extend(doubts());
    rows.extend(unreadable(Ends::Told("PC-UNEXPECTED")));
    rows.push(refused());
    for (answer, fields) in [
        ("one without id", json!({"id": null})),
        (
            "one in other spellings",
            json!({"event_type": "CREATED", "id": 7}),
        ),
    ] {
        rows.push(Row::of(answer, set("/data/0", fields), Ends::Unnoticed));
    }
    let place = place("create triggers", "POST", "/triggers/bulk");
    place.hold(rows, async |_: &Walk| ()).await;
    let some = async |walk: &Walk| walk.sandbox.fail_triggers(&[1, 3]).await;
    let partial = Row::new("207 for a part", [], Ends::Told("PC-UNEXPECTED"));
    place.hold(vec![partial], some).await;
}

#[tokio::test]
async fn delete_triggers() {
    let surplus = async |walk: &Walk| {
        let triggers = [
            ("Trades", "create"),
            ("Offices", "update"),
            ("Trades", "delete"),
        ];
        walk.sandbox
            .create_hook("concierge-test", OURS, &triggers)
            .await;
    };
    let mut rows = doubts();
    rows.extend(unreadable(Ends::Told("PC-UNEXPECTED")));
    rows.push(refused());
    let odd = json!({"succeeded": null, "failed": "none"});
    rows.push(Row::of(
        "another shape",
        set("/data", odd),
        Ends::Told("PC-UNEXPECTED"),
    ));
    let place = place("delete triggers", "DELETE", "/triggers/bulk");
    place.hold(rows, surplus).await;
}
