//! Access tokens: fetched with the client id and secret, shared, renewed in time.

use std::time::Duration;

use chrono::TimeDelta;
use oauth2::basic::BasicClient;
use oauth2::{AuthType, HttpRequest, HttpResponse, RequestTokenError, TokenResponse, TokenUrl};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::{Error, client_not_built, invalid_request, our_failure};
use super::meaning::{CallKind, meaning};
use super::ports::{Claim, Token};
use super::rates::RateHeaders;
use super::transport::{BodyFormat, Reply};
use super::waits::Attempts;

const FETCH: &str = "fetch an access token";
const REVOKE: &str = "revoke the access token";

/// The shortest lifetime Procore ever announced, used when a reply names none.
const SHORTEST_LIFE: Duration = Duration::from_secs(900);

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

    /// Revokes the stored token at Procore, if there is one, and deletes it here.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        let credential = self.access.credential;
        let kept = self
            .client
            .tokens
            .load(credential)
            .await
            .map_err(our_failure(REVOKE))?;
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
            .map_err(client_not_built(REVOKE))?
            .post(url)
            .form(&form)
            .build();
        let request = request.map_err(|error| invalid_request(REVOKE, error))?;
        let reply = self
            .client
            .exchange(REVOKE, request, BodyFormat::Text, self.deadline())
            .await?;
        if !reply.status.is_success() {
            return Err(self.token_failure(&reply));
        }
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
            let now = self.client.clock.now();
            let told = self
                .client
                .rates
                .observe(&self.key, RateHeaders::default(), now)
                .await;
            told.map_err(our_failure(FETCH))?;
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

    async fn fetch_once(&self, deadline: Instant) -> Result<Token, Error> {
        let access = &self.access;
        let secret = access.client_secret.secret().expose_secret().to_owned();
        let login = BasicClient::new(oauth2::ClientId::new(access.client_id.as_str().to_owned()))
            .set_client_secret(oauth2::ClientSecret::new(secret))
            .set_auth_type(AuthType::RequestBody) // Procore does not document Basic auth
            .set_token_uri(TokenUrl::from_url(self.login_url("/oauth/token")));
        let minted_at = self.client.clock.now();
        let post = |request: HttpRequest| {
            let api = self.clone(); // a borrow would make this future not `Send`
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

    /// Sends the request for `oauth2`. Replies are interpreted here, because that library reports
    /// HTML and unknown statuses as its own errors.
    async fn post_for_token(
        &self,
        request: HttpRequest,
        deadline: Instant,
    ) -> Result<HttpResponse, Error> {
        let request =
            reqwest::Request::try_from(request).map_err(|error| invalid_request(FETCH, error))?;
        let reply = self
            .client
            .exchange(FETCH, request, BodyFormat::Text, deadline)
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
        meaning(
            reply,
            CallKind::Token,
            self.client.clock.now(),
            &self.secrets(),
        )
    }

    fn login_url(&self, path: &str) -> url::Url {
        let mut url = self.access.environment.login.clone();
        url.set_path(path);
        url
    }

    /// What must be removed from stored answers.
    pub(super) fn secrets(&self) -> [&SecretString; 1] {
        [self.access.client_secret.secret()]
    }
}
