//! Why a command was not carried out.

use serde_json::Value;

/// Told to the person or test that sent it.
pub struct Refused(pub String);

impl<T: ToString> From<T> for Refused {
    fn from(why: T) -> Self {
        Self(why.to_string())
    }
}

pub type Done = Result<Value, Refused>;
