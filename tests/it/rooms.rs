//! Who may import whom: the table of `docs/ARCHITECTURE.md`, executable. What the path of a function
//! or type can say (environment, time, HTTP clients) is in `clippy.toml`.

mod table;
mod words;

use std::fs;
use std::path::Path;

use table::{IMPURE, MAY_IMPORT, ONLY_IN, ONLY_NAMES, PURE};

#[test]
fn every_room_keeps_to_the_import_table() {
    let mut broken = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    check_folder(root, &root.join("src"), &mut broken);
    broken.sort();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_rules_find_what_they_forbid() {
    let plan = "src/ledger/plan.rs";
    let flow = "src/flows/x.rs";
    let page = "src/web/x.rs";
    let table = [
        (plan, "use crate::store::runs;", "may not import store"),
        (plan, "async fn wait() {}", "stays pure"),
        (
            page,
            "use crate::procore::{ClientId, Client};",
            "may not use procore::Client:",
        ),
        (
            flow,
            "use crate::{app::App, web::paths};",
            "may not import web",
        ),
        (
            flow,
            "use crate::{\n    app::{App, Jobs},\n    web,\n};",
            "may not import web",
        ),
        (
            flow,
            "use crate::engine::RunLease;",
            "may not use engine::RunLease",
        ),
        (
            flow,
            "use crate::engine;\nengine::RunLease::f()",
            "may not use engine::RunLease",
        ),
        (flow, "use axum::Router;", "HTTP stays in web"),
        ("src/cellar/x.rs", "fn f() {}", "is no room"),
    ];
    for (path, code, rule) in table {
        let found = broken_rules(path, code);
        assert_eq!(found.len(), 1, "{path}: {code}: {found:?}");
        assert!(found[0].contains(rule), "{found:?}");
    }
    let fine = "// use crate::store;\n#[cfg(test)]\nmod tests {\n    use crate::store;\n}\n";
    assert_eq!(broken_rules(plan, fine), Vec::<String>::new());
}

/// Checks every file of the product; what exists for tests alone may import what it likes.
fn check_folder(root: &Path, folder: &Path, broken: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let is_test = ["/tests", "_tests.rs", "/testing.rs"]
            .iter()
            .any(|it| name.contains(it));
        if is_test {
            continue;
        }
        if path.is_dir() {
            check_folder(root, &path, broken);
        } else {
            broken.extend(broken_rules(name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

fn broken_rules(path: &str, text: &str) -> Vec<String> {
    let code = product_code(text);
    let room = first_word(path.trim_start_matches("src/"));
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{path}: {room} is no room of the table")];
    };
    let mut broken = Vec::new();
    let imported = names_after(&code, "crate::");
    for (other, _) in MAY_IMPORT.iter().filter(|it| imported.contains(&it.0)) {
        if *other != room && !allowed.concat().contains(other) {
            broken.push(format!("{path}: {room} may not import {other}"));
        }
    }
    for (_, other, names, why) in ONLY_NAMES.iter().filter(|it| it.0 == room) {
        let mut used = names_after(&code, &format!("crate::{other}::"));
        if code.contains(&format!("use crate::{other};")) {
            used.extend(names_after(&code, &format!("{other}::")));
        }
        for name in used.iter().filter(|name| !names.contains(name)) {
            broken.push(format!("{path}: {room} may not use {other}::{name}: {why}"));
        }
    }
    for (words, _, why) in ONLY_IN.iter().filter(|it| !it.1.contains(&room)) {
        for word in words.iter().filter(|word| code.contains(**word)) {
            broken.push(format!("{path}: {word}: {why}"));
        }
    }
    for sentence in words::sentences(room, &code) {
        broken.push(format!(
            "{path}: {sentence:?}: texts for people stand in text"
        ));
    }
    if PURE.contains(&room) {
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            broken.push(format!("{path}: {word}: {room} stays pure"));
        }
    }
    broken
}

/// The names that follow `prefix`, also those inside `prefix{…}`.
fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
            continue; // the end of a longer path
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(items(group)),
            None => names.push(first_word(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The first words of the items of a `{…}` group whose opening brace was taken off.
fn items(group: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(first_word(group[start..at].trim()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The text without comments and without modules that exist in tests alone.
fn product_code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        let next = lines.peek().copied().unwrap_or_default();
        if line == "#[cfg(test)]" && next.contains("mod ") && next.ends_with('{') {
            // Formatted code closes a module at the margin.
            lines.by_ref().find(|line| *line == "}");
            continue;
        }
        code.push_str(line);
        code.push('\n');
    }
    code
}
