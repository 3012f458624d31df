//! The host product's own references of projects, and what a file of them would change.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::identity::{NameError, parse_name};

/// A project that we know, with its reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencedProject {
    pub project_id: i64,
    pub number: String,
    pub name: String,
    pub reference: Option<String>,
}

/// A row of a file: a project, and the reference that it gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRow {
    /// Where it stands in the file, counted from 1.
    pub line: usize,
    /// Procore's number of the project, where the file has it.
    pub id: Option<i64>,
    /// What stands in its place, if it is no number.
    #[serde(default)]
    pub unreadable_id: String,
    pub number: String,
    /// What stands in a file of two columns is a number or a name: both are the same then.
    pub name: String,
    pub reference: String,
}

/// Another reference of a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceChange {
    pub project_id: i64,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Why a row changes nothing, and should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowProblem {
    NotFound,
    /// Procore's number of the project cannot be read, so it cannot be said what the rest would mean.
    UnreadableId,
    /// No project has both this number and this name.
    Mismatch,
    /// So many projects have this number or name.
    Ambiguous(usize),
    TooLong,
    /// Another row is about the same project.
    Twice,
}

/// What a file would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceComparison {
    pub changes: Vec<ReferenceChange>,
    /// Rows whose reference the project has.
    pub unchanged: usize,
    /// The other rows.
    pub problems: Vec<(ReferenceRow, RowProblem)>,
}

impl ReferenceComparison {
    /// A label for the changes: two that differ have different ones. A page that showed these carries it.
    pub fn label(&self) -> String {
        label_of(&self.changes)
    }
}

/// A label for what a page showed, so that its form can say what it is about. It says so to the same release
/// only: after another was installed, the page is shown again.
fn label_of(shown: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    shown.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A typed reference; nothing where it is empty.
pub fn parse_reference(typed: &str) -> Result<Option<String>, NameError> {
    match parse_name(typed) {
        Ok(reference) => Ok(Some(reference)),
        Err(NameError::Missing) => Ok(None),
        Err(NameError::TooLong) => Err(NameError::TooLong),
    }
}

/// Compares the rows of a file with the projects that are known.
///
/// A project is found by Procore's number alone, else by its own number and name in any case. Where a row
/// has both, both have to be right, except that a project may have no number in Procore.
pub fn compare_references(
    rows: &[ReferenceRow],
    projects: &[ReferencedProject],
) -> ReferenceComparison {
    let known = Known::new(projects);
    let found: Vec<_> = rows.iter().map(|row| known.find(row)).collect();
    let mut rows_of: BTreeMap<i64, usize> = BTreeMap::new();
    for project in found.iter().flatten() {
        *rows_of.entry(project.project_id).or_default() += 1;
    }
    let mut comparison = ReferenceComparison::default();
    for (row, found) in rows.iter().zip(found) {
        let problem = match found {
            Err(problem) => problem,
            Ok(project) if rows_of.get(&project.project_id) != Some(&1) => RowProblem::Twice,
            Ok(project) => match parse_reference(&row.reference) {
                Ok(after) if after == project.reference => {
                    comparison.unchanged += 1;
                    continue;
                }
                Ok(after) => {
                    comparison.changes.push(ReferenceChange {
                        project_id: project.project_id,
                        before: project.reference.clone(),
                        after,
                    });
                    continue;
                }
                Err(_) => RowProblem::TooLong,
            },
        };
        comparison.problems.push((row.clone(), problem));
    }
    comparison
}

/// The projects by what a row may call them.
struct Known<'a> {
    by_id: BTreeMap<i64, &'a ReferencedProject>,
    by_number: BTreeMap<String, Vec<&'a ReferencedProject>>,
    by_name: BTreeMap<String, Vec<&'a ReferencedProject>>,
}

impl<'a> Known<'a> {
    fn new(projects: &'a [ReferencedProject]) -> Self {
        let mut known = Self {
            by_id: BTreeMap::new(),
            by_number: BTreeMap::new(),
            by_name: BTreeMap::new(),
        };
        for project in projects {
            known.by_id.insert(project.project_id, project);
            let number = known.by_number.entry(spelling(&project.number));
            number.or_default().push(project);
            let name = known.by_name.entry(spelling(&project.name));
            name.or_default().push(project);
        }
        known
    }

    fn find(&self, row: &ReferenceRow) -> Result<&'a ReferencedProject, RowProblem> {
        if !row.unreadable_id.is_empty() {
            return Err(RowProblem::UnreadableId);
        }
        if let Some(id) = row.id {
            return self.by_id.get(&id).copied().ok_or(RowProblem::NotFound);
        }
        let (number, name) = (spelling(&row.number), spelling(&row.name));
        let named = |map: &BTreeMap<String, Vec<&'a ReferencedProject>>, text: &String| {
            let found = map.get(text).filter(|_| !text.is_empty());
            found.cloned().unwrap_or_default()
        };
        let (by_number, by_name) = (named(&self.by_number, &number), named(&self.by_name, &name));
        if number == name || number.is_empty() || name.is_empty() {
            return match by_number.is_empty() {
                true => only(&by_name),
                false => only(&by_number),
            };
        }
        let has = |it: &&ReferencedProject, number: &str| spelling(&it.number) == number;
        let mut both = by_name.clone();
        both.retain(|it| has(it, &number));
        if both.is_empty() && by_number.is_empty() {
            // The firm may number it in a list of its own.
            both = by_name.clone();
            both.retain(|it| has(it, ""));
        }
        match both.is_empty() && !(by_number.is_empty() && by_name.is_empty()) {
            true => Err(RowProblem::Mismatch),
            false => only(&both),
        }
    }
}

/// The only one of these.
fn only<'a>(found: &[&'a ReferencedProject]) -> Result<&'a ReferencedProject, RowProblem> {
    match found {
        [] => Err(RowProblem::NotFound),
        [one] => Ok(one),
        several => Err(RowProblem::Ambiguous(several.len())),
    }
}

/// A number or name as it is compared: in any case, with any spaces.
fn spelling(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(project_id: i64, number: &str, name: &str, reference: &str) -> ReferencedProject {
        ReferencedProject {
            project_id,
            number: number.to_owned(),
            name: name.to_owned(),
            reference: Some(reference.to_owned()).filter(|it| !it.is_empty()),
        }
    }

    fn row(line: usize, key: &str, reference: &str) -> ReferenceRow {
        ReferenceRow {
            line,
            id: None,
            unreadable_id: String::new(),
            number: key.to_owned(),
            name: key.to_owned(),
            reference: reference.to_owned(),
        }
    }

    #[test]
    fn every_row_is_a_change_or_says_why_not() {
        let projects = [
            project(1, "1187", "Harbor Tower", ""),
            project(2, "1188", "North  Pier", "A-2"),
            project(3, "", "Annex", "A-3"),
            project(4, "7", "Annex", ""),
            project(5, "9", "Depot", ""),
            project(6, "10", "1187", ""),
        ];
        let long = "x".repeat(121);
        let rows = [
            row(1, " 1187 ", "H-1"),
            row(2, "north pier", "A-2"),
            row(3, "Annex", "X"),
            row(4, "nowhere", "X"),
            row(5, "9", "D-1"),
            row(6, "DEPOT", "D-2"),
            row(7, "10", &long),
            row(8, "", "X"),
        ];
        let found = compare_references(&rows, &projects);
        let change = ReferenceChange {
            project_id: 1,
            before: None,
            after: Some("H-1".to_owned()),
        };
        assert_eq!(found.changes, [change], "a number comes before a name");
        assert_eq!(found.unchanged, 1);
        let problems = found.problems.iter();
        let problems = problems.map(|(it, why)| (it.line, *why));
        assert_eq!(
            problems.collect::<Vec<_>>(),
            [
                (3, RowProblem::Ambiguous(2)),
                (4, RowProblem::NotFound),
                (5, RowProblem::Twice),
                (6, RowProblem::Twice),
                (7, RowProblem::TooLong),
                (8, RowProblem::NotFound),
            ]
        );
    }

    #[test]
    fn the_name_decides_between_two_of_one_number_and_procores_number_decides_alone() {
        let projects = [project(1, "5", "East", "old"), project(2, "5", "West", "")];
        let named = ReferenceRow {
            name: "west".to_owned(),
            ..row(1, "5", "W")
        };
        let by_id = ReferenceRow {
            id: Some(1),
            ..row(2, "5", "")
        };
        let found = compare_references(&[named, by_id], &projects);
        let ids: Vec<_> = found.changes.iter().map(|it| it.project_id).collect();
        assert_eq!(ids, [2, 1]);
        assert_eq!(found.changes[1].after, None, "an empty cell takes it away");
        let other = compare_references(&[row(1, "West", "V")], &projects);
        assert_ne!(found.label(), other.label());
    }

    #[test]
    fn a_row_that_contradicts_itself_is_left_out() {
        let projects = [
            project(1, "1187", "Harbor Tower", ""),
            project(2, "1188", "North Pier", ""),
            project(3, "", "Annex", ""),
        ];
        let both = |line, number: &str, name: &str| ReferenceRow {
            name: name.to_owned(),
            ..row(line, number, "X")
        };
        let shortened = ReferenceRow {
            unreadable_id: "5.6295E+14".to_owned(),
            ..both(1, "1187", "Harbor Tower")
        };
        let rows = [
            shortened,
            both(2, "1188", "Harbor Tower"),
            both(3, "1189", "North Pier"),
            both(4, "1187", "Harbour"),
            both(5, "1189", "Quay"),
            both(6, "A-3", "annex"),
            both(7, "1188", ""),
        ];
        let found = compare_references(&rows, &projects);
        let problems = found.problems.iter();
        let problems: Vec<_> = problems.map(|(it, why)| (it.line, *why)).collect();
        assert_eq!(
            problems,
            [
                (1, RowProblem::UnreadableId),
                (2, RowProblem::Mismatch),
                (3, RowProblem::Mismatch),
                (4, RowProblem::Mismatch),
                (5, RowProblem::NotFound),
            ]
        );
        let ids: Vec<_> = found.changes.iter().map(|it| it.project_id).collect();
        assert_eq!(ids, [3, 2]);
    }
}
