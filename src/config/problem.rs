//! What is wrong with a configuration, in words an operator can act on.

use std::fmt;

/// One setting that is missing or unusable. Never repeats the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable, as it is written in the environment.
    pub name: String,
    /// What is wrong with it; continues the name: "is not set".
    pub wrong: String,
    /// What to do; a sentence.
    pub fix: String,
}

/// Everything that is wrong, in the order of the documentation; never empty when returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("1 setting needs attention:")?,
            count => write!(f, "{count} settings need attention:")?,
        }
        for Problem { name, wrong, fix } in &self.0 {
            write!(f, "\n\n  {name} {wrong}.\n    {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
