//! Redirects.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::flash::Flash;
use super::view::NoticeKind;

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
    pub(crate) fn with_success(self, text: impl Into<String>) -> Self {
        self.with(NoticeKind::Success, text)
    }

    /// Says why the reader did not get the page they asked for.
    #[must_use]
    pub(crate) fn with_message(self, text: impl Into<String>) -> Self {
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
            tracing::error!("An address cannot stand in a header");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        if let Some(flash) = self.flash {
            response.extensions_mut().insert(flash);
        }
        response
    }
}
