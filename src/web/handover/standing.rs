//! How far a task is: by the checks of its step, or by the run of a completion that stopped.

use super::holder::Holder;
use crate::app::App;
use crate::content::FixCard;
use crate::flows::hand_over::answer::is_past_its_access;
use crate::help::OwnPage;
use crate::ledger::RunState;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::purpose;
use crate::web::error::PageError;
use crate::web::view::{Notice, Shell};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::verify::CauseToFix;
use crate::web::wizard::{fixes, ledger};

pub(super) struct TaskStanding {
    pub progress: Progress,
    pub notice: Option<Notice>,
    /// Why a completion stopped.
    pub cause: Option<CauseToFix>,
    /// What there is to do in Procore.
    pub card: Option<FixCard>,
    /// The rows behind it; a completion has none.
    pub shown: ShownChecks,
}

impl TaskStanding {
    /// `entered`: whether they entered details with their link already.
    pub(super) async fn of(
        app: &App,
        holder: &Holder,
        shell: &Shell,
        entered: bool,
    ) -> Result<Self, PageError> {
        let (hand_over, stored) = (&holder.held.hand_over, &holder.held.stored);
        if hand_over.step != Stage::Completing {
            let checks = purpose(hand_over.task, hand_over.step);
            let shown = ShownChecks::newest(app, stored, checks).await?;
            return Ok(Self {
                progress: shown.progress(),
                notice: shown.notice(shell),
                cause: None,
                card: fixes::card(app, stored, &shown),
                shown,
            });
        }
        let (run, entries) = ledger::newest(app, stored)
            .await?
            .ok_or(PageError::Missing)?;
        let needs = run.code.filter(|_| run.state == RunState::NeedsPerson);
        Ok(Self {
            progress: match run.state {
                state if is_past_its_access(state, &entries) => Progress::Passed,
                RunState::Running | RunState::Done => Progress::Running,
                RunState::Waiting => Progress::Waiting,
                RunState::NeedsPerson | RunState::Abandoned => Progress::Failed,
            },
            notice: Some(ledger::notice(shell, &run, &entries)),
            cause: needs.and_then(|code| {
                let page = match entered {
                    true => OwnPage::ENTERED,
                    false => OwnPage::ENTER,
                };
                CauseToFix::of_completion(app, stored, &entries, (code, page), |it| {
                    holder.stuck(it)
                })
            }),
            card: needs
                .and_then(|code| fixes::of_completion(app, stored, &entries, code, OwnPage::FIX)),
            shown: ShownChecks::none(),
        })
    }
}
