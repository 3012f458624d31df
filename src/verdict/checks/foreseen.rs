//! What need not be asked: each refusal uses quota, and counts against the app at Procore.

use serde::{Deserialize, Serialize};

use super::{Answer, Answers, ManifestState, Question, Said};
use crate::catalog::{Certainty, DataSet, Level, Read, Tool};

/// A list that was tried at level None, because Procore does not document which tool decides, and
/// was refused. As long as the level stays, trying again would bring the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedList {
    /// Its name in the catalog.
    pub list: String,
    /// Whether Procore hid it (404) instead of forbidding it (403).
    pub hidden: bool,
    pub said: Option<Said>,
}

impl RefusedList {
    /// Returns what is to be remembered of an answer, if anything.
    pub(super) fn of(list: &Read, answers: &Answers) -> Option<Self> {
        let question = Question::List(list.name);
        let hidden = match answers.get(&question)? {
            Answer::Forbidden => false,
            Answer::NotFound => true,
            _ => return None,
        };
        let is_remembered =
            list.needs.certainty == Certainty::ProbeDecides && is_at_none(list, answers);
        is_remembered.then(|| Self {
            list: list.name.to_owned(),
            hidden,
            said: answers.said(&question).cloned(),
        })
    }

    /// The answer that it got.
    pub fn answer(&self) -> Answer {
        match self.hidden {
            true => Answer::NotFound,
            false => Answer::Forbidden,
        }
    }
}

/// What is known about a question that has not been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreseen<'a> {
    /// Nothing: it has to be asked.
    Nothing,
    /// The permission list answers it already.
    ByManifest,
    /// It was refused before.
    AsBefore(&'a RefusedList),
}

/// What the answers so far and earlier refusals tell about a question.
pub(crate) fn foresee<'a>(
    question: &Question,
    answers: &Answers,
    refused: &'a [RefusedList],
) -> Foreseen<'a> {
    match question {
        Question::WebhookCatalog => {
            let level = manifest(answers).level(Tool::WebhooksApi);
            match level.is_some_and(|level| level < Level::Standard) {
                true => Foreseen::ByManifest,
                false => Foreseen::Nothing,
            }
        }
        Question::List(name) => {
            let mut lists = DataSet::OF_COMPANY.iter().flat_map(|set| set.entry().reads);
            let list = lists.find(|list| list.name == *name);
            match list.filter(|list| is_at_none(list, answers)) {
                Some(list) if list.needs.certainty == Certainty::Known => Foreseen::ByManifest,
                Some(list) => refused
                    .iter()
                    .find(|refused| refused.list == list.name)
                    .map_or(Foreseen::Nothing, Foreseen::AsBefore),
                None => Foreseen::Nothing,
            }
        }
        Question::Token
        | Question::TokenElsewhere(_)
        | Question::Company
        | Question::CompanyList
        | Question::Manifest => Foreseen::Nothing,
    }
}

fn is_at_none(list: &Read, answers: &Answers) -> bool {
    manifest(answers).level(list.needs.tool) == Some(Level::None)
}

fn manifest(answers: &Answers) -> ManifestState<'_> {
    answers.get(&Question::Manifest).into()
}
