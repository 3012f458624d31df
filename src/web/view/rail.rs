//! The list of steps beside every page of the wizard.

use super::number::percent;
use super::{StepState, WaitingFor, When};

/// The steps of the setup, and where the reader stands.
#[derive(Debug, Clone, Default)]
pub struct Rail {
    pub steps: Vec<RailStep>,
    /// Who saved last, and when.
    pub saved: Option<(String, When)>,
    /// Which colleagues the setup waits for, and how far they are.
    pub waiting: Vec<WaitingFor>,
    /// Whether the page itself shows what was handed over, with its buttons.
    pub has_panel: bool,
    /// The page, as the buttons come back to it.
    pub back: &'static str,
    /// Where *Start again* leads, while there is something to start again.
    pub start_again: Option<String>,
}

#[derive(Debug, Clone)]
pub struct RailStep {
    pub number: usize,
    pub name: &'static str,
    /// Where the step leads, once it may be opened.
    pub href: Option<String>,
    pub state: StepState,
    /// Whether this is the page being read.
    pub current: bool,
}

impl Rail {
    /// The step being read; the first one on a page that belongs to none.
    pub fn current(&self) -> Option<&RailStep> {
        self.steps
            .iter()
            .find(|step| step.current)
            .or(self.steps.first())
    }

    /// How much is done, from 0 to 100.
    pub fn percent_done(&self) -> u64 {
        percent(self.done() as u64, self.steps.len() as u64)
    }

    /// How many steps are done.
    pub fn done(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.state == StepState::Done)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rail(states: &[StepState], current: Option<usize>) -> Rail {
        let steps = states
            .iter()
            .enumerate()
            .map(|(index, state)| RailStep {
                number: index + 1,
                name: "Step",
                href: None,
                state: *state,
                current: current == Some(index + 1),
            })
            .collect();
        Rail {
            steps,
            ..Rail::default()
        }
    }

    #[test]
    fn the_current_step_is_the_one_being_read() {
        use StepState::{Done, InProgress, NotStarted};
        for (current, number) in [(Some(2), 2), (Some(3), 3), (None, 1)] {
            let rail = rail(&[Done, InProgress, NotStarted], current);
            assert_eq!(rail.current().map(|step| step.number), Some(number));
            assert_eq!((rail.done(), rail.percent_done()), (1, 33));
        }
        assert!(Rail::default().current().is_none());
        assert_eq!(Rail::default().percent_done(), 0);
    }
}
