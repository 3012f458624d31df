//! The `Link` header of lists (RFC 8288), as far as paging needs it.

/// Whether a list goes on after this page, by all its `Link` lines; `None` if they say nothing of paging.
pub(super) fn has_next<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<bool> {
    let mut found = None;
    for relation in lines.into_iter().flat_map(relations) {
        let is = |name: &str| relation.eq_ignore_ascii_case(name);
        if is("next") {
            return Some(true);
        }
        if ["first", "prev", "previous", "last"].into_iter().any(is) {
            found = Some(false);
        }
    }
    found
}

/// The relations of every link in a line.
fn relations(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let open = text.find('<')?;
        let close = open + text[open..].find('>')?;
        let (parameters, after) = until_comma(&text[close + 1..]);
        rest = after;
        Some(parameters)
    })
    .flat_map(|parameters| parameters.split(';').filter_map(relation_of))
    .flat_map(str::split_ascii_whitespace)
}

/// The parameters of one link and what follows its comma; a comma inside quotes belongs to it.
fn until_comma(text: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

/// The value of a `rel` parameter.
fn relation_of(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    let is_rel = name.trim().eq_ignore_ascii_case("rel");
    is_rel.then(|| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_line_and_every_relation_is_read() {
        let table: [(&[&str], Option<bool>); 9] = [
            (
                &[
                    r#"<https://a/x?page=1,2&per_page=5>; rel="first", <https://a/x?page=4>; title="a, b"; rel="next", <https://a/x?page=30>; rel="last""#,
                ],
                Some(true),
            ),
            (&["<https://a/x>; REL=Next"], Some(true)),
            (&[r#"</rest/x?page=2>; rel="last next""#], Some(true)),
            (
                &[
                    r#"</a.css>; rel="preload""#,
                    "</x?page=1>; rel=first",
                    "</x?page=3>; rel=next",
                ],
                Some(true),
            ),
            (
                &["</x?page=1>; rel=first", "</x?page=1>; rel=prev"],
                Some(false),
            ),
            (&[r#"</a.css>; rel="preload""#], None),
            (&[r#"<a>;rel="nextly""#, "next", "<", "<https://a>"], None),
            (&[""], None),
            (&[], None),
        ];
        for (lines, expected) in table {
            assert_eq!(has_next(lines.iter().copied()), expected, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_survived(header in ".{0,200}") {
            has_next([header.as_str()]);
        }

        #[test]
        fn any_arrangement_of_its_marks_is_survived(header in "[<>,;=\" a-cé]{0,60}") {
            has_next([header.as_str()]);
        }

        #[test]
        fn it_is_found_wherever_it_stands(others in 0usize..4, in_lines: bool) {
            let mut links: Vec<String> =
                (0..others).map(|n| format!("<https://a/?page={n}>; rel=\"r{n}\"")).collect();
            links.insert(others / 2, "<https://a/?page=2>; rel=\"next\"".to_owned());
            let joined = [links.join(", ")];
            let lines = if in_lines { &links[..] } else { &joined[..] };
            prop_assert_eq!(has_next(lines.iter().map(String::as_str)), Some(true));
        }
    }
}
