//! The remedy for a failed check: a numbered click path.

use std::collections::BTreeMap;
use std::fmt;

use askama::filters::HtmlSafe;

use super::Rich;
use crate::content;
use crate::text::pages;

/// Numbered steps that fix something, and who can do them.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// What the steps achieve: `Give the app access to Directory`.
    pub heading: String,
    /// `A Procore company admin can do this.`
    pub who: String,
    pub steps: Vec<RemedyStep>,
    /// What else to know.
    pub notes: Vec<String>,
    /// Procore's own pages on the same steps, where [`checked`](Self::checked) names none.
    pub pages: Vec<content::ProcorePage>,
    /// Where the steps come from.
    pub checked: Option<Checked>,
}

/// When steps were compared with Procore's own pages, and with which.
#[derive(Debug, Clone)]
pub struct Checked {
    /// `Checked against Procore's documentation on 3 June 2026.`
    pub sentence: String,
    pub pages: Vec<content::ProcorePage>,
}

/// One step: where to click, what to do there, and what to paste.
#[derive(Debug, Clone, Default)]
pub struct RemedyStep {
    /// Its place in the whole text, from 1.
    pub number: usize,
    /// The clicks, in order, in the words on Procore's screens: `Company Admin`, `App Management`, `View`.
    pub path: Vec<String>,
    pub text: Rich,
    /// Where the company is opened in Procore, at the first step that happens there.
    pub company_page: Option<String>,
    /// Whether it is a button of ours, which everybody finds.
    pub(super) checks_again: bool,
    /// Whether its first click is in the company.
    pub(super) is_in_company: bool,
    /// What this step needs beyond the rest: `Admin on the company Directory tool`.
    pub need: Option<String>,
    pub copy: Vec<CopyValue>,
    /// Where *I can't find this* leads.
    pub stuck: Option<String>,
    pub figure: Option<Figure>,
}

/// Where a step is shown in a drawing.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Number of the step that the drawing stands at; drawn once, mentioned later.
    pub at_step: usize,
    /// Number of the call-out.
    pub callout: u8,
    /// At the step that mentions it first.
    pub drawing: Option<Svg>,
}

/// One of our own drawings, which goes into the page as it is.
#[derive(Debug, Clone)]
pub struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Drawings are files of this program, refused at start if they hold anything active.
impl HtmlSafe for Svg {}

/// A value to paste somewhere else.
#[derive(Debug, Clone)]
pub struct CopyValue {
    pub label: String,
    pub value: String,
}

impl Remedy {
    pub fn new(heading: impl Into<String>, who: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            who: who.into(),
            steps: Vec::new(),
            notes: Vec::new(),
            pages: Vec::new(),
            checked: None,
        }
    }

    #[must_use]
    pub fn step(mut self, step: RemedyStep) -> Self {
        let number = self.steps.len() + 1;
        self.steps.push(RemedyStep { number, ..step });
        self
    }

    /// Puts *I can't find this* beside each step in Procore; `href` is the page for the whole text.
    #[must_use]
    pub fn stuck_at(mut self, href: &str) -> Self {
        for step in self.steps.iter_mut().filter(|step| !step.checks_again) {
            step.stuck = Some(format!("{href}&step={}", step.number));
        }
        self
    }

    #[must_use]
    pub fn checked(mut self, text: impl Into<String>) -> Self {
        self.checked = Some(Checked {
            sentence: text.into(),
            pages: Vec::new(),
        });
        self
    }
}

impl RemedyStep {
    /// A step that says what to do without a place to go to.
    pub fn new(text: impl Into<Rich>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Where to click before: `Company Admin > App Management > View`.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = path
            .split('>')
            .map(|click| click.trim().to_owned())
            .filter(|click| !click.is_empty())
            .collect();
        self
    }

    #[must_use]
    pub fn copy(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.copy.push(CopyValue {
            label: label.into(),
            value: value.into(),
        });
        self
    }

    #[must_use]
    pub fn stuck(mut self, href: impl Into<String>) -> Self {
        self.stuck = Some(href.into());
        self
    }
}

/// How the clicks begin that happen in the firm's company, and not in Procore's Developer Portal.
const IN_COMPANY: [&str; 2] = ["Company ", "App Management"];

/// Leads to the company at the first step that happens there.
pub(crate) fn in_company(mut steps: Vec<RemedyStep>, page: Option<&String>) -> Vec<RemedyStep> {
    for step in &mut steps {
        step.company_page = None;
    }
    if let Some(first) = steps.iter_mut().find(|step| step.is_in_company) {
        first.company_page = page.cloned();
    }
    steps
}

impl From<&content::Step> for RemedyStep {
    fn from(step: &content::Step) -> Self {
        let mut pieces = step.pieces.as_slice();
        let mut copy = Vec::new();
        let first_click = pieces.iter().find_map(|piece| match piece {
            content::Piece::Path(clicks) => clicks.first(),
            content::Piece::Text(_) | content::Piece::Copy { .. } => None,
        });
        let is_in_company =
            first_click.is_some_and(|click| IN_COMPANY.iter().any(|it| click.starts_with(it)));
        for piece in pieces {
            match piece {
                content::Piece::Copy { label, value } => copy.push(CopyValue {
                    label: label.clone(),
                    value: value.clone(),
                }),
                content::Piece::Text(_) | content::Piece::Path(_) => {}
            }
        }
        // A value that ends the sentence stands below it with its button, and only there.
        if let [before @ .., content::Piece::Copy { .. }] = pieces {
            pieces = before;
        }
        Self {
            number: step.number,
            text: Rich::from(pieces),
            need: step.need.clone(),
            is_in_company,
            checks_again: step.checks_again,
            copy,
            ..Self::default()
        }
    }
}

impl From<&content::Remedy> for Remedy {
    /// The steps, and who can do them. What was tried and answered belongs to the row.
    fn from(remedy: &content::Remedy) -> Self {
        Self {
            steps: in_company(
                remedy.steps.iter().map(RemedyStep::from).collect(),
                remedy.company_page.as_ref(),
            ),
            notes: remedy.notes.clone(),
            pages: remedy.pages.clone(),
            ..Self::new(&remedy.title, &remedy.who)
        }
    }
}

impl From<&content::ClickPath> for Remedy {
    /// The whole path with its drawings, each at the step that mentions it first.
    fn from(path: &content::ClickPath) -> Self {
        let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
        let steps = path.steps.iter().map(|step| {
            let figure = step.shown_in.as_ref().map(|(name, callout)| {
                let first = !drawn.contains_key(name.as_str());
                let at_step = *drawn.entry(name).or_insert(step.number);
                let mut drawings = path.drawings.iter();
                let drawing = drawings.find(|drawing| first && drawing.name == *name);
                Figure {
                    at_step,
                    callout: *callout,
                    drawing: drawing.map(|drawing| Svg(drawing.svg.clone())),
                }
            });
            RemedyStep {
                figure,
                ..RemedyStep::from(step)
            }
        });
        let checked = path.checked_on.format("%-d %B %Y");
        Self {
            steps: in_company(steps.collect(), path.company_page.as_ref()),
            checked: Some(Checked {
                sentence: pages::checked_on(&checked.to_string()),
                pages: path.sources.clone(),
            }),
            ..Self::new(&path.title, pages::you_need(&path.needs.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_path_is_read_from_one_line() {
        for (line, clicks) in [
            (
                "Company Admin > App Management > View",
                vec!["Company Admin", "App Management", "View"],
            ),
            ("Directory", vec!["Directory"]),
            (" > ", vec![]),
        ] {
            assert_eq!(RemedyStep::new("").at(line).path, clicks, "{line}");
        }
    }

    #[test]
    fn each_drawing_stands_at_the_step_that_mentions_it_first() {
        let content = content::shared().unwrap();
        let path = content.path(content::PathId::OwnApp, &content::Values::default());
        let remedy = Remedy::from(&path.unwrap());
        let figures = remedy.steps.iter().filter_map(|step| step.figure.as_ref());
        let figures: Vec<_> = figures.collect();
        let drawn = figures
            .iter()
            .filter(|figure| figure.drawing.is_some())
            .count();
        let places = figures.iter().map(|figure| figure.at_step);
        let places: std::collections::BTreeSet<_> = places.collect();
        assert!(drawn < figures.len(), "one of them is mentioned again");
        assert_eq!(drawn, places.len());
        let checked = remedy.checked.unwrap();
        assert!(checked.sentence.contains("20 November 2026"));
        assert_eq!(checked.pages.len(), 8);
    }

    #[test]
    fn a_value_to_copy_stands_once() {
        let step = content::Step {
            number: 1,
            pieces: vec![
                content::Piece::Text("Compare it: ".to_owned()),
                content::Piece::Copy {
                    label: "Company ID".to_owned(),
                    value: "112233".to_owned(),
                },
            ],
            need: None,
            shown_in: None,
            checks_again: false,
        };
        let step = RemedyStep::from(&step);
        assert_eq!(step.text.plain(), "Compare it: ");
        assert_eq!(step.copy[0].label, "Company ID");
    }
}
