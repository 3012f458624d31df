//! A table of answers by places: whatever Procore answers there, the setup ends with the right data,
//! and until then its pages say the right words.
//!
//! Every answer meets a firm on its whole way through the setup. Where it stops the firm, the firm
//! goes on once Procore answers as usual. Nothing is called done that lacks anything.

mod reads;
mod removal;
mod webhooks;
mod writes;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::onboarding::Stage;
use concierge::vault::token_hash;
use procore_sandbox::testing::{BodyChange, Change, Fail};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::harness::app::PUBLIC_URL;
use crate::harness::confirmed::confirm;
use crate::harness::site::choices;
use crate::harness::walk::Walk;

const COMPANY_HOOKS: &str = "/rest/v2.0/companies/{company_id}/webhooks/hooks";
const BULK: &str = "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers/bulk";
/// As often as it is asked.
const ALWAYS: u32 = 10_000;
/// More steps than any setup takes.
const MOST_STEPS: usize = 20;

/// What a firm chooses, and what a setup without trouble leaves behind for it.
struct Choice {
    data: &'static [DataSet],
    plain: OnceCell<Left>,
}

static SOME: Choice = Choice::of(&[DataSet::Projects, DataSet::Offices]);
static ALL: Choice = Choice::of(&DataSet::OF_COMPANY);

/// Where Procore answers oddly.
struct Place {
    name: &'static str,
    method: &'static str,
    /// How the path begins, and how it ends.
    path: (&'static str, &'static str),
    begins: Begins,
    /// Where nothing is sent as long as this place holds the firm up.
    unsent: &'static [&'static str],
    choice: &'static Choice,
}

/// How far a firm is before Procore answers oddly.
#[derive(Debug, Clone, Copy)]
enum Begins {
    /// It has still to enter its details.
    WithDetails,
    /// It has just confirmed its plan.
    WithPlan,
}

/// A row of the table: an answer, and what follows from it.
struct Row {
    answer: &'static str,
    fails: Vec<Fail>,
    ends: Ends,
}

#[derive(Debug, Clone, Copy)]
enum Ends {
    /// The setup goes through, and no page names a trouble.
    Unnoticed,
    /// The setup goes through, and a page says this.
    Told(&'static str),
    /// The setup goes no further as long as the answer lasts; a page says this.
    Held(&'static str),
}

/// What a setup leaves behind, here and in Procore.
#[derive(Debug, PartialEq)]
struct Left {
    company: Option<String>,
    triggers: Vec<(String, String)>,
    /// The same as our own table has it: what we believe to be told.
    believed: BTreeSet<(String, String)>,
    records: Vec<(String, i64)>,
}

impl Choice {
    const fn of(data: &'static [DataSet]) -> Self {
        Self {
            data,
            plain: OnceCell::const_new(),
        }
    }

    fn keys(&self) -> Vec<&'static str> {
        self.data.iter().map(|set| set.key()).collect()
    }

    /// The firm is past its checks and has confirmed the plan.
    async fn confirm(&self, walk: &Walk) {
        confirm(&walk.app.app, walk.admin.firm, choices(self.data)).await;
    }

    async fn plain(&self) -> &Left {
        let walk = async || {
            let walk = Walk::without_pauses().await;
            walk.connect(&self.keys()).await;
            Left::by(&walk).await.unwrap()
        };
        self.plain.get_or_init(walk).await
    }
}

impl Row {
    fn new(answer: &'static str, fails: impl IntoIterator<Item = Fail>, ends: Ends) -> Self {
        let fails = fails.into_iter().collect();
        Self {
            answer,
            fails,
            ends,
        }
    }

    /// An answer that lasts.
    fn of(answer: &'static str, fail: Fail, ends: Ends) -> Self {
        Self::new(answer, [fail.times(ALWAYS)], ends)
    }
}

impl Place {
    /// Holds the setup to every row; `prepare` is done to Procore before.
    async fn hold(&self, rows: Vec<Row>, prepare: impl AsyncFn(&Walk)) {
        let mut wrong = Vec::new();
        for row in rows {
            let answer = row.answer;
            let walk = Walk::without_pauses().await;
            match self.begins {
                Begins::WithDetails => {
                    drop(walk.up_to(Stage::Credentials, &self.choice.keys()).await)
                }
                Begins::WithPlan => self.choice.confirm(&walk).await,
            }
            prepare(&walk).await;
            if let Err(why) = self.meet(&walk, row).await {
                wrong.push(format!("{}, {answer}: {why}", self.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }

    /// Goes through the setup while Procore answers so; says what is wrong about its end.
    async fn meet(&self, walk: &Walk, row: Row) -> Result<(), String> {
        for fail in row.fails {
            let fail = fail.on(self.path.0).ending(self.path.1);
            walk.sandbox.fail_next(fail.method(self.method)).await;
        }
        let met = self.go_on(walk).await;
        let is_done = walk.stage().await == Stage::Done;
        let is_right = match row.ends {
            Ends::Unnoticed => is_done && !met.contains("PC-"),
            Ends::Told(words) => is_done && met.contains(words),
            Ends::Held(words) => !is_done && met.contains(words),
        };
        if !is_right {
            return Err(format!("not {:?}, done {is_done}: {met}", row.ends));
        }
        for path in self.unsent {
            if !is_done && walk.sandbox.requests("POST", path).await > 0 {
                return Err(format!("sent to {path}"));
            }
        }
        if !matches!(row.ends, Ends::Unnoticed) {
            walk.sandbox.up().await;
            walk.advance(TimeDelta::hours(1)).await;
            let met = self.go_on(walk).await;
            walk.app.run_jobs().await;
            if walk.stage().await != Stage::Done {
                return Err(format!("does not go on: {met}"));
            }
        }
        let (left, expected) = (Left::by(walk).await?, self.choice.plain().await);
        if left != *expected {
            return Err(format!("left {left:?} instead of {expected:?}"));
        }
        match walk.sandbox.violations().await.as_slice() {
            [] => Ok(()),
            violations => Err(format!("{violations:?}")),
        }
    }

    /// Goes on as a firm does until its setup is done or goes no further; returns what it read.
    async fn go_on(&self, walk: &Walk) -> String {
        let mut met = String::new();
        for step in 0..MOST_STEPS {
            let stage = walk.stage().await;
            let page = match stage {
                Stage::Review | Stage::Credentials => {
                    walk.up_to(Stage::Verify, &self.choice.keys()).await
                }
                Stage::Settings => walk.up_to(Stage::Permissions, &self.choice.keys()).await,
                Stage::Verify | Stage::Permissions => {
                    let page = walk.check(stage).await;
                    if page.button("Continue").is_some() {
                        walk.press(&page, "Continue", &[]).await;
                    }
                    page
                }
                Stage::Complete => {
                    walk.complete().await;
                    walk.page(Stage::Complete).await
                }
                Stage::Completing => {
                    let page = walk.page(Stage::Complete).await;
                    match page.button("Try again") {
                        Some(address) if step == 0 => {
                            walk.admin.browser.submit(&address, &[]).await;
                        }
                        Some(_) => return met + &page.text(),
                        None if step == 0 => {}
                        None => walk.advance(TimeDelta::minutes(15)).await,
                    }
                    walk.app.run_jobs().await;
                    page
                }
                Stage::Done => return met + &walk.page(stage).await.text(),
            };
            met.push_str(&page.text());
            if walk.stage().await == stage && stage < Stage::Complete {
                return met;
            }
        }
        met
    }
}

impl Left {
    async fn by(walk: &Walk) -> Result<Self, String> {
        let hooks = walk.sandbox.state().await.hooks.into_iter();
        let ours = hooks.filter(|hook| hook.destination_url.starts_with(PUBLIC_URL));
        let ours: Vec<_> = ours.collect();
        let [hook] = ours.as_slice() else {
            return Err(format!("not one hook of ours: {ours:?}"));
        };
        let db = walk.app.db();
        let (id, secret_hash, believed): (String, Vec<u8>, Value) =
            sqlx::query_as("select procore_id, secret_hash, triggers from hook")
                .fetch_one(db)
                .await
                .unwrap();
        let secret = SecretString::from(hook.authorization.as_deref().unwrap_or_default());
        let is_known = (&id, secret_hash) == (&hook.id, token_hash(&secret));
        if !is_known || hook.status != "active" {
            return Err(format!("a hook that is not as we know it: {hook:?}"));
        }
        let company = "select company_name from connection";
        let company = sqlx::query_scalar(company).fetch_one(db).await.unwrap();
        let records = "select kind, procore_id from record where gone_at is null order by 1, 2";
        let records = sqlx::query_as(records).fetch_all(db).await.unwrap();
        Ok(Self {
            company,
            triggers: hook.triggers.clone(),
            believed: serde_json::from_value(believed).unwrap(),
            records,
        })
    }
}

/// The right answer with another field at `at`, as the text that is sent for it.
fn raw(at: &str, field: &str, text: &str) -> Fail {
    body(BodyChange {
        at: at.to_owned(),
        raw: [(field.to_owned(), text.to_owned())].into(),
        ..BodyChange::default()
    })
}

/// The right answer with other fields at `at`.
fn set(at: &str, fields: Value) -> Fail {
    let Value::Object(set) = fields else {
        panic!("fields: {fields}")
    };
    body(BodyChange {
        at: at.to_owned(),
        set,
        ..BodyChange::default()
    })
}

/// The right list at `at` with one more row, which `Total` counts.
fn more(at: &str, row: Value) -> Fail {
    Fail::change(Change {
        hidden_rows: 1,
        body: BodyChange {
            at: at.to_owned(),
            add: vec![row],
            ..BodyChange::default()
        },
        ..Change::default()
    })
}

fn body(body: BodyChange) -> Fail {
    Fail::change(Change {
        body,
        ..Change::default()
    })
}

/// Everything that parsers refuse, in an object at `at` with this text field: a byte order mark, a
/// byte that is no UTF-8, half an emoji, a control character, a number out of range, deep nesting.
fn odd_text(at: &str, field: &str) -> Row {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let raw = [
        (field, "\"Caf\u{e9} \\ud83d \u{1}\""),
        ("rating", "1e400"),
        ("tree", &deep),
    ];
    let raw = raw.map(|(field, text)| (field.to_owned(), text.to_owned()));
    let odd = body(BodyChange {
        bom: true,
        at: at.to_owned(),
        raw: raw.into(),
        ..BodyChange::default()
    });
    Row::of("odd text", odd, Ends::Unnoticed)
}

/// How a list of pages with `most` rows may tell where it goes on.
fn pages(most: usize) -> Vec<Row> {
    let clamped = Change {
        per_page_max: Some(most),
        ..Change::default()
    };
    let without = |names: &[&str]| {
        let headers = names.iter().map(|name| ((*name).to_owned(), Value::Null));
        Change {
            headers: headers.collect(),
            ..clamped.clone()
        }
    };
    let rows = [
        (
            "a line for each link",
            Change {
                link_lines: true,
                link_first: Some("</app.css>; rel=preload; as=style".to_owned()),
                ..clamped.clone()
            },
        ),
        (
            "links to a zone",
            Change {
                link_host: Some("https://us02.procore.com".to_owned()),
                ..clamped.clone()
            },
        ),
        ("links alone", without(&["Total", "Per-Page"])),
        ("a total alone", without(&["Link", "Per-Page"])),
        ("no header", without(&["Link", "Total", "Per-Page"])),
    ];
    let rows = rows.into_iter();
    rows.map(|(answer, change)| {
        let lists = Fail::change(change).per_page_over(most - 1);
        Row::of(answer, lists, Ends::Unnoticed)
    })
    .collect()
}

/// A list of which Procore counts more than it shows, or shows one page for every number.
fn short_lists(most: usize, ends: Ends) -> Vec<Row> {
    let hidden = Change {
        hidden_rows: 1,
        ..Change::default()
    };
    let same = Change {
        page: Some(1),
        per_page_max: Some(most),
        ..Change::default()
    };
    let rows = [
        ("a total that never comes", hidden),
        ("one page for all", same),
    ];
    let rows = rows.into_iter();
    rows.map(|(answer, change)| {
        let lists = Fail::change(change).per_page_over(most - 1);
        Row::of(answer, lists, ends)
    })
    .collect()
}

/// Answers by which nobody learns anything; `unknown` follows from those that are no answer of Procore's.
fn no_answers(unknown: Ends) -> Vec<Row> {
    let empty = body(BodyChange {
        raw_body: Some(String::new()),
        ..BodyChange::default()
    });
    let away = Ends::Held("PC-UNREACHABLE");
    vec![
        Row::of("500", Fail::status(500), away),
        Row::of("504", Fail::html(504), away),
        Row::of("no answer", Fail::reset(), away),
        Row::of("429", Fail::throttle(900), Ends::Held("PC-RATE")),
        Row::of("503 with a time", Fail::busy(900), Ends::Held("PC-BUSY")),
        Row::of("an empty 200", empty, unknown),
        Row::of("a web page", Fail::html(200), unknown),
    ]
}

/// Another app's webhook, as it may stand among ours.
fn another_hook() -> Value {
    json!({"id": 1, "created_at": "", "destination_headers": [], "namespace": null})
}
