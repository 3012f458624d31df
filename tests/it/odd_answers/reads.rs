//! What is read on the way: the token, who we are, the companies, the permissions, the lists.

use procore_sandbox::testing::{BodyChange, CLIENT_ID, Change, Fail};
use serde_json::{Value, json};

use super::*;

const BEFORE_ANY_WRITE: &[&str] = &[COMPANY_HOOKS, BULK];
const UNKNOWN: Ends = Ends::Held("PC-UNEXPECTED");

fn place(name: &'static str, method: &'static str, path: &'static str) -> Place {
    Place {
        name,
        method,
        path: (path, path),
        begins: Begins::WithDetails,
        unsent: BEFORE_ANY_WRITE,
        choice: &SOME,
    }
}

async fn nothing(_: &Walk) {}

#[tokio::test]
async fn token() {
    let odd = |status, set: Value, without: &[&str]| {
        let Value::Object(set) = set else {
            panic!("fields: {set}")
        };
        Fail::change(Change {
            status: Some(status),
            body: BodyChange {
                set,
                remove: without.iter().map(|name| (*name).to_owned()).collect(),
                ..BodyChange::default()
            },
            ..Change::default()
        })
    };
    let mut rows = vec![odd_text("", "scope")];
    for (answer, fail) in [
        (
            "a life as text",
            odd(200, json!({"expires_in": "5400"}), &["token_type"]),
        ),
        (
            "a life with a fraction",
            odd(201, json!({"expires_in": 5400.0}), &[]),
        ),
        (
            "a life that is over",
            odd(200, json!({"expires_in": -1}), &[]),
        ),
        (
            "a life that nobody can read",
            odd(200, json!({"expires_in": {}}), &[]),
        ),
        (
            "no life",
            odd(201, json!({}), &["expires_in", "token_type"]),
        ),
    ] {
        rows.push(Row::of(answer, fail, Ends::Unnoticed));
    }
    let none = odd(200, json!({}), &["access_token"]);
    rows.push(Row::of("no token", none, UNKNOWN));
    rows.extend(no_answers(UNKNOWN));
    let place = place("token", "POST", "/oauth/token");
    place.hold(rows, nothing).await;
}

#[tokio::test]
async fn me() {
    let mut rows = vec![odd_text("", "name")];
    for (answer, fields) in [
        (
            "texts",
            json!({"id": "4300000001", "is_active": "true", "permission_template": "App"}),
        ),
        (
            "numbers",
            json!({"id": 4_300_000_001.0, "is_active": 1, "name": 7}),
        ),
        (
            "an id and nothing else that can be read",
            json!({"is_active": {}, "name": [], "permission_template": []}),
        ),
    ] {
        rows.push(Row::of(answer, set("", fields), Ends::Unnoticed));
    }
    let inactive = set("", json!({"is_active": "false"}));
    rows.push(Row::of(
        "inactive as text",
        inactive,
        Ends::Held("PC-NOT-INSTALLED"),
    ));
    rows.extend(no_answers(UNKNOWN));
    let place = place("me", "GET", "/rest/v1.3/companies/5358233/me");
    place.hold(rows, nothing).await;
}

#[tokio::test]
async fn companies() {
    let others = async |walk: &Walk| {
        for number in 1..=24 {
            let name = format!("Company {number}");
            walk.sandbox.add_company(number, &name, &[CLIENT_ID]).await;
        }
    };
    let mut rows = vec![odd_text("/0", "name")];
    rows.extend(pages(10));
    // Ours comes last. Whether the list has it can be said without the rest of it.
    let [hidden, same] = <[Row; 2]>::try_from(short_lists(10, UNKNOWN))
        .unwrap_or_else(|rows| panic!("{} rows", rows.len()));
    rows.push(Row {
        ends: Ends::Unnoticed,
        ..hidden
    });
    rows.push(same);
    let short = body(BodyChange {
        drop: 1,
        ..BodyChange::default()
    });
    rows.push(Row::of("a total of which ours never comes", short, UNKNOWN));
    let ours = json!({"id": "5358233", "is_active": "true"});
    for (answer, fail) in [
        ("another without id", set("/0", json!({"id": null}))),
        ("another that is no company", more("", json!("nonsense"))),
        ("ours in texts", set("/24", ours)),
    ] {
        rows.push(Row::of(answer, fail, Ends::Unnoticed));
    }
    rows.extend(no_answers(UNKNOWN));
    let place = place("companies", "GET", "/rest/v1.0/companies");
    place.hold(rows, others).await;
}

#[tokio::test]
async fn manifest() {
    let (admin, webhooks) = ("/tools/0", "/tools/14");
    let mut rows = vec![odd_text(admin, "friendly_name")];
    for (answer, at, fields) in [
        (
            "texts",
            webhooks,
            json!({"available_for_user": "true", "user_access_level": "Standard"}),
        ),
        (
            "other spellings",
            webhooks,
            json!({"available_for_user": 1, "user_access_level": {"name": "STANDARD"}}),
        ),
        (
            "a level that nobody knows",
            webhooks,
            json!({"user_access_level": "Superb"}),
        ),
        (
            "a tool without name",
            admin,
            json!({"name": null, "friendly_name": null}),
        ),
    ] {
        rows.push(Row::of(answer, set(at, fields), Ends::Unnoticed));
    }
    for (answer, number) in [
        ("no number", "NaN"),
        ("an endless number", "-Infinity"),
        ("a number out of range", "1e400"),
    ] {
        let odd = raw(admin, "sort_order", number);
        rows.push(Row::of(answer, odd, Ends::Unnoticed));
    }
    let level = raw(webhooks, "user_access_level", "NaN");
    rows.push(Row::of("a level that is no number", level, Ends::Unnoticed));
    let no_tool = more("/tools", json!(7));
    rows.push(Row::of("a tool that is none", no_tool, Ends::Unnoticed));
    let none = set(webhooks, json!({"available_for_user": "false"}));
    rows.push(Row::of(
        "none as text",
        none,
        Ends::Held("PC-WEBHOOK-LEVEL"),
    ));
    // Where Procore does not say what we may, an attempt tells.
    let tried = "Procore’s permission list was not available, so we tried to read.";
    rows.extend(no_answers(Ends::Told(tried)));
    let place = place("manifest", "GET", "/rest/v1.0/settings/permissions");
    place.hold(rows, nothing).await;
}

#[tokio::test]
async fn catalog() {
    let mut rows = vec![odd_text("/data/0", "tool")];
    rows.extend(pages(10));
    rows.extend(short_lists(10, UNKNOWN));
    let offices = json!({"name": "Offices", "actions": ["CREATE", null, "Updated", "DELETED", 7]});
    for (answer, fail) in [
        ("events in other spellings", set("/data/13", offices)),
        (
            "another without name",
            set("/data/0", json!({"name": null})),
        ),
        ("another that is none", more("/data", json!(7))),
    ] {
        rows.push(Row::of(answer, fail, Ends::Unnoticed));
    }
    rows.extend(no_answers(UNKNOWN));
    let path = "/rest/v2.0/companies/5358233/webhooks/resources";
    place("catalog", "GET", path).hold(rows, nothing).await;
}

/// Every list of records, at the same time.
#[tokio::test]
async fn lists() {
    let place = Place {
        path: ("/rest/v1", ""),
        choice: &ALL,
        ..place("lists", "GET", "")
    };
    let mut rows = vec![odd_text("/0", "updated_at")];
    rows.extend(pages(10));
    rows.extend(short_lists(10, Ends::Told("reading again")));
    place.hold(rows, nothing).await;
}
