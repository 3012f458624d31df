//! The rows of the permission step: manifest and attempt to read combined.

use super::verify::general;
use super::{
    Answer, Case, Check, CheckResult, CheckState, Facts, How, Manifest, Note, Question, Setback,
    setback, unexpected, with_words,
};
use crate::catalog::{Access, Certainty, Choice, DataSet, Level, Read, Tool};
use crate::verdict::ReasonCode;

impl Case<'_> {
    /// A chosen data set can be read: every list of it, or the first that cannot.
    pub(super) fn data_set(&self, data_set: DataSet) -> Option<CheckResult> {
        let check = &Check::DataSet(data_set);
        let chosen = self
            .context
            .choices
            .iter()
            .find(|choice| choice.data_set == data_set);
        let choice = chosen.copied().unwrap_or(Choice::of(data_set));
        self.answer(&Question::Manifest)?;

        let mut rows = Vec::new();
        // The list the data set is named for speaks first: its cause is the one to mend first.
        let main = data_set.entry().main_read();
        let mut reads: Vec<_> = choice.reads().filter(|read| read.per.is_none()).collect();
        reads.sort_by_key(|read| read.name != main.name);
        for read in reads {
            rows.push((
                read,
                self.list(check, read, self.answer(&Question::List(read.name))?),
            ));
        }

        let denied = rows
            .iter()
            .filter(|(_, row)| row.state == CheckState::Failed);
        let denied: Vec<_> = denied.map(|(read, _)| read.plural.to_owned()).collect();
        let records = rows.iter().find(|(read, _)| read.name == main.name);
        let records = records.and_then(|(_, row)| row.detail.records);
        let mut row = rows
            .into_iter()
            .map(|(_, row)| row)
            .min_by_key(|row| severity(row.state))?;
        row.detail.denied = denied;
        row.detail.records = row.detail.records.or(records);
        Some(row)
    }

    /// One list: what the manifest shows and what the attempt to read brought.
    fn list(&self, check: &Check, read: &Read, answer: Option<&Answer>) -> CheckResult {
        let Access {
            tool,
            level: needed,
            certainty,
        } = read.needs;
        let manifest = self.manifest();
        let found = manifest.level(tool);
        let enough = found.map(|level| level >= needed);
        let too_low = || CheckResult::failed(check, ReasonCode::Level(tool));
        // Where only the attempt decides, a low level in the manifest proves nothing.
        let proven_low = enough == Some(false) && certainty == Certainty::Known;

        let row = match answer {
            Some(Answer::Accepted(Facts::Records { total, names })) => {
                let mut row = match enough {
                    Some(true) => CheckResult::passed(check).known_by(How::Both),
                    Some(false) if proven_low => {
                        CheckResult::warning(check, ReasonCode::Level(tool))
                            .known_by(How::Probe)
                            .with_note(Note::ReadableBelowLevel)
                    }
                    Some(false) => CheckResult::passed(check)
                        .known_by(How::Probe)
                        .with_note(Note::ReadableBelowLevel),
                    None => CheckResult::passed(check)
                        .known_by(How::Probe)
                        .with_note(manifest.gap()),
                };
                row.detail.records = *total;
                row.detail.names.clone_from(names);
                row
            }
            Some(Answer::EmptyList) if proven_low => {
                too_low().known_by(How::Both).with_note(Note::EmptyList)
            }
            Some(Answer::EmptyList) => {
                let how = if enough == Some(true) {
                    How::Both
                } else {
                    How::Probe
                };
                let mut row = CheckResult::passed(check)
                    .known_by(how)
                    .with_note(Note::EmptyList);
                row.detail.records = Some(0);
                row
            }
            Some(Answer::Reduced) => too_low()
                .known_by(How::Probe)
                .with_note(Note::ReducedFields),
            Some(answer @ (Answer::Forbidden { .. } | Answer::Unauthorized)) => {
                let row = with_words(too_low(), answer);
                match enough {
                    Some(true) => row
                        .known_by(How::Probe)
                        .with_note(Note::RefusedDespiteLevel),
                    Some(false) => row.known_by(How::Both),
                    None => row.known_by(How::Probe).with_note(manifest.gap()),
                }
            }
            Some(Answer::NotFound) if enough == Some(false) => too_low().known_by(How::Both),
            Some(Answer::NotFound) => {
                CheckResult::failed(check, ReasonCode::Hidden).known_by(How::Probe)
            }
            Some(answer @ Answer::Accepted(_)) => unexpected(check, answer),
            Some(
                answer @ (Answer::BadCredentials
                | Answer::NotConnected
                | Answer::RateLimited { .. }
                | Answer::Busy { .. }
                | Answer::Unreachable { .. }
                | Answer::Unexpected { .. }),
            ) => general(check, answer),
            None if proven_low => too_low().known_by(How::Manifest),
            None => CheckResult::not_tested(check),
        };
        CheckResult {
            tool: Some(tool),
            needed: Some(needed),
            found,
            ..self.with_title(row, tool)
        }
    }

    /// At least one project is shared with us. Whether projects can be read at all is the
    /// row of the data set.
    pub(super) fn projects_visible(&self) -> Option<CheckResult> {
        let check = &Check::ProjectsVisible;
        let answer = self.answer(&Question::List("projects"))??;
        self.answer(&Question::Manifest)?;
        let too_low = self
            .manifest()
            .level(Tool::Portfolio)
            .is_some_and(|level| level < DataSet::Projects.entry().needs().level);
        Some(match answer {
            Answer::Accepted(Facts::Records { total, names }) => {
                let mut row = CheckResult::passed(check).known_by(How::Probe);
                row.detail.records = *total;
                row.detail.names.clone_from(names);
                row
            }
            // Nobody can see a project at this level; the row of the data set says so.
            Answer::EmptyList if too_low => CheckResult::not_tested(check),
            Answer::EmptyList => {
                let mut row =
                    CheckResult::failed(check, ReasonCode::NoProjects).known_by(How::Probe);
                row.detail.records = Some(0);
                row
            }
            Answer::Accepted(_)
            | Answer::Reduced
            | Answer::BadCredentials
            | Answer::Unauthorized
            | Answer::NotConnected
            | Answer::Forbidden { .. }
            | Answer::NotFound
            | Answer::RateLimited { .. }
            | Answer::Busy { .. }
            | Answer::Unreachable { .. }
            | Answer::Unexpected { .. } => CheckResult::not_tested(check),
        })
    }

    /// We hold no more than we need: Admin on the company Directory is Admin on
    /// everything, and Procore advises against it.
    pub(super) fn excess(&self) -> Option<CheckResult> {
        let check = &Check::Excess;
        self.answer(&Question::Manifest)?;
        let manifest = self.manifest();
        let found = manifest.level(Tool::Directory);
        let row = match (found, manifest) {
            (Some(Level::Admin), _) => CheckResult::warning(check, ReasonCode::Excess),
            (Some(Level::None | Level::ReadOnly | Level::Standard), _) => {
                CheckResult::passed(check)
            }
            (None, Manifest::Known(_) | Manifest::Waiting(..) | Manifest::Missing) => {
                CheckResult::not_tested(check).with_note(manifest.gap())
            }
        };
        let how = if found.is_some() {
            How::Manifest
        } else {
            How::NotTestableByReading
        };
        let row = self.with_title(row.known_by(how), Tool::Directory);
        Some(CheckResult {
            tool: Some(Tool::Directory),
            found,
            ..row
        })
    }

    fn with_title(&self, mut row: CheckResult, tool: Tool) -> CheckResult {
        row.detail.renamed_tool = self.renamed(tool);
        row
    }
}

/// Failures first, then waits, then what is not known; the order in which the rows of one
/// data set speak for it.
fn severity(state: CheckState) -> u8 {
    match state {
        CheckState::Failed => 0,
        CheckState::Waiting => 1,
        CheckState::NotTested => 2,
        CheckState::Warning => 3,
        CheckState::Passed => 4,
    }
}

/// The row for a tool of one project that is visible to us.
///
/// A tool that is switched off in the project and a level that is too low both answer 403;
/// the remedy names both.
pub fn project_tool(project_id: i64, tool: &str, answer: &Answer) -> CheckResult {
    let check = &Check::ProjectTool {
        project_id,
        tool: tool.to_owned(),
    };
    let row = match answer {
        Answer::Accepted(Facts::Records { total, names }) => {
            let mut row = CheckResult::passed(check);
            row.detail.records = *total;
            row.detail.names.clone_from(names);
            row
        }
        Answer::EmptyList => CheckResult::passed(check).with_note(Note::EmptyList),
        Answer::Forbidden { .. } | Answer::Unauthorized => {
            with_words(CheckResult::failed(check, ReasonCode::ProjectTool), answer)
        }
        Answer::Reduced => {
            CheckResult::failed(check, ReasonCode::ProjectTool).with_note(Note::ReducedFields)
        }
        Answer::NotFound => CheckResult::failed(check, ReasonCode::Hidden),
        Answer::Accepted(_) => unexpected(check, answer),
        Answer::BadCredentials
        | Answer::NotConnected
        | Answer::RateLimited { .. }
        | Answer::Busy { .. }
        | Answer::Unreachable { .. }
        | Answer::Unexpected { .. } => match setback(answer) {
            Setback::Wait(..) | Setback::Cause(_) | Setback::Ask => general(check, answer),
        },
    };
    row.known_by(How::Probe)
}
