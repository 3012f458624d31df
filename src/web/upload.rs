//! Forms with a file.

use axum::extract::Request;
use axum::http::header;
use multer::{Constraints, Multipart, SizeLimit};

use super::error::PageError;

/// What a form with one file sent.
#[derive(Debug, Default)]
pub(super) struct Upload {
    fields: Vec<(String, String)>,
    /// What the file holds; `None` where it is larger than it may be.
    pub file: Option<Vec<u8>>,
    /// Whether a file was chosen at all: an empty field is sent without a name.
    pub has_file_name: bool,
}

impl Upload {
    /// Reads a form whose file has at most `most` bytes. What is no such form is unreadable.
    pub(super) async fn read(request: Request, most: usize) -> Result<Self, PageError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| PageError::Unreadable)?;
        let limit = SizeLimit::new().per_field(most as u64);
        let body = request.into_body().into_data_stream();
        let constraints = Constraints::new().size_limit(limit);
        let mut parts = Multipart::with_constraints(body, boundary, constraints);
        let mut upload = Self::default();
        loop {
            let part = match parts.next_field().await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(upload),
                Err(_) => return Err(PageError::Unreadable),
            };
            let Some(name) = part.name().map(str::to_owned) else {
                continue;
            };
            if name == "file" {
                upload.has_file_name = part.file_name().is_some_and(|it| !it.is_empty());
                match part.bytes().await {
                    Ok(bytes) => upload.file = Some(bytes.to_vec()),
                    // The rest is not read: it may be long.
                    Err(multer::Error::FieldSizeExceeded { .. }) => {
                        upload.file = None;
                        return Ok(upload);
                    }
                    Err(_) => return Err(PageError::Unreadable),
                }
            } else {
                let value = part.text().await.map_err(|_| PageError::Unreadable)?;
                upload.fields.push((name, value));
            }
        }
    }

    /// The value of a field, or nothing.
    pub(super) fn field(&self, name: &str) -> String {
        let mut fields = self.fields.iter();
        let field = fields.find(|(it, _)| it == name);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}
