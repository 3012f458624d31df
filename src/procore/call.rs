//! One call for a company: its place among others, its token, its tries, and what failure means.

use chrono::TimeDelta;
use reqwest::Method;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use url::Url;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::meaning::{Kind, meaning};
use super::rates::{Admission, Headers};
use super::retry;
use super::token::{Token, ours, unsendable};
use super::transport::Reply;

/// What is asked of the API host.
pub(super) struct Call {
    action: &'static str,
    method: Method,
    /// Path, or path and query as a link gave them.
    target: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// A secret in the body, which no kept answer may repeat.
    hidden: Option<SecretString>,
}

impl Call {
    pub(super) fn get(action: &'static str, target: impl Into<String>) -> Self {
        Self::new(action, Method::GET, target)
    }

    pub(super) fn new(action: &'static str, method: Method, target: impl Into<String>) -> Self {
        Self {
            action,
            method,
            target: target.into(),
            query: Vec::new(),
            body: None,
            hidden: None,
        }
    }

    pub(super) fn query<K: Into<String>, V: ToString>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.query.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.to_string())),
        );
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn hiding(mut self, secret: Option<&SecretString>) -> Self {
        self.hidden = secret.cloned();
        self
    }

    fn reads(&self) -> bool {
        self.method == Method::GET
    }
}

impl CompanyApi {
    /// Makes a call and gives its answer if it is a success.
    ///
    /// Reads are tried again while Procore does not answer; writes only when Procore said that it
    /// did not take them (429, 503 with a time). A refused token is renewed once.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, Error> {
        let deadline = self.deadline();
        let policy = &self.client.policy;
        let _place = self.place(call.action, deadline).await?;
        let (mut renewed, mut failures, mut waits) = (false, 0, 0);
        loop {
            let usable = self.usable_token(deadline).await?;
            self.admit(call.action, deadline).await?;
            let error = match self.try_once(call, &usable.token, deadline).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let again = match &error {
                Error::TokenRejected(_) if self.names_company => {
                    let tokens = &self.client.tokens;
                    let refused = tokens.forget(self.access.credential, &usable.token);
                    refused.await.map_err(ours(call.action))?;
                    !usable.just_fetched && !std::mem::replace(&mut renewed, true)
                }
                Error::RateLimited { until, .. } | Error::Busy { until, .. } => {
                    let blocked = self.client.rates.blocked_until(&self.key, *until);
                    blocked.await.map_err(ours(call.action))?;
                    waits += 1;
                    waits < policy.attempts && self.is_short(*until - self.client.clock.now())
                }
                Error::Unavailable { answer, .. } if call.reads() && !answer.is_too_slow() => {
                    failures += 1;
                    failures < policy.attempts
                        && retry::pause(policy.backoff, failures, deadline).await
                }
                Error::Unavailable { .. }
                | Error::TokenRejected(_)
                | Error::BadCredentials(_)
                | Error::NotConnected(_)
                | Error::NotPermitted(_)
                | Error::NotVisible(_)
                | Error::Conflict(_)
                | Error::Validation(_)
                | Error::Unexpected(_)
                | Error::Ours { .. } => false,
            };
            if !again {
                return Err(error);
            }
        }
    }

    /// When a call that begins now has to be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.client.policy.deadline
    }

    /// Sends once and tells the rate gate what the answer said.
    async fn try_once(
        &self,
        call: &Call,
        token: &Token,
        deadline: Instant,
    ) -> Result<Reply, Error> {
        let request = self.request(call, token)?;
        let result = self.client.exchange(call.action, request, deadline).await;
        let headers = result.as_ref().map_or(Headers::default(), Reply::rates);
        let now = self.client.clock.now();
        if let Err(error) = self.client.rates.observe(&self.key, headers, now).await {
            // What Procore did is done; a budget that is a little off mends itself.
            warn!(%error, "Could not record the rate windows after {}", call.action);
        }
        let reply = result?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        let own = self.access.client_secret.secret();
        let secrets: Vec<&SecretString> = [own, &token.access_token]
            .into_iter()
            .chain(&call.hidden)
            .collect();
        let kind = if call.reads() {
            Kind::Read
        } else {
            Kind::Write
        };
        Err(meaning(&reply, kind, now, &secrets))
    }

    fn request(&self, call: &Call, token: &Token) -> Result<reqwest::Request, Error> {
        let mut request = self
            .client
            .http
            .request(call.method.clone(), self.api_url(call)?)
            .header(ACCEPT, "application/json")
            .bearer_auth(token.access_token.expose_secret());
        if self.names_company {
            request = request.header("Procore-Company-Id", self.access.company_id.get());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        request
            .build()
            .map_err(|error| unsendable(call.action, error))
    }

    /// The address of a call, always on the API host: it is about to receive a token.
    fn api_url(&self, call: &Call) -> Result<Url, Error> {
        let api = &self.access.environment.api;
        let refused =
            || Error::Unexpected(Answer::none(call.action, "an address off the API host"));
        let mut url = api.join(&call.target).map_err(|_| refused())?;
        if url.origin() != api.origin() {
            return Err(refused());
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }

    /// One of the few places for calls at a time.
    async fn place(
        &self,
        action: &'static str,
        deadline: Instant,
    ) -> Result<tokio::sync::SemaphorePermit<'_>, Error> {
        match timeout_at(deadline, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable {
                answer: Answer::none(action, "too many calls are under way"),
                source: None,
            }),
        }
    }

    /// Waits for the rate gate if that is short; otherwise hands the time to the caller.
    async fn admit(&self, action: &'static str, deadline: Instant) -> Result<(), Error> {
        let mut slept_at = None;
        loop {
            let now = self.client.clock.now();
            let asked = self
                .client
                .rates
                .acquire(&self.key, self.urgency, now)
                .await;
            let until = match asked.map_err(ours(action))? {
                Admission::Go => return Ok(()),
                Admission::WaitUntil(until) => until,
            };
            let wait = (until - now).to_std().unwrap_or_default();
            let over = Instant::now() + wait;
            // A clock that stands still makes waiting useless.
            let stands_still = slept_at.replace(now) == Some(now);
            if stands_still || !self.is_short(until - now) || over >= deadline {
                let answer = Answer::none(action, "held back to stay within Procore's limits");
                return Err(Error::RateLimited { until, answer });
            }
            tokio::time::sleep_until(over).await;
        }
    }

    fn is_short(&self, wait: TimeDelta) -> bool {
        wait.to_std().unwrap_or_default() <= self.client.policy.patience
    }
}
