//! How a mail is set as text and as HTML.

use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::MailError;
use crate::text::mails::{Letter, Section, SectionLine};

impl Letter {
    /// Renders the letter with placeholders in place of its links.
    pub(super) fn set(&self, product: &str) -> Result<Set, MailError> {
        let mut links = Vec::new();
        let mut place = |link: &SecretString| {
            links.push(link.clone());
            placeholder(links.len() - 1)
        };
        // A placeholder that a person wrote becomes no link.
        let texts = |texts: &[String]| {
            texts
                .iter()
                .map(|text| without_placeholders(text))
                .collect::<Vec<_>>()
        };
        let points: Vec<Point> = self
            .points
            .iter()
            .map(|(text, link)| Point {
                text: without_placeholders(text),
                link: link.as_ref().map(&mut place),
            })
            .collect();
        let action = self.action.as_ref().map(|(label, link)| Point {
            text: label.clone(),
            link: Some(place(link)),
        });
        let section = self.section.as_ref().map(|section| Section {
            title: without_placeholders(&section.title),
            texts: texts(&section.texts),
            lines: section
                .lines
                .iter()
                .map(|line| SectionLine {
                    what: without_placeholders(&line.what),
                    now: without_placeholders(&line.now),
                    needed: without_placeholders(&line.needed),
                    purpose: without_placeholders(&line.purpose),
                })
                .collect(),
            steps: texts(&section.steps),
            small: without_placeholders(&section.small),
        });
        let unsubscribe = self.unsubscribe.as_ref().map(&mut place);
        let body = Body {
            product,
            subject: &without_placeholders(&self.subject),
            paragraphs: &texts(&self.paragraphs),
            points: &points,
            section: section.as_ref(),
            action: action.as_ref(),
            closing: &texts(&self.closing),
            unsubscribe: unsubscribe.as_deref(),
        };
        let text = Text { body: &body }.render()?;
        let html = Html { body: &body }.render()?;
        Ok(Set { text, html, links })
    }
}

/// A rendered letter.
pub(super) struct Set {
    pub text: String,
    pub html: String,
    pub links: Vec<SecretString>,
}

struct Body<'a> {
    product: &'a str,
    subject: &'a str,
    paragraphs: &'a [String],
    points: &'a [Point],
    section: Option<&'a Section>,
    action: Option<&'a Point>,
    closing: &'a [String],
    unsubscribe: Option<&'a str>,
}

struct Point {
    text: String,
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    body: &'a Body<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    body: &'a Body<'a>,
}

/// How the links of a mail are shown to its reader here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkDisplay {
    /// As the recipient sees them.
    Clear,
    /// Not at all.
    Masked,
}

/// A placeholder for a link. HTML escaping does not change it, and no link of ours looks like it.
fn placeholder(number: usize) -> String {
    format!("link:/{number}/")
}

fn without_placeholders(text: &str) -> String {
    text.replace("link:/", "link: /")
}

/// Replaces the placeholders by their links.
pub(super) fn fill(text: &str, links: &[SecretString]) -> String {
    links
        .iter()
        .enumerate()
        .fold(text.to_owned(), |text, (number, link)| {
            text.replace(&placeholder(number), link.expose_secret())
        })
}

/// Masks every link.
pub(super) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("link:/") {
        masked.push_str(&rest[..start]);
        rest = &rest[start + "link:/".len()..];
        match rest.split_once('/') {
            Some((number, after)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                masked.push_str("[link hidden]");
                rest = after;
            }
            Some(_) | None => masked.push_str("link:/"),
        }
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter::new("test", "Two <things> left")
            .paragraph("Ada & Bo wait for you.")
            .point("Verify", Some("https://host/a?b=c&d".to_owned().into()))
            .point("Settings", None)
            .section(Some(Section {
                title: "The level is < Standard".to_owned(),
                texts: vec!["We looked & found Read Only.".to_owned()],
                lines: vec![SectionLine {
                    what: "Directory".to_owned(),
                    now: "None".to_owned(),
                    needed: "Read Only".to_owned(),
                    purpose: "People, Companies".to_owned(),
                }],
                steps: vec!["Open Admin > Tools.".to_owned(), "Save.".to_owned()],
                small: "Ref PC-LEVEL".to_owned(),
            }))
            .action("Continue setup", "https://host/token-123".to_owned().into())
            .closing("You can ignore this mail.")
            .unsubscribe("https://host/stop".to_owned().into())
    }

    #[test]
    fn a_letter_is_set_without_its_links_and_gets_them_back() {
        let set = letter().set("Acme").unwrap();
        for body in [&set.text, &set.html] {
            assert!(!body.contains("https://"), "{body}");
            let filled = fill(body, &set.links);
            assert!(filled.contains("https://host/token-123"), "{filled}");
            assert!(filled.contains("https://host/stop"), "{filled}");
            let masked = mask(body);
            assert!(
                !masked.contains("link:/") && masked.contains("[link hidden]"),
                "{masked}"
            );
        }
        assert!(set.text.contains("Ada & Bo wait for you."), "{}", set.text);
        let step = "1. Open Admin > Tools.\n2. Save.\n";
        assert!(set.text.contains(step), "{}", set.text);
        let line = "- Directory: None → Read Only, for People, Companies\n";
        assert!(set.text.contains(line), "{}", set.text);
        assert!(set.html.contains("is &#60; Standard"), "{}", set.html);
        assert!(set.html.contains("Ada &#38; Bo"), "{}", set.html);
    }

    #[test]
    fn what_somebody_wrote_stands_in_for_no_link() {
        let letter = letter().paragraph("Look: link:/0/ and link:/1/");
        let set = letter.set("Acme").unwrap();
        let filled = fill(&set.text, &set.links);
        assert_eq!(
            filled.matches("https://host/token-123").count(),
            1,
            "{filled}"
        );
    }

    #[test]
    fn what_only_looks_like_a_placeholder_is_left() {
        assert_eq!(
            mask("see link:/x/ and link:/ and link:/12/."),
            "see link:/x/ and link:/ and [link hidden]."
        );
    }
}
