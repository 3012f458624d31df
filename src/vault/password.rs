//! Password hashes: Argon2id with 19 MiB and two passes, the first choice of OWASP's password
//! storage guide. Slow on purpose: callers run it off the request threads.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

use super::{VaultError, random_token};

/// A hash that no password matches, to spend the same time when there is none to compare.
static NOBODYS: LazyLock<Result<SecretString, VaultError>> =
    LazyLock::new(|| hash(&random_token()?));

/// Hashes a password with a random salt, as a PHC string.
pub fn hash(password: &SecretString) -> Result<SecretString, VaultError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|_| VaultError::Password)?;
    Ok(SecretString::from(hash.to_string()))
}

/// Whether `password` matches `hash`. Takes as long without a hash.
pub fn verify(password: &SecretString, hash: Option<&SecretString>) -> Result<bool, VaultError> {
    let compared = match (hash, &*NOBODYS) {
        (Some(hash), _) => hash,
        (None, Ok(nobodys)) => nobodys,
        (None, Err(_)) => return Err(VaultError::Password),
    };
    let parsed = PasswordHash::new(compared.expose_secret()).map_err(|_| VaultError::Password)?;
    let same = Argon2::default()
        .verify_password(password.expose_secret().as_bytes(), &parsed)
        .is_ok();
    Ok(same && hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_matches_its_hash() {
        let password = SecretString::from("correct horse battery staple");
        let hash = hash(&password).unwrap();
        assert!(
            hash.expose_secret()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(verify(&password, Some(&hash)).unwrap());
        assert!(!verify(&SecretString::from("correct horse"), Some(&hash)).unwrap());
        assert!(!verify(&password, None).unwrap());
        let broken = SecretString::from("$argon2id$");
        assert!(matches!(
            verify(&password, Some(&broken)),
            Err(VaultError::Password)
        ));
    }
}
