//! Text with two kinds of emphasis, for sentences that name things on Procore's screens.

use std::fmt::{self, Write};

use askama::filters::HtmlSafe;

use crate::content;

/// Between two clicks: an arrow for the eye, words for the ear.
const NEXT_CLICK: &str = "<span class=\"path-to\" aria-hidden=\"true\">›</span>\
                          <span class=\"visually-hidden\">, then </span>";

/// A sentence in which `**words**` stand out and `` `values` `` are set as code.
///
/// Everything is escaped when it is shown, so a sentence may hold what Procore or a person sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rich(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Strong(String),
    Code(String),
    /// What to click, one after the other.
    Path(Vec<String>),
}

impl Rich {
    /// Reads the two marks; an unclosed mark is ordinary text.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let marked =
                marked(rest, "**").map(|(inner, after)| (Piece::Strong(inner.to_owned()), after));
            let marked = marked.or_else(|| marked_code(rest));
            match marked {
                Some((piece, after)) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    pieces.push(piece);
                    rest = after;
                }
                None => {
                    plain.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Self(pieces)
    }

    /// The words without their marks, for mails and copied text.
    pub fn plain(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Plain(text) | Piece::Strong(text) | Piece::Code(text) => text.clone(),
                Piece::Path(clicks) => clicks.join(" › "),
            })
            .collect()
    }
}

impl From<&str> for Rich {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for Rich {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<&[content::Piece]> for Rich {
    /// Converts a step of a help text without parsing marks in it.
    fn from(pieces: &[content::Piece]) -> Self {
        let piece = |piece: &content::Piece| match piece {
            content::Piece::Text(text) => Piece::Plain(text.clone()),
            content::Piece::Path(clicks) => Piece::Path(clicks.clone()),
            content::Piece::Copy { value, .. } => Piece::Code(value.clone()),
        };
        Self(pieces.iter().map(piece).collect())
    }
}

fn marked_code(text: &str) -> Option<(Piece, &str)> {
    marked(text, "`").map(|(inner, after)| (Piece::Code(inner.to_owned()), after))
}

fn marked<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (inner, after) = text.strip_prefix(mark)?.split_once(mark)?;
    (!inner.is_empty()).then_some((inner, after))
}

impl fmt::Display for Rich {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => escape(f, text)?,
                Piece::Strong(text) => {
                    f.write_str("<strong>")?;
                    escape(f, text)?;
                    f.write_str("</strong>")?;
                }
                Piece::Code(text) => {
                    f.write_str("<code>")?;
                    escape(f, text)?;
                    f.write_str("</code>")?;
                }
                Piece::Path(clicks) => {
                    for (place, click) in clicks.iter().enumerate() {
                        if place > 0 {
                            f.write_str(NEXT_CLICK)?;
                        }
                        f.write_str("<span class=\"chip\">")?;
                        escape(f, click)?;
                        f.write_str("</span>")?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Rich {}

/// Writes text so that a browser shows it as it is, also inside a quoted attribute.
pub(super) fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '&' => f.write_str("&amp;")?,
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '"' => f.write_str("&quot;")?,
            '\'' => f.write_str("&#39;")?,
            other => f.write_char(other)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_elements_and_the_rest_is_escaped() {
        for (text, html) in [
            ("Open the page", "Open the page"),
            (
                "Press **Install App**.",
                "Press <strong>Install App</strong>.",
            ),
            ("Paste `a1` there", "Paste <code>a1</code> there"),
            (
                "**a** `b` **c**",
                "<strong>a</strong> <code>b</code> <strong>c</strong>",
            ),
            ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"),
            ("**<i>**", "<strong>&lt;i&gt;</strong>"),
            ("2 ** 3", "2 ** 3"),
            ("an `open end", "an `open end"),
            ("****", "****"),
            ("", ""),
        ] {
            assert_eq!(Rich::parse(text).to_string(), html, "{text}");
        }
    }

    #[test]
    fn a_help_text_keeps_its_clicks_and_its_marks_are_not_read_again() {
        let pieces = [
            content::Piece::Text("In **Harbor** open ".to_owned()),
            content::Piece::Path(vec!["Admin".to_owned(), "<View>".to_owned()]),
        ];
        let rich = Rich::from(&pieces[..]);
        assert_eq!(rich.plain(), "In **Harbor** open Admin › <View>");
        assert_eq!(
            rich.to_string(),
            "In **Harbor** open <span class=\"chip\">Admin</span>\
             <span class=\"path-to\" aria-hidden=\"true\">›</span>\
             <span class=\"visually-hidden\">, then </span>\
             <span class=\"chip\">&lt;View&gt;</span>"
        );
    }

    #[test]
    fn plain_drops_the_marks_only() {
        assert_eq!(
            Rich::parse("Press **Install** for `12 < 13`").plain(),
            "Press Install for 12 < 13"
        );
    }
}
