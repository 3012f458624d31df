//! What files for spreadsheets share.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};

use super::error::PageError;

/// Excel takes a file for UTF-8 only if it begins with this.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes the next rows of a file.
pub(super) fn writer(is_first: bool) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(match is_first {
            true => BYTE_ORDER_MARK.to_vec(),
            false => Vec::new(),
        })
}

/// A file to download.
pub(super) fn download(file: &str, body: Body) -> Result<Response, PageError> {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{file}\""))
        .map_err(anyhow::Error::from)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

pub(super) fn iso(at: Option<DateTime<Utc>>) -> String {
    at.map_or(String::new(), |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

/// A cell that no spreadsheet evaluates as a formula: firms choose their names themselves.
pub(super) fn harmless(cell: String) -> String {
    let begins = cell.trim_start_matches(' ').chars().next();
    match begins {
        Some(
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠',
        ) => {
            format!("'{cell}")
        }
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("Acme Builders", "Acme Builders"),
            ("", ""),
            ("3M", "3M"),
            (
                "=HYPERLINK(\"https://evil.example\")",
                "'=HYPERLINK(\"https://evil.example\")",
            ),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("|calc", "'|calc"),
            ("＝1", "'＝1"),
        ] {
            assert_eq!(harmless(cell.to_owned()), written, "{cell:?}");
        }
    }
}
