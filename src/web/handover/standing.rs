//! How far a task is: by the checks of its step, or by the run of a completion that stopped.

use super::holder::Holder;
use crate::app::App;
use crate::content::FixCard;
use crate::flows::hand_over::answer::is_past_its_access;
use crate::ledger::RunState;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::purpose;
use crate::web::error::PageError;
use crate::web::view::{Notice, Shell};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::{fixes, ledger};

pub(super) struct TaskStanding {
    pub progress: Progress,
    pub notice: Option<Notice>,
    /// What there is to do in Procore.
    pub card: Option<FixCard>,
    /// The rows behind it; a completion has none.
    pub shown: ShownChecks,
}

impl TaskStanding {
    pub(super) async fn of(app: &App, holder: &Holder, shell: &Shell) -> Result<Self, PageError> {
        let (hand_over, stored) = (&holder.held.hand_over, &holder.held.stored);
        if hand_over.step != Stage::Completing {
            let checks = purpose(hand_over.task, hand_over.step);
            let shown = ShownChecks::newest(app, stored, checks).await?;
            return Ok(Self {
                progress: shown.progress(),
                notice: shown.notice(shell),
                card: fixes::card(app, stored, &shown),
                shown,
            });
        }
        let (run, entries) = ledger::newest(app, stored)
            .await?
            .ok_or(PageError::Missing)?;
        Ok(Self {
            progress: match run.state {
                state if is_past_its_access(state, &entries) => Progress::Passed,
                RunState::Running | RunState::Done => Progress::Running,
                RunState::Waiting => Progress::Waiting,
                RunState::NeedsPerson | RunState::Abandoned => Progress::Failed,
            },
            notice: Some(ledger::notice(shell, &run, &entries)),
            card: match run.code {
                Some(code) if run.state == RunState::NeedsPerson => {
                    fixes::of_completion(app, stored, &entries, code)
                }
                Some(_) | None => None,
            },
            shown: ShownChecks::none(),
        })
    }
}
