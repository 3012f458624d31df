//! What the documents list is what the program has.

use std::fs;

use concierge::catalog::DataSet;
use concierge::config;
use concierge::paths;
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

/// What a vendor copies into the manifest is what the checks ask for.
#[test]
fn the_vendors_levels_are_those_of_the_catalog() {
    let text = document("VENDOR.md");
    let (_, levels) = text.split_once("## Levels in the manifest").unwrap();
    let (company, project) = levels.split_once("project level |").unwrap();
    let (project, _) = project.split_once("\n## ").unwrap();
    for (table, sets) in [
        (company, DataSet::OF_COMPANY.as_slice()),
        (project, DataSet::OF_PROJECT.as_slice()),
    ] {
        let rows: Vec<&str> = table
            .lines()
            .filter(|line| line.starts_with("| ") && line.ends_with('|'))
            .filter(|line| !line.contains("company level"))
            .collect();
        let mut tools: Vec<&str> = vec!["Webhooks API"];
        for set in sets {
            let needs = set.entry().needs();
            tools.push(needs.tool.label());
            let row = rows
                .iter()
                .find(|row| row.starts_with(&format!("| {} |", needs.tool)));
            let row = row.unwrap_or_else(|| panic!("{} for {}", needs.tool, set.label()));
            assert!(row.contains(needs.level.label()), "{row}");
            let named = set.label().to_lowercase();
            assert!(row.to_lowercase().contains(&named), "{named}: {row}");
        }
        tools.sort_unstable();
        tools.dedup();
        assert_eq!(rows.len(), tools.len(), "{rows:?}");
    }
}

/// What a vendor registers and sets is what the program serves and reads.
#[test]
fn the_vendors_guide_names_the_address_and_the_settings_that_there_are() {
    let text = document("VENDOR.md");
    let address = format!("`CONCIERGE_PUBLIC_URL{}`", paths::PROCORE_CALLBACK);
    assert!(text.contains(&address), "{address}");
    let known: Vec<&str> = config::settings().map(|(name, _, _)| name).collect();
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    let named = words.filter(|it| it.starts_with("PROCORE_") || it.starts_with("CONCIERGE_"));
    let named: Vec<&str> = named.collect();
    assert!(named.len() > 5, "{named:?}");
    for name in named {
        let ours = name.trim_end_matches("_SANDBOX").trim_end_matches("_FILE");
        assert!(known.contains(&ours), "{name}");
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
