//! The rows of the first verification, and of what every verification starts with.

use super::{
    Answer, Check, CheckResult, CheckState, Evaluation, Facts, Gate, Question, VisibleCompany,
    general,
};
use crate::catalog::{Choice, DataSet, Level, Tool};
use crate::verdict::{self, Cause, How, Note, ReasonCode};

impl Evaluation<'_> {
    /// Procore answers at all, even if it refuses the credentials.
    pub(super) fn reach(&self) -> Option<CheckResult> {
        let answer = self.answer(&Question::Token)??;
        let away = |cause: &Cause| cause.is_wait() && cause.code != ReasonCode::Rate;
        Some(match general(answer).filter(away) {
            Some(cause) => {
                let row = CheckResult::caused(&Check::Reach, cause);
                self.with_words(row, &Question::Token)
            }
            None => CheckResult::passed(&Check::Reach).known_by(How::Probe),
        })
    }

    /// The login host knows the client id and secret.
    pub(super) fn credentials(&self) -> Option<CheckResult> {
        let check = &Check::Credentials;
        let answer = self.answer(&Question::Token)??;
        Some(match (answer, self.answers.accepted_elsewhere()) {
            (Answer::Accepted(Facts::Token), _) => CheckResult::passed(check).known_by(How::Probe),
            (Answer::BadCredentials | Answer::Unauthorized, Some(environment)) => {
                let row = CheckResult::failed(check, ReasonCode::Environment);
                let mut row = self.with_words(row, &Question::Token);
                row.detail.environment = Some(environment.to_owned());
                row
            }
            (Answer::BadCredentials | Answer::Unauthorized, None) => {
                let row = CheckResult::failed(check, ReasonCode::Credentials);
                self.with_words(row, &Question::Token)
            }
            (answer, _) => match general(answer).filter(|cause| cause.is_wait()) {
                Some(cause) if cause.code == ReasonCode::Rate => CheckResult::caused(check, cause),
                // Procore did not answer, so nothing is known about the credentials.
                Some(_) => CheckResult::not_tested(check),
                // A login host has no companies, lists or records: nothing else has a meaning.
                None => self.unexpected(check, &Question::Token),
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
            row
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
            Answer::Forbidden | Answer::NotFound => {
                let refused = matches!(answer, Answer::Forbidden);
                match self.reachable()? {
                    Reachable::Waiting(cause) => CheckResult::caused(check, cause),
                    // The row of the company names this cause.
                    Reachable::Others => CheckResult::not_tested(check),
                    Reachable::This(_) if refused => not_installed(),
                    Reachable::This(_) => CheckResult::failed(check, ReasonCode::Hidden),
                    Reachable::None => not_installed(),
                    Reachable::Unknown if refused => not_installed(),
                    Reachable::Unknown => CheckResult::failed(check, ReasonCode::Company),
                }
            }
            Answer::Accepted(_) | Answer::EmptyList | Answer::Reduced => {
                self.unexpected(check, &Question::Company)
            }
            Answer::BadCredentials
            | Answer::RateLimited { .. }
            | Answer::Busy { .. }
            | Answer::Unreachable { .. }
            | Answer::Unexpected => self.blocked(check, &Question::Company, answer),
        };
        Some(self.with_words(row, &Question::Company))
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
                    Some(answer @ (Answer::Unexpected | Answer::BadCredentials)) => {
                        self.blocked(check, &Question::CompanyList, answer)
                    }
                    // The list may be closed to an app that is connected all the same.
                    Some(_) | None => {
                        CheckResult::warning(check, ReasonCode::Hidden).with_note(Note::NameUnknown)
                    }
                }
            }
            Reachable::Waiting(cause) => CheckResult::caused(check, cause),
        };
        self.with_projects(row)
    }

    /// Webhooks may be set up: the level in the manifest, else an attempt to read the
    /// catalog, which proves no right to write.
    pub(super) fn webhooks(&self) -> Option<CheckResult> {
        let check = &Check::Webhooks;
        let catalog = self.answer(&Question::WebhookCatalog)?;
        self.answer(&Question::Manifest)?;
        let verdict = verdict::webhooks(self.manifest(), catalog);
        let needs = (Tool::WebhooksApi, Level::Standard);
        Some(self.about_tool(check, needs, verdict, &Question::WebhookCatalog))
    }

    /// Adds the projects that we see. That there is none is worth a warning before the permissions
    /// are checked, if projects are wanted.
    fn with_projects(&self, mut row: CheckResult) -> Option<CheckResult> {
        let wants = |choice: &Choice| choice.data_set == DataSet::Projects;
        let is_awaited = row.state == CheckState::Passed && self.context.choices.iter().any(wants);
        if is_awaited {
            self.answer(&Question::List("projects"))?;
            self.answer(&Question::Manifest)?;
        }
        match self.answers.get(&Question::List("projects")) {
            Some(Answer::Accepted(Facts::Records { total, names })) => {
                row.detail.records = *total;
                row.detail.names.clone_from(names);
            }
            Some(Answer::EmptyList) => {
                row.detail.records = Some(0);
                let projects = DataSet::Projects.entry().main_read();
                let code = verdict::empty_list(self.manifest(), projects);
                if let Some(code @ ReasonCode::NoProjects) = code.filter(|_| is_awaited) {
                    (row.state, row.reason) = (CheckState::Warning, Some(code));
                }
            }
            Some(_) | None => {}
        }
        Some(row)
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
            Some(answer) => match general(answer) {
                Some(cause) if cause.is_wait() => Reachable::Waiting(cause),
                Some(_) | None => Reachable::Unknown,
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
    Waiting(Cause),
}
