//! *Sign in with Procore*: who somebody is there, and which companies they administer.
//!
//! The vendor's key opens every company that installed the app, so a typed number proves nothing. What
//! counts is what Procore says of a person who signed in, in the browser and for the setup in which the
//! sign-in began.

mod back;
pub(crate) mod choose;
pub(crate) mod install;
mod person;
pub(crate) mod revoke;

pub(crate) use back::{Choice, ReturnOutcome, Visit, run as back};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use url::Url;

use super::Error;
use super::slow_down::{self, Subject};
use crate::app::App;
use crate::identity::{Actor, FirmId, OnboardingId, Throttle, Verb};
use crate::procore::sign_in_url;
use crate::store::StoreError;
use crate::store::onboardings;
use crate::store::sign_ins::{self, NewSignIn, SignIn, SignInHolder};
use crate::vault;

/// How long somebody may be away at Procore.
const AWAY: TimeDelta = TimeDelta::minutes(10);
/// How long what they proved can be used.
const COUNTS: TimeDelta = TimeDelta::minutes(30);

/// The way to Procore.
pub(crate) struct Departure {
    pub to: Url,
    /// What the browser keeps until it comes back: without it nobody else's browser can end the sign-in.
    /// It is the verifier of PKCE as well.
    pub browser: SecretString,
}

/// What somebody proved for a setup, while it counts; of a colleague in the browser alone that signed in.
pub(crate) async fn proven(
    conn: &mut PgConnection,
    at: (FirmId, OnboardingId),
    (holder, browser): (SignInHolder, &SecretString),
    now: DateTime<Utc>,
) -> Result<Option<SignIn>, StoreError> {
    sign_ins::find(conn, at, holder, &vault::token_hash(browser), now).await
}

/// Begins a sign-in for a setup.
pub(crate) async fn start(
    app: &App,
    actor: &Actor,
    holder: SignInHolder,
    onboarding: OnboardingId,
    environment: &str,
) -> Result<Departure, Error> {
    let firm = actor.may(Verb::SubmitCredentials)?;
    let vendor = app.config.vendor_app(environment).ok_or(Error::Missing)?;
    let hosts = app.config.procore_environment(environment);
    let hosts = hosts.ok_or(Error::Missing)?;
    let limits = [(Throttle::PROCORE_SIGN_IN, Subject::Firm(firm))];
    if let Some(until) = slow_down::attempt(app, &limits).await? {
        return Err(Error::TooManySignIns(until));
    }
    let (state, browser) = (
        alphanumeric(&vault::random_token()?),
        vault::random_token()?,
    );
    let (state_hash, browser_hash) = (vault::token_hash(&state), vault::token_hash(&browser));
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find(&mut tx, firm, onboarding).await?;
    let stored = stored.filter(|stored| stored.onboarding.archived_at.is_none());
    stored.ok_or(Error::Missing)?;
    let new = NewSignIn {
        id: app.clock.new_id(),
        firm,
        onboarding,
        environment,
        holder,
        state_hash: &state_hash,
        browser_hash: &browser_hash,
        now,
        expires_at: now + AWAY,
    };
    sign_ins::begin(&mut tx, &new).await?;
    tx.commit().await?;
    let challenge = URL_SAFE_NO_PAD.encode(&browser_hash);
    let redirect = app.config.sign_in_redirect();
    let (state, client_id) = (state.expose_secret(), &vendor.client_id);
    Ok(Departure {
        to: sign_in_url(hosts, client_id, &redirect, state, &challenge),
        browser,
    })
}

/// Procore asks for a state of letters and digits.
fn alphanumeric(token: &SecretString) -> SecretString {
    let hash = vault::token_hash(token);
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    SecretString::from(digits)
}
