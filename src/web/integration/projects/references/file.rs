//! Files of references: read as spreadsheets write them, and written so that they can be read again.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::connection::{ReferenceRow, ReferencedProject};
use crate::store::projects;
use crate::text::references::{FILE, FileProblem, OTHER_HEADINGS};
use crate::web::access::FirmAccess;
use crate::web::error::PageError;
use crate::web::form::clean;
use crate::web::integration::connected;
use crate::web::sheet;

/// Rows that one file may have.
const MOST_ROWS: usize = 10_000;
/// More of a cell is not kept: no project is called that.
const LONGEST_CELL: usize = 400;

/// *Download CSV*.
pub(in crate::web::integration::projects) async fn get(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let of = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let all = projects::list_all_referenced(&mut conn, of).await?;
    drop(conn);
    let mut csv = sheet::writer(true);
    csv.write_record(FILE).map_err(anyhow::Error::from)?;
    for project in all {
        csv.write_record(record(project).map(sheet::harmless))
            .map_err(anyhow::Error::from)?;
    }
    let bytes = csv
        .into_inner()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let today = app.clock.now().format("%Y-%m-%d");
    sheet::download(&format!("references-{today}.csv"), Body::from(bytes))
}

fn record(project: ReferencedProject) -> [String; FILE.len()] {
    [
        project.project_id.to_string(),
        project.number,
        project.name,
        project.reference.unwrap_or_default(),
    ]
}

/// The rows of a file: with headings, or of two columns.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ReferenceRow>, FileProblem> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(FileProblem::Workbook);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileProblem::NotUtf8)?;
    if text.contains('\0') {
        return Err(FileProblem::NotUtf8);
    }
    let text = text.trim_start_matches('\u{feff}');
    // Excel's own line about the delimiter.
    let (text, skipped) = match text.split_once('\n') {
        Some((first, rest)) if first.trim().to_lowercase().starts_with("sep=") => (rest, 1),
        _ => (text, 0),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut rows = Vec::new();
    let mut cells = csv::StringRecord::new();
    loop {
        let line = |position: &csv::Position| {
            // What ends the row before, or is blank, is still to come there.
            let rest = text.as_bytes().get(position.byte() as usize..);
            let ends = rest.unwrap_or_default().iter();
            let ends = ends.take_while(|byte| matches!(byte, b'\r' | b'\n'));
            position.line() as usize + ends.filter(|byte| **byte == b'\n').count() + skipped
        };
        let begins = line(reader.position());
        match reader.read_record(&mut cells) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(FileProblem::Unreadable(begins)),
        }
        let line = cells.position().map_or(begins, line);
        let mut cells: Vec<String> = cells.iter().map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let known = match columns.as_ref() {
            Some(known) => known,
            None => {
                let headings = Columns::from_headings(&cells);
                let is_heading = headings.is_some();
                let known = columns.insert(headings.unwrap_or(Columns::TWO));
                if is_heading {
                    continue;
                }
                known
            }
        };
        if *known == Columns::TWO {
            while cells.len() > 2 && cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            if cells.len() != 2 {
                return Err(FileProblem::Columns(line));
            }
        }
        if rows.len() == MOST_ROWS {
            return Err(FileProblem::TooManyRows(MOST_ROWS));
        }
        rows.push(known.row(line, &cells));
    }
    match rows.is_empty() {
        true => Err(FileProblem::Empty),
        false => Ok(rows),
    }
}

/// What a cell says: without what copying brings along, and without what kept it from being a formula.
fn cell(text: &str) -> String {
    let text = match text.strip_prefix('\'') {
        Some(rest) if sheet::harmless(rest.to_owned()) == text => rest,
        _ => text,
    };
    clean(text).chars().take(LONGEST_CELL).collect()
}

/// The delimiter that the first line has most of, outside of quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            _ if is_quoted => {}
            _ => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(*delimiter == byte);
                }
            }
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let mut counts = counts.iter();
    let found = counts.find(|(_, count)| Some(*count) == most);
    found.map_or(b',', |(delimiter, _)| *delimiter)
}

/// Where in a row is what.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    id: Option<usize>,
    number: Option<usize>,
    name: Option<usize>,
    reference: usize,
}

impl Columns {
    /// A number or a name, and the reference.
    const TWO: Self = Self {
        id: None,
        number: Some(0),
        name: Some(0),
        reference: 1,
    };

    /// The columns, if the first row is one of headings.
    fn from_headings(cells: &[String]) -> Option<Self> {
        let place = |heading: &str| {
            let mut cells = cells.iter();
            cells.position(|cell| cell.eq_ignore_ascii_case(heading))
        };
        let [id, number, name, reference] = FILE.map(place);
        let either = OTHER_HEADINGS.iter().find_map(|heading| place(heading));
        let columns = Self {
            id,
            number: number.or(either),
            name: name.or(either),
            reference: reference?,
        };
        let is_named = columns.id.or(columns.number).or(columns.name).is_some();
        is_named.then_some(columns)
    }

    fn row(&self, line: usize, cells: &[String]) -> ReferenceRow {
        let at = |place: Option<usize>| place.and_then(|it| cells.get(it)).cloned();
        let id = at(self.id).unwrap_or_default();
        let read = id.parse().ok();
        ReferenceRow {
            line,
            id: read,
            unreadable_id: match read {
                Some(_) => String::new(),
                None => id,
            },
            number: at(self.number).unwrap_or_default(),
            name: at(self.name).unwrap_or_default(),
            reference: at(Some(self.reference)).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(file: &str) -> Vec<(String, String)> {
        let rows = read(file.as_bytes()).unwrap();
        let rows = rows.into_iter();
        rows.map(|row| (row.number, row.reference)).collect()
    }

    #[test]
    fn files_are_read_as_spreadsheets_write_them() {
        let wanted = [("1187", "A-1"), ("North; Pier", "A,\"2\"")];
        let wanted = wanted.map(|(key, reference)| (key.to_owned(), reference.to_owned()));
        for file in [
            "1187,A-1\n\"North; Pier\",\"A,\"\"2\"\"\"\n",
            "\u{feff}1187;A-1\r\n\"North; Pier\";\"A,\"\"2\"\"\"\r\n\r\n",
            "sep=;\r\n1187;A-1;\r\n\"North; Pier\";\"A,\"\"2\"\"\"",
            "1187\tA-1\nNorth; Pier\t\"A,\"\"2\"\"\"",
            "number,reference\n1187,A-1\n\"North; Pier\",\"A,\"\"2\"\"\"\n",
            "Reference;Stage;Project\nA-1;Bid;1187\n\"A,\"\"2\"\"\";;\"North; Pier\"\n",
        ] {
            assert_eq!(pairs(file), wanted, "{file:?}");
        }
        let rows = read(b"Procore ID,Number,Name,Reference\n7,'=5,Annex,'-1\n").unwrap();
        assert_eq!(rows[0].id, Some(7));
        assert_eq!(
            (rows[0].number.as_str(), rows[0].name.as_str()),
            ("=5", "Annex")
        );
        assert_eq!((rows[0].reference.as_str(), rows[0].line), ("-1", 2));
        let rows = read(b"Procore ID,Number,Reference\n5.6295E+14,5,A\n,6,B\n").unwrap();
        let ids = rows.iter().map(|row| (row.id, row.unreadable_id.as_str()));
        assert_eq!(ids.collect::<Vec<_>>(), [(None, "5.6295E+14"), (None, "")]);
        for file in ["1,a\r\n\r\n2,b\r\n", "1,a\n\n2,b", "sep=,\r\n1,a\n2,b"] {
            let lines: Vec<usize> = read(file.as_bytes())
                .unwrap()
                .iter()
                .map(|row| row.line)
                .collect();
            let first = usize::from(file.starts_with("sep")) + 1;
            assert_eq!(lines, [first, 3], "{file:?}");
        }
    }

    #[test]
    fn what_is_no_such_file_says_why() {
        let row = |place: usize| format!("{place},x\n");
        let most: String = (0..MOST_ROWS).map(row).collect();
        assert_eq!(read(most.as_bytes()).unwrap().len(), MOST_ROWS);
        let more = format!("{most}1,x\n");
        for (file, problem) in [
            (&b""[..], FileProblem::Empty),
            (b"\xef\xbb\xbf\r\n", FileProblem::Empty),
            (b"Number,Reference\n", FileProblem::Empty),
            (b"PK\x03\x04...", FileProblem::Workbook),
            (b"\xff\xfe1\0,\0", FileProblem::NotUtf8),
            (b"M\xfcnster,1", FileProblem::NotUtf8),
            (b"1,2\n1,2,3\n", FileProblem::Columns(2)),
            (b"1187\n", FileProblem::Columns(1)),
            (more.as_bytes(), FileProblem::TooManyRows(MOST_ROWS)),
        ] {
            assert_eq!(read(file), Err(problem));
        }
    }
}
