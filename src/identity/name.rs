//! Names of people and firms.

/// Why a text is not a name; the message is shown at the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    Missing,
    TooLong,
}

pub const LONGEST_NAME: usize = 120;

/// Parses a typed name: one line, single spaces, any characters people have in their names.
pub fn parse_name(typed: &str) -> Result<String, NameError> {
    let visible: String = typed
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(NameError::Missing);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(NameError::TooLong);
    }
    Ok(name)
}

/// Whether a character is not seen but changes what is: a control character, or one that turns the
/// direction of writing.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_with_single_spaces() {
        assert_eq!(
            parse_name("  Zoë\r\n O’Brien-李  "),
            Ok("Zoë O’Brien-李".to_owned())
        );
        assert_eq!(parse_name("Ann\u{202e}nosmiS"), Ok("AnnnosmiS".to_owned()));
        assert_eq!(parse_name(" \t "), Err(NameError::Missing));
        assert_eq!(
            parse_name(&"x".repeat(LONGEST_NAME + 1)),
            Err(NameError::TooLong)
        );
    }
}
