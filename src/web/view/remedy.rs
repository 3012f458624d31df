//! What mends a failed check: a numbered click path that somebody can follow.

use super::Rich;

/// Numbered steps that mend something, and who can do them.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// What the steps achieve: `Give the app access to Directory`.
    pub heading: String,
    /// `A Procore company admin can do this.`
    pub who: String,
    pub steps: Vec<RemedyStep>,
    /// `Checked against Procore's documentation on 3 June 2026.`
    pub checked: Option<String>,
}

/// One step: where to click, what to do there, and what to paste.
#[derive(Debug, Clone, Default)]
pub struct RemedyStep {
    /// The clicks, in order, in the words on Procore's screens: `Company Admin`, `App Management`, `View`.
    pub path: Vec<String>,
    pub text: Rich,
    pub copy: Vec<CopyValue>,
    /// Where *I can't find this* leads.
    pub stuck: Option<String>,
}

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
            checked: None,
        }
    }

    #[must_use]
    pub fn step(mut self, step: RemedyStep) -> Self {
        self.steps.push(step);
        self
    }

    #[must_use]
    pub fn checked(mut self, text: impl Into<String>) -> Self {
        self.checked = Some(text.into());
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
}
