//! The wording rules over all texts, and the page that shows all reasons side by side.

use std::fmt::Write as _;

use super::*;
use crate::verdict::{Note, Party};

/// Words that blame, beg or mean nothing to the reader.
const BANNED: [&str; 15] = [
    "please",
    "sorry",
    "valid",
    "invalid",
    "forbidden",
    "oops",
    "whoops",
    "illegal",
    "denied",
    "unauthorized",
    "error",
    "401",
    "403",
    "404",
    "429",
];

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Every text of every file, with the name of its file.
fn texts() -> Vec<(String, String)> {
    let reasons = content().reasons.iter().flat_map(|(family, source)| {
        source
            .texts()
            .map(|text| ((*family).to_owned(), text.to_owned()))
    });
    let paths = content().paths.iter().flat_map(|(id, source)| {
        source
            .texts()
            .map(|text| (id.key().to_owned(), text.to_owned()))
    });
    let drawings = content().drawings.values().flat_map(|drawing| {
        [&drawing.title, &drawing.description].map(|text| (drawing.name.clone(), text.clone()))
    });
    reasons.chain(paths).chain(drawings).collect()
}

#[test]
fn no_text_blames_begs_or_speaks_in_codes() {
    for (name, text) in texts() {
        let found = words(&text).find(|word| BANNED.contains(&word.as_str()));
        assert_eq!(found, None, "{name}: “{text}”");
    }
}

#[test]
fn sentences_are_short() {
    for (name, text) in texts() {
        for sentence in text.split(['.', '?', ':', ';']) {
            let count = words(sentence).count();
            assert!(count <= 28, "{name}: {count} words in “{sentence}”");
        }
    }
}

#[test]
fn sentences_end_and_titles_do_not() {
    for (family, reason) in &content().reasons {
        let remedy = reason.fill(code_of(family), AccessWay::OwnApp, &values());
        assert!(!remedy.title.ends_with('.'), "{family}: {}", remedy.title);
        assert!(
            remedy.title.chars().count() <= 60,
            "{family}: {}",
            remedy.title
        );
        for text in [&remedy.tried, &remedy.answered, &remedy.likely, &remedy.who] {
            assert!(text.ends_with('.'), "{family}: “{text}”");
        }
        assert!(
            remedy.tried.starts_with("We ") || remedy.tried.starts_with("You "),
            "{family}"
        );
    }
}

#[test]
fn every_reason_says_who_can_fix_it_and_what_comes_next() {
    for code in ReasonCode::all() {
        for way in AccessWay::ALL {
            let remedy = content().remedy(code, way, &values()).unwrap();
            let who = remedy.who.to_lowercase();
            let named = match way.party(code) {
                Party::FirmAdmin => who.starts_with("you"),
                Party::ProcoreAdmin => who.contains("administrator"),
                Party::Us => who.contains("our support"),
                Party::Procore => who.contains("we wait for procore"),
            };
            assert!(named, "{code}: “{}”", remedy.who);

            let all = text_of(&remedy);
            let next = match way.party(code) {
                // Saving them checks them.
                Party::FirmAdmin if code == ReasonCode::Credentials => "Save and continue",
                Party::FirmAdmin | Party::ProcoreAdmin => "Check again",
                Party::Us => "support",
                Party::Procore => "Wait",
            };
            assert!(
                all.contains(next),
                "{code} does not end in what to do: {all}"
            );
        }
    }
}

#[test]
fn a_level_names_its_tool_and_both_levels() {
    let filled = values()
        .with(Placeholder::Tool, "Directory")
        .with(Placeholder::Level, "Read Only")
        .with(Placeholder::Found, "None")
        .with(Placeholder::Levels, "Directory: Read Only");
    for way in AccessWay::ALL {
        let remedy = content()
            .remedy(ReasonCode::Level(Tool::Directory), way, &filled)
            .unwrap();
        assert!(remedy.answered.contains("Read Only or higher on Directory"));
        assert!(remedy.answered.contains("shows None"));
        assert!(
            plain(
                &remedy
                    .steps
                    .iter()
                    .flat_map(|step| step.pieces.clone())
                    .collect::<Vec<_>>()
            )
            .contains("Directory")
        );
    }
}

#[test]
fn notes_of_rows_follow_the_rules_too() {
    let notes = [
        Note::EmptyList,
        Note::ReadableBelowLevel,
        Note::RefusedDespiteLevel,
        Note::ReducedFields,
        Note::NoManifest,
        Note::ToolNotListed,
        Note::NameUnknown,
        Note::InactiveUser,
        Note::WriteNotTested,
    ];
    for note in notes {
        assert!(note.text().ends_with('.'));
        assert!(
            words(note.text()).all(|word| !BANNED.contains(&word.as_str())),
            "{note:?}"
        );
    }
}

/// Not a check but a look: all reasons as an admin would read them, on one page.
#[test]
fn all_reasons_stand_side_by_side() {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>All reasons</title>\
         <style>body{font:16px/1.5 system-ui;margin:2rem;max-width:100rem}\
         main{display:grid;gap:2rem;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr))}\
         article{border:1px solid #bbb;border-radius:6px;padding:1rem}h2{margin:0 0 .5rem;font-size:1.2rem}\
         .chip{border:1px solid #888;border-radius:4px;padding:0 .3rem;white-space:nowrap}\
         code{background:#eee}svg{width:20rem;display:block}</style><h1>All reasons</h1><main>",
    );
    let filled = values()
        .with(Placeholder::Tool, "Directory")
        .with(Placeholder::Found, "None")
        .with(Placeholder::What, "People")
        .with(Placeholder::Until, "at 14:05")
        .with(Placeholder::Environment, "production")
        .with(Placeholder::Support, "help@example.com");
    for code in ReasonCode::all() {
        for way in AccessWay::ALL {
            let remedy = content().remedy(code, way, &filled).unwrap();
            let _ = write!(
                page,
                "<article><h2>{}</h2><p>{} {} {}</p><ol>",
                escape(&remedy.title),
                escape(&remedy.tried),
                escape(&remedy.answered),
                escape(&remedy.likely),
            );
            for step in &remedy.steps {
                let _ = write!(page, "<li>{}</li>", html(&step.pieces));
            }
            let _ = write!(
                page,
                "</ol><p><b>Who can do it:</b> {}</p>",
                escape(&remedy.who)
            );
            for note in &remedy.notes {
                let _ = write!(page, "<p>{}</p>", escape(note));
            }
            let _ = write!(
                page,
                "<small>Ref {code} · {}</small></article>",
                way.as_str()
            );
        }
    }
    page.push_str("</main><h1>All click paths</h1><main>");
    for id in PathId::ALL {
        let path = content().path(id, &filled).unwrap();
        let _ = write!(
            page,
            "<article><h2>{}</h2><p>{}</p>",
            escape(&path.title),
            escape(&path.intro)
        );
        for text in path.notice.iter().chain(&path.needs).chain(&path.notes) {
            let _ = write!(page, "<p>{}</p>", escape(text));
        }
        page.push_str("<ol>");
        for step in &path.steps {
            let shown = step.shown_in.as_ref();
            let shown = shown.map(|(name, callout)| format!(" ({name} {callout})"));
            let _ = write!(
                page,
                "<li>{}{}</li>",
                html(&step.pieces),
                shown.unwrap_or_default()
            );
        }
        page.push_str("</ol>");
        for drawing in &path.drawings {
            page.push_str(&drawing.svg);
        }
        let _ = write!(page, "<small>{}", path.checked_on);
        for source in &path.sources {
            let _ = write!(page, " · <a href=\"{}\">{}</a>", source.url, source.title);
        }
        page.push_str("</small></article>");
    }
    page.push_str("</main></html>");

    for code in ReasonCode::all() {
        assert_eq!(
            page.matches(&format!("Ref {code} ·")).count(),
            AccessWay::ALL.len()
        );
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-output");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(format!("{folder}/reasons.html"), page).unwrap();
}

fn code_of(family: &str) -> ReasonCode {
    ReasonCode::all()
        .find(|code| code.family() == family)
        .unwrap()
}

fn html(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => escape(text),
            Piece::Path(chips) => {
                let chips: Vec<_> = chips
                    .iter()
                    .map(|chip| format!("<span class=\"chip\">{}</span>", escape(chip)))
                    .collect();
                chips.join(" › ")
            }
            Piece::Copy { value, .. } => format!("<code>{}</code>", escape(value)),
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
