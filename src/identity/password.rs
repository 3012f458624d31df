//! Which passwords are accepted: long enough, and hard to guess.
//!
//! There are no composition rules: they make people choose `Password1!`, and length is what counts
//! (NIST SP 800-63B, 3.1.1.2). We require twelve characters because a second factor is optional, and
//! as many guesses as zxcvbn's best mark: it knows common passwords, words, names, dates, rows of
//! keys, repetition and what people write in place of letters.

use std::collections::HashSet;
use std::sync::LazyLock;

use zxcvbn::{Score, zxcvbn};

/// Fewest and most characters. Longer passwords would only cost hashing time.
pub const SHORTEST_PASSWORD: usize = 12;
pub const LONGEST_PASSWORD: usize = 256;

/// What guessers of our people's passwords begin with besides: words of the trade, and phrases that
/// everybody knows; in lower case.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Why a password was refused; the message is shown at the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    Missing,
    TooShort,
    TooLong,
    Common,
    AboutYou,
}

/// Checks whether a new password may be used. `about` holds what an attacker knows of the person:
/// their name, their address, their firms and the product.
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
    let known = known(about);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if is_hard_to_guess(password, &[&known, COMMON.as_slice()].concat()) {
        Ok(())
    } else if is_hard_to_guess(password, &COMMON) {
        Err(PasswordError::AboutYou)
    } else {
        Err(PasswordError::Common)
    }
}

fn is_hard_to_guess(password: &str, known: &[&str]) -> bool {
    zxcvbn(password, known).score() == Score::Four
}

/// The texts, the words in them, and the words without what is between.
fn known(about: &[&str]) -> HashSet<String> {
    let mut known = HashSet::new();
    for text in about {
        let text = text.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric());
        known.extend(
            words
                .filter(|it| it.chars().count() >= 3)
                .map(str::to_owned),
        );
        known.insert(text.replace(|c: char| !c.is_alphanumeric(), ""));
        known.insert(text);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_well_known_long_passwords_few_pass() {
        let known: Vec<&str> = include_str!("well_known_passwords.txt").lines().collect();
        let passed: Vec<&str> = known
            .iter()
            .copied()
            .filter(|password| check_password(password, &[]).is_ok())
            .collect();
        assert!(known.len() > 90, "{}", known.len());
        assert!(passed.len() * 50 <= known.len(), "{passed:?}");
    }

    #[test]
    fn phrases_and_random_strings_are_taken() {
        for password in [
            "correct horses better stapled",
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
    fn a_password_about_the_person_or_their_firm_is_refused() {
        let about = [
            "Grace Bartholomew",
            "grace@bartholomew-builders.com",
            "Wuthering Heights Masonry",
            "Quillfeather",
        ];
        for password in [
            "bartholomewgrace77",
            "grace@bartholomew-builders.com",
            "WutheringHeightsMasonry",
            "Quillfeather2026!",
        ] {
            assert!(check_password(password, &about).is_err(), "{password}");
        }
        let firm = check_password("WutheringHeightsMasonry", &about);
        assert_eq!(firm, Err(PasswordError::AboutYou));
        assert_eq!(check_password("graceful otters dive deep", &about), Ok(()));
    }
}
