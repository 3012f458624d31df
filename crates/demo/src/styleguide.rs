//! A page that shows every part in every state, for whoever builds pages and for the tests that look at them.

mod results;
mod samples;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use concierge::app::App;
use concierge::web::error::PageError;
use concierge::web::form::FormState;
use concierge::web::view::{
    Bars, Column, DataFlow, LedgerRow, Line, Link, Notice, Pager, Rail, Remedy, SavedSecret, Shell,
    Tile, TimelineEntry, XrayRow,
};
use concierge::web::view::{CheckRow, Signal};
use concierge::web::{answer, frame};

pub(crate) const PATH: &str = "/styleguide";

/// The page at `/styleguide`.
#[derive(Template)]
#[template(path = "styleguide.html")]
pub(crate) struct Styleguide {
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
    pub(crate) fn new(shell: Shell) -> Self {
        samples::page(shell)
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route(PATH, get(page))
}

async fn page(State(app): State<App>) -> Result<Response, PageError> {
    answer::ok(&Styleguide::new(frame::shell(&app, None, PATH)))
}

#[cfg(test)]
mod tests;
