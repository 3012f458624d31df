//! How what went wrong becomes a page; written once.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use tower_http::csrf::ProtectionError;
use tower_http::request_id::RequestId;

use super::cookie;
use super::frame;
use super::redirect::see_other;
use super::view;
use super::view::{Link, Shell};
use crate::app::App;
use crate::flows;
use crate::identity::Denied;
use crate::paths;
use crate::store::StoreError;
use crate::store::database::is_connection_lost;
use crate::text::errors;
use crate::text::setup::NO_SETUP;

/// Why there is no page, as far as the reader is concerned.
#[derive(Debug)]
pub enum PageError {
    /// There is no such page.
    Missing,
    /// The page is not theirs to see; to them, there is none.
    NotTheirs,
    /// Nobody is signed in; `next` is where to go afterwards.
    SignIn { next: String },
    /// The second factor is still to come.
    NeedsCode { next: String },
    /// A second factor has to be set up first.
    NeedsEnrolment,
    /// Somebody else changed it since the page was shown.
    Stale,
    /// A support person who only looks tried to change something; with the frame of the firm's
    /// page, where it is known.
    OnlyLooking(Option<Box<Shell>>),
    /// A support person is on a firm's page without a grant, or it has run out.
    NotVisiting,
    /// The firm has no open setup; its Concierge page says why.
    NoSetup { concierge: String },
    /// A secret is entered by the firm itself.
    SecretsStayWithTheFirm,
    /// The firm sent more mails than it may.
    TooManyMails,
    /// The firm began to sign in with Procore more often than it may.
    TooManySignIns,
    /// Too many sign-ins at once; nothing was done.
    Crowded,
    /// The form could not be read at all; a browser does not send such a thing.
    Unreadable,
    /// Our own fault. Logged here, once.
    Internal(anyhow::Error),
}

impl From<flows::Error> for PageError {
    fn from(error: flows::Error) -> Self {
        match error {
            flows::Error::Missing => Self::Missing,
            flows::Error::Denied(denied) => denied.into(),
            // A handler that expects a refusal answers it itself; here, the page was simply old.
            flows::Error::Stale
            | flows::Error::Refused(_)
            | flows::Error::Unproven(_)
            | flows::Error::NotProven => Self::Stale,
            flows::Error::TooManyMails(_) => Self::TooManyMails,
            flows::Error::TooManySignIns(_) => Self::TooManySignIns,
            flows::Error::Busy(_) => Self::Crowded,
            flows::Error::HoldsSecret => Self::Unreadable,
            flows::Error::Store(_)
            | flows::Error::Vault(_)
            | flows::Error::Mail(_)
            | flows::Error::Internal(_) => Self::Internal(error.into()),
        }
    }
}

impl From<Denied> for PageError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotTheirs | Denied::NoFirm => Self::NotTheirs,
            Denied::OnlyLooking => Self::OnlyLooking(None),
            Denied::SecretsStayWithTheFirm => Self::SecretsStayWithTheFirm,
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        flows::Error::from(error).into()
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for PageError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl PageError {
    /// Whether somebody was refused what is not theirs.
    fn is_refusal(&self) -> bool {
        match self {
            Self::NotTheirs
            | Self::OnlyLooking(_)
            | Self::NotVisiting
            | Self::SecretsStayWithTheFirm => true,
            Self::Missing
            | Self::SignIn { .. }
            | Self::NeedsCode { .. }
            | Self::NeedsEnrolment
            | Self::Stale
            | Self::NoSetup { .. }
            | Self::TooManyMails
            | Self::TooManySignIns
            | Self::Crowded
            | Self::Unreadable
            | Self::Internal(_) => false,
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let is_refused = self.is_refusal();
        let explained = match self {
            Self::SignIn { next } => return see_other(paths::sign_in_for(&next)).into_response(),
            Self::NeedsCode { next } => {
                return see_other(paths::with_next(paths::SIGN_IN_CODE, &next)).into_response();
            }
            Self::NeedsEnrolment => {
                return see_other(paths::ACCOUNT_SECOND_FACTOR).into_response();
            }
            Self::Missing | Self::NotTheirs => Explained::Missing,
            Self::Stale => Explained::Stale,
            Self::OnlyLooking(shell) => {
                let mut response = Explained::OnlyLooking.status().into_response();
                response.extensions_mut().insert(Explained::OnlyLooking);
                response.extensions_mut().insert(Refused);
                if let Some(shell) = shell {
                    response.extensions_mut().insert(*shell);
                }
                return response;
            }
            Self::NotVisiting => Explained::NotVisiting,
            Self::NoSetup { concierge } => {
                return see_other(concierge).with_message(NO_SETUP).into_response();
            }
            Self::SecretsStayWithTheFirm => Explained::SecretsStayWithTheFirm,
            Self::TooManyMails => Explained::TooManyMails,
            Self::TooManySignIns => Explained::TooManySignIns,
            Self::Crowded => Explained::Crowded,
            Self::Unreadable => Explained::Unreadable,
            Self::Internal(error) if is_connection_lost(error.as_ref()) => {
                tracing::warn!("A page failed with its database connection: {error:#}");
                let mut response = Explained::Internal.status().into_response();
                response.extensions_mut().insert(Explained::Internal);
                response.extensions_mut().insert(ConnectionLost);
                return response;
            }
            Self::Internal(error) => {
                tracing::error!("A page failed: {error:#}");
                Explained::Internal
            }
        };
        let mut response = explained.status().into_response();
        response.extensions_mut().insert(explained);
        if is_refused {
            response.extensions_mut().insert(Refused);
        }
        response
    }
}

/// Marks a response that refused somebody what is not theirs, for the record.
#[derive(Clone, Copy)]
pub(super) struct Refused;

impl Refused {
    /// Whether `response` is a refusal: of a handler, or of the check where a form comes from.
    pub(super) fn is_in(response: &Response) -> bool {
        let extensions = response.extensions();
        extensions.get::<Self>().is_some() || extensions.get::<ProtectionError>().is_some()
    }
}

/// Marks a response that failed because the connection to the database was gone.
#[derive(Clone, Copy)]
struct ConnectionLost;

/// Reads a page once more if the connection to the database turned out to be dead. Reading changes
/// nothing, so that is safe.
pub async fn read_again(State(app): State<App>, request: Request, next: Next) -> Response {
    let again = match *request.method() {
        Method::GET | Method::HEAD => {
            let (parts, body) = request.into_parts();
            let again = Request::from_parts(parts.clone(), Body::empty());
            let response = next.clone().run(Request::from_parts(parts, body)).await;
            match response.extensions().get::<ConnectionLost>() {
                Some(ConnectionLost) => again,
                None => return response,
            }
        }
        _ => return next.run(request).await,
    };
    app.db.doubt_connections();
    next.run(again).await
}

/// What the page says; the layer [`pages`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Explained {
    Missing,
    Stale,
    OnlyLooking,
    NotVisiting,
    SecretsStayWithTheFirm,
    TooManyMails,
    TooManySignIns,
    Crowded,
    Unreadable,
    OtherSite,
    PlainHttp,
    TooLarge,
    WrongMethod,
    Busy,
    Internal,
}

impl Explained {
    fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::NotVisiting => StatusCode::NOT_FOUND,
            Self::Stale => StatusCode::CONFLICT,
            Self::OnlyLooking
            | Self::SecretsStayWithTheFirm
            | Self::OtherSite
            | Self::PlainHttp => StatusCode::FORBIDDEN,
            Self::TooManyMails | Self::TooManySignIns => StatusCode::TOO_MANY_REQUESTS,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Crowded | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What an answer without words of its own meant.
    fn of(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::NOT_FOUND => Some(Self::Missing),
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::WrongMethod),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            StatusCode::SERVICE_UNAVAILABLE => Some(Self::Busy),
            status if status.is_client_error() => Some(Self::Unreadable),
            status if status.is_server_error() => Some(Self::Internal),
            _ => None,
        }
    }

    /// The heading, and what to do.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => errors::MISSING,
            Self::Stale => errors::STALE,
            Self::OnlyLooking => errors::ONLY_LOOKING,
            Self::NotVisiting => errors::NOT_VISITING,
            Self::SecretsStayWithTheFirm => errors::SECRETS_STAY,
            Self::TooManyMails => errors::TOO_MANY_MAILS,
            Self::TooManySignIns => errors::TOO_MANY_SIGN_INS,
            Self::Crowded => errors::CROWDED,
            Self::Unreadable => errors::UNREADABLE,
            Self::OtherSite => errors::OTHER_SITE,
            Self::PlainHttp => errors::PLAIN_HTTP,
            Self::TooLarge => errors::TOO_LARGE,
            Self::WrongMethod => errors::WRONG_METHOD,
            Self::Busy => errors::BUSY,
            Self::Internal => errors::INTERNAL,
        }
    }
}

#[derive(Template)]
#[template(path = "errors/page.html")]
struct ErrorPage {
    shell: Shell,
    heading: &'static str,
    text: &'static str,
    /// The request's number, where it helps us find the cause.
    number: Option<String>,
    home: Link,
}

/// Puts a designed page in the place of every error that has none: those of handlers, of the
/// router and of the layers within. Programs, which do not ask for HTML, get the bare answer.
pub async fn pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let wants_html = accepts_html(request.headers());
    let id = request.extensions().get::<RequestId>().cloned();
    let is_plain_http = cookie::is_https(&app) && comes_from(request.headers(), "http://");
    let response = next.run(request).await;
    if !wants_html || is_html(&response) {
        return response;
    }
    let extensions = response.extensions();
    let explained = match extensions.get::<Explained>() {
        Some(explained) => Some(*explained),
        None if extensions.get::<ProtectionError>().is_some() => Some(match is_plain_http {
            true => Explained::PlainHttp,
            false => Explained::OtherSite,
        }),
        None => Explained::of(response.status()),
    };
    let shell = extensions.get::<Shell>().cloned();
    match explained {
        Some(explained) => show(&app, explained, id, shell),
        None => response,
    }
}

fn show(app: &App, explained: Explained, id: Option<RequestId>, shell: Option<Shell>) -> Response {
    let number = id.and_then(|id| id.header_value().to_str().ok().map(str::to_owned));
    let (heading, text) = explained.texts();
    let template = ErrorPage {
        shell: shell.unwrap_or_else(|| frame::shell(app, None, "")),
        heading,
        text,
        number: number.filter(|_| matches!(explained, Explained::Internal | Explained::Busy)),
        home: view::Link::new(errors::HOME, paths::HOME),
    };
    match template.render() {
        Ok(html) => (explained.status(), Html(html)).into_response(),
        Err(error) => PageError::from(error).into_response(),
    }
}

/// Whether a form says that its page stands on our host under this scheme.
fn comes_from(headers: &HeaderMap, scheme: &str) -> bool {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let host = text(header::ORIGIN).and_then(|origin| origin.strip_prefix(scheme));
    host.is_some() && host == text(header::HOST)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn is_html(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// What is served at an address that nobody knows.
pub async fn missing() -> PageError {
    PageError::Missing
}
