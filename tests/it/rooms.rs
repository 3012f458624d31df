//! Who may import whom: the table of `docs/ARCHITECTURE.md`, executable.

mod table;

use std::fs;
use std::path::Path;

use table::{BREAKS_OFF, EXCEPTIONS, IMPURE, MAY_IMPORT, ONLY_IN, ONLY_NAMES, PURE};

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
            "src/web/x.rs",
            "use crate::procore::{ClientId, Client};",
            "may not use procore::Client:",
        ),
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
            "may not use completion::hook",
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
            if other != self.room && !allowed.concat().contains(&other) {
                broken.push(format!(
                    "{}: {} may not import {other}",
                    self.path, self.room
                ));
            }
        }
        for (room, other, names, why) in ONLY_NAMES.iter().filter(|it| it.0 == self.room) {
            for name in self
                .names_of(other)
                .iter()
                .filter(|name| !names.contains(name))
            {
                broken.push(format!(
                    "{}: {room} may not use {other}::{name}: {why}",
                    self.path
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

    /// What is named of another room: behind `crate::room::`, and behind `room::` where the room
    /// itself was imported.
    fn names_of(&self, room: &str) -> Vec<&str> {
        let full = format!("crate::{room}::");
        let mut places: Vec<&str> = self.code.split(&full).skip(1).collect();
        if self.code.contains(&format!("use crate::{room};")) {
            let short = format!("{room}::");
            let is_start = |at: &usize| {
                !self.code[..*at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric())
            };
            let found = self
                .code
                .match_indices(&short)
                .map(|(at, _)| at)
                .filter(is_start);
            places.extend(found.map(|at| &self.code[at + short.len()..]));
        }
        let mut names = Vec::new();
        for place in places {
            match place.strip_prefix('{') {
                None => names.push(first_word(place)),
                Some(group) => names.extend(top_level(group).map(|it| first_word(it.trim()))),
            }
        }
        names.retain(|name| !name.is_empty());
        names
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

/// Every file of the product; the other packages have no room in it.
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
            if is_test {
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
