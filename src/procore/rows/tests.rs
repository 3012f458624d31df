use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

/// What serde makes of the whole text, each row repaired.
fn whole(text: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Envelope {
        data: Vec<Box<RawValue>>,
    }
    let bare = || serde_json::from_slice::<Vec<Box<RawValue>>>(text);
    let wrapped = || serde_json::from_slice::<Envelope>(text).map(|envelope| envelope.data);
    let starts = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let rows = if *starts == b'{' { wrapped() } else { bare() };
    let rows = rows.ok()?;
    let repaired = rows
        .iter()
        .map(|row| readable(row.get().as_bytes()).into_owned());
    Some(repaired.collect())
}

fn in_pieces(text: &[u8], size: usize) -> Result<Vec<String>, RowsError> {
    let mut rows = Rows::default();
    for piece in text.chunks(size) {
        rows.feed(piece);
    }
    let found = rows.finish()?;
    if !found.unread.is_empty() {
        return Err(RowsError::Malformed(0)); // as serde would
    }
    Ok(found.rows.iter().map(|row| row.get().to_owned()).collect())
}

#[test]
fn rows_are_kept_as_they_were_written() {
    let text = br#" [ {"a": "]}\"" , "b":[ 1 ]} , 7,"x" ,null,[] ] "#;
    let rows = [r#"{"a": "]}\"" , "b":[ 1 ]}"#, "7", r#""x""#, "null", "[]"];
    assert_eq!(in_pieces(text, 1).unwrap(), rows);
    assert_eq!(in_pieces(br#"{"data":[]}"#, 3).unwrap(), [""; 0]);
    let envelope = br#"{"meta":{"data":[1]},"data":[{"id":"5"}],"next":null}"#;
    assert_eq!(in_pieces(envelope, 4).unwrap(), [r#"{"id":"5"}"#]);
}

#[test]
fn an_odd_row_is_repaired_or_left_aside() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let list = [
        b"\xEF\xBB\xBF[{\"name\":\"Caf\xE9\"},{\"name\":\"\\ud83d\"},{\"n\":1e400},".as_slice(),
        b"{\"id\":NaN},{\"name\":\"a\tb\"},{\"id\":1,},",
        deep.as_bytes(),
        b"]",
    ]
    .concat();
    for size in [1, 3, 1000] {
        let mut rows = Rows::default();
        list.chunks(size).for_each(|piece| rows.feed(piece));
        let found = rows.finish().unwrap();
        let kept: Vec<&str> = found.rows.iter().map(|row| row.get()).collect();
        let expected = [
            "{\"name\":\"Caf\u{FFFD}\"}",
            "{\"name\":\"\u{FFFD}\"}",
            r#"{"n":1e400}"#,
            r#"{"name":"a b"}"#,
            &deep,
        ];
        assert_eq!(kept, expected);
        assert_eq!(found.unread, [r#"{"id":NaN}"#, r#"{"id":1,}"#]);
    }
}

#[test]
fn a_list_that_stops_is_told_from_one_that_is_none() {
    for text in [
        "[",
        "[1",
        "[1,",
        r#"[{"a":"#,
        r#"{"data":[1]"#,
        r#"{"data""#,
        r#"{"a":1"#,
    ] {
        assert_eq!(
            in_pieces(text.as_bytes(), 2),
            Err(RowsError::CutShort),
            "{text}"
        );
    }
    for text in [
        "",
        " ",
        "7",
        r#""x""#,
        "[1 2]",
        "[,1]",
        "[1,]",
        "[}",
        "[1]]",
        "{}",
        "[nul]",
        r#"{"data":7}"#,
        r#"{"rows":[]}"#,
        r#"{"data":[],"data":[]}"#,
        r#"{1:[]}"#,
    ] {
        let no_rows = in_pieces(text.as_bytes(), 2);
        assert!(
            matches!(no_rows, Err(RowsError::Malformed(_))),
            "{text}: {no_rows:?}"
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        ".{0,8}".prop_map(|s| json!(s)),
        "[\\\\\"{}\\[\\],:]{0,6}".prop_map(|s| json!(s)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::hash_map("(data|[a-c]{0,2})", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn it_reads_what_serde_reads(value in any_json(), size in 1usize..9, pretty in any::<bool>()) {
        for value in [value.clone(), json!([value]), json!({"data": [value, 1], "x": 2})] {
            let text = match pretty {
                true => serde_json::to_string_pretty(&value).unwrap(),
                false => value.to_string(),
            };
            prop_assert_eq!(in_pieces(text.as_bytes(), size).ok(), whole(text.as_bytes()));
        }
    }

    #[test]
    fn it_refuses_what_serde_refuses(
        text in "[\\[{]{1,2}(\"data\":)?[\\[\\]{},:\" a1\\\\]{0,12}",
        size in 1usize..5,
    ) {
        prop_assert_eq!(in_pieces(text.as_bytes(), size).ok(), whole(text.as_bytes()));
    }

    #[test]
    fn any_bytes_are_survived(text in proptest::collection::vec(any::<u8>(), 0..60)) {
        let text = String::from_utf8_lossy(&text);
        prop_assert_eq!(in_pieces(text.as_bytes(), 7).ok(), whole(text.as_bytes()));
    }
}
