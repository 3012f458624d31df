//! A page that shows every part in every state, for whoever builds pages and for the tests that look at them.

mod results;
mod samples;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::paths;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{
    Bars, Column, DataFlow, LedgerRow, Line, Link, Notice, Pager, Rail, Remedy, SavedSecret, Shell,
    Tile, TimelineEntry, XrayRow,
};
use crate::web::view::{CheckRow, Signal};
use crate::web::{answer, frame};

/// The page at `/styleguide`.
#[derive(Template)]
#[template(path = "styleguide.html")]
pub struct Styleguide {
    shell: Shell,
    rail: Rail,
    empty: FormState,
    refused: FormState,
    not_saved: Option<SavedSecret>,
    saved: Option<SavedSecret>,
    signals: Vec<(Signal, &'static str)>,
    notices: Vec<Notice>,
    checks: Vec<CheckRow>,
    xray: Vec<XrayRow>,
    remedy: Remedy,
    ledger: Vec<LedgerRow>,
    tiles: Vec<Tile>,
    timeline: Vec<TimelineEntry>,
    columns: Vec<Column>,
    cases: Vec<samples::Case>,
    pager: Pager,
    zones: Vec<(&'static str, &'static str)>,
    funnel: Bars,
    reasons: Bars,
    line: Line,
    flow: DataFlow,
    views: Vec<(Link, &'static str, bool)>,
}

impl Styleguide {
    /// The page, with samples told from the shell's own time.
    pub fn new(shell: Shell) -> Self {
        samples::page(shell)
    }
}

/// Serves the page in a demo; an installation has no use for it.
pub fn routes(demo: bool) -> Router<App> {
    if demo {
        Router::new().route(paths::STYLEGUIDE, get(page))
    } else {
        Router::new()
    }
}

async fn page(State(app): State<App>) -> Result<Response, PageError> {
    answer::ok(&Styleguide::new(frame::shell(
        &app,
        None,
        paths::STYLEGUIDE,
    )))
}

#[cfg(test)]
mod tests;
