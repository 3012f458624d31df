//! Printing data: for people, or as JSON for programs.

use anyhow::Context;
use serde::Serialize;

use super::Failure;

/// How a command prints its data.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Output {
    /// Print the data as one JSON object
    #[arg(long)]
    json: bool,
}

impl Output {
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints `data` as JSON, or `text`.
    pub fn print<T: Serialize>(
        self,
        data: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let line = match self.json {
            true => serde_json::to_string(data).context("The data could not be written as JSON")?,
            false => text(data),
        };
        println!("{line}");
        Ok(())
    }
}
