//! Rows of a ledger, and the tiles of the Concierge page.

use super::{Action, Icon, Rich, Signal, StepState, WaitingFor, When, percent};
use crate::ledger::ActionState;
use crate::text::count::{Noun, counted_of};
use crate::text::onboarding::NOT_READ;
use crate::text::tile::steps_done;

/// One action of a long job: how far it is, and what it waits for.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub name: String,
    pub state: ActionState,
    /// How many are done, where things are counted.
    pub done: Option<u64>,
    /// How many there are, as far as Procore said.
    pub total: Option<u64>,
    /// How long it has taken so far.
    pub elapsed: Option<String>,
    /// `Until 14:05: Procore asked us to slow down`.
    pub note: Option<Rich>,
    /// The reason code, shown as `Ref …`.
    pub code: Option<String>,
    /// What Procore answered when it refused, for support.
    pub said: Vec<String>,
    /// Nothing of it could be read.
    pub is_refused: bool,
}

impl LedgerRow {
    pub fn new(name: impl Into<String>, state: ActionState) -> Self {
        Self {
            name: name.into(),
            state,
            done: None,
            total: None,
            elapsed: None,
            note: None,
            code: None,
            said: Vec::new(),
            is_refused: false,
        }
    }

    /// So many records of so many.
    #[must_use]
    pub fn records(mut self, done: u64, total: Option<u64>) -> Self {
        (self.done, self.total) = (Some(done), total);
        self
    }

    /// Procore refused it before anything was read.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.is_refused = true;
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

    /// The word for its state; a list that Procore refused as a whole was not read at all.
    pub fn word(&self) -> &'static str {
        match self.state {
            ActionState::Partial if self.is_refused => NOT_READ,
            state => state.label(),
        }
    }

    /// `1,204 of 3,550 records`, `1,204 records`, or nothing where nothing is counted.
    pub fn amount(&self) -> Option<String> {
        Some(counted_of(self.done?, self.total, Noun::Record))
    }

    pub fn icon(&self) -> Icon {
        match self.state {
            ActionState::Partial | ActionState::Short => Icon::Warning,
            state => Signal::from(state).icon(),
        }
    }

    pub fn class(&self) -> &'static str {
        Signal::from(self.state).class()
    }

    /// From 0 to 100 where the total is known and work is under way.
    pub fn percent(&self) -> Option<u64> {
        match self.state {
            ActionState::Running
            | ActionState::Waiting
            | ActionState::Partial
            | ActionState::Short
            | ActionState::NeedsPerson => Some(percent(self.done?, self.total?)),
            ActionState::Pending | ActionState::Done => None,
        }
    }
}

/// One integration on the Concierge page.
#[derive(Debug, Clone)]
pub struct Tile {
    pub name: String,
    /// What it does, in two lines, until the setup is begun.
    pub about: Option<String>,
    /// What it needs before it can be set up, until then.
    pub needs: Vec<String>,
    pub signal: Signal,
    /// The state in words: `Step 2 of 6`, `Connected`.
    pub state: String,
    /// The steps of the setup, until it is done.
    pub steps: Vec<StepState>,
    /// What comes next, and whose turn it is.
    pub next: Option<NextAction>,
    /// How much was read so far, while it is.
    pub reading: Option<String>,
    /// Which colleagues it waits for, and how far they are.
    pub waiting: Vec<WaitingFor>,
    /// What was brought.
    pub amounts: Vec<Amount>,
    pub read_at: Option<When>,
    /// Who changed it last, and when.
    pub touched: Option<(String, When)>,
    pub action: Action,
}

impl Tile {
    /// How far the setup is, for those who do not see the bar.
    pub fn steps_done(&self) -> String {
        let done = self.steps.iter().filter(|step| **step == StepState::Done);
        steps_done(done.count(), self.steps.len())
    }
}

/// What somebody does next.
#[derive(Debug, Clone)]
pub struct NextAction {
    pub text: String,
    /// `Your turn`, `Dana Fox’s turn`.
    pub turn: Option<String>,
}

/// A data set with the number of its records.
#[derive(Debug, Clone)]
pub struct Amount {
    pub label: &'static str,
    pub count: String,
    /// How much of it came, where that is not all.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_only_while_there_is_something_left() {
        for (state, bar) in [
            (ActionState::Pending, None),
            (ActionState::Running, Some(50)),
            (ActionState::Waiting, Some(50)),
            (ActionState::Partial, Some(50)),
            (ActionState::Short, Some(50)),
            (ActionState::NeedsPerson, Some(50)),
            (ActionState::Done, None),
        ] {
            assert_eq!(
                LedgerRow::new("People", state)
                    .records(5, Some(10))
                    .percent(),
                bar,
                "{state:?}"
            );
        }
        assert_eq!(
            LedgerRow::new("People", ActionState::Running)
                .records(5, None)
                .percent(),
            None
        );
    }
}
