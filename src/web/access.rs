//! Extractors for who is asking and what they may see.
//!
//! Each resolves everything in one query. None writes, except that a session's last use is recorded
//! at most every five minutes, in the background.

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use secrecy::SecretString;
use url::Url;

use super::client::ClientAddress;
use super::error::{PageError, Refused};
use super::flash::Flash;
use super::view::{Notice, Shell, WaitingFor};
use super::{cookie, frame};
use crate::app::App;
use crate::flows::{audit, find_session};
use crate::identity::{Access, Actor, FirmId, Place, SessionLimits, SupportRole, Who};
use crate::onboarding::situation::SituationCode;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::sessions::{FirmView, Right, Session, SessionStanding};
use crate::text::pages;

/// What `static/js/live.js` sends along.
const REFRESH: &str = "x-refresh";

/// What every page knows of its request.
#[derive(Clone, Debug)]
struct RequestContext {
    path: String,
    flash: Option<Notice>,
    source: ClientAddress,
}

impl RequestContext {
    fn of(parts: &Parts, app: &App) -> Self {
        Self {
            path: parts.uri.path().to_owned(),
            flash: Flash::read(app, &parts.headers),
            source: ClientAddress::of(parts, app),
        }
    }

    fn who(&self, session: &Session) -> Who {
        Who {
            id: session.person,
            name: session.name.clone(),
            source: self.source.0,
        }
    }
}

/// Anybody, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// The session, if it is fully signed in.
    pub session: Option<Session>,
    context: RequestContext,
}

/// A person who is fully signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub session: Session,
    pub actor: Actor,
    context: RequestContext,
}

/// A person who gave the right password; the second factor may be missing. Only the pages of the
/// second factor accept it.
#[derive(Clone, Debug)]
pub(crate) struct HalfWay {
    pub session: Session,
    pub actor: Actor,
    context: RequestContext,
}

/// A person with a right to be on a firm's pages, and the firm: `/firms/{firm}/…`.
///
/// Another firm is 404. A support person with *View as* may only read.
#[derive(Clone, Debug)]
pub(crate) struct FirmAccess {
    pub actor: Actor,
    pub firm: FirmView,
    pub session: Session,
    /// Which colleagues the setup waits for, on the pages of its steps.
    pub waiting: Vec<WaitingFor>,
    token: SecretString,
    /// Where to go after signing in.
    next: String,
    context: RequestContext,
}

/// A support person who passed the second factor, in the console: `/support/…`. 404 for everybody
/// else.
#[derive(Clone, Debug)]
pub(crate) struct SupportAccess {
    pub actor: Actor,
    pub role: SupportRole,
    pub session: Session,
    context: RequestContext,
}

impl Visitor {
    pub(super) fn shell(&self, app: &App) -> Shell {
        with_flash(
            frame::shell(app, self.session.as_ref(), &self.context.path),
            &self.context,
        )
    }

    pub(super) fn source(&self) -> ClientAddress {
        self.context.source
    }
}

impl SignedIn {
    pub(super) fn shell(&self, app: &App) -> Shell {
        with_flash(
            frame::shell(app, Some(&self.session), &self.context.path),
            &self.context,
        )
    }
}

impl HalfWay {
    pub(super) fn shell(&self, app: &App) -> Shell {
        let mut shell = frame::shell(app, Some(&self.session), &self.context.path);
        match self.session.standing() {
            SessionStanding::SignedIn => {}
            SessionStanding::NeedsCode | SessionStanding::NeedsEnrolment => shell.nav = None,
        }
        with_flash(shell, &self.context)
    }
}

impl FirmAccess {
    pub(super) fn shell(&self, app: &App) -> Shell {
        let shell = frame::firm_shell(app, &self.session, &self.firm, &self.context.path);
        with_flash(shell, &self.context)
    }

    /// The firm's open onboarding; where there is none, the Concierge page says why.
    pub(super) fn onboarding(&self) -> Result<&Stored, PageError> {
        let open = self.firm.onboarding.as_ref();
        open.ok_or_else(|| PageError::NoSetup {
            concierge: paths::concierge(self.firm.id),
        })
    }

    /// Reads the firm and its setup again, after a run that may have changed them
    /// ([why](../../docs/adr/0433-what-is-running-is-read-before-its-result.md)).
    pub(super) async fn reload(&mut self, app: &App) -> Result<(), PageError> {
        let next = self.next.clone();
        let (session, view) = find_session::at_firm(app, &self.token, self.firm.id)
            .await?
            .ok_or(PageError::SignIn { next })?;
        self.firm = view.ok_or_else(|| not_on_its_pages(&session))?;
        self.session = session;
        Ok(())
    }

    /// Whether nothing can be read from Procore.
    pub(super) fn is_broken(&self) -> bool {
        self.firm.situation == Some(SituationCode::ConnectionBroken)
    }

    /// Whether a support person is on the firm's pages.
    pub(crate) fn is_visited(&self) -> bool {
        match self.firm.right {
            Right::Granted { .. } => true,
            Right::Member => false,
        }
    }
}

impl SupportAccess {
    pub(super) fn shell(&self, app: &App) -> Shell {
        with_flash(
            frame::shell(app, Some(&self.session), &self.context.path),
            &self.context,
        )
    }

    /// The same person at a firm's case.
    pub(crate) fn at_case(&self, firm: FirmId) -> Actor {
        Actor::Support {
            role: self.role,
            place: Place::Case(firm),
            who: self.context.who(&self.session),
        }
    }
}

fn with_flash(mut shell: Shell, context: &RequestContext) -> Shell {
    shell.flash = context.flash.clone();
    shell
}

impl FromRequestParts<App> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let session = match cookie::session_token(app, &parts.headers) {
            None => None,
            Some(token) => find_session::run(app, &token).await?,
        };
        Ok(Self {
            session: session.filter(|session| session.standing() == SessionStanding::SignedIn),
            context: RequestContext::of(parts, app),
        })
    }
}

impl FromRequestParts<App> for HalfWay {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let next = where_to_next(parts);
        let token = cookie::session_token(app, &parts.headers)
            .ok_or_else(|| PageError::SignIn { next: next.clone() })?;
        let session = find_session::run(app, &token)
            .await?
            .ok_or(PageError::SignIn { next })?;
        record_use(app, &session, parts);
        let context = RequestContext::of(parts, app);
        Ok(Self {
            actor: at_no_firm(&session, context.who(&session)),
            session,
            context,
        })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let HalfWay {
            session,
            actor,
            context,
        } = HalfWay::from_request_parts(parts, app).await?;
        check_fully_signed_in(&session, parts)?;
        Ok(Self {
            session,
            actor,
            context,
        })
    }
}

impl FromRequestParts<App> for SupportAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let SignedIn {
            session,
            actor,
            context,
        } = SignedIn::from_request_parts(parts, app).await?;
        let role = session.support_role.ok_or(PageError::NotTheirs)?;
        Ok(Self {
            actor,
            role,
            session,
            context,
        })
    }
}

/// Records that a signed-in person's request was refused.
pub(super) async fn record_refusal(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if Refused::is_in(&response) {
        refused(&app, &asked).await;
    }
    response
}

async fn refused(app: &App, asked: &Parts) {
    let firm = paths::firm_segment(asked.uri.path()).and_then(|firm| firm.parse().ok());
    let context = RequestContext::of(asked, app);
    let session = match cookie::session_token(app, &asked.headers) {
        Some(token) => find_session::run(app, &token).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(session)) => {
            let actor = at_no_firm(&session, context.who(&session));
            audit::access_refused(app, &actor, firm);
        }
        Ok(None) => audit::stranger_refused(firm, context.source.0),
        Err(error) => tracing::error!("Who was refused could not be found out: {error:#}"),
    }
}

impl FromRequestParts<App> for FirmAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let firm = firm_in_path(parts, app).await?;
        let next = where_to_next(parts);
        let token = cookie::session_token(app, &parts.headers)
            .ok_or_else(|| PageError::SignIn { next: next.clone() })?;
        let (session, view) = find_session::at_firm(app, &token, firm)
            .await?
            .ok_or_else(|| PageError::SignIn { next: next.clone() })?;
        check_fully_signed_in(&session, parts)?;
        let firm = view.ok_or_else(|| not_on_its_pages(&session))?;
        let context = RequestContext::of(parts, app);
        let actor = at_firm(&session, &firm, context.who(&session))?;
        if actor.only_looks() && parts.method != Method::GET && parts.method != Method::HEAD {
            let shell = frame::firm_shell(app, &session, &firm, &context.path);
            return Err(PageError::OnlyLooking(Some(Box::new(shell))));
        }
        record_use(app, &session, parts);
        Ok(Self {
            actor,
            firm,
            session,
            waiting: Vec::new(),
            token,
            next,
            context,
        })
    }
}

/// Why somebody is not on a firm's pages.
fn not_on_its_pages(session: &Session) -> PageError {
    match session.support_role {
        Some(_) => PageError::NotVisiting,
        None => PageError::NotTheirs,
    }
}

/// The firm that the address names: in its path, or on the way to Procore in its query.
async fn firm_in_path(parts: &mut Parts, app: &App) -> Result<FirmId, PageError> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| PageError::Missing)?;
    let mut names = params.iter();
    let in_path = names.find_map(|(name, value)| (name == "firm").then(|| value.to_owned()));
    let in_query = || {
        let query = parts
            .uri
            .query()
            .filter(|_| parts.uri.path() == paths::PROCORE_SIGN_IN);
        let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
        pairs.find_map(|(name, value)| (name == "firm").then(|| value.into_owned()))
    };
    let named = in_path
        .or_else(in_query)
        .and_then(|value| value.parse().ok());
    named.ok_or(PageError::Missing)
}

fn check_fully_signed_in(session: &Session, parts: &Parts) -> Result<(), PageError> {
    match session.standing() {
        SessionStanding::SignedIn => Ok(()),
        SessionStanding::NeedsCode => Err(PageError::NeedsCode {
            next: where_to_next(parts),
        }),
        SessionStanding::NeedsEnrolment => Err(PageError::NeedsEnrolment),
    }
}

fn at_no_firm(session: &Session, who: Who) -> Actor {
    match session.support_role {
        Some(role) => Actor::Support {
            role,
            place: Place::Desk,
            who,
        },
        None => Actor::Account { who },
    }
}

fn at_firm(session: &Session, firm: &FirmView, who: Who) -> Result<Actor, PageError> {
    match (firm.right, session.support_role) {
        (Right::Member, None) => Ok(Actor::FirmAdmin { firm: firm.id, who }),
        (Right::Granted { grant, .. }, Some(role)) => Ok(Actor::Support {
            role,
            place: Place::Visit(grant),
            who: match grant.access {
                Access::View => who,
                // Whatever they do, every record and page names both.
                Access::Act => Who {
                    name: pages::acting(&who.name, &firm.name),
                    ..who
                },
            },
        }),
        // Nobody is both: what support does for a firm must be recorded as support's.
        (Right::Member, Some(_)) | (Right::Granted { .. }, None) => Err(PageError::NotTheirs),
    }
}

/// Where to go after signing in: the requested page. A form cannot be sent again, so for a post
/// that is the page with the form.
fn where_to_next(parts: &Parts) -> String {
    let requested = parts.uri.path_and_query().map(|path| path.as_str());
    let next = if parts.method == Method::GET {
        requested.map(str::to_owned)
    } else {
        referring_page(parts)
    };
    next.filter(|next| paths::is_local(next))
        .unwrap_or_else(|| paths::HOME.to_owned())
}

fn referring_page(parts: &Parts) -> Option<String> {
    let referer = parts.headers.get(header::REFERER)?.to_str().ok()?;
    Url::parse(referer).ok().map(|url| url.path().to_owned())
}

/// Records the session's last use in the background.
fn record_use(app: &App, session: &Session, parts: &Parts) {
    let now = app.clock.now();
    // A page that reads itself again does not say that somebody is there.
    let is_refresh = parts.headers.contains_key(REFRESH);
    if is_refresh || now - session.last_seen_at < SessionLimits::SEEN_EVERY {
        return;
    }
    let use_now = find_session::record_use(app.clone(), session.session_id, now);
    app.late_writes.spawn("session's use", use_now);
}
