//! The rows of the permission step.

use super::{Answer, Check, CheckResult, CheckState, Evaluation, Facts, Question, RefusedList};
use crate::catalog::{Choice, DataSet, Level, NeededAccess, Read, Tool};
use crate::verdict::{self, How, Permitted, ReasonCode, Verdict};

impl Evaluation<'_> {
    /// A chosen data set can be read: every list that it needs, or the first that cannot.
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
        // The list the data set is named for speaks first: its cause is the one to fix first.
        let main = data_set.entry().main_read();
        let mut reads: Vec<_> = choice.reads().filter(|read| read.per.is_none()).collect();
        reads.sort_by_key(|read| read.name != main.name);
        let mut left_out = Vec::new();
        let mut refused = Vec::new();
        for read in reads {
            let row = self.list(check, read, self.answer(&Question::List(read.name))?);
            refused.extend(RefusedList::of(read, self.answers));
            match row.is_low_level() && data_set.entry().can_do_without(read) {
                true => left_out.push(read.plural.to_owned()),
                false => rows.push((read, row)),
            }
        }

        let denied = rows
            .iter()
            .filter(|(_, row)| row.state == CheckState::Failed);
        let denied: Vec<_> = denied.map(|(read, _)| read.plural.to_owned()).collect();
        // What will be read: of all lists with the data set's own records that are not refused, if
        // each of them tells.
        let own = choice.reads().filter(|read| read.kind == main.kind);
        let row_of = |read: &Read| rows.iter().find(|(of, _)| of.name == read.name);
        let told = own.filter_map(|read| match row_of(read) {
            Some((_, row)) if row.state == CheckState::Failed => None,
            row => Some(row.and_then(|(_, row)| row.detail.records)),
        });
        let records = told.reduce(|sum, next| Some(sum? + next?)).flatten();
        let mut row = rows
            .into_iter()
            .map(|(_, row)| row)
            .min_by_key(|row| severity(row.state))?;
        row.detail.denied = denied;
        row.detail.left_out = left_out;
        row.detail.refused = refused;
        row.detail.records = records;
        Some(row)
    }

    /// One list: what the manifest shows and what the attempt to read brought.
    fn list(&self, check: &Check, list: &Read, answer: Option<&Answer>) -> CheckResult {
        let NeededAccess { tool, level, .. } = list.needs;
        let verdict = verdict::read(self.manifest(), &list.needs, answer);
        let question = Question::List(list.name);
        let mut row = self.about_tool(check, (tool, level), verdict, &question);
        match answer {
            Some(Answer::Accepted(Facts::Records { total, names })) => {
                row.detail.records = *total;
                row.detail.names.clone_from(names);
            }
            Some(Answer::EmptyList) if row.lets_pass() => row.detail.records = Some(0),
            Some(_) | None => {}
        }
        row
    }

    /// The row of a verdict about a tool.
    pub(super) fn about_tool(
        &self,
        check: &Check,
        (tool, needed): (Tool, Level),
        verdict: Verdict,
        question: &Question,
    ) -> CheckResult {
        let row = match verdict.permitted {
            Permitted::Yes => CheckResult::passed(check),
            Permitted::BelowLevel(code) => CheckResult::warning(check, code),
            Permitted::No(cause) => CheckResult::caused(check, cause),
            Permitted::Unknown => CheckResult::not_tested(check),
        };
        let mut row = self.with_words(row, question);
        row.detail.notes = verdict.notes;
        row.detail.renamed_tool = self.renamed(tool);
        CheckResult {
            tool: Some(tool),
            needed: Some(needed),
            found: verdict.found,
            how: verdict.how,
            ..row
        }
    }

    /// The label of a tool where this company shows another one than usual.
    fn renamed(&self, tool: Tool) -> Option<String> {
        let label = &self.manifest().find(tool)?.label;
        (!label.is_empty() && Tool::recognise(label) != Some(tool)).then(|| label.clone())
    }

    /// At least one project is shared with us. Whether projects can be read at all is the
    /// row of the data set.
    pub(super) fn projects_visible(&self) -> Option<CheckResult> {
        let check = &Check::ProjectsVisible;
        let answer = self.answer(&Question::List("projects"))??;
        self.answer(&Question::Manifest)?;
        let projects = DataSet::Projects.entry().main_read();
        Some(match answer {
            Answer::Accepted(Facts::Records { total, names }) => {
                let mut row = CheckResult::passed(check).known_by(How::Probe);
                row.detail.records = *total;
                row.detail.names.clone_from(names);
                row
            }
            Answer::EmptyList => match verdict::empty_list(self.manifest(), projects) {
                Some(code @ ReasonCode::NoProjects) => {
                    let mut row = CheckResult::failed(check, code).known_by(How::Probe);
                    row.detail.records = Some(0);
                    row
                }
                // Nobody can see a project at this level; the row of the data set says so.
                Some(_) | None => CheckResult::not_tested(check),
            },
            Answer::Accepted(_)
            | Answer::Reduced
            | Answer::BadCredentials
            | Answer::Unauthorized
            | Answer::NotConnected
            | Answer::Forbidden
            | Answer::NotFound
            | Answer::RateLimited { .. }
            | Answer::Busy { .. }
            | Answer::Unreachable { .. }
            | Answer::Unexpected => CheckResult::not_tested(check),
        })
    }

    /// We hold no more than we need: Admin on the company Directory is Admin on
    /// everything, and Procore advises against it.
    pub(super) fn excess(&self) -> Option<CheckResult> {
        let check = &Check::Excess;
        self.answer(&Question::Manifest)?;
        let manifest = self.manifest();
        let found = manifest.level(Tool::Directory);
        let row = match found {
            Some(Level::Admin) => CheckResult::warning(check, ReasonCode::Excess),
            Some(Level::None | Level::ReadOnly | Level::Standard) => CheckResult::passed(check),
            None => CheckResult::not_tested(check).with_note(manifest.gap()),
        };
        let how = match found {
            Some(_) => How::Manifest,
            None => How::NotTestableByReading,
        };
        let mut row = row.known_by(how);
        row.detail.renamed_tool = self.renamed(Tool::Directory);
        Some(CheckResult {
            tool: Some(Tool::Directory),
            found,
            ..row
        })
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
