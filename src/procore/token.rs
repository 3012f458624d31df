//! Access tokens: fetched with the client id and secret, shared, renewed in time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicClient;
use oauth2::{AuthType, HttpRequest, HttpResponse, RequestTokenError, TokenResponse, TokenUrl};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::http_clients::BuildError;
use super::meaning::{Kind, meaning};
use super::ports::{Claim, PortError};
use super::rates::Headers;
use super::transport::{Reply, Want};
use super::waits::Tries;

const FETCH: &str = "fetch an access token";
const REVOKE: &str = "revoke the access token";

/// The shortest life that Procore ever announced, for an answer that names none.
const SHORTEST_LIFE: Duration = Duration::from_secs(900);

/// Longest time to fetch one; shorter than [`super::ports::MINT_LEASE`], so that the lease of a process that
/// died lapses within the deadline of whoever waits for it.
const LONGEST_FETCH: Duration = Duration::from_secs(10);

/// How often to look whether another process has fetched the token.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// An access token and its life. `Debug` hides the token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Opaque and long; the bearer of this may read what the firm granted.
    pub access_token: SecretString,
    pub minted_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Token {
    /// Whether to use it: yes until four fifths of its life are over.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let life = self.expires_at - self.minted_at;
        now < self.minted_at + life * 4 / 5
    }

    /// Whether this is that very token.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// A token for a call, and whether it was fetched for this call.
pub(super) struct Usable {
    pub(super) token: Token,
    pub(super) just_fetched: bool,
}

impl CompanyApi {
    /// Proves that Procore accepts the client id and secret: a fresh token is kept, or one is
    /// fetched now. Says nothing about any company; tokens are given to apps installed nowhere.
    pub async fn token(&self) -> Result<(), Error> {
        self.usable_token(self.deadline()).await.map(|_| ())
    }

    /// Makes Procore forget the kept token, if there is one, and forgets it here.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        let credential = self.access.credential;
        let kept = self
            .client
            .tokens
            .load(credential)
            .await
            .map_err(ours(REVOKE))?;
        let Some(token) = kept else { return Ok(()) };
        let form = [
            ("token", token.access_token.expose_secret()),
            ("client_id", self.access.client_id.as_str()),
            (
                "client_secret",
                self.access.client_secret.secret().expose_secret(),
            ),
        ];
        let url = self.login_url("/oauth/revoke");
        let http = self.client.http.client_for(&url).await;
        let request = http
            .map_err(no_client(REVOKE))?
            .post(url)
            .form(&form)
            .build();
        let request = request.map_err(|error| unsendable(REVOKE, error))?;
        let reply = self
            .client
            .exchange(REVOKE, request, Want::Text, self.deadline())
            .await?;
        if !reply.status.is_success() {
            return Err(self.token_failure(&reply));
        }
        self.client
            .tokens
            .forget(credential, &token)
            .await
            .map_err(ours(REVOKE))
    }

    /// A token to call with: the kept one, or a new one fetched by exactly one process.
    pub(super) async fn usable_token(&self, deadline: Instant) -> Result<Usable, Error> {
        let (tokens, credential) = (&self.client.tokens, self.access.credential);
        loop {
            let now = self.client.clock.now();
            match tokens.claim(credential, now).await.map_err(ours(FETCH))? {
                Claim::Good(token) => {
                    return Ok(Usable {
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
                    tokens.save(credential, &token).await.map_err(ours(FETCH))?;
                    Ok(Usable {
                        token,
                        just_fetched: true,
                    })
                }
                Err(error) => {
                    tokens.release(credential).await.map_err(ours(FETCH))?;
                    Err(error)
                }
            };
        }
    }

    /// Fetches a token, trying again while the login host does not answer. It counts as a call
    /// of this app and company, and waits when Procore ordered a wait.
    async fn fetch(&self, deadline: Instant) -> Result<Token, Error> {
        let deadline = deadline.min(Instant::now() + LONGEST_FETCH);
        let mut tries = Tries::default();
        loop {
            self.admit(FETCH, deadline).await?;
            let fetched = self.fetch_once(deadline).await;
            let now = self.client.clock.now();
            let told = self
                .client
                .rates
                .observe(&self.key, Headers::default(), now)
                .await;
            told.map_err(ours(FETCH))?;
            let error = match fetched {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            if !self
                .again(FETCH, &error, Kind::Token, &mut tries, deadline)
                .await?
            {
                return Err(error);
            }
        }
    }

    async fn fetch_once(&self, deadline: Instant) -> Result<Token, Error> {
        let access = &self.access;
        let secret = access.client_secret.secret().expose_secret().to_owned();
        let login = BasicClient::new(oauth2::ClientId::new(access.client_id.as_str().to_owned()))
            .set_client_secret(oauth2::ClientSecret::new(secret))
            .set_auth_type(AuthType::RequestBody) // Procore does not document Basic auth
            .set_token_uri(TokenUrl::from_url(self.login_url("/oauth/token")));
        let minted_at = self.client.clock.now();
        let post = |request: HttpRequest| {
            let api = self.clone(); // a borrowed one would keep this future on its thread
            async move { api.post_for_token(request, deadline).await }
        };
        match login
            .exchange_client_credentials()
            .request_async(&post)
            .await
        {
            Ok(granted) => {
                let life = granted.expires_in().unwrap_or(SHORTEST_LIFE);
                let life = TimeDelta::from_std(life).unwrap_or(TimeDelta::days(1));
                Ok(Token {
                    access_token: granted.access_token().secret().as_str().into(),
                    minted_at,
                    expires_at: minted_at + life.min(TimeDelta::days(1)),
                })
            }
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(
                RequestTokenError::Parse(..)
                | RequestTokenError::ServerResponse(_)
                | RequestTokenError::Other(_),
            ) => {
                let answer = Answer::none(FETCH, "a token that we cannot read");
                Err(Error::Unexpected(Answer {
                    status: Some(200),
                    ..answer
                }))
            }
        }
    }

    /// The exchange below `oauth2`. It decides here what an answer means, because that library
    /// reports HTML and unknown statuses as faults of its own.
    async fn post_for_token(
        &self,
        request: HttpRequest,
        deadline: Instant,
    ) -> Result<HttpResponse, Error> {
        let request =
            reqwest::Request::try_from(request).map_err(|error| unsendable(FETCH, error))?;
        let reply = self
            .client
            .exchange(FETCH, request, Want::Text, deadline)
            .await?;
        if reply.status != StatusCode::OK {
            return Err(self.token_failure(&reply));
        }
        if !reply.is_json() {
            return Err(Error::Unexpected(reply.explained(&self.secrets())));
        }
        let mut response = HttpResponse::new(reply.body);
        *response.headers_mut() = reply.headers;
        Ok(response)
    }

    fn token_failure(&self, reply: &Reply) -> Error {
        meaning(reply, Kind::Token, self.client.clock.now(), &self.secrets())
    }

    fn login_url(&self, path: &str) -> url::Url {
        let mut url = self.access.environment.login.clone();
        url.set_path(path);
        url
    }

    /// What no kept answer may repeat.
    pub(super) fn secrets(&self) -> [&SecretString; 1] {
        [self.access.client_secret.secret()]
    }
}

/// Our own side failed.
pub(super) fn ours(action: &'static str) -> impl Fn(PortError) -> Error {
    move |source| Error::Ours { action, source }
}

/// No client to send anything with.
pub(super) fn no_client(action: &'static str) -> impl Fn(BuildError) -> Error {
    move |error| Error::Ours {
        action,
        source: PortError::new(error),
    }
}

/// A request that could not even be put together.
pub(super) fn unsendable(action: &'static str, source: reqwest::Error) -> Error {
    Error::Ours {
        action,
        source: PortError::new(source.without_url()),
    }
}
