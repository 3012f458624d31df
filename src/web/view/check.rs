//! Results of checks, as rows.

use super::{CheckState, Remedy, Rich, When};

/// One check: what was asked, what Procore answered, and what to do when that is not enough.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// Unique on the page, so that a summary can lead here.
    pub id: String,
    pub state: CheckState,
    /// `Access accepted by Procore`.
    pub what: String,
    /// What Procore answered, in plain words.
    pub answer: Option<Rich>,
    /// Procore's own words, where they help.
    pub said: Option<String>,
    /// The reason code, shown as `Ref …`.
    pub code: Option<String>,
    pub at: Option<When>,
    /// Whether the result is of an earlier run.
    pub kept: bool,
    /// Open when the check failed; collapsed for a warning.
    pub remedy: Option<Remedy>,
    /// Where *Check again* posts, when one row can be checked alone.
    pub again: Option<String>,
}

impl CheckRow {
    pub fn new(id: impl Into<String>, state: CheckState, what: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            state,
            what: what.into(),
            answer: None,
            said: None,
            code: None,
            at: None,
            kept: false,
            remedy: None,
            again: None,
        }
    }

    #[must_use]
    pub fn answer(mut self, text: impl Into<Rich>) -> Self {
        self.answer = Some(text.into());
        self
    }

    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    #[must_use]
    pub fn at(mut self, at: When) -> Self {
        self.at = Some(at);
        self
    }

    #[must_use]
    pub fn kept(mut self, kept: bool) -> Self {
        self.kept = kept;
        self
    }

    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Puts *I can't find this* beside the steps; `href` gives the page for a reason code.
    #[must_use]
    pub fn stuck_at(mut self, href: impl Fn(&str) -> String) -> Self {
        self.remedy = stuck_at(self.remedy, self.code.as_deref(), href);
        self
    }
}

fn stuck_at(
    remedy: Option<Remedy>,
    code: Option<&str>,
    href: impl Fn(&str) -> String,
) -> Option<Remedy> {
    match (remedy, code) {
        (Some(remedy), Some(code)) => Some(remedy.stuck_at(&href(code))),
        (remedy, _) => remedy,
    }
}

/// One line of the permission X-ray: what a chosen setting needs, and what was found.
#[derive(Debug, Clone)]
pub struct XrayRow {
    pub id: String,
    pub state: CheckState,
    /// Procore's name of the tool.
    pub tool: String,
    /// What needs it: `People, Companies`.
    pub needed_for: String,
    pub needed: String,
    /// `None` while nothing is known.
    pub found: Option<String>,
    /// How we know: `app manifest`, `read it`, `cannot be tested by reading`.
    pub evidence: String,
    /// Who can change it.
    pub who: String,
    /// Procore's own words, where they help.
    pub said: Option<String>,
    pub code: Option<String>,
    pub at: Option<When>,
    /// Whether the result is of an earlier run.
    pub kept: bool,
    pub remedy: Option<Remedy>,
}

impl XrayRow {
    #[must_use]
    pub fn kept(mut self, kept: bool) -> Self {
        self.kept = kept;
        self
    }

    /// Puts *I can't find this* beside the steps; `href` gives the page for a reason code.
    #[must_use]
    pub fn stuck_at(mut self, href: impl Fn(&str) -> String) -> Self {
        self.remedy = stuck_at(self.remedy, self.code.as_deref(), href);
        self
    }
}
