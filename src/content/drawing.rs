//! The schematic drawings beside the click paths.

use std::collections::BTreeSet;

/// A small drawing of a page in Procore, with numbered call-outs.
///
/// It is our own and safe to put into a page as it is: it comes from this program's
/// files, and a drawing with scripts, styles or links does not load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// File name without its extension.
    pub name: String,
    /// Short text alternative.
    pub title: String,
    /// What the drawing shows, in words.
    pub description: String,
    /// Numbers of its call-outs.
    pub callouts: BTreeSet<u8>,
    /// The `<svg>` element.
    pub svg: String,
}

/// What a drawing must not contain: the security policy would block it, or it would not follow the
/// theme.
const BANNED: [&str; 9] = [
    "<script",
    "<style",
    " style=",
    "href",
    "<image",
    "<foreignobject",
    "url(",
    "<!",
    "<?",
];

impl Drawing {
    pub(super) fn parse(name: &str, svg: &str) -> Result<Self, String> {
        let svg = svg.trim();
        let lower = svg.to_lowercase();
        if !svg.starts_with("<svg ") || !svg.ends_with("</svg>") {
            return Err("a drawing is one <svg> element".to_owned());
        }
        if let Some(banned) = BANNED.iter().find(|banned| lower.contains(**banned)) {
            return Err(format!("a drawing must not hold {banned}"));
        }
        let handler = lower.split_whitespace().find(|word| {
            word.split_once('=')
                .is_some_and(|(name, _)| name.len() > 2 && name.starts_with("on"))
        });
        if let Some(handler) = handler {
            return Err(format!("a drawing must not hold {handler}"));
        }
        if !svg.contains("role=\"img\"") || !svg.contains("viewBox=") {
            return Err("a drawing has role=\"img\" and a viewBox".to_owned());
        }
        let callouts = svg
            .split("data-callout=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| "the number of a call-out is a number".to_owned())?;
        Ok(Self {
            name: name.to_owned(),
            title: element(svg, "title").ok_or("a drawing has a <title>")?,
            description: element(svg, "desc").ok_or("a drawing has a <desc>")?,
            callouts,
            svg: svg.to_owned(),
        })
    }
}

fn element(svg: &str, name: &str) -> Option<String> {
    let (_, rest) = svg.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&");
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}
