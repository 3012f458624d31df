//! Why a command was not carried out.

use serde_json::Value;

/// Told to the person or test that sent it.
pub struct CommandError(pub String);

impl<T: ToString> From<T> for CommandError {
    fn from(why: T) -> Self {
        Self(why.to_string())
    }
}

pub type CommandResult = Result<Value, CommandError>;
