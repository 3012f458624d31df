//! The situation of an onboarding in words.

use crate::connection::AccessWay;
use crate::content::{self, Placeholder, Values};
use crate::onboarding::situation::{SituationCode, WaitingOn};
use crate::verdict::ReasonCode;

/// The situation in one plain sentence; `known` is what the help texts may name.
pub fn sentence(situation: SituationCode, reason: Option<ReasonCode>, known: &Values) -> String {
    let cause = reason.and_then(|reason| title(reason, known));
    match (situation, cause) {
        (SituationCode::NeverStarted, _) => "Nobody has begun.".to_owned(),
        (SituationCode::InProgress | SituationCode::Idle, _) => {
            "The firm is working on it.".to_owned()
        }
        (SituationCode::WaitingForAdmin, _) => {
            "A colleague of the firm was asked to help.".to_owned()
        }
        (SituationCode::Completing, _) => "The plan is being carried out.".to_owned(),
        (SituationCode::CompletionNeedsPerson, Some(cause)) => {
            format!("Setting up stopped: {cause}.")
        }
        (SituationCode::CompletionNeedsPerson, None) => "Setting up stopped.".to_owned(),
        (SituationCode::Connected, _) => "Procore is connected.".to_owned(),
        (SituationCode::Closing, Some(cause)) => {
            format!("This setup was closed; what we created in Procore is still there: {cause}.")
        }
        (SituationCode::Closing, None) => {
            "This setup was closed; what we created in Procore is being removed.".to_owned()
        }
        (SituationCode::Closed, _) => "This setup was closed.".to_owned(),
        (_, Some(cause)) => format!("{cause}."),
        (SituationCode::ProcoreOutage | SituationCode::CompletionWaiting, None) => {
            "Procore asked us to wait.".to_owned()
        }
        (_, None) => "The checks did not pass.".to_owned(),
    }
}

/// Whom an onboarding waits for.
pub fn waiting_on(party: WaitingOn) -> &'static str {
    match party {
        WaitingOn::Firm => "The firm",
        WaitingOn::ProcoreAdmin => "Their Procore admin",
        WaitingOn::Us => "Us",
        WaitingOn::Procore => "Procore",
        WaitingOn::Nobody => "Nobody",
    }
}

/// What is the matter, in one line of the help texts.
fn title(code: ReasonCode, known: &Values) -> Option<String> {
    let mut values = known.clone();
    if let ReasonCode::Level(tool) = code {
        values = values.with(Placeholder::Tool, tool.label());
    }
    let help = content::shared()
        .ok()?
        .remedy(code, AccessWay::OwnApp, &values)?;
    Some(help.title.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tool;

    #[test]
    fn every_situation_makes_a_whole_sentence() {
        let known = Values::default().with(Placeholder::Product, "Acme");
        for situation in SituationCode::ALL {
            for code in ReasonCode::all().map(Some).chain([None]) {
                let text = sentence(situation, code, &known);
                assert!(text.ends_with('.') && !text.ends_with(".."), "{text}");
                assert!(!text.contains(['{', '}']), "{text}");
            }
        }
        assert_eq!(
            sentence(
                SituationCode::CompletionNeedsPerson,
                Some(ReasonCode::Level(Tool::Directory)),
                &known
            ),
            "Setting up stopped: Our level on Directory is too low."
        );
    }
}
