//! What every mail says, one function per mail.

use crate::identity::is_invisible;
use crate::verdict::ReasonCode;
use secrecy::SecretString;

pub(crate) mod account;
pub(crate) mod hand_over;
pub(crate) mod incident;
pub(crate) mod new_projects;
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
    /// What has to be fixed.
    pub section: Option<Section>,
    /// The one thing to do, and where.
    pub action: Option<(String, SecretString)>,
    /// Below the action, quieter.
    pub closing: Vec<String>,
    /// Where these mails are stopped, for those that may be.
    pub unsubscribe: Option<SecretString>,
}

/// What has to be fixed, with its steps in order: the card that the firm sees on its own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    pub texts: Vec<String>,
    pub lines: Vec<SectionLine>,
    pub steps: Vec<String>,
    /// Below the steps, quieter.
    pub small: String,
}

/// A tool of Procore's with the level that it has and the one that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionLine {
    pub what: String,
    pub now: String,
    pub needed: String,
    /// The data that needs it.
    pub purpose: String,
}

impl Letter {
    pub fn new(kind: &'static str, subject: impl Into<String>) -> Self {
        let subject: String = subject.into();
        Self {
            kind,
            subject: subject.replace(is_invisible, ""),
            paragraphs: Vec::new(),
            points: Vec::new(),
            section: None,
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
    pub(crate) fn maybe_paragraph(mut self, text: Option<String>) -> Self {
        self.paragraphs.extend(text);
        self
    }

    #[must_use]
    pub fn point(mut self, text: impl Into<String>, link: Option<SecretString>) -> Self {
        self.points.push((text.into(), link));
        self
    }

    #[must_use]
    pub(crate) fn section(mut self, section: Option<Section>) -> Self {
        self.section = section;
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
pub(crate) fn who_can_fix(who: &[String], codes: &[ReasonCode]) -> String {
    let codes: Vec<_> = codes.iter().map(|code| code.reference()).collect();
    format!("Who can do it: {} {}", who.join(" "), codes.join(", "))
}

fn greeting(name: &str) -> String {
    format!("Hello {},", shown(name))
}

/// A person's or a firm's name as a mail shows it. Names are chosen by strangers, and mails go out in
/// our name: one that holds an address, a link or anything that mail programs act on stands in
/// quotation marks and is taken apart, so that it is no link.
pub(crate) fn shown(name: &str) -> String {
    let visible = name.replace(is_invisible, "");
    let chars: Vec<char> = visible.chars().collect();
    let mut apart = String::with_capacity(visible.len());
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1).copied();
        match c {
            '@' => apart.push_str(" @ "),
            '.' if joins(before, after) => apart.push_str(". "),
            ':' | '=' if after.is_some_and(|after| "/?".contains(after)) => {
                apart.push(c);
                apart.push(' ');
            }
            _ => apart.push(c),
        }
    }
    match apart == visible {
        true => visible,
        false => format!("“{apart}”"),
    }
}

/// Whether a dot stands as in `evil.example`, and not as in `St. Ives` or `J.B. Smith`.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    is_letter(before) && after.is_some_and(|c| c.is_alphanumeric() && !c.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_channel() {
        for (name, expected) in [
            ("Zoë O’Brien-李", "Zoë O’Brien-李"),
            ("J.B. Smith & Sons, St. Ives", "J.B. Smith & Sons, St. Ives"),
            ("a@evil.example", "“a @ evil. example”"),
            (
                "Pay at https://evil.example",
                "“Pay at https: //evil. example”",
            ),
            ("www.evil.example", "“www. evil. example”"),
            ("=?utf-8?B?RXZpbA==?=", "“= ?utf-8?B?RXZpbA== ?=”"),
            ("Ann link:/0/", "“Ann link: /0/”"),
            ("Ann\r\nBcc: x", "AnnBcc: x"),
            ("Ann\u{202e}nosmiS", "AnnnosmiS"),
        ] {
            assert_eq!(shown(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        let letter = Letter::new("test", "Hello\r\nBcc: x@evil.example\u{2066}");
        assert_eq!(letter.subject, "HelloBcc: x@evil.example");
    }
}
