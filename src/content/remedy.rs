//! What a reason means, and the steps that fix it.

use serde::Deserialize;

use super::values::{Placeholder, Values};
use super::{PathId, ProcorePage, Step, markup};
use crate::connection::AccessWay;
use crate::verdict::{Party, ReasonCode};

/// The help for one reason, filled in for one firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The reason; its text form is the reference in small print.
    pub code: ReasonCode,
    /// The problem in one line.
    pub title: String,
    /// What we tried.
    pub tried: String,
    /// What Procore answered.
    pub answered: String,
    /// The most likely reason.
    pub likely: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Who can do it.
    pub who: String,
    /// The same as a party.
    pub party: Party,
    /// What else to know.
    pub notes: Vec<String>,
    /// Click paths that help further.
    pub see: Vec<PathId>,
    /// Procore's own pages on the same steps.
    pub pages: Vec<ProcorePage>,
    /// Where the company is opened in Procore.
    pub company_page: Option<String>,
}

impl Remedy {
    /// What we tried, what Procore answered and why that may be, in one paragraph.
    pub(crate) fn explanation(&self) -> String {
        format!("{} {} {}", self.tried, self.answered, self.likely)
    }
}

/// A file in `content/reasons`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    title: String,
    tried: String,
    answered: String,
    likely: String,
    who: String,
    steps: Vec<StepSource>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    pub(super) see: Vec<String>,
    /// Titles of those of Procore's pages on the paths that are about it; all of them where none is
    /// named.
    #[serde(default)]
    pub(super) pages: Vec<String>,
    /// What reads differently where the vendor's app gives the access.
    #[serde(default)]
    vendor_app: OtherWords,
    /// What reads differently of a connection in use, whose key worked before.
    #[serde(default)]
    in_use: OtherWords,
}

/// Words that replace those of the reason; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OtherWords {
    title: Option<String>,
    tried: Option<String>,
    likely: Option<String>,
    who: Option<String>,
    notes: Option<Vec<String>>,
    see: Option<Vec<String>>,
}

/// The ways of access that a step is for; one without is for all.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Ways {
    One(AccessWay),
    Several(Vec<AccessWay>),
}

impl Ways {
    fn has(&self, way: AccessWay) -> bool {
        match self {
            Self::One(one) => *one == way,
            Self::Several(several) => several.contains(&way),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSource {
    text: String,
    /// Shown only for these ways of access.
    only: Option<Ways>,
}

impl OtherWords {
    const NONE: Self = Self {
        title: None,
        tried: None,
        likely: None,
        who: None,
        notes: None,
        see: None,
    };

    fn texts(&self) -> impl Iterator<Item = &str> {
        let words = [&self.title, &self.tried, &self.likely, &self.who];
        let notes = self.notes.iter().flatten();
        words.into_iter().flatten().chain(notes).map(String::as_str)
    }
}

impl Source {
    /// All words of the file.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [
            self.title.as_str(),
            &self.tried,
            &self.answered,
            &self.likely,
            &self.who,
        ]
        .into_iter()
        .chain(self.notes.iter().map(String::as_str))
        .chain(self.vendor_app.texts())
        .chain(self.in_use.texts())
        .chain(self.steps.iter().map(|step| step.text.as_str()))
    }

    pub(super) fn check(&self, family: &str, problems: &mut Vec<String>) {
        for text in self.texts() {
            if let Some(problem) = markup::problem(text) {
                problems.push(format!("{family}: {problem}, in “{text}”"));
            }
        }
        for way in AccessWay::ALL {
            if self.steps_for(way).next().is_none() {
                problems.push(format!("{family}: there is no step for {}", way.as_str()));
            }
        }
    }

    fn steps_for(&self, way: AccessWay) -> impl Iterator<Item = &StepSource> {
        self.steps
            .iter()
            .filter(move |step| step.only.as_ref().is_none_or(|only| only.has(way)))
    }

    pub(super) fn fill(&self, code: ReasonCode, way: AccessWay, values: &Values) -> Remedy {
        let steps = self.steps_for(way).zip(1..).map(|(step, number)| Step {
            number,
            pieces: markup::pieces(&step.text, values),
            need: None,
            shown_in: None,
            checks_again: ["{again}", "{save}"]
                .iter()
                .any(|it| step.text.contains(it)),
        });
        let other = match way {
            AccessWay::VendorApp => &self.vendor_app,
            AccessWay::OwnApp | AccessWay::LegacyAccount if values.is_in_use() => &self.in_use,
            AccessWay::OwnApp | AccessWay::LegacyAccount => &OtherWords::NONE,
        };
        let notes = other.notes.as_ref().unwrap_or(&self.notes);
        let see = other.see.as_ref().unwrap_or(&self.see);
        Remedy {
            code,
            title: values.fill(other.title.as_ref().unwrap_or(&self.title)),
            tried: values.fill(other.tried.as_ref().unwrap_or(&self.tried)),
            answered: values.fill(&self.answered),
            likely: values.fill(other.likely.as_ref().unwrap_or(&self.likely)),
            steps: steps.collect(),
            who: values.fill(other.who.as_ref().unwrap_or(&self.who)),
            party: way.party(code),
            // A note is about a fact, so it is left out while that is not known.
            notes: notes
                .iter()
                .filter(|note| values.are_known_in(note))
                .map(|note| values.fill(note))
                .collect(),
            see: see
                .iter()
                .filter_map(|key| PathId::from_key(key))
                .filter(|id| id.is_for(way))
                .collect(),
            pages: Vec::new(),
            company_page: values.known(Placeholder::CompanyPage),
        }
    }
}
