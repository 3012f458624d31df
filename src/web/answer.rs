//! Responses of handlers.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::error::PageError;
pub use super::redirect::{SeeOther, see_other};

/// A page.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    Ok((status, Html(template.render()?)).into_response())
}

/// The page that was asked for.
pub fn ok(template: &impl Template) -> Result<Response, PageError> {
    page(StatusCode::OK, template)
}

/// The same page again, with its mistakes marked.
pub fn refused(template: &impl Template) -> Result<Response, PageError> {
    page(StatusCode::UNPROCESSABLE_ENTITY, template)
}
