//! The fix card: everything that has to be done in Procore, as one list.

use super::remedy::{RemedyStep, in_company};
use crate::content::{self, FixLine};

/// What to do in one sentence, one line for each tool, and one list of steps.
#[derive(Debug, Clone)]
pub struct FixCard {
    pub title: String,
    /// What is in the way, where the lines do not say it.
    pub why: Vec<String>,
    pub lines: Vec<FixLine>,
    pub steps: Vec<RemedyStep>,
    pub who: Vec<String>,
    pub notes: Vec<String>,
    /// Procore's own pages on the same steps.
    pub pages: Vec<content::ProcorePage>,
    /// The reason codes, each shown as `Ref …`.
    pub codes: Vec<String>,
}

impl FixCard {
    /// Puts *I can't find this* beside the steps; `href` gives the page for a reason code.
    pub fn with_stuck(card: &content::FixCard, href: impl Fn(&str) -> String) -> Self {
        let mut shown = Self::from(card);
        let steps = shown.steps.iter_mut().zip(&card.steps);
        for (step, of) in steps.filter(|(step, _)| !step.checks_again) {
            let text = href(&of.of.to_string());
            step.stuck = Some(format!("{text}&step={}", of.step.number));
        }
        shown
    }
}

impl From<&content::FixCard> for FixCard {
    fn from(card: &content::FixCard) -> Self {
        let steps = card.steps.iter().zip(1..).map(|(it, number)| RemedyStep {
            number,
            ..RemedyStep::from(&it.step)
        });
        Self {
            title: card.title.clone(),
            why: card.why.clone(),
            lines: card.lines.clone(),
            steps: in_company(steps.collect(), card.company_page.as_ref()),
            who: card.who.clone(),
            notes: card.notes.clone(),
            pages: card.pages.clone(),
            codes: card.codes.iter().map(ToString::to_string).collect(),
        }
    }
}
