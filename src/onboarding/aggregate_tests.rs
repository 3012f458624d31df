//! Every verb against every stage.

use chrono::TimeDelta;

use super::*;
use crate::catalog::{Choice, DataSet};
use crate::connection::AccessWay;
use crate::identity::FirmId;

use Stage::{
    Complete, Completing, Credentials, Done, Permissions, Review, Settings as Choosing, Verify,
};

const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn later() -> DateTime<Utc> {
    START + TimeDelta::minutes(5)
}

fn target(company_id: i64) -> Target {
    Target {
        environment: "production".into(),
        company_id,
        access_way: AccessWay::OwnApp,
    }
}

fn at(stage: Stage) -> Onboarding {
    let mut onboarding = Onboarding::open(OnboardingId::NIL, FirmId::NIL, START);
    onboarding.stage = stage;
    if stage > Credentials {
        onboarding.connection_id = Some(connection(stage).id);
    }
    onboarding
}

/// The connection of an onboarding that is at `stage`.
fn connection(stage: Stage) -> Connection {
    let (id, firm) = (ConnectionId::NIL, FirmId::NIL);
    let mut connection = Connection::open(id, firm, target(1), START);
    if stage > Choosing {
        connection.choose(Settings::suggested()).unwrap();
    }
    connection
}

/// Runs `verb` on a fresh onboarding of each stage and compares where it leads, or why not.
fn table(
    verb: impl Fn(&mut Onboarding, &mut Connection) -> Result<(), Refused>,
    expected: [Result<Stage, Refused>; 8],
) {
    for (stage, expected) in Stage::ALL.into_iter().zip(expected) {
        let (mut onboarding, mut connected) = (at(stage), connection(stage));
        let result = verb(&mut onboarding, &mut connected).map(|()| onboarding.stage);
        assert_eq!(result, expected, "from {stage:?}");
        if result.is_err() {
            assert_eq!(
                (onboarding, connected),
                (at(stage), connection(stage)),
                "a refused verb changes nothing, from {stage:?}"
            );
        }
    }
}

#[test]
fn review_is_confirmed_once() {
    table(
        |onboarding, _| onboarding.confirm_review(later()),
        [
            Ok(Credentials),
            Ok(Credentials),
            Ok(Verify),
            Ok(Choosing),
            Ok(Permissions),
            Ok(Complete),
            Ok(Completing),
            Ok(Done),
        ],
    );
}

#[test]
fn new_details_lead_to_verification() {
    table(
        |onboarding, connection| {
            onboarding.submit_credentials(connection, target(1), false, later())
        },
        [
            Err(Refused::Before(Review)),
            Ok(Verify),
            Ok(Verify),
            Ok(Verify),
            Ok(Verify),
            Ok(Verify),
            Err(Refused::Running),
            Err(Refused::Connected),
        ],
    );
}

#[test]
fn a_run_that_waits_for_a_person_takes_new_details_of_the_same_company() {
    let (mut onboarding, mut connection) = (at(Completing), connection(Completing));
    assert_eq!(
        onboarding.submit_credentials(&mut connection, target(1), true, later()),
        Ok(())
    );
    assert_eq!(onboarding.stage, Completing);
    assert_eq!(
        onboarding.submit_credentials(&mut connection, target(2), true, later()),
        Err(Refused::OtherCompany),
        "another company would leave the first one half set up"
    );
}

#[test]
fn verification_is_confirmed_when_it_passed() {
    table(
        |onboarding, connection| {
            let settings = connection.settings.as_ref();
            onboarding.confirm_verification(settings, Evidence::Passed, later())
        },
        [
            Err(Refused::Before(Review)),
            Err(Refused::Before(Credentials)),
            Ok(Choosing),
            Ok(Choosing),
            Ok(Permissions),
            Ok(Complete),
            Err(Refused::Running),
            Err(Refused::Connected),
        ],
    );
    let mut onboarding = at(Verify);
    assert_eq!(
        onboarding.confirm_verification(None, Evidence::Missing, later()),
        Err(Refused::NotPassed(Verify))
    );
}

#[test]
fn settings_chosen_before_are_not_asked_for_again() {
    let (mut onboarding, mut connection) = (at(Complete), connection(Complete));
    onboarding
        .submit_credentials(&mut connection, target(1), false, later())
        .unwrap();
    onboarding
        .confirm_verification(connection.settings.as_ref(), Evidence::Passed, later())
        .unwrap();
    assert_eq!(onboarding.stage, Permissions);
}

#[test]
fn another_choice_asks_for_the_permissions_again() {
    let more =
        || Settings::new([Choice::of(DataSet::Projects), Choice::of(DataSet::Trades)]).unwrap();
    table(
        |onboarding, connection| onboarding.save_settings(connection, more(), later()),
        [
            Err(Refused::Before(Review)),
            Err(Refused::Before(Credentials)),
            Err(Refused::Before(Verify)),
            Ok(Permissions),
            Ok(Permissions),
            Ok(Permissions),
            Err(Refused::Running),
            Err(Refused::Connected),
        ],
    );
    let (mut same, mut connection) = (at(Complete), connection(Complete));
    same.save_settings(&mut connection, Settings::suggested(), later())
        .unwrap();
    assert_eq!(same.stage, Complete, "the same choice resets nothing");
}

#[test]
fn permissions_are_confirmed_when_they_passed() {
    table(
        |onboarding, _| onboarding.confirm_permissions(Evidence::Passed, later()),
        [
            Err(Refused::Before(Review)),
            Err(Refused::Before(Credentials)),
            Err(Refused::Before(Verify)),
            Err(Refused::Before(Choosing)),
            Ok(Complete),
            Ok(Complete),
            Err(Refused::Running),
            Err(Refused::Connected),
        ],
    );
    let mut onboarding = at(Permissions);
    assert_eq!(
        onboarding.confirm_permissions(Evidence::Missing, later()),
        Err(Refused::NotPassed(Permissions))
    );
}

#[test]
fn completion_starts_once_and_only_on_full_evidence() {
    use Evidence::{Missing, Passed};
    table(
        |onboarding, connection| {
            let settings = connection.settings.as_ref();
            onboarding
                .start_completion(settings, Passed, Passed, later())
                .map(drop)
        },
        [
            Err(Refused::Before(Review)),
            Err(Refused::Before(Credentials)),
            Err(Refused::Before(Verify)),
            Err(Refused::Before(Choosing)),
            Err(Refused::Before(Permissions)),
            Ok(Completing),
            Err(Refused::Running),
            Err(Refused::Connected),
        ],
    );
    let cases = [
        (Missing, Passed, Refused::NotPassed(Verify)),
        (Passed, Missing, Refused::NotPassed(Permissions)),
        (Missing, Missing, Refused::NotPassed(Verify)),
    ];
    for (verification, permissions, expected) in cases {
        let settings = Settings::suggested();
        let refused =
            at(Complete).start_completion(Some(&settings), verification, permissions, later());
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn completion_ends_in_done_and_stays_there() {
    table(
        |onboarding, connection| onboarding.finish_completion(connection, later()),
        [
            Err(Refused::Before(Review)),
            Err(Refused::Before(Credentials)),
            Err(Refused::Before(Verify)),
            Err(Refused::Before(Choosing)),
            Err(Refused::Before(Permissions)),
            Err(Refused::Before(Complete)),
            Ok(Done),
            Ok(Done),
        ],
    );
}

#[test]
fn an_onboarding_is_archived_unless_it_runs_or_is_done() {
    for stage in Stage::ALL {
        let mut onboarding = at(stage);
        let expected = match stage {
            Completing => Err(Refused::Running),
            Done => Err(Refused::Connected),
            _ => Ok(()),
        };
        assert_eq!(onboarding.archive(true, later()), expected, "{stage:?}");
    }
    assert_eq!(
        at(Completing).archive(false, later()),
        Ok(()),
        "a parked run can be left"
    );
}

#[test]
fn an_archived_onboarding_refuses_everything() {
    type VerbOf = fn(&mut Onboarding, &mut Connection) -> Result<(), Refused>;
    let mut onboarding = at(Verify);
    onboarding.archive(false, later()).unwrap();
    let verbs: [VerbOf; 6] = [
        |it, _| it.confirm_review(later()),
        |it, connection| it.submit_credentials(connection, target(1), false, later()),
        |it, _| it.confirm_verification(None, Evidence::Passed, later()),
        |it, connection| it.save_settings(connection, Settings::suggested(), later()),
        |it, _| it.confirm_permissions(Evidence::Passed, later()),
        |it, _| it.archive(false, later()),
    ];
    for verb in verbs {
        let (mut onboarding, mut connection) = (onboarding.clone(), connection(Verify));
        let refused = verb(&mut onboarding, &mut connection);
        assert_eq!(refused, Err(Refused::Archived));
    }
}

#[test]
fn steps_ahead_of_the_progress_are_not_shown() {
    assert_eq!(at(Verify).may_show(Review), Ok(()));
    assert_eq!(at(Verify).may_show(Choosing), Err(Refused::Before(Verify)));
    assert_eq!(at(Completing).may_show(Credentials), Ok(()));
    assert_eq!(at(Done).may_show(Review), Err(Refused::Connected));
    assert_eq!(at(Done).may_show(Complete), Ok(()));
}

#[test]
fn says_before_a_change_what_it_resets() {
    assert_eq!(
        at(Complete).reset_by_changing(Credentials),
        [Verify, Permissions]
    );
    assert_eq!(at(Credentials).reset_by_changing(Credentials), []);
    assert_eq!(at(Verify).reset_by_changing(Credentials), [Verify]);
    assert_eq!(at(Choosing).reset_by_changing(Credentials), [Verify]);
    assert_eq!(at(Completing).reset_by_changing(Credentials), []);
    assert_eq!(at(Complete).reset_by_changing(Choosing), [Permissions]);
    assert_eq!(at(Permissions).reset_by_changing(Choosing), [Permissions]);
    assert_eq!(at(Choosing).reset_by_changing(Choosing), []);
}

#[test]
fn support_reopens_only_steps_that_were_reached() {
    let mut onboarding = at(Complete);
    assert_eq!(onboarding.reopen_step(Choosing, later()), Ok(()));
    assert_eq!(onboarding.stage, Choosing);
    assert_eq!(
        onboarding.reopen_step(Complete, later()),
        Err(Refused::Before(Choosing))
    );
}

#[test]
fn a_closed_walk_opens_again_with_everything_but_the_secret() {
    for stage in Stage::ALL {
        let mut onboarding = at(stage);
        onboarding.archived_at = Some(later());
        let mut closed = connection(stage);
        closed.disconnect();
        onboarding.reopen(Some(&mut closed), later());
        let expected = match stage {
            Stage::Review => Stage::Review,
            _ => Stage::Credentials,
        };
        assert_eq!(onboarding.stage, expected, "{stage:?}");
        assert_eq!(onboarding.archived_at, None);
        assert_eq!(closed, connection(stage));
    }
}

#[test]
fn opening_a_step_again_resets_what_was_done_from_there_on() {
    use Stage::{Complete, Credentials, Permissions, Review, Settings, Verify};
    for (stage, step, expected) in [
        (Complete, Permissions, vec![Permissions]),
        (Complete, Verify, vec![Verify, Settings, Permissions]),
        (
            Complete,
            Review,
            vec![Review, Credentials, Verify, Settings, Permissions],
        ),
        (Verify, Credentials, vec![Credentials]),
        (Credentials, Credentials, vec![]),
    ] {
        let reset: Vec<Stage> = at(stage).reset_by_reopening(step).collect();
        assert_eq!(reset, expected, "{stage:?} back to {step:?}");
    }
}

#[test]
fn a_confirmed_step_that_fails_is_open_again() {
    for (purpose, step) in [
        (CheckPurpose::Verify, Verify),
        (CheckPurpose::Permissions, Permissions),
    ] {
        for stage in Stage::ALL {
            let mut onboarding = at(stage);
            let falls = stage > step && stage < Completing;
            let changed = onboarding.take_result(purpose, Evidence::Missing, later());
            assert_eq!(changed, falls, "{purpose:?} from {stage:?}");
            let expected = if falls { step } else { stage };
            assert_eq!(onboarding.stage, expected, "{purpose:?} from {stage:?}");
            assert!(!onboarding.take_result(purpose, Evidence::Passed, later()));
            assert_eq!(onboarding.stage, expected, "passing confirms nothing");
        }
    }
}

#[test]
fn details_that_work_end_the_wait_for_procores_review() {
    let mut onboarding = at(Verify);
    onboarding.approval_pending_since = Some(START);
    assert!(!onboarding.take_result(CheckPurpose::Verify, Evidence::Missing, later()));
    assert_eq!(onboarding.approval_pending_since, Some(START));
    assert!(onboarding.take_result(CheckPurpose::Verify, Evidence::Passed, later()));
    assert_eq!(onboarding.approval_pending_since, None);
}
