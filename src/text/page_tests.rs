//! Writes every text for people on one page, `test-output/texts.md`, for somebody who reads it for the
//! first time.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::mails::{Letter, Section, SectionLine, account, hand_over, reminder, setup, support};
use crate::catalog::DataSet;
use crate::connection::AccessWay;
use crate::content::{self, PathId, Placeholder, Values, plain};
use crate::identity::Task;
use crate::ledger::Action;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::HandOverOutcome;
use crate::onboarding::situation::SituationCode;
use crate::verdict::ReasonCode;

const PRODUCT: &str = "Harbor Insights";
const FIRM: &str = "Fairwater Civil";
/// What stands for what a text names.
const SAMPLES: [(&str, &str); 12] = [
    ("product", PRODUCT),
    ("firm", FIRM),
    ("company", "Fairwater Civil Inc."),
    ("name", "Bo Lane"),
    ("who", "Bo Lane"),
    ("by", "Ada Reyes"),
    ("email", "bo@fairwater.example"),
    ("admin", "ada@fairwater.example"),
    ("until", "9 March, 14:05"),
    ("at", "14:05"),
    ("day", "9 March"),
    ("total", "12"),
];
/// What has to be decoded by somebody who reads it for the first time: nouns that are left out, places that are
/// elsewhere on the page, steps of the setup in the words of support, and constructions that nobody speaks in.
const TO_DECODE: [&str; 10] = [
    "shall",
    "the one you",
    "the one that you",
    "the one entered",
    "reference below",
    "reference above",
    "the step Key and secret",
    "hoever",
    "hatever",
    " anew",
];

#[test]
fn every_text_stands_on_one_page() {
    let mut page =
        "# Every text for people\n\nWritten by a test. Angle quotes stand for a value.\n"
            .to_owned();
    add_mails(&mut page);
    add_help(&mut page);
    for (heading, folder, extension) in [
        ("Sentences and words", "src/text", "rs"),
        ("Pages", "templates", "html"),
    ] {
        writeln!(page, "\n# {heading}").unwrap();
        for file in files(&root().join(folder), extension) {
            let source = fs::read_to_string(&file).unwrap();
            let texts = match extension {
                "rs" => literals(&source),
                _ => sentences(&source),
            };
            let name = file.strip_prefix(root()).unwrap().display();
            if !texts.is_empty() {
                writeln!(page, "\n## {name}\n").unwrap();
            }
            for text in texts {
                writeln!(page, "- {text}").unwrap();
            }
        }
    }
    for phrase in TO_DECODE {
        let found: Vec<_> = page.lines().filter(|line| line.contains(phrase)).collect();
        assert!(found.is_empty(), "{phrase}: {found:#?}");
    }
    for text in [
        "Reminders are on again.",
        "Enter your Procore details",
        "Ref PC-LEVEL",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let folder = root().join("test-output");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("texts.md"), page).unwrap();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder and those below, without tests.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension)
            && !path.to_string_lossy().ends_with("_tests.rs")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The string literals of a source file that are words, with samples for what they name.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = lines.collect();
    let code = code.join("\n").replace("\\\"", "”");
    let quoted = code.split('"').skip(1).step_by(2);
    let words = quoted.filter(|text| text.chars().any(char::is_alphabetic));
    words.map(|text| filled(text, '{', '}')).collect()
}

/// The sentences of a template: what stands between its tags, and what is handed to its parts.
fn sentences(source: &str) -> Vec<String> {
    let source = without(source, "{#", "#}");
    let text = without(&without(&source, "{%", "%}"), "<", ">");
    let shown = text.lines().map(str::trim).map(str::to_owned);
    let shown = shown.filter(|line| without(line, "{{", "}}").chars().any(char::is_alphabetic));
    let calls = source
        .split("{{")
        .skip(1)
        .chain(source.split("{% call").skip(1));
    let parts = calls.flat_map(|call| {
        let call = call.split(['}', '%']).next().unwrap_or_default();
        let quoted = call.split('"').skip(1).step_by(2);
        let quoted = quoted.filter(|text| text.starts_with(char::is_uppercase));
        quoted.map(str::to_owned).collect::<Vec<_>>()
    });
    let texts = shown.map(|line| filled(&line.replace("{{", "{").replace("}}", "}"), '{', '}'));
    texts.chain(parts).collect()
}

/// The text without what stands between two marks; a line break stays in its place.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut rest = text.split(open);
    let mut kept = rest.next().unwrap_or_default().to_owned();
    for part in rest {
        kept.push_str(part.split_once(close).map_or("", |(_, after)| after));
    }
    kept
}

fn filled(text: &str, open: char, close: char) -> String {
    let mut parts = text.split(open);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(close).unwrap_or((part, ""));
        let name = name.trim();
        let last = name.rsplit('.').next().unwrap_or(name);
        let sample = SAMPLES.iter().find(|sample| sample.0 == last);
        match sample {
            Some((_, sample)) => filled.push_str(sample),
            None => write!(filled, "‹{name}›").unwrap(),
        }
        filled.push_str(after);
    }
    filled
}

/// Every reason with its remedy, and every click path.
fn add_help(page: &mut String) {
    let help = content::shared().unwrap();
    let values = Values::default()
        .with(Placeholder::Product, PRODUCT)
        .with(Placeholder::CompanyId, "7000001")
        .with(Placeholder::Company, "Fairwater Civil Inc.")
        .with(Placeholder::Support, "help@harbor.example");
    writeln!(page, "\n# Reasons and what fixes them").unwrap();
    for code in ReasonCode::all() {
        for way in AccessWay::ALL {
            let remedy = help.remedy(code, way, &values).unwrap();
            writeln!(
                page,
                "\n## {} ({})\n\n{}\n",
                code.reference(),
                way.label(),
                remedy.title
            )
            .unwrap();
            writeln!(
                page,
                "{}\n\nWho can do it: {}\n",
                remedy.explanation(),
                remedy.who
            )
            .unwrap();
            for step in &remedy.steps {
                writeln!(page, "{}. {}", step.number, plain(&step.pieces)).unwrap();
            }
            for note in &remedy.notes {
                writeln!(page, "\nNote: {note}").unwrap();
            }
        }
    }
    writeln!(page, "\n# Click paths").unwrap();
    for id in PathId::ALL {
        let path = help.path(id, &values).unwrap();
        writeln!(page, "\n## {}\n\n{}", path.title, path.intro).unwrap();
        for need in &path.needs {
            writeln!(page, "\nYou need: {need}").unwrap();
        }
        for text in path.notice.iter().chain(&path.notes) {
            writeln!(page, "\n{text}").unwrap();
        }
        for task in &path.tasks {
            writeln!(page, "\nTask: {} ({})", task.title, task.who).unwrap();
        }
        writeln!(page).unwrap();
        for step in &path.steps {
            writeln!(page, "{}. {}", step.number, plain(&step.pieces)).unwrap();
        }
    }
}

fn add_mails(page: &mut String) {
    writeln!(page, "\n# Mails").unwrap();
    for letter in letters() {
        writeln!(page, "\n## {}\n", letter.subject).unwrap();
        for paragraph in &letter.paragraphs {
            writeln!(page, "{paragraph}\n").unwrap();
        }
        for (point, _) in &letter.points {
            writeln!(page, "- {point}").unwrap();
        }
        if let Some(section) = &letter.section {
            writeln!(page, "\n**{}**\n", section.title).unwrap();
            for line in &section.lines {
                writeln!(
                    page,
                    "- {}: {} → {}, for {}",
                    line.what, line.now, line.needed, line.purpose
                )
                .unwrap();
            }
            for (number, step) in section.steps.iter().enumerate() {
                writeln!(page, "{}. {step}", number + 1).unwrap();
            }
            writeln!(page, "\n{}\n", section.small).unwrap();
        }
        if let Some((label, _)) = &letter.action {
            writeln!(page, "[ {label} ]\n").unwrap();
        }
        for closing in &letter.closing {
            writeln!(page, "{closing}\n").unwrap();
        }
    }
}

fn link() -> SecretString {
    SecretString::from("https://harbor.example/link")
}

fn letters() -> Vec<Letter> {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let fixes = Section {
        title: "Change 1 level, then release once".to_owned(),
        texts: Vec::new(),
        lines: vec![SectionLine {
            what: "Directory".to_owned(),
            now: "None".to_owned(),
            needed: "Read Only".to_owned(),
            purpose: "People".to_owned(),
        }],
        steps: vec!["Save the version and release it.".to_owned()],
        small: super::mails::who_can_fix(
            &["An administrator of your Procore company.".to_owned()],
            &[ReasonCode::NoProjects],
        ),
    };
    let mut letters = vec![
        account::firm_invitation(PRODUCT, FIRM, Some("Ada Reyes"), link()),
        account::firm_invitation(PRODUCT, FIRM, None, link()),
        account::support_invitation(PRODUCT, link()),
        account::reset(PRODUCT, "Bo Lane", link()),
        account::reset_by_support(PRODUCT, "Bo Lane", "Sam Ortiz", link()),
        account::password_changed(PRODUCT, "Bo Lane", link()),
        account::second_factor_on(PRODUCT, "Bo Lane", link()),
        account::second_factor_off(PRODUCT, "Bo Lane", link()),
        account::recovery_code_used(PRODUCT, "Bo Lane", 9, link()),
        account::factor_reset_asked(PRODUCT, "Bo Lane", "Ada Reyes", link()),
        account::new_device(PRODUCT, "Bo Lane", "Firefox on Windows", None, link()),
        setup::needs_person(PRODUCT, Action::Hook, link()),
        setup::completed(PRODUCT, "Fairwater Civil Inc.", &[], link()),
        setup::completed(PRODUCT, "Fairwater Civil Inc.", &[DataSet::People], link()),
        setup::app_installed(PRODUCT, "Harbor & Lane (77)", link()),
        setup::app_not_seen(PRODUCT, "company 77", link()),
        setup::closed(PRODUCT, true, link()),
        setup::closed(PRODUCT, false, link()),
        setup::reopened(link()),
        setup::step_link(
            PRODUCT,
            FIRM,
            "Bo Lane",
            "Sam Ortiz",
            Stage::Settings,
            link(),
        ),
        support::consent_question(PRODUCT, "Sam Ortiz", "choose the data", link()),
        support::consent_given(FIRM, "Ada Reyes", link()),
        support::consent_recorded(
            PRODUCT,
            "Sam Ortiz",
            "Ada Reyes",
            now,
            "Yes.",
            false,
            link(),
        ),
        support::consent_recorded(PRODUCT, "Sam Ortiz", "Ada Reyes", now, "Yes.", true, link()),
        support::fixes(PRODUCT, FIRM, "Sam Ortiz", &fixes, Some(link())),
        hand_over::passes(FIRM, "Bo Lane", link()),
    ];
    for task in [Task::EnterCredentials, Task::FixPermissions] {
        let request = hand_over::Request {
            product: PRODUCT,
            firm: FIRM,
            by: "Ada Reyes",
            name: "Bo Lane",
            task,
            message: Some("We go live on Friday."),
            fixes: (task == Task::FixPermissions).then_some(&fixes),
        };
        letters.push(hand_over::ask(&request, link()));
        for outcome in [HandOverOutcome::Done, HandOverOutcome::Cannot] {
            let reason = (outcome == HandOverOutcome::Cannot).then_some("I lack the rights.");
            letters.push(hand_over::answered(
                FIRM,
                "Bo Lane",
                task,
                outcome,
                reason,
                None,
                link(),
            ));
        }
    }
    let stalled = [
        (SituationCode::NeverStarted, Stage::Review),
        (SituationCode::WaitingForAdmin, Stage::Credentials),
        (SituationCode::PendingApproval, Stage::Credentials),
        (SituationCode::LevelTooLow, Stage::Permissions),
        (SituationCode::CompletionNeedsPerson, Stage::Completing),
        (SituationCode::Idle, Stage::Settings),
    ];
    letters.extend(stalled.map(|(code, stage)| {
        reminder::letter(PRODUCT, FIRM, code, stage, now)
            .paragraph(reminder::LEFT)
            .point(reminder::step(stage), None)
            .action(reminder::continue_at(stage), link())
            .closing(reminder::why_you_get_this(FIRM))
    }));
    letters
}
