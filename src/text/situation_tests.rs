use std::collections::HashSet;

use super::*;
use crate::catalog::Tool;

#[test]
fn a_situation_and_its_reason_make_one_plain_line() {
    use SituationCode as C;
    let directory = Some(ReasonCode::Level(Tool::Directory));
    for (code, reason, line) in [
        (C::NeverStarted, None, "Never started"),
        (C::InProgress, None, "In progress"),
        (C::Idle, None, "Idle"),
        (C::WaitingForAdmin, None, "Waiting for Procore admin"),
        (
            C::KeyRejected,
            Some(ReasonCode::Credentials),
            "Key rejected",
        ),
        (C::LevelTooLow, directory, "Level too low on Directory"),
        (
            C::LevelTooLow,
            Some(ReasonCode::WebhookLevel),
            "Level too low on Webhooks API",
        ),
        (C::Hidden, Some(ReasonCode::Hidden), "Hidden by Procore"),
        (C::UnknownAnswer, None, "Unknown answer from Procore"),
        (
            C::ProcoreOutage,
            Some(ReasonCode::Unreachable),
            "Procore outage",
        ),
        (
            C::ProcoreOutage,
            Some(ReasonCode::Rate),
            "Procore outage: asked to slow down",
        ),
        (
            C::CompletionWaiting,
            Some(ReasonCode::Unreachable),
            "Completion waiting",
        ),
        (
            C::CompletionNeedsPerson,
            Some(ReasonCode::Credentials),
            "Completion needs a person: key rejected",
        ),
        (
            C::CompletionNeedsPerson,
            directory,
            "Completion needs a person: level too low on Directory",
        ),
        (C::CompletionNeedsPerson, None, "Completion needs a person"),
        (C::Closing, None, "Closing"),
        (
            C::Closing,
            Some(ReasonCode::Credentials),
            "Closing: key rejected",
        ),
        (C::Closed, None, "Closed"),
    ] {
        assert_eq!(code.line(reason), line);
    }
}

#[test]
fn every_situation_has_a_label_of_its_own() {
    let labels: HashSet<_> = SituationCode::ALL.map(SituationCode::label).into();
    assert_eq!(labels.len(), SituationCode::ALL.len());
    for code in SituationCode::ALL {
        for reason in ReasonCode::all() {
            assert!(code.line(Some(reason)).starts_with(code.label()));
        }
    }
}
