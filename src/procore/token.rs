//! Access tokens: fetched with the client id and secret, shared, renewed in time.

use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::Answer;
use super::client::{ClientOwner, CompanyApi};
use super::error::{Error, client_not_built, invalid_request, our_failure};
use super::lenient::spelled;
use super::meaning::{CallKind, meaning};
use super::ports::{Claim, Token};
use super::rates::RateHeaders;
use super::transport::{BodyFormat, Reply};
use super::waits::Attempts;

const FETCH: &str = "fetch an access token";
const LOOK: &str = "look at the access token";
const REVOKE: &str = "revoke the access token";

/// The shortest lifetime Procore ever announced, used when a reply names none that makes sense.
const SHORTEST_LIFE: TimeDelta = TimeDelta::seconds(900);

/// The longest lifetime that is believed, in seconds: a day.
const LONGEST_LIFE: f64 = 86_400.0;

/// Time limit of a fetch; shorter than [`super::ports::MINT_LEASE`], so that the lease of a process
/// that died expires within the deadline of the callers waiting for it.
const LONGEST_FETCH: Duration = Duration::from_secs(10);

/// How often to check whether another process has fetched the token.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A token for a call, and whether it was fetched for this call.
pub(super) struct UsableToken {
    pub(super) token: Token,
    pub(super) just_fetched: bool,
}

impl CompanyApi {
    /// Proves that Procore accepts the client id and secret: a fresh token is stored, or one is
    /// fetched now. Says nothing about any company: apps installed nowhere get tokens too.
    pub async fn token(&self) -> Result<(), Error> {
        self.usable_token(self.deadline()).await.map(|_| ())
    }

    /// Revokes the stored token at Procore, if there is one, and deletes it here. The vendor's stays.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        match self.access.owner {
            ClientOwner::Firm => {}
            ClientOwner::Vendor => return Ok(()),
        }
        let credential = self.access.credential;
        let kept = self
            .client
            .tokens
            .load(credential)
            .await
            .map_err(our_failure(REVOKE))?;
        let Some(token) = kept else { return Ok(()) };
        let form = [("token", token.access_token.expose_secret())];
        self.post_to_login(REVOKE, "/oauth/revoke", &form, self.deadline())
            .await?;
        self.client
            .tokens
            .forget(credential, &token)
            .await
            .map_err(our_failure(REVOKE))
    }

    /// A token to call with: the stored one, or a new one fetched by exactly one process.
    pub(super) async fn usable_token(&self, deadline: Instant) -> Result<UsableToken, Error> {
        let (tokens, credential) = (&self.client.tokens, self.access.credential);
        loop {
            let now = self.client.clock.now();
            match tokens
                .claim(credential, now)
                .await
                .map_err(our_failure(FETCH))?
            {
                Claim::Good(token) => {
                    return Ok(UsableToken {
                        token,
                        just_fetched: false,
                    });
                }
                Claim::Mint => {}
                Claim::Wait => {
                    let next = Instant::now() + LOOK_AGAIN;
                    if next >= deadline {
                        let answer = Answer::none(FETCH, "another process is still fetching it");
                        return Err(Error::Unavailable {
                            answer,
                            source: None,
                        });
                    }
                    tokio::time::sleep_until(next).await;
                    continue;
                }
            }
            return match self.fetch(deadline).await {
                Ok(token) => {
                    tokens
                        .save(credential, &token)
                        .await
                        .map_err(our_failure(FETCH))?;
                    Ok(UsableToken {
                        token,
                        just_fetched: true,
                    })
                }
                Err(error) => {
                    tokens
                        .release(credential)
                        .await
                        .map_err(our_failure(FETCH))?;
                    Err(error)
                }
            };
        }
    }

    /// Fetches a token, retrying while the login host does not answer. It counts as a call of this
    /// app and company, and waits when Procore asks for it.
    async fn fetch(&self, deadline: Instant) -> Result<Token, Error> {
        let deadline = deadline.min(Instant::now() + LONGEST_FETCH);
        let mut attempts = Attempts::default();
        loop {
            self.admit(FETCH, deadline).await?;
            let fetched = self.fetch_once(deadline).await;
            self.count_call(FETCH).await?;
            let error = match fetched {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            if !self
                .may_retry(FETCH, &error, CallKind::Token, &mut attempts, deadline)
                .await?
            {
                return Err(error);
            }
        }
    }

    /// Counts a call to the login host, which names no windows.
    async fn count_call(&self, action: &'static str) -> Result<(), Error> {
        let (rates, now) = (&self.client.rates, self.client.clock.now());
        let told = rates.observe(&self.key, RateHeaders::default(), now).await;
        told.map_err(our_failure(action))
    }

    /// Whether the login host says that a token is good; no answer does not.
    pub(super) async fn is_good(&self, token: &Token, deadline: Instant) -> bool {
        let looked = self.look_at(token, deadline).await;
        looked.is_ok_and(|reply| reply.status.is_success())
    }

    async fn look_at(&self, token: &Token, deadline: Instant) -> Result<Reply, Error> {
        let mut url = self.access.environment.login.clone();
        url.set_path("/oauth/token/info");
        let http = self.client.http.client_for(&url).await;
        let request = http
            .map_err(client_not_built(LOOK))?
            .get(url)
            .bearer_auth(token.access_token.expose_secret())
            .build();
        let request = request.map_err(|error| invalid_request(LOOK, error))?;
        self.admit(LOOK, deadline).await?;
        let exchange = self
            .client
            .exchange(LOOK, request, BodyFormat::Text, deadline);
        let looked = exchange.await;
        self.count_call(LOOK).await?;
        looked
    }

    async fn fetch_once(&self, deadline: Instant) -> Result<Token, Error> {
        #[derive(Deserialize)]
        struct Granted {
            #[serde(default, deserialize_with = "spelled")]
            access_token: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            expires_in: Option<f64>,
        }
        let form = [("grant_type", "client_credentials")];
        let minted_at = self.client.clock.now();
        let reply = self
            .post_to_login(FETCH, "/oauth/token", &form, deadline)
            .await?;
        let granted: Granted = reply.json(&self.secrets())?;
        let Some(access_token) = granted.access_token else {
            return Err(Error::Unexpected(Answer {
                status: Some(reply.status.as_u16()),
                ..Answer::none(FETCH, "a token that we cannot read")
            }));
        };
        let life = granted.expires_in.filter(|seconds| *seconds > 0.0);
        let life = life.map_or(SHORTEST_LIFE, |seconds| {
            TimeDelta::seconds(seconds.min(LONGEST_LIFE) as i64)
        });
        Ok(Token {
            access_token: access_token.into(),
            minted_at,
            expires_at: minted_at + life,
        })
    }

    /// Posts a form to the login host and returns its reply if that is a success.
    pub(super) async fn post_to_login(
        &self,
        action: &'static str,
        path: &str,
        form: &[(&str, &str)],
        deadline: Instant,
    ) -> Result<Reply, Error> {
        let reply = self.login_reply(action, path, form, deadline).await?;
        match reply.status.is_success() {
            true => Ok(reply),
            false => Err(self.token_failure(&reply)),
        }
    }

    /// Posts a form with the client's id and secret, in the body: Procore documents no other way.
    pub(super) async fn login_reply(
        &self,
        action: &'static str,
        path: &str,
        form: &[(&str, &str)],
        deadline: Instant,
    ) -> Result<Reply, Error> {
        let mut url = self.access.environment.login.clone();
        url.set_path(path);
        let own = [
            ("client_id", self.access.client_id.as_str()),
            (
                "client_secret",
                self.access.client_secret.secret().expose_secret(),
            ),
        ];
        let http = self.client.http.client_for(&url).await;
        let request = http
            .map_err(client_not_built(action))?
            .post(url)
            .form(&[form, &own].concat())
            .build();
        let request = request.map_err(|error| invalid_request(action, error))?;
        let exchange = self
            .client
            .exchange(action, request, BodyFormat::Text, deadline);
        exchange.await
    }

    pub(super) fn token_failure(&self, reply: &Reply) -> Error {
        meaning(
            reply,
            CallKind::Token,
            self.client.clock.now(),
            &self.secrets(),
        )
    }

    /// What must be removed from stored answers.
    pub(super) fn secrets(&self) -> [&SecretString; 1] {
        [self.access.client_secret.secret()]
    }
}
