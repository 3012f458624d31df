//! What support types into the search of the queue, and the words that it meets.
//!
//! A search finds by the beginnings of words. Firms are filed under the words of their names.

/// More than anybody types; what stands behind is not looked at.
const MOST_TERMS: usize = 5;
/// Longer than any word that tells two firms apart.
const LONGEST_TERM: usize = 60;

/// Everything that somebody searches for at once: each term has to be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    terms: Vec<Term>,
}

/// What stood between two spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// In lower case: the beginning of an address, or of a company's number.
    pub text: String,
    /// Its words: beginnings of words of a firm's name.
    pub words: Vec<String>,
}

impl Search {
    /// Reads what was typed; `None` where there is nothing to look for.
    pub fn parse(typed: &str) -> Option<Self> {
        let terms: Vec<Term> = typed
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|term| term.contains(char::is_alphanumeric))
            .take(MOST_TERMS)
            .map(Term::new)
            .collect();
        (!terms.is_empty()).then_some(Self { terms })
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The term to look up first, where that is plain: the only one, or a whole address. Of
    /// several words the rarest one leads best, and which one that is, only a look can tell.
    pub fn lead(&self) -> Option<&Term> {
        match self.terms.as_slice() {
            [only] => Some(only),
            several => several.iter().find(|term| term.text.contains('@')),
        }
    }

    /// Whether everything that the lead finds is found: there is nothing else to be met.
    pub(crate) fn is_one_word(&self) -> bool {
        matches!(self.terms.as_slice(), [only] if only.words == [only.text.as_str()])
    }
}

impl Term {
    fn new(typed: &str) -> Self {
        let text: String = typed.to_lowercase().chars().take(LONGEST_TERM).collect();
        Self {
            words: words(&text),
            text,
        }
    }

    /// What to look for among the words of names: nothing is filed under an address.
    pub(crate) fn lead_word(&self) -> &str {
        let longest = self.words.iter().max_by_key(|word| word.len());
        match longest {
            Some(word) if !self.text.contains('@') => word,
            Some(_) | None => &self.text,
        }
    }
}

/// The words that a name is filed under: letters and digits in lower case, each word once.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST_TERM).collect())
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The first text behind all that begin with `prefix`, in the order of bytes.
pub fn behind(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_filed_under_its_words() {
        for (name, filed) in [
            ("Acme Builders", vec!["acme", "builders"]),
            ("O'Brien & Sons, Inc.", vec!["brien", "inc", "o", "sons"]),
            ("Müller-Bau MÜLLER", vec!["bau", "müller"]),
            ("3M 2026", vec!["2026", "3m"]),
            ("建設 株式会社", vec!["建設", "株式会社"]),
            ("--- & ...", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(words(name), filed, "{name}");
        }
    }

    #[test]
    fn what_is_typed_becomes_terms() {
        for (typed, terms) in [
            ("Acme", vec![("acme", vec!["acme"])]),
            (
                "  acme\tBUILD ",
                vec![("acme", vec!["acme"]), ("build", vec!["build"])],
            ),
            (
                "Ada@Firm.example",
                vec![("ada@firm.example", vec!["ada", "example", "firm"])],
            ),
            ("o'brien", vec![("o'brien", vec!["brien", "o"])]),
            ("5280", vec![("5280", vec!["5280"])]),
            (
                "'; drop table firm; --",
                vec![
                    ("drop", vec!["drop"]),
                    ("table", vec!["table"]),
                    ("firm;", vec!["firm"]),
                ],
            ),
            ("a%_\\*", vec![("a%_\\*", vec!["a"])]),
            (
                "nul\0byte",
                vec![("nul", vec!["nul"]), ("byte", vec!["byte"])],
            ),
        ] {
            let search = Search::parse(typed).unwrap_or_else(|| panic!("{typed:?} says something"));
            let found: Vec<_> = search
                .terms()
                .iter()
                .map(|term| {
                    let words = term.words.iter().map(String::as_str).collect();
                    (term.text.as_str(), words)
                })
                .collect();
            assert_eq!(found, terms, "{typed:?}");
        }
        for nothing in ["", "  ", "%", "\0", "-- ;", "\u{202e}"] {
            assert_eq!(Search::parse(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_search_has_an_end() {
        let long = "é".repeat(5_000);
        let search = Search::parse(&long).unwrap();
        assert_eq!(search.terms()[0].text.chars().count(), LONGEST_TERM);
        let many = "word ".repeat(5_000);
        assert_eq!(Search::parse(&many).unwrap().terms().len(), MOST_TERMS);
    }

    #[test]
    fn an_address_or_the_only_term_leads() {
        for (typed, lead, word, one) in [
            ("acme", Some("acme"), "acme", true),
            ("5280", Some("5280"), "5280", true),
            (
                "acme-construction",
                Some("acme-construction"),
                "construction",
                false,
            ),
            (
                "ada@acme.example",
                Some("ada@acme.example"),
                "ada@acme.example",
                false,
            ),
            ("acme ada@a", Some("ada@a"), "ada@a", false),
            ("acme builders", None, "", false),
        ] {
            let search = Search::parse(typed).unwrap();
            let found = search.lead();
            assert_eq!(found.map(|term| term.text.as_str()), lead, "{typed}");
            assert_eq!(found.map_or("", Term::lead_word), word, "{typed}");
            assert_eq!(search.is_one_word(), one, "{typed}");
        }
    }

    #[test]
    fn everything_that_begins_with_a_text_lies_before_its_end() {
        for (prefix, text) in [
            ("ac", "acme"),
            ("ac", "acé"),
            ("é", "é\u{10fffe}"),
            ("", "a"),
        ] {
            assert!(text < behind(prefix).as_str() && text >= prefix);
        }
        assert!(behind("ac").as_str() < "ad");
    }
}
