//! The list of steps beside every page of the setup.

use super::super::access::FirmAccess;
use super::super::view::{Rail, RailStep, Shell, StepState};
use crate::onboarding::Stage;
use crate::onboarding::hand_over::offered;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::onboarding::step_name;

/// The steps with their states; `current` is the page that is being read.
pub(super) fn rail(access: &FirmAccess, shell: &Shell, stored: &Stored, current: Stage) -> Rail {
    rail_of(access, shell, stored, current, access.firm.is_stuck())
}

/// The same where the page knows better whether the next step is `stuck`: whether it waits for
/// somebody to fix something.
pub(crate) fn rail_of(
    access: &FirmAccess,
    shell: &Shell,
    stored: &Stored,
    current: Stage,
    stuck: bool,
) -> Rail {
    let onboarding = &stored.onboarding;
    let firm = access.firm.id;
    let way = stored.target().map(|target| target.access_way);
    let steps = Stage::STEPS
        .into_iter()
        .map(|step| RailStep {
            number: step.number(),
            name: step_name(step, way),
            href: onboarding
                .may_show(step)
                .is_ok()
                .then(|| paths::step(firm, step)),
            state: state(onboarding.stage, step, stuck),
            current: step == current.step(),
        })
        .collect();
    let saved = (!stored.changed_by.is_empty())
        .then(|| (stored.changed_by.clone(), shell.when(onboarding.updated_at)));
    let start_again = matches!(
        onboarding.stage,
        Stage::Credentials | Stage::Verify | Stage::Settings | Stage::Permissions | Stage::Complete
    );
    Rail {
        steps,
        saved,
        waiting: access.waiting.clone(),
        // To a visitor, the page of the details shows neither the form nor what was handed over.
        has_panel: !(offered(current).is_empty()
            || access.is_visited() && current == Stage::Credentials),
        back: current.as_str(),
        start_again: start_again.then(|| paths::start_again(firm)),
    }
}

/// How far a step is while the setup stands at `stage`.
pub(super) fn state(stage: Stage, step: Stage, stuck: bool) -> StepState {
    if stage == Stage::Done || step < stage.step() {
        StepState::Done
    } else if step > stage.step() {
        StepState::NotStarted
    } else if stuck {
        StepState::NeedsAttention
    } else {
        StepState::InProgress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_shows_where_it_stands() {
        use StepState::{Done, InProgress, NeedsAttention, NotStarted};
        let states = |stage, stuck| Stage::STEPS.map(|step| state(stage, step, stuck));
        let cases = [
            (
                Stage::Review,
                false,
                [
                    InProgress, NotStarted, NotStarted, NotStarted, NotStarted, NotStarted,
                ],
            ),
            (
                Stage::Verify,
                true,
                [
                    Done,
                    Done,
                    NeedsAttention,
                    NotStarted,
                    NotStarted,
                    NotStarted,
                ],
            ),
            (
                Stage::Completing,
                false,
                [Done, Done, Done, Done, Done, InProgress],
            ),
            (
                Stage::Completing,
                true,
                [Done, Done, Done, Done, Done, NeedsAttention],
            ),
            (Stage::Done, false, [Done; 6]),
        ];
        for (stage, stuck, expected) in cases {
            assert_eq!(states(stage, stuck), expected, "{stage:?}");
        }
    }
}
