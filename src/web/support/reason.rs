//! Where an onboarding stands, in words: one sentence for the cause, two for whom it waits.

use crate::connection::AccessWay;
use crate::content::{self, Placeholder, Values};
use crate::onboarding::attention::{Reason, WaitingOn};
use crate::verdict::ReasonCode;

/// Why an onboarding is where it is, in one plain sentence; `known` is what the help texts may name.
pub fn sentence(reason: Reason, code: Option<ReasonCode>, known: &Values) -> String {
    let cause = code.and_then(|code| title(code, known));
    match (reason, cause) {
        (Reason::NeverStarted, _) => "Nobody has begun.".to_owned(),
        (Reason::InProgress, _) => "The firm is at it.".to_owned(),
        (Reason::HandedOver, _) => "A colleague of the firm was asked to help.".to_owned(),
        (Reason::CheckFailed | Reason::ProcoreAway, Some(cause)) => format!("{cause}."),
        (Reason::CheckFailed, None) => "The checks did not pass.".to_owned(),
        (Reason::ProcoreAway, None) => "Procore asked for patience.".to_owned(),
        (Reason::Completing, _) => "The plan is being carried out.".to_owned(),
        (Reason::CompletionNeedsPerson, Some(cause)) => format!("Setting up stopped: {cause}."),
        (Reason::CompletionNeedsPerson, None) => "Setting up stopped.".to_owned(),
        (Reason::Connected, _) => "Procore is connected.".to_owned(),
        (Reason::Closing, Some(cause)) => {
            format!("This setup was closed; what we created in Procore is still there: {cause}.")
        }
        (Reason::Closing, None) => {
            "This setup was closed; what we created in Procore is being removed.".to_owned()
        }
        (Reason::Closed, _) => "This setup was closed.".to_owned(),
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
    fn every_reason_and_code_makes_a_whole_sentence() {
        let known = Values::default().with(Placeholder::Product, "Acme");
        for reason in Reason::ALL {
            for code in ReasonCode::all().map(Some).chain([None]) {
                let text = sentence(reason, code, &known);
                assert!(text.ends_with('.') && !text.ends_with(".."), "{text}");
                assert!(!text.contains(['{', '}']), "{text}");
            }
        }
        assert_eq!(
            sentence(
                Reason::CompletionNeedsPerson,
                Some(ReasonCode::Level(Tool::Directory)),
                &known
            ),
            "Setting up stopped: Our level on Directory is too low."
        );
    }
}
