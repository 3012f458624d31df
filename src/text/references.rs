//! What the pages say on which a firm gives its projects the references of the host product.

use super::count::{Noun, counted, grouped};
use crate::connection::RowProblem;
use crate::identity::LONGEST_NAME;

pub(crate) const REFERENCES: &str = "References";
pub(crate) const ONLY_WITHOUT: &str = "Without a reference";
pub(crate) const NONE: &str = "None";
pub(crate) const UNCHANGED: &str = "Nothing was changed.";

/// The columns of the file, as it is downloaded and as one with a first row of headings is read.
pub(crate) const FILE: [&str; 4] = ["Procore ID", "Number", "Name", "Reference"];

/// What may stand above a column of numbers or names besides that.
pub(crate) const OTHER_HEADINGS: [&str; 3] = ["Project", "Number or name", "Project number"];

/// The label of the field of one project.
pub(crate) fn of_project(title: &str) -> String {
    format!("Reference of {title}")
}

/// How many projects have one.
pub(crate) fn overview(with: i64, projects: i64) -> String {
    match with {
        0 => "No project has one yet.".to_owned(),
        _ => format!(
            "{} of {} have one.",
            grouped(with),
            counted(projects, Noun::Project)
        ),
    }
}

pub(crate) fn too_long() -> String {
    format!("Use at most {LONGEST_NAME} characters")
}

/// After references were saved.
pub(crate) fn saved(references: usize) -> String {
    match references {
        0 => UNCHANGED.to_owned(),
        1 => "Saved 1 reference.".to_owned(),
        _ => format!("Saved {} references.", grouped(references)),
    }
}

pub(crate) const CHANGED_SINCE: &str =
    "Something changed since this page was shown, so nothing was saved. Look at the matches again.";

/// Why a file cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileProblem {
    Missing,
    Empty,
    TooLarge,
    Workbook,
    NotUtf8,
    TooManyRows(usize),
    /// The line that is not a row of two columns.
    Columns(usize),
    Unreadable(usize),
}

pub(crate) fn file_problem(problem: FileProblem) -> String {
    match problem {
        FileProblem::Missing => "Choose a CSV file".to_owned(),
        FileProblem::Empty => "This file has no rows. Choose one with a number or name and a reference in each row".to_owned(),
        FileProblem::TooLarge => "This file is larger than 1 MB. Choose one with two columns only: number or name, and reference".to_owned(),
        FileProblem::Workbook => "This is an Excel workbook. In Excel choose File > Save As > CSV UTF-8, and upload that file".to_owned(),
        FileProblem::NotUtf8 => "We cannot read the characters of this file. In Excel choose File > Save As > CSV UTF-8, and upload that file".to_owned(),
        FileProblem::TooManyRows(most) => {
            format!("This file has more than {} rows. Split it into several files", grouped(most))
        }
        FileProblem::Columns(line) => format!(
            "Line {} does not have two columns. Put a number or name into the first, the reference into the second, or begin the file with the headings Number, Name and Reference",
            grouped(line)
        ),
        FileProblem::Unreadable(line) => {
            format!("We cannot read line {}. Is a quotation mark missing?", grouped(line))
        }
    }
}

/// What a file would change, in a sentence.
pub(crate) fn would_change(changes: usize) -> String {
    match changes {
        0 => "This file changes nothing.".to_owned(),
        1 => "1 reference will be saved.".to_owned(),
        _ => format!("{} references will be saved.", grouped(changes)),
    }
}

/// Rows whose project has that reference already.
pub(crate) fn unchanged(rows: usize) -> String {
    match rows {
        1 => "1 row says what we have already.".to_owned(),
        _ => format!("{} rows say what we have already.", grouped(rows)),
    }
}

/// Rows that change nothing, and should have.
pub(crate) fn left_out(rows: usize) -> String {
    match rows {
        1 => "1 row is left out".to_owned(),
        _ => format!("{} rows are left out", grouped(rows)),
    }
}

/// Which page of rows is shown.
pub(crate) fn page_of(page: usize, all: usize) -> String {
    format!("Page {} of {}", grouped(page), grouped(all))
}

/// A row that names no project.
pub(crate) const NO_PROJECT: &str = "No project named";

/// Why a row is left out.
pub(crate) fn row_problem(problem: RowProblem) -> String {
    match problem {
        RowProblem::NotFound => "Not found: we know no such project".to_owned(),
        RowProblem::UnreadableId => "Procore ID cannot be read: spreadsheets shorten long numbers. Leave it empty, and the number or name decides".to_owned(),
        RowProblem::Mismatch => "Mismatch: no project has both this number and this name".to_owned(),
        RowProblem::Ambiguous(projects) => format!(
            "Ambiguous: {} are called this",
            counted(projects, Noun::Project)
        ),
        RowProblem::TooLong => format!("Too long: {} characters at most", LONGEST_NAME),
        RowProblem::Twice => "Twice in the file: another row is about the same project".to_owned(),
    }
}
