//! Rows of a ledger, and the tiles of the Concierge page.

use super::number::{counted, grouped, percent};
use super::{Action, LedgerState, Rich, Signal, When};

/// One action of a long job: how far it is, and what it waits for.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub name: String,
    pub state: LedgerState,
    /// How many are done, where things are counted.
    pub done: Option<u64>,
    /// How many there are, as far as Procore said.
    pub total: Option<u64>,
    /// What is counted, in the singular: `project`.
    pub unit: &'static str,
    /// How long it has taken so far.
    pub elapsed: Option<String>,
    /// `until 14:05, Procore asked us to slow down`.
    pub note: Option<Rich>,
    /// The reason code, shown as `Ref …`.
    pub code: Option<String>,
    /// What Procore answered when it refused, for support.
    pub said: Vec<String>,
}

impl LedgerRow {
    pub fn new(name: impl Into<String>, state: LedgerState) -> Self {
        Self {
            name: name.into(),
            state,
            done: None,
            total: None,
            unit: "record",
            elapsed: None,
            note: None,
            code: None,
            said: Vec::new(),
        }
    }

    /// What is counted, so many of so many.
    #[must_use]
    pub fn count(mut self, unit: &'static str, done: u64, total: Option<u64>) -> Self {
        (self.unit, self.done, self.total) = (unit, Some(done), total);
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<Rich>) -> Self {
        self.note = Some(note.into());
        self
    }

    #[must_use]
    pub fn elapsed(mut self, elapsed: impl Into<String>) -> Self {
        self.elapsed = Some(elapsed.into());
        self
    }

    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// `1,204 of 3,550 people`, `1,204 people`, or nothing where nothing is counted.
    pub fn amount(&self) -> Option<String> {
        let done = self.done?;
        Some(match self.total {
            Some(total) if total != done => {
                format!("{} of {}", grouped(done), counted(total, self.unit))
            }
            Some(_) | None => counted(done, self.unit),
        })
    }

    /// From 0 to 100 where the total is known and work is under way.
    pub fn percent(&self) -> Option<u64> {
        match self.state {
            LedgerState::Running
            | LedgerState::Waiting
            | LedgerState::Partial
            | LedgerState::NeedsPerson => Some(percent(self.done?, self.total?)),
            LedgerState::Pending | LedgerState::Done => None,
        }
    }
}

/// One integration on the Concierge page.
#[derive(Debug, Clone)]
pub struct Tile {
    pub name: String,
    /// What it does, in two lines.
    pub text: String,
    /// What it needs before it can be set up.
    pub needs: Vec<String>,
    pub signal: Signal,
    /// The state in words: `Step 2 of 6`, `Connected`.
    pub state: String,
    /// Who changed it last, and when.
    pub touched: Option<(String, When)>,
    pub action: Action,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_say_how_many_of_how_many() {
        for (done, total, amount) in [
            (0, Some(12), "0 of 12 projects"),
            (12, Some(12), "12 projects"),
            (1, Some(1), "1 project"),
            (1_204, None, "1,204 projects"),
        ] {
            let row =
                LedgerRow::new("Projects", LedgerState::Running).count("project", done, total);
            assert_eq!(row.amount().as_deref(), Some(amount));
        }
        assert_eq!(
            LedgerRow::new("Webhook", LedgerState::Running).amount(),
            None
        );
    }

    #[test]
    fn a_bar_is_drawn_only_while_there_is_something_left() {
        for (state, bar) in [
            (LedgerState::Pending, None),
            (LedgerState::Running, Some(50)),
            (LedgerState::Waiting, Some(50)),
            (LedgerState::Partial, Some(50)),
            (LedgerState::NeedsPerson, Some(50)),
            (LedgerState::Done, None),
        ] {
            assert_eq!(
                LedgerRow::new("People", state)
                    .count("person", 5, Some(10))
                    .percent(),
                bar,
                "{state:?}"
            );
        }
        assert_eq!(
            LedgerRow::new("People", LedgerState::Running)
                .count("person", 5, None)
                .percent(),
            None
        );
    }
}
