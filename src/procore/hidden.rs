//! Text of Procore without what is a secret, or looks like one.

use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};

/// What stands in its place.
pub(super) const HIDDEN: &str = "(hidden)";

/// The shortest run of letters and digits that is hidden because it may be a token.
const TOKEN_LIKE: usize = 40;

/// A text escaped six times over has no more in a row.
const MOST_BACKSLASHES: usize = 64;

/// How names of fields end whose values are secrets, in the singular, without `_` and `-`.
const SECRET_NAMES: [&str; 8] = [
    "token",
    "secret",
    "password",
    "passwd",
    "authorization",
    "apikey",
    "privatekey",
    "cookie",
];

/// What stands between a name and its value, and whether the value ends as in a form.
const SEPARATORS: [(&str, bool); 5] = [
    ("=>", false),
    ("=", true),
    ("%3D", true),
    ("%3d", true),
    (":", false),
];

/// The text without these secrets, values of fields that are named like secrets, what follows
/// `Bearer`, and long runs that may be tokens, however they are escaped. The text may be JSON, a
/// form, headers or anything else.
pub(crate) fn without_secrets(text: &str, secrets: &[&SecretString]) -> String {
    let text = without_known(text, secrets);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (word, length) = word(rest);
        if length == 0 {
            let is_escape = first == '\\' && rest[1..].starts_with(['b', 'f', 'n', 'r', 't']);
            let (other, after) = rest.split_at(if is_escape { 2 } else { first.len_utf8() });
            kept.push_str(other);
            rest = after;
            continue;
        }
        let (written, after) = rest.split_at(length);
        kept.push_str(if is_token_like(&word) {
            HIDDEN
        } else {
            written
        });
        rest = after;
        if let Some(secret) = secret_after(&word, after).filter(|secret| !secret.is_empty()) {
            kept.push_str(&after[..secret.start]);
            kept.push_str(HIDDEN);
            rest = &after[secret.end..];
        }
    }
    kept
}

/// The text without these secrets, wherever they stand.
fn without_known(text: &str, secrets: &[&SecretString]) -> String {
    let secrets = secrets.iter().map(|secret| secret.expose_secret());
    let secrets: Vec<&str> = secrets.filter(|secret| !secret.is_empty()).collect();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = secrets.iter().find_map(|secret| written_as(rest, secret));
        match found {
            Some(_) => kept.push_str(HIDDEN),
            None => kept.push(first),
        }
        rest = &rest[found.unwrap_or(first.len_utf8())..];
    }
    kept
}

/// How much of the text's beginning this secret is, if it stands there.
fn written_as(text: &str, secret: &str) -> Option<usize> {
    let Some(first) = secret.chars().next() else {
        return Some(0);
    };
    let others = &secret[first.len_utf8()..];
    let lengths = spellings(text, first).into_iter().flatten();
    let whole = lengths.filter_map(|length| Some(length + written_as(&text[length..], others)?));
    whole.max()
}

/// The lengths of every spelling of a character that the text may begin with: itself, or escaped as
/// in JSON, once or more often, or as in an address.
fn spellings(text: &str, wanted: char) -> [Option<usize>; 3] {
    let backslashes = backslashes(text);
    let after = &text[backslashes..];
    let marked = backslashes > 0 && after.starts_with(wanted);
    let coded = escaped(text).filter(|(c, _)| *c == wanted);
    [
        text.starts_with(wanted).then_some(wanted.len_utf8()),
        coded.map(|(_, length)| length),
        marked.then_some(backslashes + wanted.len_utf8()),
    ]
}

/// The character that is written by its number at the beginning of the text, or as `\/`, and the
/// length of that.
fn escaped(text: &str) -> Option<(char, usize)> {
    let number = |digits: Option<&str>| char::from_u32(u32::from_str_radix(digits?, 16).ok()?);
    if text.starts_with('%') {
        let ascii = number(text.get(1..3)).filter(char::is_ascii);
        return ascii.map(|c| (c, 3));
    }
    let backslashes = backslashes(text);
    let after = &text[backslashes..];
    match after.chars().next().filter(|_| backslashes > 0)? {
        '/' => Some(('/', backslashes + 1)),
        'u' => Some((number(after.get(1..5))?, backslashes + 5)),
        _ => None,
    }
}

/// How many backslashes the text begins with, up to a few more than any escaping needs: a text of
/// nothing else is not counted again from each of them.
fn backslashes(text: &str) -> usize {
    let most = text.as_bytes().iter().take(MOST_BACKSLASHES);
    most.take_while(|byte| **byte == b'\\').count()
}

/// The word at the beginning of the text, without escapes, and its length as it is written.
fn word(text: &str) -> (String, usize) {
    let (mut word, mut length) = (String::new(), 0);
    loop {
        let rest = &text[length..];
        let plain = rest.chars().next().map(|c| (c, c.len_utf8()));
        let plain = plain.filter(|(c, _)| is_token_part(*c));
        let next = plain.or_else(|| escaped(rest).filter(|(c, _)| is_token_part(*c)));
        let Some((c, written)) = next else {
            return (word, length);
        };
        word.push(c);
        length += written;
    }
}

/// Where the secret is that a word announces, in the text after it.
fn secret_after(name: &str, after: &str) -> Option<Range<usize>> {
    let within = |value: &str, length: usize| {
        let start = after.len() - value.len();
        Some(start..start + length)
    };
    if name.eq_ignore_ascii_case("bearer") {
        let value = after.trim_start();
        let is_apart = value.len() < after.len();
        return within(value, word(value).1).filter(|_| is_apart);
    }
    if !names_secret(name) {
        return None;
    }
    let closing = quote(after);
    let rest = after[closing.len()..].trim_start();
    let (rest, is_form) = SEPARATORS.iter().find_map(|(separator, is_form)| {
        let value = rest.strip_prefix(separator)?;
        Some((value.trim_start(), *is_form))
    })?;
    let opening = quote(rest);
    let value = &rest[opening.len()..];
    let name = name.to_ascii_lowercase();
    let is_header = name.ends_with("authorization") || name.ends_with("cookie");
    let taken = match opening {
        "" if value.starts_with(['[', '{']) => end_of_container(value),
        "" if is_form => length(value, |c| !c.is_whitespace() && !"&;,\"'".contains(c)),
        "" if is_header => length(value, |c| c != '\n' && c != '"'),
        // `"pin_token":1234`; after a bare colon a sentence may follow.
        "" if !closing.is_empty() => length(value, |c| c.is_ascii_digit()),
        "" => 0,
        quote => end_of_quoted(value, quote),
    };
    within(value, taken)
}

/// The quotation mark at the beginning, if there is one; inside a JSON text it is escaped.
fn quote(text: &str) -> &str {
    let backslashes = backslashes(text);
    match text[backslashes..].starts_with(['"', '\'']) {
        true => &text[..=backslashes],
        false => "",
    }
}

/// The length of what stands before the closing quotation mark. A quotation mark or a backslash
/// inside has more backslashes before it, by how often the text was escaped.
fn end_of_quoted(value: &str, quote: &str) -> usize {
    let escapes = quote.len() - 1;
    let mut marks = value.match_indices(&quote[escapes..]);
    let end = marks.find_map(|(at, _)| {
        let before = value[..at].bytes().rev();
        let backslashes = before.take_while(|byte| *byte == b'\\').count();
        let inside = backslashes.checked_sub(escapes)?;
        (inside % (2 * (escapes + 1)) == 0).then_some(at - escapes)
    });
    end.unwrap_or(value.len())
}

/// The length of the list or object at the beginning, with all that is in it.
fn end_of_container(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let mark = quote(&text[at..]);
        if !mark.is_empty() {
            at += mark.len();
            at += end_of_quoted(&text[at..], mark);
            at = text.len().min(at + mark.len());
            continue;
        }
        at += c.len_utf8();
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn names_secret(word: &str) -> bool {
    let name = word.replace(['_', '-'], "").to_ascii_lowercase();
    let name = name.strip_suffix('s').unwrap_or(&name);
    SECRET_NAMES.iter().any(|secret| name.ends_with(secret))
}

fn is_token_like(word: &str) -> bool {
    word.len() >= TOKEN_LIKE && word.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_token_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/')
}

#[cfg(test)]
mod tests;
