//! The support contact, with links where it names an address.

use std::fmt;

use askama::filters::HtmlSafe;

use super::rich::escape;

/// What the operator says about reaching support: mail addresses, phone numbers and web addresses
/// in it are links, the rest is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(Vec<ContactPart>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct ContactPart {
    text: String,
    href: Option<String>,
}

/// Fewer digits than any phone number outside of an office has.
const PHONE_DIGITS: usize = 6;

impl Contact {
    pub fn new(text: &str) -> Self {
        let mut parts: Vec<ContactPart> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (length, href) = next(rest, parts.last().is_none_or(ContactPart::ends_word));
            let (text, after) = rest.split_at(length);
            match parts.last_mut() {
                Some(last) if href.is_none() && last.href.is_none() => last.text.push_str(text),
                _ => parts.push(ContactPart {
                    text: text.to_owned(),
                    href,
                }),
            }
            rest = after;
        }
        Self(parts)
    }
}

impl ContactPart {
    fn ends_word(&self) -> bool {
        self.href.is_some() || self.text.ends_with(|c: char| !c.is_alphanumeric())
    }
}

/// How much of `text` comes next, and where that leads. Addresses begin where a word does.
fn next(text: &str, begins: bool) -> (usize, Option<String>) {
    let word = text.find(char::is_whitespace).unwrap_or(text.len());
    let word = text[..word].trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
    if begins && !word.is_empty() {
        if word.starts_with("https://") || word.starts_with("http://") {
            return (word.len(), Some(word.to_owned()));
        }
        if word
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        {
            return (word.len(), Some(format!("mailto:{word}")));
        }
        let phone = phone(text);
        if !phone.is_empty() {
            let digits = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+');
            return (
                phone.len(),
                Some(format!("tel:{}", digits.collect::<String>())),
            );
        }
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    (first, None)
}

/// The phone number that `text` begins with; empty if it begins with none.
fn phone(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_digit() || " +()-/.".contains(c)));
    let run = text[..end.unwrap_or(text.len())].trim_end_matches([' ', '(', '-', '/', '.', '+']);
    let digits = run.chars().filter(char::is_ascii_digit).count();
    let begins = run.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '(');
    if begins && digits >= PHONE_DIGITS {
        run
    } else {
        ""
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match &part.href {
                Some(href) => {
                    f.write_str("<a href=\"")?;
                    escape(f, href)?;
                    f.write_str("\">")?;
                    escape(f, &part.text)?;
                    f.write_str("</a>")?;
                }
                None => escape(f, &part.text)?,
            }
        }
        Ok(())
    }
}

/// Every piece is escaped as it is written.
impl HtmlSafe for Contact {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_links_and_the_rest_is_text() {
        for (text, html) in [
            (
                "help@example.com",
                r#"<a href="mailto:help@example.com">help@example.com</a>"#,
            ),
            (
                "https://example.com/help",
                r#"<a href="https://example.com/help">https://example.com/help</a>"#,
            ),
            (
                "+49 (30) 1234-56",
                r#"<a href="tel:+4930123456">+49 (30) 1234-56</a>"#,
            ),
            (
                "Call 555 010 0199, or write to help@example.com.",
                r#"Call <a href="tel:5550100199">555 010 0199</a>, or write to <a href="mailto:help@example.com">help@example.com</a>."#,
            ),
            (
                "Ask Dana @ the office, room 12",
                "Ask Dana @ the office, room 12",
            ),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("<b>\"us\"</b>", "&lt;b&gt;&quot;us&quot;&lt;/b&gt;"),
            (
                "Monday to Friday, 8–17 h, Straße 5",
                "Monday to Friday, 8–17 h, Straße 5",
            ),
        ] {
            assert_eq!(Contact::new(text).to_string(), html, "{text}");
        }
    }
}
