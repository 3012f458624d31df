use super::*;
use crate::catalog::Tool;

const FRESH: Evidence = Evidence {
    access_way: None,
    stage: Stage::Verify,
    progress_at: DateTime::UNIX_EPOCH,
    closed: false,
    handed_over_at: None,
    approval_pending: false,
    checks: None,
    run: None,
    removal: None,
    connection: None,
    paused: false,
    incident: None,
    webhook_changed: false,
};

fn proven_by(evidence: Evidence) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
    let situation = evidence.situation(DateTime::UNIX_EPOCH);
    (situation.code, situation.reason, situation.party)
}

#[test]
fn the_evidence_decides() {
    let level = ReasonCode::Level(Tool::Directory);
    let stopped = |code| Evidence {
        checks: Some(Checks::Stopped(Some(code))),
        ..FRESH
    };
    let run = |state, code| Evidence {
        stage: Stage::Completing,
        run: Some((state, code)),
        ..FRESH
    };
    let removal = |state, code| Evidence {
        stage: Stage::Completing,
        closed: true,
        run: Some((RunState::Abandoned, None)),
        removal: Some((state, code)),
        ..FRESH
    };
    let cases = [
        (
            removal(RunState::Running, None),
            (SituationCode::Closing, None, WaitingOn::Nobody),
        ),
        (
            removal(RunState::Waiting, Some(ReasonCode::Unreachable)),
            (
                SituationCode::Closing,
                Some(ReasonCode::Unreachable),
                WaitingOn::Procore,
            ),
        ),
        (
            removal(RunState::NeedsPerson, Some(ReasonCode::Credentials)),
            (
                SituationCode::Closing,
                Some(ReasonCode::Credentials),
                WaitingOn::Us,
            ),
        ),
        (
            removal(RunState::Done, None),
            (SituationCode::Closed, None, WaitingOn::Nobody),
        ),
        (
            Evidence {
                closed: false,
                stage: Stage::Credentials,
                ..removal(RunState::Done, None)
            },
            (SituationCode::InProgress, None, WaitingOn::Firm),
        ),
        (
            Evidence {
                stage: Stage::Review,
                ..FRESH
            },
            (SituationCode::NeverStarted, None, WaitingOn::Firm),
        ),
        (FRESH, (SituationCode::InProgress, None, WaitingOn::Firm)),
        (
            Evidence {
                stage: Stage::Credentials,
                approval_pending: true,
                ..FRESH
            },
            (
                SituationCode::PendingApproval,
                Some(ReasonCode::PendingApproval),
                WaitingOn::Procore,
            ),
        ),
        (
            Evidence {
                checks: Some(Checks::Passed),
                ..FRESH
            },
            (SituationCode::InProgress, None, WaitingOn::Firm),
        ),
        (
            stopped(ReasonCode::Credentials),
            (
                SituationCode::KeyRejected,
                Some(ReasonCode::Credentials),
                WaitingOn::Firm,
            ),
        ),
        (
            stopped(level),
            (
                SituationCode::LevelTooLow,
                Some(level),
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            stopped(ReasonCode::Unreachable),
            (
                SituationCode::ProcoreOutage,
                Some(ReasonCode::Unreachable),
                WaitingOn::Procore,
            ),
        ),
        (
            Evidence {
                handed_over_at: Some(DateTime::UNIX_EPOCH),
                ..stopped(ReasonCode::Credentials)
            },
            (
                SituationCode::KeyRejected,
                Some(ReasonCode::Credentials),
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            Evidence {
                handed_over_at: Some(DateTime::UNIX_EPOCH),
                ..FRESH
            },
            (
                SituationCode::WaitingForAdmin,
                None,
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            run(RunState::Running, None),
            (SituationCode::Completing, None, WaitingOn::Nobody),
        ),
        (
            run(RunState::Waiting, Some(ReasonCode::Rate)),
            (
                SituationCode::CompletionWaiting,
                Some(ReasonCode::Rate),
                WaitingOn::Procore,
            ),
        ),
        (
            run(RunState::NeedsPerson, Some(ReasonCode::NotInstalled)),
            (
                SituationCode::CompletionNeedsPerson,
                Some(ReasonCode::NotInstalled),
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            Evidence {
                stage: Stage::Done,
                ..FRESH
            },
            (SituationCode::Connected, None, WaitingOn::Nobody),
        ),
        (
            Evidence {
                closed: true,
                ..stopped(level)
            },
            (SituationCode::Closed, None, WaitingOn::Nobody),
        ),
    ];
    for (evidence, expected) in cases {
        assert_eq!(proven_by(evidence), expected, "{evidence:?}");
    }
}

#[test]
fn every_reason_of_checks_has_a_situation_that_waits_or_stops() {
    let of_checks = ReasonCode::all().filter(|reason| *reason != ReasonCode::PendingApproval);
    for reason in of_checks {
        let (code, said, party) = proven_by(Evidence {
            checks: Some(Checks::Stopped(Some(reason))),
            ..FRESH
        });
        let kind = match reason.is_wait() {
            true => Kind::Waiting,
            false => Kind::Stopped,
        };
        assert_eq!((code.kind(), said), (kind, Some(reason)));
        assert_eq!(party, reason.party().into());
    }
    let unknown = Evidence {
        checks: Some(Checks::Stopped(None)),
        ..FRESH
    };
    let expected = (SituationCode::UnknownAnswer, None, WaitingOn::Firm);
    assert_eq!(proven_by(unknown), expected);
}

#[test]
fn once_the_setup_is_done_the_connection_speaks() {
    for (connection, code) in [
        (None, SituationCode::Connected),
        (Some(ConnectionState::Connected), SituationCode::Connected),
        (Some(ConnectionState::Removing), SituationCode::Closing),
        (Some(ConnectionState::Disconnected), SituationCode::Closed),
    ] {
        let done = Evidence {
            stage: Stage::Done,
            connection,
            ..FRESH
        };
        assert_eq!(proven_by(done), (code, None, WaitingOn::Nobody));
    }
    for (reason, code) in [
        (ReasonCode::NotInstalled, SituationCode::ConnectionBroken),
        (ReasonCode::Hook, SituationCode::ConnectionDegraded),
        (ReasonCode::Deliveries, SituationCode::ConnectionDegraded),
        (ReasonCode::Late, SituationCode::ConnectionDegraded),
        (ReasonCode::AppUpdate, SituationCode::ConnectionDegraded),
    ] {
        let wrong = Evidence {
            stage: Stage::Done,
            connection: Some(ConnectionState::Connected),
            incident: Some(reason),
            ..FRESH
        };
        assert_eq!(
            proven_by(wrong),
            (code, Some(reason), reason.party().into())
        );
        let paused = Evidence {
            paused: true,
            ..wrong
        };
        let rests = (SituationCode::ConnectionPaused, None, WaitingOn::Firm);
        assert_eq!(proven_by(paused), rests);
    }
}

#[test]
fn time_alone_makes_a_firm_idle() {
    for code in SituationCode::ALL {
        assert_eq!(code.after(false), code);
        let later = match code {
            SituationCode::InProgress => SituationCode::Idle,
            other => other,
        };
        assert_eq!(code.after(true), later);
    }
}

#[test]
fn a_key_that_is_the_vendors_is_ours_to_correct() {
    let stopped = |access_way| Evidence {
        stage: Stage::Verify,
        checks: Some(Checks::Stopped(Some(ReasonCode::Credentials))),
        access_way: Some(access_way),
        ..FRESH
    };
    for (way, party) in [
        (AccessWay::VendorApp, WaitingOn::Us),
        (AccessWay::OwnApp, WaitingOn::Firm),
        (AccessWay::LegacyAccount, WaitingOn::Firm),
    ] {
        let situation = stopped(way).situation(DateTime::UNIX_EPOCH);
        assert_eq!(situation.party, party, "{way:?}");
    }
}
