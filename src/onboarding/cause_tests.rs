use super::*;
use crate::catalog::Tool;

#[test]
fn reason_code_and_idle_time_make_one_plain_line() {
    let directory = ReasonCode::Level(Tool::Directory);
    let cases = [
        (
            Stage::Review,
            Reason::NeverStarted,
            None,
            true,
            "Never started",
        ),
        (
            Stage::Verify,
            Reason::InProgress,
            None,
            false,
            "In progress",
        ),
        (Stage::Verify, Reason::InProgress, None, true, "Idle"),
        (
            Stage::Credentials,
            Reason::HandedOver,
            None,
            true,
            "Waiting for Procore admin",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            Some(ReasonCode::Credentials),
            true,
            "Key rejected",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            Some(ReasonCode::Environment),
            false,
            "Key of another environment",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            Some(ReasonCode::NotInstalled),
            false,
            "App not installed",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            Some(ReasonCode::Company),
            false,
            "Company not reached",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            Some(ReasonCode::Taken),
            false,
            "Company connected elsewhere",
        ),
        (
            Stage::Permissions,
            Reason::CheckFailed,
            Some(directory),
            false,
            "Level too low on Directory",
        ),
        (
            Stage::Permissions,
            Reason::CheckFailed,
            Some(ReasonCode::WebhookLevel),
            false,
            "Level too low on Webhooks API",
        ),
        (
            Stage::Permissions,
            Reason::CheckFailed,
            Some(ReasonCode::NoProjects),
            false,
            "No projects shared",
        ),
        (
            Stage::Permissions,
            Reason::CheckFailed,
            Some(ReasonCode::ProjectTool),
            false,
            "Project tool not readable",
        ),
        (
            Stage::Permissions,
            Reason::CheckFailed,
            Some(ReasonCode::Hidden),
            false,
            "Hidden by Procore",
        ),
        (
            Stage::Verify,
            Reason::CheckFailed,
            None,
            false,
            "Unknown answer from Procore",
        ),
        (
            Stage::Verify,
            Reason::ProcoreAway,
            Some(ReasonCode::Unreachable),
            true,
            "Procore outage",
        ),
        (
            Stage::Verify,
            Reason::ProcoreAway,
            Some(ReasonCode::Rate),
            false,
            "Procore outage: asked to slow down",
        ),
        (
            Stage::Completing,
            Reason::ProcoreAway,
            Some(ReasonCode::Unreachable),
            false,
            "Completion waiting",
        ),
        (
            Stage::Completing,
            Reason::Completing,
            None,
            true,
            "Completion running",
        ),
        (
            Stage::Completing,
            Reason::CompletionNeedsPerson,
            Some(ReasonCode::Credentials),
            false,
            "Completion needs a person: key rejected",
        ),
        (
            Stage::Completing,
            Reason::CompletionNeedsPerson,
            Some(directory),
            false,
            "Completion needs a person: level too low on Directory",
        ),
        (
            Stage::Completing,
            Reason::CompletionNeedsPerson,
            None,
            false,
            "Completion needs a person",
        ),
        (Stage::Done, Reason::Connected, None, true, "Connected"),
        (Stage::Completing, Reason::Closing, None, false, "Closing"),
        (
            Stage::Completing,
            Reason::Closing,
            Some(ReasonCode::Credentials),
            false,
            "Closing: key rejected",
        ),
        (Stage::Verify, Reason::Closed, None, true, "Closed"),
    ];
    for (stage, reason, code, idle, line) in cases {
        let cause = Cause::of(stage, reason, code).after(idle);
        assert_eq!(cause.line(code), line, "{stage:?} {reason:?} {code:?}");
    }
}

#[test]
fn every_reason_and_code_has_a_cause_of_its_own_words() {
    for stage in Stage::ALL {
        for reason in Reason::ALL {
            for code in ReasonCode::all() {
                let cause = Cause::of(stage, reason, Some(code));
                assert_ne!(cause, Cause::Idle, "idleness is not stored");
                assert!(cause.line(Some(code)).starts_with(cause.label()));
            }
        }
    }
    let mut labels: Vec<_> = Cause::ALL.map(Cause::label).to_vec();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), Cause::ALL.len());
}

#[test]
fn the_words_survive_storage() {
    for cause in Cause::ALL {
        assert_eq!(Cause::from_stored(cause.as_str()), Some(cause));
    }
    assert_eq!(Cause::from_stored("elsewhere"), None);
}
