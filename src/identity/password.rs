//! Which passwords are accepted: long enough, and not easy to guess.
//!
//! There are no composition rules: they make people choose `Password1!`, and length is what counts
//! (NIST SP 800-63B, 3.1.1.2). We require twelve characters because a second factor is optional.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Fewest and most characters. Longer passwords would only cost hashing time.
pub const SHORTEST_PASSWORD: usize = 12;
pub const LONGEST_PASSWORD: usize = 256;
/// A password made of this many common words or fewer needs characters of its own. Three common
/// words or more make a phrase, which is what we advise.
const FEW_WORDS: usize = 2;
const OWN_CHARACTERS: usize = 4;

/// Words, names, rows of keys and runs of digits that guessers begin with, in lower case.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
static LONGEST_COMMON: LazyLock<usize> =
    LazyLock::new(|| COMMON.iter().map(|word| word.len()).max().unwrap_or(0));

/// Why a password was refused; the message is shown at the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    Missing,
    TooShort,
    TooLong,
    Common,
    AboutYou,
}

/// Checks whether a new password may be used. `about` holds the person's name and address.
pub fn check_password(password: &str, about: &[&str]) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length == 0 {
        return Err(PasswordError::Missing);
    }
    if length < SHORTEST_PASSWORD {
        return Err(PasswordError::TooShort);
    }
    if length > LONGEST_PASSWORD {
        return Err(PasswordError::TooLong);
    }
    let plain = password.to_lowercase();
    // Repetition adds nothing: `abcabcabcabc` is as weak as `abc`.
    if shortest_block(&plain) < OWN_CHARACTERS + 2 {
        return Err(PasswordError::Common);
    }
    if is_guessable(&plain) {
        return Err(PasswordError::Common);
    }
    if is_about(&plain, about) {
        return Err(PasswordError::AboutYou);
    }
    Ok(())
}

/// Whether little is left of `text` once the parts of the person's name and address are out.
fn is_about(text: &str, about: &[&str]) -> bool {
    let mut parts: Vec<String> = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|part| part.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let rest = parts
        .iter()
        .fold(text.to_owned(), |rest, part| rest.replace(part, ""));
    let own = rest.chars().filter(|c| c.is_alphanumeric()).count();
    rest.len() < text.len() && own < SHORTEST_PASSWORD / 2
}

/// Whether `text` is one or two common words, with little around or between them.
fn is_guessable(text: &str) -> bool {
    let letters = without_leet(text);
    let mut words = HashSet::new();
    let mut own_characters = 0;
    let mut at = 0;
    while let Some(here) = text[at..].chars().next() {
        let found = [common_start(&text[at..]), common_start(&letters[at..])];
        match found.into_iter().flatten().max_by_key(|word| word.len()) {
            Some(word) => {
                words.insert(word);
                at += word.len();
            }
            None => {
                own_characters += 1;
                at += here.len_utf8();
            }
        }
    }
    words.len() <= FEW_WORDS && own_characters < OWN_CHARACTERS
}

/// The longest common word that `text` starts with.
fn common_start(text: &str) -> Option<&'static str> {
    (3..=text.len().min(*LONGEST_COMMON))
        .rev()
        .filter_map(|end| text.get(..end))
        .find_map(|start| COMMON.get(start).copied())
}

/// Puts letters in place of what people write for them; every byte stays where it is.
fn without_leet(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// The length of the shortest block that, repeated, makes up the text.
fn shortest_block(text: &str) -> usize {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len())
        .find(|&length| {
            chars
                .iter()
                .zip(&chars[length..])
                .all(|(one, other)| one == other)
        })
        .unwrap_or(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused() {
        for password in [
            "passwordpassword",
            "Password12345!",
            "P@ssw0rd2024!!",
            "letmeinletmein",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabc",
            "qwertyuiop123",
            "1qaz2wsx3edc4rfv",
            "Welcome2026!!!",
            "iloveyoumichael",
            "ProcoreProcore1",
            "Construction1!",
            "31415926535897",
        ] {
            assert_eq!(
                check_password(password, &[]),
                Err(PasswordError::Common),
                "{password}"
            );
        }
    }

    #[test]
    fn phrases_and_random_strings_are_taken() {
        for password in [
            "correct horse battery staple",
            "coffee river monkey dragon",
            "vT9#kq2LmZ7x",
            "naïve café über öl",
            "пароль которого нет",
        ] {
            assert_eq!(
                check_password(password, &["Ada Lovelace", "ada@example.com"]),
                Ok(()),
                "{password}"
            );
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(check_password("", &[]), Err(PasswordError::Missing));
        assert_eq!(
            check_password("kq2LmZ7xvT9", &[]),
            Err(PasswordError::TooShort)
        );
        assert_eq!(
            check_password("öäüßéèêëìíî", &[]),
            Err(PasswordError::TooShort)
        );
        let long: String = ('a'..='z').cycle().take(LONGEST_PASSWORD + 1).collect();
        assert_eq!(check_password(&long, &[]), Err(PasswordError::TooLong));
    }

    #[test]
    fn a_password_about_the_person_is_refused() {
        let about = ["Grace Bartholomew", "grace@bartholomew-builders.com"];
        assert_eq!(
            check_password("bartholomew77", &about),
            Err(PasswordError::AboutYou)
        );
        assert_eq!(check_password("graceful otters dive deep", &about), Ok(()));
    }
}
