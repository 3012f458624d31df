//! Sentences for people stand in `text`: a literal that reads like one may stand nowhere else.

/// Rooms that are about words, or speak to operators alone.
const MAY_SPEAK: &[&str] = &["text", "content", "catalog", "cli", "config", "telemetry"];

/// Sentences that stand elsewhere, and why.
const ELSEWHERE: &[(&str, &str)] = &[(
    "JSON that we cannot read at line {line}, column {column}",
    "stands in for Procore's own words",
)];

/// Macros, attributes and methods whose texts only a log or a programmer sees.
const NOT_FOR_PEOPLE: &[&str] = &[
    "error", "error!", "warn!", "info!", "debug!", "anyhow!", "bail!", "concat!", "context",
    "expect",
];

/// The sentences in `code`, which has no comments on lines of their own.
pub(super) fn sentences(room: &str, code: &str) -> Vec<String> {
    if MAY_SPEAK.contains(&room) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // What was called or opened around the place that is read.
    let mut around: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(next) = code[at..].chars().next() {
        let (before, rest) = code.split_at(at);
        match next {
            '"' => {
                let raw = before.ends_with("r#");
                let length = literal(&rest[1..], raw);
                let text = &rest[1..=length];
                let call = around.iter().rev().take_while(|name| **name != "{");
                let is_hidden = call.into_iter().any(|name| NOT_FOR_PEOPLE.contains(name));
                let is_known = ELSEWHERE.iter().any(|(known, _)| *known == text);
                if reads_like_a_sentence(text) && !is_hidden && !is_known {
                    found.push(text.to_owned());
                }
                at += length + 1;
            }
            // A quotation mark as a character is no literal.
            '\'' if rest.starts_with("'\"'") => at += 2,
            '/' if rest.starts_with("//") => at += rest.find('\n').unwrap_or(rest.len()) - 1,
            '(' | '[' => around.push(name_before(before)),
            '{' => around.push("{"),
            ')' | ']' | '}' => drop(around.pop()),
            _ => {}
        }
        at += code[at..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

/// The length of a literal whose opening mark was taken off.
fn literal(rest: &str, raw: bool) -> usize {
    if raw {
        return rest.find("\"#").unwrap_or(rest.len() - 1);
    }
    let mut is_escaped = false;
    rest.bytes()
        .position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        })
        .unwrap_or(rest.len() - 1)
}

fn name_before(code: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '!';
    let start = code.trim_end_matches(is_part).len();
    &code[start..]
}

/// Three words that begin like a sentence, or two that end like one.
fn reads_like_a_sentence(text: &str) -> bool {
    let words = text.split_whitespace().count();
    let begins = text.starts_with(|c: char| c.is_uppercase() || c == '“');
    let ends = text.ends_with(['.', '?']);
    (words >= 3 && begins) || (words >= 2 && ends)
}

#[test]
fn sentences_are_found_and_other_texts_are_not() {
    let table = [
        (r#"let said = "Your details are saved";"#, 1),
        (r#"notice(format!("{name} has left."))"#, 1),
        (r#"info!(firm.id = %id, "Started the checks again")"#, 0),
        (r#"anyhow!("A row is not there."); f("All is well now")"#, 1),
        (
            "sqlx::query!(r#\"\nselect 1 from firm where a = \"b\"\n\"#)",
            0,
        ),
        (r#"header("text/html; charset=utf-8")"#, 0),
        (r#"c == '"' && f("Queue")"#, 0),
    ];
    for (code, count) in table {
        let found = sentences("web", code);
        assert_eq!(found.len(), count, "{code}: {found:?}");
    }
    assert_eq!(
        sentences("text", "\"All is well now.\""),
        Vec::<String>::new()
    );
}
