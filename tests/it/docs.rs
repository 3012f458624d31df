//! What the documents list is what the program has.

use std::fs;

use concierge::config;
use concierge::verdict::ReasonCode;

fn document(name: &str) -> String {
    project_file(&format!("docs/{name}"))
}

fn project_file(name: &str) -> String {
    fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let text = document("INTERFACE.md");
    for (name, default, _) in config::settings() {
        let row = text
            .lines()
            .find(|line| line.starts_with('|') && line.contains(name));
        let row = row.unwrap_or_else(|| panic!("{name} is not documented"));
        assert!(row.contains(default.unwrap_or_default()), "{name}: {row}");
    }
}

#[test]
fn every_reason_code_is_documented() {
    let text = document("INTERFACE.md");
    for code in ReasonCode::all() {
        let shown = code.to_string();
        let stem = shown
            .strip_prefix("PC-LEVEL:")
            .map_or(shown.as_str(), |_| "PC-LEVEL:{tool}");
        assert!(text.contains(&format!("| `{stem}` |")), "{shown}");
    }
}

#[test]
fn every_metric_is_documented() {
    let source = include_str!("../../src/telemetry/metrics.rs");
    let text = document("LOGGING.md");
    let names: Vec<&str> = source
        .split('"')
        .filter(|word| word.starts_with("concierge_"))
        .collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn the_containers_pass_on_every_setting_and_nothing_else() {
    let text = project_file("compose.yaml") + &project_file("Dockerfile");
    let is_name = |word: &&str| {
        [
            "CONCIERGE_",
            "PROCORE_",
            "DATABASE_",
            "SMTP_",
            "MAIL_",
            "RUST_",
        ]
        .iter()
        .any(|beginning| word.starts_with(beginning) && word.len() > beginning.len())
    };
    let mut passed_on: Vec<&str> = text
        .split(|c: char| c != '_' && !c.is_ascii_uppercase())
        .filter(is_name)
        .map(|name| name.strip_suffix("_FILE").unwrap_or(name))
        .collect();
    passed_on.sort_unstable();
    passed_on.dedup();
    let names = config::settings().map(|(name, _, _)| name);
    let mut settings: Vec<&str> = names
        .map(|name| name.strip_suffix("_FILE").unwrap_or(name))
        .collect();
    settings.sort_unstable();
    assert_eq!(passed_on, settings);
}
