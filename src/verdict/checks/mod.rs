//! The checks of the setup: verdicts as rows.
//!
//! A verification is a list of named checks. Each check knows which questions it needs and turns
//! their answers into a row: a state and, unless it passed, one reason. Rows can be evaluated one
//! by one while answers come in, and the ladder then names the first cause: an outage or a throttle
//! is a wait and never a failure of the firm, and what lies behind a failed check is not tested,
//! not failed.

mod check;
mod foreseen;
mod kept;
mod ladder;
mod permissions;
mod verify;

use super::{
    Answer, Answers, Facts, ManifestState, Question, ReasonCode, Said, VisibleCompany, general,
};
use crate::catalog::Choice;

pub(crate) use check::{Check, CheckResult, CheckState};
pub(crate) use foreseen::{Foreseen, RefusedList, foresee};
pub(crate) use kept::{asks_levels, is_outdated, share_a_list};
pub(crate) use ladder::{first_cause, may_continue};

/// What we know besides Procore's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The company that the firm entered.
    pub company_id: i64,
    /// Whether this access is the firm's own, so that the other companies it reaches may be
    /// named. With an app that serves many customers they must never be.
    pub names_companies: bool,
    /// Whether our records show this company connected to another firm.
    pub taken: bool,
    /// What the firm chose to bring; empty before it has chosen.
    pub choices: &'a [Choice],
}

/// The result of one check, as soon as the answers so far decide it.
///
/// `None` means that an answer it needs has not come yet.
pub(crate) fn evaluate(
    check: &Check,
    answers: &Answers,
    context: &Context<'_>,
) -> Option<CheckResult> {
    Evaluation {
        answers,
        context,
        over: false,
    }
    .decide(check)
}

/// The results of all checks when no more answers will come, in the order asked for.
/// A check that lacks an answer is not tested.
pub(crate) fn conclude(
    checks: &[Check],
    answers: &Answers,
    context: &Context<'_>,
) -> Vec<CheckResult> {
    let case = Evaluation {
        answers,
        context,
        over: true,
    };
    let decide = |check| {
        let decided = case.decide(check);
        decided.unwrap_or_else(|| CheckResult::not_tested(check))
    };
    let mut rows: Vec<_> = checks.iter().map(decide).collect();
    // If Procore is away for any question, the row *Procore answers* waits, too: it may have passed
    // with a token that was at hand.
    let away = rows.iter().find_map(CheckResult::outage);
    let reach = rows.iter_mut().find(|row| row.check == Check::Reach);
    if let (Some(cause), Some(reach)) = (away, reach) {
        *reach = CheckResult::caused(&Check::Reach, cause);
    }
    rows
}

/// The questions of several checks, each once, in the order they should be asked:
/// the token first, since nothing can be asked without one.
pub(crate) fn questions(checks: &[Check], choices: &[Choice]) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for question in checks.iter().flat_map(|check| check.questions(choices)) {
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    questions
}

/// Answers and context of one evaluation.
#[derive(Clone, Copy)]
struct Evaluation<'a> {
    answers: &'a Answers,
    context: &'a Context<'a>,
    /// No more answers will come.
    over: bool,
}

/// Whether what comes before a check lets it be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// The answer has not come yet.
    Pending,
    /// It did not pass, so what lies behind it cannot be told.
    Shut,
    /// It passed.
    Open,
}

impl<'a> Evaluation<'a> {
    fn decide(&self, check: &Check) -> Option<CheckResult> {
        let mut row = self.row(check)?;
        let tools = check.tools(self.context.choices).into_iter();
        let level = |tool| Some((tool, self.manifest().level(tool)?));
        row.detail.levels = tools.filter_map(level).collect();
        Some(row)
    }

    fn row(&self, check: &Check) -> Option<CheckResult> {
        match check {
            Check::Reach => self.reach(),
            Check::Credentials => self.credentials(),
            Check::Connected => self.behind(self.token_gate(), check, Self::connected),
            Check::Company => self.behind(self.token_gate(), check, Self::company),
            Check::Webhooks => self.behind(self.company_gate(), check, Self::webhooks),
            Check::DataSet(data_set) => {
                self.behind(self.company_gate(), check, |case| case.data_set(*data_set))
            }
            Check::ProjectsVisible => {
                self.behind(self.company_gate(), check, Self::projects_visible)
            }
            Check::Excess => self.behind(self.company_gate(), check, Self::excess),
        }
    }

    fn behind(
        &self,
        gate: Gate,
        check: &Check,
        decide: impl Fn(&Self) -> Option<CheckResult>,
    ) -> Option<CheckResult> {
        match gate {
            Gate::Pending => None,
            Gate::Shut => Some(CheckResult::not_tested(check)),
            Gate::Open => decide(self),
        }
    }

    fn token_gate(&self) -> Gate {
        match self.answers.get(&Question::Token) {
            None => Gate::Pending,
            Some(Answer::Accepted(Facts::Token)) => Gate::Open,
            Some(_) => Gate::Shut,
        }
    }

    fn company_gate(&self) -> Gate {
        match (self.token_gate(), self.answers.get(&Question::Company)) {
            (Gate::Pending, _) | (Gate::Open, None) => Gate::Pending,
            (Gate::Open, Some(Answer::Accepted(Facts::Member { active: true, .. }))) => Gate::Open,
            (Gate::Open, Some(_)) | (Gate::Shut, _) => Gate::Shut,
        }
    }

    /// The answer to a question; `None` while it may still come, `Some(None)` once it will not.
    fn answer(&self, question: &Question) -> Option<Option<&'a Answer>> {
        match self.answers.get(question) {
            Some(answer) => Some(Some(answer)),
            None if self.over => Some(None),
            None => None,
        }
    }

    fn manifest(&self) -> ManifestState<'a> {
        self.answers.get(&Question::Manifest).into()
    }

    /// A row for an answer that means the same to every question behind the token; what only the
    /// check could interpret and did not is unexpected.
    fn blocked(&self, check: &Check, question: &Question, answer: &Answer) -> CheckResult {
        match general(answer) {
            Some(cause) => self.with_words(CheckResult::caused(check, cause), question),
            None => self.unexpected(check, question),
        }
    }

    /// A row for an answer that no question expects: our fault or Procore's, never the firm's.
    fn unexpected(&self, check: &Check, question: &Question) -> CheckResult {
        let row = CheckResult::failed(check, ReasonCode::Unexpected);
        self.with_words(row, question)
    }

    /// Keeps Procore's own words, if it refused to answer.
    fn with_words(&self, mut row: CheckResult, question: &Question) -> CheckResult {
        row.detail.words = self.answers.said(question).cloned();
        row
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
