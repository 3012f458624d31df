//! `concierge doctor`.

use serde_json::Value;
use tokio::net::TcpListener;

use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, Sandbox, SandboxOptions};

use crate::harness::db::TestDb;
use crate::harness::pooler::Pooler;
use crate::harness::program::{Program, address_in, key};

fn doctor(db_url: &str, keys: &str) -> Program {
    Program::new(&["doctor", "--json"]).configured(db_url, keys)
}

fn state<'a>(report: &'a Value, name: &str) -> &'a str {
    check(report, name)["state"].as_str().unwrap()
}

fn found<'a>(report: &'a Value, name: &str) -> &'a str {
    check(report, name)["found"].as_str().unwrap()
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no check {name:?}: {report}"))
}

#[tokio::test]
async fn a_good_installation_passes_every_check() {
    let db = TestDb::create().await;
    let keys = key("k1");
    let mut server = Program::new(&["serve"])
        .configured(&db.serving_url(), &keys)
        .start();
    let address = address_in(&server.says("Listening on").await);

    let ran = doctor(&db.serving_url(), &keys)
        .env("CONCIERGE_PUBLIC_URL", &address)
        .env("PROCORE_LOGIN_URL", &address)
        .env("PROCORE_API_URL", &address)
        .run()
        .await;

    let report = ran.json();
    assert_eq!(ran.code, 0, "{report}");
    assert_eq!(report["ok"], true);
    for name in [
        "configuration",
        "database",
        "schema",
        "public address",
        "Procore production",
    ] {
        assert_eq!(state(&report, name), "passed", "{report}");
    }
    assert_eq!(state(&report, "keys for credential.secret"), "passed");
    assert_eq!(state(&report, "mail"), "skipped");
    let role = "It reads and writes rows, and owns nothing.";
    assert_eq!(found(&report, "database role"), role);
    let same = doctor(&db.url(), &keys).run().await.json();
    let same = found(&same, "database role");
    assert!(same.contains("is the one that migrates"), "{same}");
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_with_what_to_do() {
    let db = TestDb::create().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = closed.local_addr().unwrap();
    drop(closed);
    sqlx::query(
        "insert into person (person_id, name, second_factor, created_at)
         values (gen_random_uuid(), 'Ada', '\\x0101610000000000000000000000000000', now())",
    )
    .execute(db.pool())
    .await
    .unwrap();

    let ran = doctor(&db.url(), &key("k1"))
        .env("CONCIERGE_PUBLIC_URL", &format!("http://{nowhere}"))
        .env("PROCORE_LOGIN_URL", &format!("http://{nowhere}"))
        .env("PROCORE_API_URL", &format!("http://{nowhere}"))
        .env("SMTP_URL", &format!("smtp://me:hush-hush@{nowhere}"))
        .env("MAIL_FROM", "concierge@example.com")
        .run()
        .await;

    let report = ran.json();
    assert_eq!(ran.code, 1, "{report}");
    assert_eq!(report["ok"], false);
    for name in [
        "public address",
        "mail",
        "Procore production",
        "keys for person.second_factor",
    ] {
        assert_eq!(state(&report, name), "failed", "{report}");
    }
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(
            check["state"] == "failed",
            check["advice"].is_string(),
            "{check}"
        );
    }
    assert!(!ran.stdout.contains("hush-hush"), "{}", ran.stdout);
}

#[tokio::test]
async fn settings_and_database_are_looked_at_together() {
    let ran = Program::new(&["doctor"])
        .env(
            "DATABASE_URL",
            "postgres://me:hush-hush@127.0.0.1:1/concierge",
        )
        .env("CONCIERGE_STALL_AFTER", "soon")
        .run()
        .await;

    assert_eq!(ran.code, 1);
    for expected in [
        "FAILED  configuration: CONCIERGE_ENCRYPTION_KEYS is not set.",
        "FAILED  configuration: CONCIERGE_STALL_AFTER is \"soon\"",
        "FAILED  database: the database at 127.0.0.1:1/concierge cannot be reached",
        "-       keys, public address, mail, Procore: Settings need attention first.",
        "4 checks failed.",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("hush-hush"));
}

#[tokio::test]
async fn connections_to_elsewhere_without_encryption_are_reported() {
    for (database, mail, expected) in [
        ("db.invalid", "mail.invalid", "failed"),
        (
            "db.invalid/c?sslmode=verify-full",
            "mail.invalid?tls=required",
            "passed",
        ),
        ("db", "mail", "skipped"),
    ] {
        let ran = doctor(&format!("postgres://me@{database}"), &key("k1"))
            .env("SMTP_URL", &format!("smtp://{mail}"))
            .env("MAIL_FROM", "concierge@example.com")
            .run()
            .await;
        let report = ran.json();
        for name in ["encryption to DATABASE_URL", "encryption of mail"] {
            assert_eq!(state(&report, name), expected, "{report}");
        }
    }
}

#[tokio::test]
async fn a_pooler_is_seen_and_where_announcements_come_from() {
    let (db, pooler) = (TestDb::create().await, Pooler::start().await);
    let pooled = pooler.serving_url(db.name());
    for (listen_url, expected) in [
        (String::new(), "passed"),
        (db.serving_url(), "passed"),
        (pooled.clone(), "failed"),
    ] {
        let ran = doctor(&pooled, &key("k1"))
            .env("DATABASE_LISTEN_URL", &listen_url)
            .run()
            .await;
        let report = ran.json();
        assert_eq!(state(&report, "database"), "passed", "{report}");
        assert_eq!(state(&report, "announcements"), expected, "{report}");
    }
}

#[tokio::test]
async fn the_vendors_key_is_tried_and_its_redirect_address_told() {
    let db = TestDb::create().await;
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let mut fingerprints = Vec::new();
    for (secret, state_of_it, found_out) in [
        (CLIENT_SECRET, "passed", "Procore accepts the key."),
        (
            "another-secret",
            "failed",
            "Procore does not accept the key.",
        ),
    ] {
        let ran = doctor(&db.url(), &key("k1"))
            .env("PROCORE_LOGIN_URL", &sandbox.url)
            .env("PROCORE_API_URL", &sandbox.url)
            .env("PROCORE_APP_CLIENT_ID", CLIENT_ID)
            .env("PROCORE_APP_CLIENT_SECRET", secret)
            .env("PROCORE_APP_VERSION_KEY", "4d57-9a30")
            .env("CONCIERGE_PUBLIC_URL", "http://localhost:18081")
            .run()
            .await;
        let report = ran.json();
        let name = "Procore app production";
        assert_eq!(state(&report, name), state_of_it, "{report}");
        let found = found(&report, name);
        assert!(found.starts_with(found_out), "{found}");
        let (_, fingerprint) = found.split_once("fingerprint ").unwrap();
        fingerprints.push(fingerprint[..6].to_owned());
        assert!(
            found.contains("http://localhost:18081/procore/callback"),
            "{found}"
        );
        assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
    }
    assert_ne!(fingerprints[0], fingerprints[1]);
    sandbox.assert_no_violations().await;
}
