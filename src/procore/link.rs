//! The `Link` header of lists (RFC 8288), as far as paging needs it.

/// The target of `rel="next"`, as written; `None` on the last page or if the header is malformed.
pub fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let open = rest.find('<')?;
        let close = open + rest[open..].find('>')?;
        let target = &rest[open + 1..close];
        let (parameters, after) = until_comma(&rest[close + 1..]);
        if parameters.split(';').any(is_next) {
            return Some(target.trim());
        }
        rest = after?;
    }
}

/// Splits the parameters of one link from the next link; commas inside quotes do not separate.
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

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    name.trim().eq_ignore_ascii_case("rel")
        && value
            .trim()
            .trim_matches('"')
            .split_ascii_whitespace()
            .any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_others() {
        let header = r#"<https://a/x?page=1,2&per_page=5>; rel="first", <https://a/x?page=4>; title="a, b"; rel="next", <https://a/x?page=30>; rel="last""#;
        assert_eq!(next(header), Some("https://a/x?page=4"));
        assert_eq!(next("<https://a/x>; REL=Next"), Some("https://a/x"));
        assert_eq!(
            next(r#"</rest/x?page=2>; rel="last next""#),
            Some("/rest/x?page=2")
        );
    }

    #[test]
    fn the_last_page_has_no_next() {
        for header in [
            "",
            "<",
            "<https://a>",
            r#"<https://a>; rel="first""#,
            "next",
            r#"<a>;rel="nextly""#,
        ] {
            assert_eq!(next(header), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_survived(header in ".{0,200}") {
            next(&header);
        }

        #[test]
        fn any_arrangement_of_its_marks_is_survived(header in "[<>,;=\" a-cé]{0,60}") {
            next(&header);
        }

        #[test]
        fn a_target_is_found_wherever_it_stands(page in 1u32..9999, others in 0usize..4) {
            let mut links: Vec<String> =
                (0..others).map(|n| format!("<https://a/?page={n}>; rel=\"r{n}\"")).collect();
            let target = format!("https://a/?page={page}");
            links.insert(others / 2, format!("<{target}>; rel=\"next\""));
            let header = links.join(", ");
            prop_assert_eq!(next(&header), Some(target.as_str()));
        }
    }
}
