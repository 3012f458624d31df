//! Why a command was not carried out.

use serde_json::Value;

/// Told to the person or test that sent it.
pub(super) struct CommandError(pub String);

impl<T: ToString> From<T> for CommandError {
    fn from(why: T) -> Self {
        Self(why.to_string())
    }
}

pub(super) type CommandResult = Result<Value, CommandError>;
