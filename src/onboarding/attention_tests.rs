use super::*;
use crate::catalog::Tool;

const FRESH: Evidence = Evidence {
    stage: Stage::Verify,
    closed: false,
    handed_over: false,
    checks: None,
    run: None,
    removal: None,
};

fn line(evidence: Evidence) -> (Reason, Option<ReasonCode>, WaitingOn) {
    let attention = derive(&evidence);
    (attention.reason, attention.code, attention.waiting_on)
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
            (Reason::Closing, None, WaitingOn::Nobody),
        ),
        (
            removal(RunState::Waiting, Some(ReasonCode::Unreachable)),
            (
                Reason::Closing,
                Some(ReasonCode::Unreachable),
                WaitingOn::Procore,
            ),
        ),
        (
            removal(RunState::NeedsPerson, Some(ReasonCode::Credentials)),
            (
                Reason::Closing,
                Some(ReasonCode::Credentials),
                WaitingOn::Us,
            ),
        ),
        (
            removal(RunState::Done, None),
            (Reason::Closed, None, WaitingOn::Nobody),
        ),
        (
            Evidence {
                closed: false,
                stage: Stage::Credentials,
                ..removal(RunState::Done, None)
            },
            (Reason::InProgress, None, WaitingOn::Firm),
        ),
        (
            Evidence {
                stage: Stage::Review,
                ..FRESH
            },
            (Reason::NeverStarted, None, WaitingOn::Firm),
        ),
        (FRESH, (Reason::InProgress, None, WaitingOn::Firm)),
        (
            Evidence {
                checks: Some(Checks::Passed),
                ..FRESH
            },
            (Reason::InProgress, None, WaitingOn::Firm),
        ),
        (
            stopped(ReasonCode::Credentials),
            (
                Reason::CheckFailed,
                Some(ReasonCode::Credentials),
                WaitingOn::Firm,
            ),
        ),
        (
            stopped(level),
            (Reason::CheckFailed, Some(level), WaitingOn::ProcoreAdmin),
        ),
        (
            stopped(ReasonCode::Unreachable),
            (
                Reason::ProcoreAway,
                Some(ReasonCode::Unreachable),
                WaitingOn::Procore,
            ),
        ),
        (
            Evidence {
                handed_over: true,
                ..stopped(ReasonCode::Credentials)
            },
            (
                Reason::CheckFailed,
                Some(ReasonCode::Credentials),
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            Evidence {
                handed_over: true,
                ..FRESH
            },
            (Reason::HandedOver, None, WaitingOn::ProcoreAdmin),
        ),
        (
            run(RunState::Running, None),
            (Reason::Completing, None, WaitingOn::Nobody),
        ),
        (
            run(RunState::Waiting, Some(ReasonCode::Rate)),
            (
                Reason::ProcoreAway,
                Some(ReasonCode::Rate),
                WaitingOn::Procore,
            ),
        ),
        (
            run(RunState::NeedsPerson, Some(ReasonCode::NotInstalled)),
            (
                Reason::CompletionNeedsPerson,
                Some(ReasonCode::NotInstalled),
                WaitingOn::ProcoreAdmin,
            ),
        ),
        (
            Evidence {
                stage: Stage::Done,
                ..FRESH
            },
            (Reason::Connected, None, WaitingOn::Nobody),
        ),
        (
            Evidence {
                closed: true,
                ..stopped(level)
            },
            (Reason::Closed, None, WaitingOn::Nobody),
        ),
    ];
    for (evidence, expected) in cases {
        assert_eq!(line(evidence), expected, "{evidence:?}");
    }
}

#[test]
fn the_words_survive_storage() {
    for reason in Reason::ALL {
        assert_eq!(Reason::from_stored(reason.as_str()), Some(reason));
    }
    for party in WaitingOn::ALL {
        assert_eq!(WaitingOn::from_stored(party.as_str()), Some(party));
    }
}
