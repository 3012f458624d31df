//! Password hashes: Argon2id with 19 MiB and two passes, the first choice of OWASP's password
//! storage guide. Slow on purpose: callers run it off the request threads.

use std::sync::LazyLock;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::{ExposeSecret, SecretString};

use super::{VaultError, random_token, same_bytes};

/// A hash that no password matches, to spend the same time when there is none to compare.
static NOBODYS: LazyLock<Result<SecretString, VaultError>> =
    LazyLock::new(|| Workspace::default().hash(&random_token()?));

/// The memory that one hash needs, allocated at the first use and kept for the next: memory that is
/// allocated per hash does not all return to the system, and sign-ins would fill it up.
#[derive(Default)]
pub struct Workspace {
    blocks: Vec<Block>,
}

impl Workspace {
    /// Hashes a password with a random salt, as a PHC string.
    pub fn hash(&mut self, password: &SecretString) -> Result<SecretString, VaultError> {
        let (params, salt) = (Params::default(), Salt::generate());
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| VaultError::Password)?,
            salt: Some(salt),
            hash: Some(self.output(params, Version::V0x13, password, &salt)?),
        };
        Ok(SecretString::from(hash.to_string()))
    }

    /// Whether `password` matches `hash`. Takes as long without a hash.
    pub fn verify(
        &mut self,
        password: &SecretString,
        hash: Option<&SecretString>,
    ) -> Result<bool, VaultError> {
        let compared = match (hash, &*NOBODYS) {
            (Some(hash), _) => hash,
            (None, Ok(nobodys)) => nobodys,
            (None, Err(_)) => return Err(VaultError::Password),
        };
        let parsed =
            PasswordHash::new(compared.expose_secret()).map_err(|_| VaultError::Password)?;
        let params = Params::try_from(&parsed).map_err(|_| VaultError::Password)?;
        let version = parsed.version.map(Version::try_from).transpose();
        let version = version.map_err(|_| VaultError::Password)?;
        let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
            return Err(VaultError::Password);
        };
        let actual = self.output(params, version.unwrap_or_default(), password, &salt)?;
        Ok(same_bytes(actual.as_bytes(), expected.as_bytes()) && hash.is_some())
    }

    fn output(
        &mut self,
        params: Params,
        version: Version,
        password: &SecretString,
        salt: &[u8],
    ) -> Result<Output, VaultError> {
        let blocks = params.block_count();
        if self.blocks.len() < blocks {
            self.blocks.resize(blocks, Block::new());
        }
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
        let mut output = vec![0; length];
        argon2
            .hash_password_into_with_memory(
                password.expose_secret().as_bytes(),
                salt,
                &mut output,
                &mut self.blocks,
            )
            .map_err(|_| VaultError::Password)?;
        Output::new(&output).map_err(|_| VaultError::Password)
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    #[test]
    fn only_the_password_itself_matches_its_hash() {
        let mut workspace = Workspace::default();
        let password = SecretString::from("correct horse battery staple");
        let hash = workspace.hash(&password).unwrap();
        assert!(
            hash.expose_secret()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(workspace.verify(&password, Some(&hash)).unwrap());
        let other = SecretString::from("correct horse");
        assert!(!workspace.verify(&other, Some(&hash)).unwrap());
        assert!(!workspace.verify(&password, None).unwrap());
        let broken = SecretString::from("$argon2id$");
        assert!(matches!(
            workspace.verify(&password, Some(&broken)),
            Err(VaultError::Password)
        ));
    }

    #[test]
    fn hashes_of_the_library_match_and_the_memory_is_used_again() {
        let password = SecretString::from("correct horse battery staple");
        let theirs: PasswordHash = Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .unwrap();
        let theirs = SecretString::from(theirs.to_string());
        let mut workspace = Workspace::default();
        assert!(workspace.verify(&password, Some(&theirs)).unwrap());
        let first = workspace.blocks.as_ptr();
        assert!(workspace.verify(&password, Some(&theirs)).unwrap());
        assert_eq!(workspace.blocks.as_ptr(), first);
    }
}
