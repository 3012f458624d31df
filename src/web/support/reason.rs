//! The situation of an onboarding in words.

use crate::connection::AccessWay;
use crate::content::{self, Placeholder, Values};
use crate::onboarding::situation::SituationCode;
use crate::verdict::ReasonCode;

/// The situation in one plain sentence; `known` is what the help texts may name.
pub(super) fn sentence(
    situation: SituationCode,
    reason: Option<ReasonCode>,
    known: &Values,
) -> String {
    let cause = reason.and_then(|reason| title(reason, known));
    situation.sentence(cause.as_deref())
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
