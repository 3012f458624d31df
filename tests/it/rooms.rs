//! Who may import whom: the table of `docs/ARCHITECTURE.md`, executable.

use std::fs;
use std::path::Path;

/// What each room may import from the others. A room that is not listed here may not exist.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("identity", &[]),
    ("onboarding", &["catalog"]),
    ("clock", &[]),
    ("leash", &[]),
    ("private_postgres", &["leash"]),
    ("vault", &[]),
    ("jobs", &["clock"]),
    ("procore", &["clock"]),
    ("config", &["procore", "vault"]),
    ("telemetry", &["config"]),
    ("content", &["onboarding", "catalog"]),
    ("store", &["onboarding", "identity", "catalog", "vault"]),
    ("app", BELOW_APP),
    ("mail", FROM_APP),
    ("sync", FROM_APP),
    ("flows", FROM_FLOWS),
    ("completion", FROM_MAIL),
    (
        "worker",
        &[
            "flows",
            "completion",
            "sync",
            "mail",
            "app",
            "store",
            "jobs",
            "clock",
            "telemetry",
        ],
    ),
    (
        "web",
        &[
            "app",
            "flows",
            "store",
            "content",
            "config",
            "clock",
            "telemetry",
            "onboarding",
            "identity",
            "catalog",
        ],
    ),
    (
        "cli",
        &[
            "web",
            "worker",
            "flows",
            "mail",
            "app",
            "store",
            "procore",
            "vault",
            "jobs",
            "config",
            "clock",
            "telemetry",
            "private_postgres",
            "leash",
            "onboarding",
            "identity",
            "catalog",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];
const BELOW_APP: &[&str] = &[
    "store",
    "procore",
    "vault",
    "jobs",
    "config",
    "clock",
    "telemetry",
    "onboarding",
    "identity",
    "catalog",
    "mail",
];
const FROM_APP: &[&str] = &[
    "app",
    "store",
    "procore",
    "vault",
    "jobs",
    "config",
    "clock",
    "telemetry",
    "onboarding",
    "identity",
    "catalog",
];
/// Of completion, a flow names the job that it enqueues and nothing else; see `broken_rules`.
const FROM_FLOWS: &[&str] = &[
    "completion",
    "sync",
    "mail",
    "app",
    "store",
    "procore",
    "vault",
    "jobs",
    "config",
    "clock",
    "telemetry",
    "onboarding",
    "identity",
    "catalog",
];
const FROM_MAIL: &[&str] = &[
    "sync",
    "mail",
    "app",
    "store",
    "procore",
    "vault",
    "jobs",
    "config",
    "clock",
    "telemetry",
    "onboarding",
    "identity",
    "catalog",
];

/// Words, the only rooms that may use them, and why.
const ONLY_IN: &[(&[&str], &[&str], &str)] = &[
    (
        &["std::env::", "use std::env;"],
        &["config"],
        "the environment is read in config",
    ),
    (
        &["Utc::now", "SystemTime::now", "Local::now"],
        &["clock"],
        "the time comes from clock",
    ),
    (
        &["sqlx::query", "sqlx::raw_sql"],
        &["store"],
        "SQL lives in store",
    ),
    (
        &["reqwest"],
        &["procore", "telemetry"],
        "Procore is called in procore",
    ),
    (
        &["axum::", "askama::"],
        &["web", "cli"],
        "HTTP and HTML stay in web",
    ),
    (&["graphile_worker::"], &["jobs"], "the queue has one door"),
];

/// What the pure rooms do without.
const PURE: &[&str] = &["onboarding", "identity", "catalog"];
const IMPURE: &[&str] = &["tokio::", "sqlx::", "std::fs", "std::net::Tcp", "async fn"];

/// What breaks off instead of answering.
const BREAKS_OFF: &[&str] = &[
    ".unwrap()",
    ".expect(",
    "panic!(",
    "todo!(",
    "unimplemented!(",
    "dbg!(",
];

/// Known and meant: the file, the word, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/web/access.rs",
        "vault",
        "hashes the session's token; seals and opens nothing",
    ),
    (
        "src/cli/doctor/reach.rs",
        "reqwest",
        "asks whether hosts can be reached, Procore's API is not called",
    ),
];

#[test]
fn every_room_keeps_to_the_import_table() {
    let mut broken = Vec::new();
    for source in sources() {
        broken.extend(source.broken_rules());
    }
    broken.sort();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_rules_find_what_they_forbid() {
    let table = [
        (
            "src/onboarding/plan.rs",
            "use crate::store::runs;",
            "may not import store",
        ),
        ("src/onboarding/plan.rs", "async fn wait() {}", "stays pure"),
        (
            "src/flows/x.rs",
            "use crate::{app::App, web::paths};",
            "may not import web",
        ),
        (
            "src/flows/x.rs",
            "use crate::{\n    app::App,\n    web,\n};",
            "may not import web",
        ),
        (
            "src/flows/x.rs",
            "use crate::completion::hook;",
            "leaves the rest alone",
        ),
        (
            "src/web/x.rs",
            "sqlx::query!(\"select 1\")",
            "SQL lives in store",
        ),
        (
            "src/web/x.rs",
            "let now = Utc::now();",
            "the time comes from clock",
        ),
        ("src/web/x.rs", "let x = maybe.unwrap();", "breaks off"),
        ("src/cellar/x.rs", "fn f() {}", "is no room"),
    ];
    for (path, code, rule) in table {
        let found = Source::new(path, code).broken_rules();
        assert_eq!(found.len(), 1, "{path}: {code}: {found:?}");
        assert!(found[0].contains(rule), "{found:?}");
    }
    let fine = "// a comment may say Utc::now\n#[cfg(test)]\nmod tests {\n    x.unwrap();\n}\n";
    assert!(Source::new("src/web/x.rs", fine).broken_rules().is_empty());
}

struct Source {
    path: String,
    room: String,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let inside = path.trim_start_matches("src/");
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        Self {
            path: path.to_owned(),
            room: room.to_owned(),
            code: product_code(text),
        }
    }

    fn broken_rules(&self) -> Vec<String> {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(room, _)| *room == self.room) else {
            return vec![format!(
                "{}: {} is no room of the table",
                self.path, self.room
            )];
        };
        let mut broken = Vec::new();
        for other in self.imported_rooms() {
            let may = other == self.room || allowed.contains(&other);
            if !may && !self.is_excepted(other) {
                broken.push(format!(
                    "{}: {} may not import {other}",
                    self.path, self.room
                ));
            }
        }
        for (words, rooms, why) in ONLY_IN {
            for word in words.iter().filter(|word| self.code.contains(**word)) {
                if !rooms.contains(&self.room.as_str()) && !self.is_excepted(word) {
                    broken.push(format!("{}: {word}: {why}", self.path));
                }
            }
        }
        if PURE.contains(&self.room.as_str()) {
            for word in IMPURE.iter().filter(|word| self.code.contains(**word)) {
                broken.push(format!("{}: {word}: {} stays pure", self.path, self.room));
            }
        }
        let of_completion = self.code.split("completion::").skip(1);
        if self.room == "flows" && of_completion.map(first_word).any(|word| word != "job") {
            broken.push(format!(
                "{}: a flow enqueues completion's job and leaves the rest alone",
                self.path
            ));
        }
        for word in BREAKS_OFF.iter().filter(|word| self.code.contains(**word)) {
            broken.push(format!(
                "{}: {word} breaks off; answer with an error",
                self.path
            ));
        }
        broken
    }

    /// The rooms behind `crate::`, also inside `crate::{…}`.
    fn imported_rooms(&self) -> Vec<&'static str> {
        let is_named = |room: &str| {
            self.code
                .split("crate::")
                .skip(1)
                .any(|rest| match rest.strip_prefix('{') {
                    None => first_word(rest) == room,
                    Some(group) => top_level(group).any(|item| first_word(item.trim()) == room),
                })
        };
        MAY_IMPORT
            .iter()
            .map(|(room, _)| *room)
            .filter(|room| is_named(room))
            .collect()
    }

    fn is_excepted(&self, word: &str) -> bool {
        EXCEPTIONS
            .iter()
            .any(|(path, what, _)| *path == self.path && *what == word)
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The items of a `{…}` group whose opening brace was taken off.
fn top_level(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let end = group.find(|c| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth < 0
    });
    let mut depth = 0;
    group[..end.unwrap_or(group.len())].split(move |c| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    })
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

/// Every file of the product; the simulated Procore is another program with no room in it.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let is_test = ["/tests", "_tests.rs", "/testing.rs"]
                .iter()
                .any(|it| name.contains(it));
            if name.starts_with("src/bin") || is_test {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}
