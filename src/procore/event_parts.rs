//! Takes a delivery apart: Procore sends one event, or a list of them.

use serde_json::Deserializer;
use serde_json::value::RawValue;

/// The items of a list; anything else is one part. Of a list that does not end as it should, the items
/// that came whole, and then what follows them.
pub(crate) fn parts(body: &str) -> Vec<&str> {
    let Some(rest) = body.trim_start().strip_prefix('[') else {
        return vec![body];
    };
    let (mut parts, mut rest) = (Vec::new(), rest.trim_start());
    let ends = loop {
        if let Some(after) = rest.strip_prefix(']') {
            rest = after.trim_start();
            break true;
        }
        let mut items = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(item)) = items.next() else {
            break false;
        };
        parts.push(item.get());
        rest = rest[items.byte_offset()..].trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with(']') => {}
            None => break false,
        }
    };
    if !ends || !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_taken_apart_and_what_is_cut_short_comes_last() {
        for (body, expected) in [
            (r#"{"id":1}"#, vec![r#"{"id":1}"#]),
            ("", vec![""]),
            ("<html>", vec!["<html>"]),
            ("[]", vec![]),
            (
                r#" [ {"id":[1]} , 7, "a]" ] "#,
                vec![r#"{"id":[1]}"#, "7", r#""a]""#],
            ),
            (r#"[{"id":1},{"id":"#, vec![r#"{"id":1}"#, r#"{"id":"#]),
            ("[1,", vec!["1", ""]),
            ("[1 2]", vec!["1", "2]"]),
            ("[1]x", vec!["1", "x"]),
            ("[", vec![""]),
        ] {
            assert_eq!(parts(body), expected, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(body in "\\[?([0-9a,{}\":\\[\\] é]|null){0,40}") {
            parts(&body);
        }

        #[test]
        fn every_item_of_a_list_is_a_part(items in proptest::collection::vec(any::<i64>(), 0..20)) {
            let list = serde_json::to_string_pretty(&items).unwrap();
            let found: Vec<i64> = parts(&list).iter().map(|part| part.parse().unwrap()).collect();
            prop_assert_eq!(found, items);
        }
    }
}
