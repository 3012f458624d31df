use super::*;
use crate::catalog::Tool;

mod fix_card;
mod wording;

fn content() -> &'static Content {
    shared().unwrap_or_else(|error| panic!("{error}"))
}

fn values() -> Values {
    Values::default()
        .with(Placeholder::Product, "Harbor Knowledge")
        .with(Placeholder::CompanyId, "112233")
}

/// Everything that a person reads of it.
fn text_of(remedy: &Remedy) -> String {
    let mut lines = vec![
        remedy.title.clone(),
        remedy.explanation(),
        remedy.who.clone(),
    ];
    lines.extend(remedy.steps.iter().map(|step| plain(&step.pieces)));
    lines.extend(remedy.notes.iter().cloned());
    lines.join("\n")
}

#[test]
fn every_reason_and_path_has_its_text() {
    for code in ReasonCode::all() {
        for way in AccessWay::ALL {
            let remedy = content().remedy(code, way, &values()).unwrap();
            assert_eq!(remedy.code, code);
            assert!(!remedy.steps.is_empty(), "{code}");
            let numbers: Vec<_> = remedy.steps.iter().map(|step| step.number).collect();
            assert_eq!(numbers, (1..=remedy.steps.len()).collect::<Vec<_>>());
        }
    }
    for id in PathId::ALL {
        let path = content().path(id, &values()).unwrap();
        assert!(!path.drawings.is_empty(), "{id:?}");
        for step in &path.steps {
            if let Some((name, callout)) = &step.shown_in {
                let drawing = path
                    .drawings
                    .iter()
                    .find(|drawing| drawing.name == *name)
                    .unwrap();
                assert!(drawing.callouts.contains(callout));
            }
        }
    }
}

#[test]
fn every_drawing_is_used_and_every_call_out_in_its_description() {
    let shown: Vec<_> = content()
        .paths
        .values()
        .flat_map(path::Source::shown)
        .collect();
    for drawing in content().drawings.values() {
        assert!(
            shown.iter().any(|(name, _)| *name == drawing.name),
            "{}",
            drawing.name
        );
        for callout in &drawing.callouts {
            let mark = format!(" {callout}: ");
            assert!(
                drawing.description.contains(&mark),
                "{} lacks{mark}",
                drawing.name
            );
        }
    }
}

#[test]
fn a_step_comes_in_pieces_with_its_values() {
    let pieces = markup::pieces(
        "Open [Company Admin > App Management] and paste `{company_id}` for {product}.",
        &values(),
    );
    assert_eq!(
        pieces,
        [
            Piece::Text("Open ".to_owned()),
            Piece::Path(vec![
                "Company Admin".to_owned(),
                "App Management".to_owned()
            ]),
            Piece::Text(" and paste ".to_owned()),
            Piece::Copy {
                label: "Company ID".to_owned(),
                value: "112233".to_owned()
            },
            Piece::Text(" for Harbor Knowledge.".to_owned()),
        ]
    );
    assert_eq!(
        plain(&pieces),
        "Open Company Admin › App Management and paste 112233 for Harbor Knowledge."
    );
}

#[test]
fn what_people_or_procore_wrote_is_never_read_as_markup() {
    let hostile = values().with(Placeholder::Company, "{product} [x] `y` <b>");
    let pieces = markup::pieces("At {company}.", &hostile);
    assert_eq!(
        pieces,
        [Piece::Text("At {product} [x] `y` <b>.".to_owned())]
    );
}

#[test]
fn a_value_that_is_not_known_leaves_a_sentence_that_reads() {
    let nothing = Values::default().with(Placeholder::Until, " ");
    let filled = nothing.fill("We go on {until}, in {company}.");
    assert_eq!(filled, "We go on within a few minutes, in your company.");
    let pieces = markup::pieces("Compare it: `{company_id}`", &nothing);
    assert_eq!(
        plain(&pieces),
        "Compare it: the first number in Procore’s address bar"
    );
    let to_copy = |piece: &Piece| matches!(piece, Piece::Copy { .. });
    assert!(!pieces.iter().any(to_copy), "words are nothing to copy");
    assert!(markup::pieces("`{web}`", &nothing).iter().all(to_copy));
    let named = markup::pieces("`Address: status.procore.com`", &nothing);
    assert_eq!(
        named,
        [Piece::Copy {
            label: "Address".to_owned(),
            value: "status.procore.com".to_owned(),
        }]
    );
}

#[test]
fn a_row_brings_its_own_values() {
    use crate::catalog::{DataSet, Level};
    use crate::verdict::{Answer, Answers, Check, Context, Facts, Question, conclude};

    let answers: Answers = [
        (Question::Token, Answer::Accepted(Facts::Token)),
        (
            Question::Company,
            Answer::Accepted(Facts::Member {
                name: None,
                active: true,
            }),
        ),
        (Question::List("users"), Answer::Forbidden),
        (Question::List("inactive_users"), Answer::NotFound),
    ]
    .into_iter()
    .collect();
    let choices = [crate::catalog::Choice {
        include_inactive: true,
        data_set: DataSet::People,
    }];
    let context = Context {
        company_id: 1,
        names_companies: true,
        taken: false,
        choices: &choices,
    };
    let mut rows = conclude(&[Check::DataSet(DataSet::People)], &answers, &context);
    rows[0].found = Some(Level::None);

    let values = Values::default().with_row(&rows[0]);
    assert_eq!(values.get(Placeholder::What), "people, inactive people");
    assert_eq!(values.get(Placeholder::Tool), "Directory");
    assert_eq!(values.get(Placeholder::Level), "Read Only");
    assert_eq!(values.get(Placeholder::Found), "None");

    let code = rows[0].reason.unwrap();
    assert_eq!(code, ReasonCode::Level(Tool::Directory));
    let remedy = content().remedy(code, AccessWay::OwnApp, &values).unwrap();
    assert_eq!(remedy.title, "Our level on Directory is too low");
    assert_eq!(remedy.code.to_string(), "PC-LEVEL:directory");
}

#[test]
fn a_mix_up_of_environments_is_told_by_name() {
    use crate::verdict::{Answer, Answers, Check, Context, Facts, Question, conclude};

    let answers: Answers = [
        (Question::Token, Answer::BadCredentials),
        (
            Question::TokenElsewhere("sandbox".to_owned()),
            Answer::Accepted(Facts::Token),
        ),
    ]
    .into_iter()
    .collect();
    let context = Context {
        company_id: 1,
        names_companies: true,
        taken: false,
        choices: &[],
    };
    let rows = conclude(&[Check::Credentials], &answers, &context);
    let values = Values::default().with_row(&rows[0]);
    let remedy = content()
        .remedy(rows[0].reason.unwrap(), AccessWay::OwnApp, &values)
        .unwrap();
    assert_eq!(
        remedy.title,
        "These details belong to the Developer Sandbox"
    );
}

#[test]
fn each_way_of_access_sees_its_own_steps() {
    let steps = |way| {
        let remedy = content()
            .remedy(ReasonCode::WebhookLevel, way, &values())
            .unwrap();
        text_of(&remedy)
    };
    assert!(steps(AccessWay::OwnApp).contains("Developer Portal"));
    assert!(!steps(AccessWay::LegacyAccount).contains("Developer Portal"));
    assert!(steps(AccessWay::LegacyAccount).contains("Company Directory"));
    assert_eq!(PathId::of(AccessWay::LegacyAccount), PathId::LegacyAccount);
}

/// All files of the real content, one of them changed, or one more.
fn problems_with(name: &str, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut files: BTreeMap<String, String> = Files::iter()
        .map(|name| {
            let data = Files::get(&name).unwrap().data;
            (
                name.to_string(),
                String::from_utf8(data.into_owned()).unwrap(),
            )
        })
        .collect();
    let text = files.get(name).map(String::as_str).unwrap_or_default();
    let changed = change(text);
    assert_ne!(changed, text, "the change must change something");
    files.insert(name.to_owned(), changed);
    Content::from_files(files.into_iter()).map_or_else(|error| error.0, |_| Vec::new())
}

#[test]
fn mistakes_in_the_files_are_named() {
    let rate = "reasons/pc-rate.toml";
    let own_app = "paths/own_app.toml";
    let svg = "drawings/portal_apps.svg";
    let replaced = |from: &'static str, to: &'static str| move |text: &str| text.replace(from, to);
    type Change = Box<dyn Fn(&str) -> String>;
    let table: [(&str, Change, &str); 14] = [
        (
            rate,
            Box::new(|_| "title = 3".to_owned()),
            "reasons/pc-rate.toml: ",
        ),
        (
            rate,
            Box::new(replaced("{until}", "{untill}")),
            "{untill} cannot be filled in",
        ),
        (rate, Box::new(replaced("title =", "tittle =")), "tittle"),
        (
            rate,
            Box::new(replaced("[[steps]]", "[[stepps]]")),
            "stepps",
        ),
        (
            "reasons/pc-new.toml",
            Box::new(|_| "x".to_owned()),
            "belongs to nothing",
        ),
        (
            "notes.txt",
            Box::new(|_| "x".to_owned()),
            "belongs to nothing",
        ),
        (
            own_app,
            Box::new(replaced("callout = 3", "callout = 9")),
            "has no call-out 9",
        ),
        (
            own_app,
            Box::new(replaced("\"portal_apps\"", "\"portal\"")),
            "there is no drawing portal",
        ),
        (
            own_app,
            Box::new(replaced("Create Version]", "Create Version")),
            "is not closed",
        ),
        (
            own_app,
            Box::new(replaced("2026-11-20", "in November")),
            "own_app",
        ),
        (
            svg,
            Box::new(replaced("<title>", "<titel>")),
            "has a <title>",
        ),
        (
            svg,
            Box::new(replaced("<rect ", "<rect onclick=\"x\" ")),
            "onclick",
        ),
        (
            svg,
            Box::new(replaced("</svg>", "<script/></svg>")),
            "<script",
        ),
        (
            svg,
            Box::new(replaced("<rect ", "<rect style=\"x\" ")),
            "style=",
        ),
    ];
    for (name, change, expected) in table {
        let problems = problems_with(name, change);
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{expected}: {problems:#?}"
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let without = |gone: &'static str| {
        let files = Files::iter().filter(move |name| name != gone).map(|name| {
            let data = Files::get(&name).unwrap().data;
            (
                name.to_string(),
                String::from_utf8(data.into_owned()).unwrap(),
            )
        });
        Content::from_files(files).unwrap_err().0
    };
    assert_eq!(
        without("reasons/pc-rate.toml"),
        ["reasons: there is no text for PC-RATE"]
    );
    assert_eq!(
        without("paths/remove_us.toml"),
        ["paths: there is no text for remove_us"]
    );
    assert_eq!(
        without("drawings/app_uninstall.svg"),
        [
            "remove_us: there is no drawing app_uninstall",
            "uninstall_our_app: there is no drawing app_uninstall"
        ]
    );
}
