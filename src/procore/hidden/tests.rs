use proptest::prelude::*;

use super::*;

#[test]
fn raw_text_keeps_all_but_secrets() {
    let secret = SecretString::from("hunter2");
    let token = "0123456789abcdef".repeat(4);
    let raw = format!(r#"{{"id":NaN, "a":"hunter2","b":"{token}","mail":"jo@example.com"}}"#);
    assert_eq!(
        without_secrets(&raw, &[&secret]),
        r#"{"id":NaN, "a":"(hidden)","b":"(hidden)","mail":"jo@example.com"}"#
    );
}

#[test]
fn a_short_secret_is_known_by_what_stands_before_it() {
    for (text, shown) in [
        ("Bearer s3", "Bearer (hidden)"),
        ("a bearer\ts3, b", "a bearer\t(hidden), b"),
        (
            r#"{"access_token":"s3","id":7}"#,
            r#"{"access_token":"(hidden)","id":7}"#,
        ),
        (
            r#"{"clientSecret" : "!s 3\" 4"}"#,
            r#"{"clientSecret" : "(hidden)"}"#,
        ),
        (
            r#"{"secret":"s\\","id":7}"#,
            r#"{"secret":"(hidden)","id":7}"#,
        ),
        (
            r#"{"text":"{\"password\":\"s3\"}"}"#,
            r#"{"text":"{\"password\":\"(hidden)\"}"}"#,
        ),
        (r#"{"x-api-key":1234}"#, r#"{"x-api-key":(hidden)}"#),
        (
            r#"{"Authorization":"Basic s3"}"#,
            r#"{"Authorization":"(hidden)"}"#,
        ),
        (
            "Authorization: Basic s3 4\nA: b",
            "Authorization: (hidden)\nA: b",
        ),
        (
            "client_secret=s3&client_id=abc",
            "client_secret=(hidden)&client_id=abc",
        ),
        ("{'token': 's3'}", "{'token': '(hidden)'}"),
        (r#"{"secret":"s3"#, r#"{"secret":"(hidden)"#),
        ("client_secret: is invalid", "client_secret: is invalid"),
        ("the token has expired", "the token has expired"),
        (
            r#"{"token":null,"secretary":"a"}"#,
            r#"{"token":null,"secretary":"a"}"#,
        ),
    ] {
        assert_eq!(without_secrets(text, &[]), shown, "{text}");
    }
}

#[test]
fn a_list_or_an_object_under_a_secrets_name_is_hidden_with_all_that_is_in_it() {
    for (text, shown) in [
        (
            r#"{"secret":["s3",{"a":"]"}],"id":7}"#,
            r#"{"secret":(hidden),"id":7}"#,
        ),
        (
            r#"{"tokens": {"a": "s3\"}", "b": [4]}, "id": 7}"#,
            r#"{"tokens": (hidden), "id": 7}"#,
        ),
        (
            r#"{"text":"{\"secrets\":[\"s3\"],\"id\":7}"}"#,
            r#"{"text":"{\"secrets\":(hidden),\"id\":7}"}"#,
        ),
        (r#"{"password":["s3"#, r#"{"password":(hidden)"#),
        (r#"{"password":[]}"#, r#"{"password":(hidden)}"#),
    ] {
        assert_eq!(without_secrets(text, &[]), shown, "{text}");
    }
}

#[test]
fn secrets_are_known_however_they_are_escaped() {
    let secret = SecretString::from("a/b+\"c");
    for (text, shown) in [
        (r#"{"x":"a\/b+\"c"}"#, r#"{"x":"(hidden)"}"#),
        (
            r#"{"x":"{\"y\":\"a\\\/b+\\\"c\"}"}"#,
            r#"{"x":"{\"y\":\"(hidden)\"}"}"#,
        ),
        (r#"{"x":"\u0061/b\u002B\u0022c"}"#, r#"{"x":"(hidden)"}"#),
        ("x=a%2Fb%2b%22c&y=1", "x=(hidden)&y=1"),
        (
            r#"{"client\u005fsecre\u0074":"s3"}"#,
            r#"{"client\u005fsecre\u0074":"(hidden)"}"#,
        ),
        ("client%5Fsecret%3Ds3", "client%5Fsecret%3D(hidden)"),
        (r"a\nBearer s\/3, b", r"a\nBearer (hidden), b"),
        (
            r#"{:client_secret=>"s3", :id=>7}"#,
            r#"{:client_secret=>"(hidden)", :id=>7}"#,
        ),
    ] {
        assert_eq!(without_secrets(text, &[&secret]), shown, "{text}");
    }
    let token = r"0123456789\/".repeat(4);
    assert_eq!(without_secrets(&token, &[]), HIDDEN);
}

/// A text in which each character is written plainly or by its number.
fn spelled(text: &str, as_number: &[bool]) -> String {
    let character = |(c, by_number): (char, &bool)| match by_number {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    text.chars().zip(as_number).map(character).collect()
}

#[test]
fn a_long_run_of_backslashes_is_read_once() {
    let secret = SecretString::from("s3cret-of-ours");
    let text = format!("{} s3cret-of-ours", "\\".repeat(1 << 20));
    let shown = without_secrets(&text, &[&secret]);
    assert!(shown.ends_with(HIDDEN) && !shown.contains("s3cret"));
}

proptest! {
    #[test]
    fn a_known_secret_is_hidden_in_every_spelling(
        secret in "[ -~]{1,30}",
        as_number in proptest::collection::vec(proptest::bool::ANY, 30),
        addressed: bool,
    ) {
        let written = match addressed {
            true => secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            false => spelled(&secret, &as_number),
        };
        let shown = without_secrets(&format!("§{written}§"), &[&SecretString::from(secret)]);
        prop_assert_eq!(shown, format!("§{HIDDEN}§"));
    }

    #[test]
    fn nothing_in_a_value_of_a_secrets_name_is_shown(value in "[!-~]{1,30}") {
        let value = format!("§{value}§");
        let json = serde_json::json!({ "tokens": [{ (value.clone()): value }, value] }).to_string();
        let nested = serde_json::json!({ "text": json }).to_string();
        for text in [json, nested] {
            prop_assert!(!without_secrets(&text, &[]).contains('§'), "{}", text);
        }
    }

    #[test]
    fn any_text_is_survived(text in "((token|secret|bearer|[=:\"'\\\\ ]|[a-zé0-9]){0,3}){0,20}") {
        without_secrets(&text, &[]);
    }

    #[test]
    fn no_quoted_value_of_a_secrets_name_is_shown(value in "[!-~]{1,30}") {
        let json = serde_json::json!({ "client_secret": format!("§{value}§") }).to_string();
        prop_assert!(!without_secrets(&json, &[]).contains('§'));
    }
}
