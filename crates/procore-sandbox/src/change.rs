//! What is changed about a right answer, or about a delivery, before it is sent.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, LINK};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Payload};
use crate::request::Request;

/// Changes to an answer; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    pub status: Option<u16>,
    /// By name: null takes the header away, a list sends it several times.
    pub headers: BTreeMap<String, Value>,
    /// Each relation in a `Link` line of its own.
    pub link_lines: bool,
    /// A `Link` line before the others, about something else than pages.
    pub link_first: Option<String>,
    /// Where the links of pages lead, such as `https://us02.procore.com`.
    pub link_host: Option<String>,
    /// Rows that `Total` counts and no page shows.
    pub hidden_rows: i64,
    /// The page that is answered for every page number.
    pub page: Option<usize>,
    /// The page size that is used where a larger one was asked for.
    pub per_page_max: Option<usize>,
    #[serde(flatten)]
    pub body: BodyChange,
}

/// Changes to a JSON body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BodyChange {
    /// What is sent instead: a text as it is, anything else as JSON.
    pub body: Option<Value>,
    /// What is sent instead, one byte for each letter up to U+00FF.
    pub raw_body: Option<String>,
    /// What the next five change, as a JSON pointer: `/0` is the first row of a list, `/data/0` of
    /// a v2 list, nothing is the whole body.
    pub at: String,
    pub set: Map<String, Value>,
    pub remove: Vec<String>,
    /// Fields as the text that is sent for them, one byte for each letter: it need not be JSON.
    pub raw: BTreeMap<String, String>,
    /// How many rows of a list are missing from its end.
    pub drop: usize,
    /// Rows that a list shows besides.
    pub add: Vec<Value>,
    /// Begin with a byte order mark.
    pub bom: bool,
    /// Bytes of white space after the body.
    pub pad: usize,
    pub gzip: bool,
}

impl Change {
    /// The request as the server understands it.
    pub fn understood(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let asked = request.query("per_page").and_then(|text| text.parse().ok());
        let size = self
            .per_page_max
            .filter(|max| asked.is_none_or(|it: usize| it > *max));
        for (name, number) in [("page", self.page), ("per_page", size)] {
            if let Some(number) = number {
                request.query.retain(|(key, _)| key != name);
                request.query.push((name.to_owned(), number.to_string()));
            }
        }
        request
    }

    pub fn apply(&self, answer: &mut Answer) {
        let status = self.status.and_then(|code| StatusCode::from_u16(code).ok());
        answer.status = status.unwrap_or(answer.status);
        if let Payload::Json(body) = &answer.body {
            answer.body = Payload::Raw(self.body.applied(body.clone()));
        }
        let headers = &mut *answer.headers;
        self.change_links(headers);
        if self.body.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let total = headers.get("total").and_then(|total| total.to_str().ok());
        if let Some(total) = total.and_then(|total| total.parse::<i64>().ok()) {
            headers.insert("total", HeaderValue::from(self.hidden_rows + total));
        }
        for (name, value) in &self.headers {
            let Ok(name) = name.parse::<HeaderName>() else {
                continue;
            };
            headers.remove(&name);
            let lines = match value {
                Value::Null => &[],
                Value::Array(lines) => lines.as_slice(),
                one => std::slice::from_ref(one),
            };
            let texts = lines.iter().map(|line| match line {
                Value::String(text) => text.clone(),
                number => number.to_string(),
            });
            headers.extend(texts.filter_map(|text| Some((name.clone(), text.parse().ok()?))));
        }
    }

    fn change_links(&self, headers: &mut HeaderMap) {
        let Some(links) = headers.remove(LINK) else {
            return;
        };
        let mut links = links.to_str().unwrap_or_default().to_owned();
        if let (Some(host), Some(own)) = (&self.link_host, links.find("/rest/")) {
            links = links.replace(&links[1..own].to_owned(), host);
        }
        let lines: Vec<&str> = match self.link_lines {
            true => links.split(", ").collect(),
            false => vec![&links],
        };
        for line in self.link_first.as_deref().into_iter().chain(lines) {
            headers.extend(line.parse().map(|line| (LINK, line)));
        }
    }
}

impl BodyChange {
    /// The bytes that are sent for a body.
    pub fn applied(&self, mut body: Value) -> Vec<u8> {
        match body.pointer_mut(&self.at) {
            Some(Value::Array(rows)) => {
                rows.truncate(rows.len().saturating_sub(self.drop));
                rows.extend(self.add.iter().cloned());
            }
            Some(Value::Object(fields)) => {
                fields.extend(self.set.clone());
                fields.retain(|name, _| !self.remove.contains(name));
                fields.extend(
                    self.raw
                        .keys()
                        .map(|name| (name.clone(), placeholder(name))),
                );
            }
            Some(_) | None => {}
        }
        let mut bytes = match (&self.raw_body, &self.body) {
            (Some(raw), _) => latin1(raw),
            (None, Some(Value::String(text))) => text.clone().into_bytes(),
            (None, Some(json)) => json.to_string().into_bytes(),
            (None, None) => body.to_string().into_bytes(),
        };
        for (name, text) in &self.raw {
            let mark = placeholder(name).to_string().into_bytes();
            if let Some(at) = bytes.windows(mark.len()).position(|part| part == mark) {
                bytes.splice(at..at + mark.len(), latin1(text));
            }
        }
        if self.bom {
            bytes.splice(..0, *b"\xEF\xBB\xBF");
        }
        bytes.resize(bytes.len() + self.pad, b' ');
        match self.gzip {
            true => compressed(&bytes).unwrap_or(bytes),
            false => bytes,
        }
    }
}

/// Stands for a raw field while the rest is written as JSON.
fn placeholder(name: &str) -> Value {
    json!(format!("<raw {name}>"))
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| letter as u32 as u8).collect()
}

fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
