//! Responses of handlers.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::flash::Flash;
use super::view::NoticeKind;

/// A page.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    let html = template.render()?;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    Ok((status, [(header::CONTENT_TYPE, kind)], html).into_response())
}

/// The page that was asked for.
pub fn ok(template: &impl Template) -> Result<Response, PageError> {
    page(StatusCode::OK, template)
}

/// The same page again, with its mistakes marked.
pub fn refused(template: &impl Template) -> Result<Response, PageError> {
    page(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// Redirects after a form was accepted.
pub fn see_other(to: impl Into<String>) -> SeeOther {
    SeeOther {
        to: to.into(),
        flash: None,
    }
}

/// A redirect, perhaps with a sentence that the next page shows once.
#[derive(Clone, Debug)]
pub struct SeeOther {
    to: String,
    flash: Option<Flash>,
}

impl SeeOther {
    /// Says what was done.
    #[must_use]
    pub fn with_success(self, text: impl Into<String>) -> Self {
        self.with(NoticeKind::Success, text)
    }

    /// Says why the reader did not get the page they asked for.
    #[must_use]
    pub fn with_message(self, text: impl Into<String>) -> Self {
        self.with(NoticeKind::Info, text)
    }

    #[must_use]
    pub fn with(mut self, kind: NoticeKind, text: impl Into<String>) -> Self {
        self.flash = Some(Flash::new(kind, text));
        self
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let Ok(location) = HeaderValue::try_from(self.to) else {
            return PageError::Internal(anyhow::anyhow!("an address cannot stand in a header"))
                .into_response();
        };
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        if let Some(flash) = self.flash {
            response.extensions_mut().insert(flash);
        }
        response
    }
}
