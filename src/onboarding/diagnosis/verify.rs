//! The rows of the first verification, and of what every verification starts with.

use super::{
    Answer, Case, Check, CheckResult, Facts, Gate, How, Manifest, Note, Question, Setback,
    VisibleCompany, setback, unexpected, with_words,
};
use crate::catalog::{Level, Tool};
use crate::verdict::ReasonCode;

impl Case<'_> {
    /// Procore answers at all. Whatever it says about the credentials, it answered.
    pub(super) fn reach(&self) -> Option<CheckResult> {
        let answer = self.answer(&Question::Token)??;
        Some(match setback(answer) {
            Setback::Wait(ReasonCode::Rate, _) | Setback::Cause(_) | Setback::Ask => {
                CheckResult::passed(&Check::Reach).known_by(How::Probe)
            }
            Setback::Wait(reason, until) => CheckResult::waiting(&Check::Reach, reason, until),
        })
    }

    /// The login host knows the client id and secret.
    pub(super) fn credentials(&self) -> Option<CheckResult> {
        let check = &Check::Credentials;
        let answer = self.answer(&Question::Token)??;
        Some(match (answer, self.answers.accepted_elsewhere()) {
            (Answer::Accepted(Facts::Token), _) => CheckResult::passed(check).known_by(How::Probe),
            (Answer::BadCredentials | Answer::Unauthorized, Some(environment)) => {
                let mut row = CheckResult::failed(check, ReasonCode::Environment);
                row.detail.environment = Some(environment.to_owned());
                row
            }
            (Answer::BadCredentials | Answer::Unauthorized, None) => {
                CheckResult::failed(check, ReasonCode::Credentials)
            }
            (answer, _) => match setback(answer) {
                Setback::Wait(ReasonCode::Rate, until) => {
                    CheckResult::waiting(check, ReasonCode::Rate, until)
                }
                // Procore did not answer, so nothing is known about the credentials.
                Setback::Wait(..) => CheckResult::not_tested(check),
                // A login host has no companies, lists or records: nothing else has a meaning.
                Setback::Cause(_) | Setback::Ask => unexpected(check, answer),
            },
        })
    }

    /// The app is installed in the company and its user is active there.
    ///
    /// Procore answers 401, 403 or 404 both where the app is missing and where the id is
    /// wrong; unless it says which, the list of reachable companies decides.
    pub(super) fn connected(&self) -> Option<CheckResult> {
        let check = &Check::Connected;
        let answer = self.answer(&Question::Company)??;
        let not_installed = || {
            let mut row = CheckResult::failed(check, ReasonCode::NotInstalled);
            row.detail.visible_companies = self.nameable_companies();
            with_words(row, answer)
        };
        let row = match answer {
            Answer::Accepted(Facts::Member { active: true, .. }) => {
                CheckResult::passed(check).known_by(How::Probe)
            }
            Answer::Accepted(Facts::Member { active: false, .. }) => {
                not_installed().with_note(Note::InactiveUser)
            }
            Answer::NotConnected | Answer::Unauthorized => {
                self.answer(&Question::CompanyList)?;
                not_installed()
            }
            Answer::Forbidden { .. } | Answer::NotFound => {
                let refused = matches!(answer, Answer::Forbidden { .. });
                match self.reachable()? {
                    Reachable::Waiting(reason, until) => CheckResult::waiting(check, reason, until),
                    // The row of the company names this cause.
                    Reachable::Others => CheckResult::not_tested(check),
                    Reachable::This(_) if refused => not_installed(),
                    Reachable::This(_) => CheckResult::failed(check, ReasonCode::Hidden),
                    Reachable::None => not_installed(),
                    Reachable::Unknown if refused => not_installed(),
                    Reachable::Unknown => CheckResult::failed(check, ReasonCode::Company),
                }
            }
            Answer::Accepted(_) | Answer::EmptyList | Answer::Reduced => unexpected(check, answer),
            Answer::BadCredentials
            | Answer::RateLimited { .. }
            | Answer::Busy { .. }
            | Answer::Unreachable { .. }
            | Answer::Unexpected { .. } => general(check, answer),
        };
        Some(row)
    }

    /// The company is the one the firm means: Procore tells its name, and no other firm
    /// has connected it.
    pub(super) fn company(&self) -> Option<CheckResult> {
        let check = &Check::Company;
        let reachable = self.reachable()?;
        let member = self.answer(&Question::Company)?;
        let connected = self.company_gate() == Gate::Open;
        let row = match reachable {
            Reachable::This(_) if self.context.taken => {
                CheckResult::failed(check, ReasonCode::Taken)
            }
            Reachable::This(company) => {
                let mut row = CheckResult::passed(check).known_by(How::Probe);
                row.detail.company_name = Some(company.name.clone());
                row
            }
            // Procore said that the app is not connected: the row above names this cause.
            Reachable::Others if matches!(member, Some(Answer::NotConnected)) => {
                CheckResult::not_tested(check)
            }
            Reachable::Others => {
                let mut row = CheckResult::failed(check, ReasonCode::Company);
                row.detail.visible_companies = self.nameable_companies();
                row
            }
            Reachable::None | Reachable::Unknown if !connected => CheckResult::not_tested(check),
            Reachable::None | Reachable::Unknown if self.context.taken => {
                CheckResult::failed(check, ReasonCode::Taken)
            }
            Reachable::None | Reachable::Unknown => {
                match self.answers.get(&Question::CompanyList) {
                    Some(answer @ (Answer::Unexpected { .. } | Answer::BadCredentials)) => {
                        general(check, answer)
                    }
                    // The list may be closed to an app that is connected all the same.
                    Some(_) | None => {
                        CheckResult::warning(check, ReasonCode::Hidden).with_note(Note::NameUnknown)
                    }
                }
            }
            Reachable::Waiting(reason, until) => CheckResult::waiting(check, reason, until),
        };
        Some(self.with_projects(row))
    }

    /// Webhooks may be set up: the level in the manifest, else an attempt to read the
    /// catalog, which proves no right to write.
    pub(super) fn webhooks(&self) -> Option<CheckResult> {
        let check = &Check::Webhooks;
        let catalog = self.answer(&Question::WebhookCatalog)?;
        self.answer(&Question::Manifest)?;
        let manifest = self.manifest();
        let found = manifest.level(Tool::WebhooksApi);
        let allowed = found.map(|level| level >= Level::Standard);

        let mut row = match (allowed, catalog) {
            (Some(false), _) => {
                CheckResult::failed(check, ReasonCode::WebhookLevel).known_by(How::Manifest)
            }
            (_, Some(answer @ (Answer::Forbidden { .. } | Answer::Unauthorized))) => {
                let row = CheckResult::failed(check, ReasonCode::WebhookLevel).known_by(How::Probe);
                let row = with_words(row, answer);
                if allowed.is_some() {
                    row.with_note(Note::RefusedDespiteLevel)
                } else {
                    row
                }
            }
            (_, Some(Answer::NotFound)) => {
                CheckResult::failed(check, ReasonCode::Hidden).known_by(How::Probe)
            }
            (Some(true), None) => CheckResult::passed(check).known_by(How::Manifest),
            (None, None) => CheckResult::not_tested(check),
            (
                _,
                Some(
                    answer @ (Answer::Accepted(Facts::Catalog { .. })
                    | Answer::EmptyList
                    | Answer::Reduced),
                ),
            ) => match (allowed, manifest) {
                (Some(_), _) if matches!(answer, Answer::EmptyList) => CheckResult::passed(check)
                    .known_by(How::Both)
                    .with_note(Note::EmptyList),
                (Some(_), _) => CheckResult::passed(check).known_by(How::Both),
                (None, Manifest::Waiting(reason, until)) => {
                    CheckResult::waiting(check, reason, until)
                }
                (None, Manifest::Known(_) | Manifest::Missing) => CheckResult::not_tested(check)
                    .known_by(How::NotTestableByReading)
                    .with_note(Note::WriteNotTested)
                    .with_note(manifest.gap()),
            },
            (_, Some(answer)) => general(check, answer),
        };
        row.tool = Some(Tool::WebhooksApi);
        row.needed = Some(Level::Standard);
        row.found = found;
        row.detail.renamed_tool = self.renamed(Tool::WebhooksApi);
        Some(row)
    }

    /// The label of a tool where this company shows another one than usual.
    pub(super) fn renamed(&self, tool: Tool) -> Option<String> {
        let title = self.manifest().find(tool)?.title;
        (!title.is_empty() && Tool::recognise(title) != Some(tool)).then(|| title.to_owned())
    }

    fn with_projects(&self, mut row: CheckResult) -> CheckResult {
        match self.answers.get(&Question::List("projects")) {
            Some(Answer::Accepted(Facts::Records { total, names })) => {
                row.detail.records = *total;
                row.detail.names.clone_from(names);
            }
            Some(Answer::EmptyList) => row.detail.records = Some(0),
            Some(_) | None => {}
        }
        row
    }

    fn nameable_companies(&self) -> Vec<VisibleCompany> {
        match self.answers.get(&Question::CompanyList) {
            Some(Answer::Accepted(Facts::Companies(companies))) if self.context.names_companies => {
                companies.clone()
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn reachable(&self) -> Option<Reachable<'_>> {
        let id = self.context.company_id;
        Some(match self.answer(&Question::CompanyList)? {
            Some(Answer::Accepted(Facts::Companies(companies))) => {
                match companies.iter().find(|company| company.id == id) {
                    Some(company) => Reachable::This(company),
                    None if companies.is_empty() => Reachable::None,
                    None => Reachable::Others,
                }
            }
            Some(Answer::EmptyList) => Reachable::None,
            Some(answer) => match setback(answer) {
                Setback::Wait(reason, until) => Reachable::Waiting(reason, until),
                Setback::Cause(_) | Setback::Ask => Reachable::Unknown,
            },
            None => Reachable::Unknown,
        })
    }
}

/// What the list of companies says about ours.
enum Reachable<'a> {
    /// It is in the list.
    This(&'a VisibleCompany),
    /// The list has others only.
    Others,
    /// The list is empty.
    None,
    /// The list was refused, or never came.
    Unknown,
    /// Procore is down or slows us down.
    Waiting(ReasonCode, Option<chrono::DateTime<chrono::Utc>>),
}

/// A row for an answer that means the same to every question behind the token; what only
/// the check could interpret and did not is unexpected.
pub(super) fn general(check: &Check, answer: &Answer) -> CheckResult {
    match setback(answer) {
        Setback::Wait(reason, until) => CheckResult::waiting(check, reason, until),
        Setback::Cause(reason) => with_words(CheckResult::failed(check, reason), answer),
        Setback::Ask => unexpected(check, answer),
    }
}
