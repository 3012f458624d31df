//! The real program: its help, its messages, its exit codes.

mod doctor;
mod firm;
mod keys;
mod migrate;
mod people;
mod serve;

use crate::harness::program::Program;

#[tokio::test]
async fn every_command_explains_itself() {
    let table: &[(&[&str], &str)] = &[
        (&["--help"], "Exit codes:"),
        (&["serve", "--help"], "--role <ROLE>"),
        (
            &["migrate", "--help"],
            "Apply the migrations that are missing",
        ),
        (&["keys", "generate", "--help"], "CONCIERGE_ENCRYPTION_KEYS"),
        (&["keys", "rotate", "--help"], "Re-seal every stored secret"),
        (&["firm", "create", "--help"], "--external-reference <REF>"),
        (&["user", "invite", "--help"], "--support"),
        (&["user", "create", "--help"], "--password-stdin"),
        (&["doctor", "--help"], "--json"),
    ];
    for (args, text) in table {
        let ran = Program::new(args).run().await;
        assert_eq!(ran.code, 0, "{args:?}");
        assert!(ran.stdout.contains(text), "{args:?}: {}", ran.stdout);
        assert!(
            ran.stdout.contains("Usage: concierge"),
            "{args:?}: {}",
            ran.stdout
        );
    }
}

#[tokio::test]
async fn the_help_of_serve_names_every_setting() {
    let help = Program::new(&["serve", "--help"]).run().await.stdout;
    for (name, default, meaning) in concierge::config::settings() {
        assert!(help.contains(name), "{name}");
        assert!(help.contains(meaning), "{name}");
        assert!(help.contains(default.unwrap_or_default()), "{name}");
    }
}

#[tokio::test]
async fn a_command_line_that_is_not_understood_is_2() {
    for args in [&["serv"][..], &["serve", "--role", "all-of-it"], &["keys"]] {
        let ran = Program::new(args).run().await;
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.stderr.contains("--help"), "{args:?}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn the_demo_is_pointed_to() {
    for args in [
        &["demo"][..],
        &["demo", "--json", "--data", "x"],
        &["demo", "--help"],
    ] {
        let ran = Program::new(args).run().await;
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(
            ran.stderr.contains("scripts/demo"),
            "{args:?}: {}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test]
async fn all_problems_of_the_configuration_are_told_at_once() {
    let ran = Program::new(&["serve"])
        .env("DATABASE_URL", "mysql://root:hush-hush@localhost/db")
        .env("CONCIERGE_PUBLIC_URL", "http://connect.example.com")
        .env("CONCIERGE_STALL_AFTER", "soon")
        .env("SMTP_URL", "smtps://me:hush-hush@mail.example.com")
        .run()
        .await;

    assert_eq!(ran.code, 3);
    for expected in [
        "6 settings need attention:",
        "DATABASE_URL is not a Postgres address.",
        "CONCIERGE_PUBLIC_URL is \"http://connect.example.com\", but anything but loopback must be https.",
        "CONCIERGE_ENCRYPTION_KEYS is not set.",
        "PROCORE_WEBHOOK_NAMESPACE is not set.",
        "MAIL_FROM is not set, but SMTP_URL is.",
        "CONCIERGE_STALL_AFTER is \"soon\", which is not a time span.",
        "Write a number and a unit, d, h, m or s, for example 3d or 12h.",
    ] {
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("hush-hush"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}
