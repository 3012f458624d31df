//! What the documents list is what the program has.

use std::fs;

use concierge::config;
use concierge::onboarding::reason::ReasonCode;

fn document(name: &str) -> String {
    fs::read_to_string(format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
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
