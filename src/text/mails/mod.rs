//! What every mail says, one function per mail.

use crate::verdict::ReasonCode;
use secrecy::SecretString;

pub(crate) mod account;
pub(crate) mod hand_over;
pub(crate) mod reminder;
pub(crate) mod setup;
pub(crate) mod support;

/// What a mail says. Every mail of ours has the same shape: sentences, perhaps a list, perhaps
/// one thing to do.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it is about, for lists: `invitation`, `reset`, `completed`.
    pub kind: &'static str,
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Points, each with a link or without.
    pub points: Vec<(String, Option<SecretString>)>,
    /// Things to fix, one after the other.
    pub sections: Vec<Section>,
    /// The one thing to do, and where.
    pub action: Option<(String, SecretString)>,
    /// Below the action, quieter.
    pub closing: Vec<String>,
    /// Where these mails are stopped, for those that may be.
    pub unsubscribe: Option<SecretString>,
}

/// Something to fix, with its steps in order: what the firm sees on its own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    pub text: String,
    pub steps: Vec<String>,
    /// Below the steps, quieter.
    pub small: String,
}

impl Letter {
    pub fn new(kind: &'static str, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            paragraphs: Vec::new(),
            points: Vec::new(),
            sections: Vec::new(),
            action: None,
            closing: Vec::new(),
            unsubscribe: None,
        }
    }

    #[must_use]
    pub(crate) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    #[must_use]
    pub fn point(mut self, text: impl Into<String>, link: Option<SecretString>) -> Self {
        self.points.push((text.into(), link));
        self
    }

    #[must_use]
    pub(crate) fn sections(mut self, sections: impl IntoIterator<Item = Section>) -> Self {
        self.sections.extend(sections);
        self
    }

    #[must_use]
    pub fn action(mut self, label: impl Into<String>, link: SecretString) -> Self {
        self.action = Some((label.into(), link));
        self
    }

    #[must_use]
    pub(crate) fn closing(mut self, text: impl Into<String>) -> Self {
        self.closing.push(text.into());
        self
    }

    #[must_use]
    pub(crate) fn unsubscribe(mut self, link: SecretString) -> Self {
        self.unsubscribe = Some(link);
        self
    }
}

/// Below what has to be fixed.
pub(crate) fn who_can_fix(who: &str, code: ReasonCode) -> String {
    format!("Who can do it: {who} {}", code.reference())
}

fn greeting(name: &str) -> String {
    format!("Hello {name},")
}
